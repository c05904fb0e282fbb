"""Read jj's newest state from its files, which is ten times as fast as asking jj.

`.jj/repo/op_heads/heads` has one empty file a newest operation, named by it. Operations and
views are protocol buffers; a commit is a loose object of jj's git repository, its change id
in the header `change-id`. A test compares all this with what jj itself says.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

from tests.differential.tools.shown import ROOT, Commit, Shown, Target, closure

_BYTES = 2


class JjFiles:
    """The files of one jj repository."""

    def __init__(self, path: Path) -> None:
        """Read nothing yet."""
        self.path = path / ".jj" / "repo"
        self._known: dict[str, Commit] = {}

    def operations(self) -> list[str]:
        """Return the ids of the newest operations: several after concurrent ones."""
        return sorted(file.name for file in (self.path / "op_heads" / "heads").iterdir())

    def shown(self, operation: str) -> Shown:
        """Return the state after an operation."""
        view_id = _one(self._stored("operations", operation), 1)
        heads, at = [], None
        bookmarks: dict[str, Target] = {}
        tags: dict[str, Target] = {}
        for number, value in _fields(self._stored("views", view_id.hex())):
            if number == 1:
                heads.append(value.hex())
            elif number == 8:
                at = _one(value, 2).hex()
            elif number in (5, 6):
                target = _target(_one(value, 2))
                if target.adds or target.removes:
                    (bookmarks if number == 5 else tags)[_one(value, 1).decode()] = target
        found = closure(heads, self.commit)
        named = [*bookmarks.values(), *tags.values()]
        sides = {side for target in named for side in (*target.adds, *target.removes)}
        hidden = {side: self.commit(side) for side in sides - set(found) - {ROOT}}
        return Shown(operation, found | hidden, frozenset(found), at, bookmarks, tags)

    def commit(self, commit_id: str) -> Commit:
        """Read a commit; they never change, so each is read once."""
        if commit_id not in self._known:
            folder = self.path / "store" / "git" / "objects" / commit_id[:2]
            data = zlib.decompress((folder / commit_id[2:]).read_bytes())
            head, _, message = data.partition(b"\0")[2].decode().partition("\n\n")
            rows = [line.split(" ", 1) for line in head.splitlines()]
            parents = tuple(value for key, value in rows if key == "parent")
            change = next(value for key, value in rows if key == "change-id")
            title = message.rstrip("\n")
            self._known[commit_id] = Commit(commit_id, change, title, parents or (ROOT,))
        return self._known[commit_id]

    def _stored(self, kind: str, name: str) -> bytes:
        return (self.path / "op_store" / kind / name).read_bytes()


def _target(data: bytes) -> Target:
    """Read a `RefTarget`: one commit, or a conflict whose absent sides have no value."""
    sides: dict[int, list[str]] = {1: [], 2: []}
    for number, value in _fields(data):
        if number == 1:
            return Target((value.hex(),))
        if number == 3:
            for side, term in _fields(value):
                sides[side] += [commit.hex() for _, commit in _fields(term)]
    return Target(tuple(sorted(sides[2])), tuple(sorted(sides[1])))


def _one(data: bytes, wanted: int) -> bytes:
    return next((value for number, value in _fields(data) if number == wanted), b"")


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the fields of a protocol buffer that are bytes, with their numbers."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        if key & 7 == _BYTES:
            size, at = _varint(data, at)
            yield key >> 3, data[at : at + size]
            at += size
        else:
            _, at = _varint(data, at)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    found = shift = 0
    while True:
        byte = data[at]
        at += 1
        found |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return found, at
