"""One repository, a folder of session files, and the laws that each import must keep.

`Laws` remembers what was imported and what the user did since. It knows nothing of how an import
decides: it compares views, exports and the contents of files.
"""

from __future__ import annotations

import copy
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from porcelain.model.operation import ROOT_OPERATION
from porcelain.model.operation_store import head_operation, read_operation
from porcelain.repo.repo import Repo
from store.ids import CommitId
from store.objects.commit import read_commit
from store.tree_layout.layout import read_session
from tests.harness.world import World, log_of, view_of
from tests.porcelain.cli.sandbox import Run, Sandbox
from tests.promises.round_trip.agent_files import (
    is_sound,
    live_rows,
    pieces,
    rows_of,
    torn,
    whole,
    words,
)

View = dict[tuple[str, str], str]


@dataclass(slots=True)
class File:
    """A file that is or was in the folder.

    Copies of one file are a *family*. `rest` is the second half of its torn last row.
    """

    path: Path
    data: bytes
    family: str
    rest: bytes = b""

    @property
    def name(self) -> str:
        """The path as it is given to `wj`."""
        return str(self.path)


class Seen(NamedTuple):
    """The last recorded import of a path: the source's key, the content, and the session."""

    key: str
    data: bytes
    session: str


@dataclass(slots=True)
class State:
    """All expectations that belong to one view, so that they return when the view does.

    `families` are those of sessions; `touched` sessions were changed by the user; `names` are
    further names of sessions; `versions` are the contents that each source had.
    """

    seen: dict[str, Seen] = field(default_factory=dict)
    families: dict[str, str] = field(default_factory=dict)
    redacted: frozenset[str] = frozenset()
    touched: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    abandoned: dict[str, frozenset[str]] = field(default_factory=dict)
    versions: dict[str, list[bytes]] = field(default_factory=dict)


class Laws:
    """A user, their files and their repository."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.files: dict[str, File] = {}
        self.backups: list[File] = []
        self.had_file: set[str] = set()
        self.copied: set[str] = set()  # families with more than one file
        self.related: dict[str, str] = {}  # a family that an agent forked: its origin
        self.moved_away: set[str] = set()  # families of which a file left its place
        self.rows: set[bytes] = set()
        self.index_was_lost = False
        self.is_purged = False
        self.state = State()
        self.box.ok("init")
        self.first = self._key(self.view())
        self.states = {self.first: State()}

    # Files

    def write(self, file: File, data: bytes) -> None:
        """Give a file another content; it is the last one then."""
        file.data = data
        self.files.pop(file.name, None)
        file.path.parent.mkdir(parents=True, exist_ok=True)
        file.path.write_bytes(data)
        self.files[file.name] = file
        self.had_file.add(file.family)

    def delete(self, file: File) -> None:
        """Delete a file."""
        file.path.unlink()
        del self.files[file.name]
        self.moved_away.add(self.origin(file.family))

    def move(self, file: File, path: Path) -> None:
        """Move a file to another place; only the index tells that the old place is empty."""
        if self.index_was_lost:
            self.copied.add(file.family)
        self.delete(file)
        self.write(File(path, b"", file.family, file.rest), file.data)

    def origin(self, family: str) -> str:
        """Return the family from which a family was forked by agents, the first one."""
        while family in self.related:
            family = self.related[family]
        return family

    # The repository

    def view(self) -> View:
        """Read the head's view from git objects."""
        repo = self._open()
        view = view_of(repo)
        repo.index.close()
        return view

    def run(self, *words_: str) -> Run:
        """Run a command that may refuse but not fail; remember the view that it leaves."""
        done = self.box.run(*words_)
        assert done.code in (0, 1), (words_, done.both)
        self.remember()
        return done

    def remember(self) -> None:
        """Remember what is expected wherever the present view returns."""
        self.states[self._key(self.view())] = copy.deepcopy(self.state)

    def back(self, *words_: str) -> bool:
        """Run undo or redo: it leads to a view that was there before.

        What a purge removed is in no view, so one before it may be none that was there; it is left
        again, since nothing is known of it but that no redacted word is back.
        """
        before = self._key(self.view())
        done = self.box.run(*words_)
        assert done.code in (0, 1), (words_, done.both)
        key = self._key(self.view())
        if key not in self.states and self.is_purged:
            self.nothing_redacted_is_back()
            self.box.ok("redo" if words_[0] == "undo" else "undo")
            assert self._key(self.view()) == before, done.both
            return False
        assert key in self.states, (words_, done.both)
        self.state = copy.deepcopy(self.states[key])
        return done.code == 0

    def sessions(self, view: View | None = None) -> dict[str, str]:
        """Return the sessions of a view, by default the present one, and their commits."""
        found = self.view() if view is None else view
        return {key: value for (part, key), value in found.items() if part == "sessions"}

    def export(self, *words_: str) -> bytes:
        """Return what `wj export` writes to stdout."""
        done = self.box.run("export", *words_)
        assert done.code == 0, (words_, done.both)
        return done.raw

    # Importing

    def load(self, files: Sequence[File], by: str = "turn") -> None:
        """Import files and check every law."""
        before = self.view()
        head = self._head()
        done = self.box.run("import", *[file.name for file in files], "--by", by, "--json")
        assert done.code == 0, done.both
        after = self.view()
        found = {item["source"]: item for item in done.data["files"]}
        assert head in self._newest_two(), "one import is at most one operation"
        was = copy.deepcopy(self.state)
        for file in files:
            if file.name not in found:
                assert not words(file.data), f"{file.name} was left out"
                continue
            self._expect_session(file, found[file.name], before, was)
            self._goes_on(file, found[file.name]["session"], before, after)
        self._only_own_sessions_move(list(found.values()), before, after)
        taken = [(file, found[file.name]) for file in files if file.name in found]
        for file, item in taken:
            self._note(file, item)
        self.remember()
        for file, item in taken:
            self._source_comes_back(file, item)
            self._session_shows_its_file(file, self.sessions(after))
        self.nothing_new(files, by)
        self.nothing_redacted_is_back()

    def nothing_new(self, files: Sequence[File], by: str = "turn") -> None:
        """An import of unchanged files records nothing."""
        head = self._head()
        done = self.box.run("import", *[file.name for file in files], "--by", by, "--json")
        assert done.code == 0, done.both
        assert self._head() == head, done.both

    def _expect_session(self, file: File, item: dict[str, Any], before: View, was: State) -> None:
        """A file goes on in its own session."""
        name, sessions = item["session"], self.sessions(before)
        seen = was.seen.get(file.name)
        if item["kind"] == "unchanged" and seen is not None and seen.session not in sessions:
            return  # its own session is gone: the one that has its rows is named
        own = was.families.get(name, file.family)
        family = [one for one in sessions if was.families.get(one) == file.family]
        if self.origin(file.family) in self.moved_away:
            assert self.origin(own) == self.origin(file.family), (file.name, name, own)
            return
        assert own == file.family, (file.name, name, own)
        if file.family not in self.copied and family:
            assert name in family, f"{file.name} went to {name}, not to {family}"
        if seen is None or seen.session not in sessions:
            return
        grown = file.data.startswith(whole(seen.data)) and len(file.data) > len(seen.data)
        if grown or file.family not in self.copied:
            assert (name, item["source_id"]) == (seen.session, seen.key), file.name

    def _goes_on(self, file: File, name: str, before: View, after: View) -> None:
        """A session whose file grew at its end has all the messages that it had, and more."""
        seen, old = self.state.seen.get(file.name), self.sessions(before).get(name)
        if seen is None or old is None or seen.session != name or file.family in self.copied:
            return
        if not file.data.startswith(whole(seen.data)) or b"}{" in file.data:
            return  # nothing is known of the rows on a line that was glued
        was, now = live_rows(seen.data), live_rows(file.data)
        had = self.messages(old)
        if (
            not was
            or now[: len(was)] != was
            or not {*words(b"\n".join(had))} <= {*words(seen.data)}
        ):
            return  # a rewind, or messages that were never in the file
        assert self.messages(self.sessions(after)[name])[: len(had)] == had, file.name

    def _only_own_sessions_move(
        self, items: Sequence[dict[str, Any]], before: View, after: View
    ) -> None:
        """Sessions that no changed file reports have the same messages as before."""
        old, new = self.sessions(before), self.sessions(after)
        reported = {item["session"] for item in items} | self.state.names
        changed = {self.files[item["source"]].family for item in items}
        for name in sorted({*old, *new}):
            if name in reported or old.get(name) == new.get(name):
                continue
            if self.state.families.get(name, "").startswith("fork "):
                continue  # the user's forks follow an edit of a turn that they share
            if name in self.state.touched and self.state.families.get(name) in changed:
                continue  # and so does a session that the user took to another branch
            assert {name} <= old.keys() & new.keys(), f"session {name} came or went"
            same = self.messages(old[name]) == self.messages(new[name])
            assert same, f"session {name} moved by another's file"

    def _note(self, file: File, item: dict[str, Any]) -> None:
        """Remember an import, and that the source is at this place now."""
        key, name = item["source_id"], item["session"]
        self.state.families.setdefault(name, file.family)
        known = self.state.versions.setdefault(key, [])
        if file.data in known:
            return
        for path, seen in list(self.state.seen.items()):
            if seen.key == key and path != file.name:
                del self.state.seen[path]
        rows = pieces(file.data.removesuffix(torn(file.data)))
        is_older = any(pieces(old)[: len(rows)] == rows != pieces(old) for old in known)
        if not is_older:
            self.state.seen[file.name] = Seen(key, file.data, name)
            known.append(file.data)
            gone = self.state.redacted
            rows = pieces(file.data.removesuffix(torn(file.data)))
            self.rows.update(row for row in rows if gone.isdisjoint(words(row)))

    def _source_comes_back(self, file: File, item: dict[str, Any]) -> None:
        """The source has the file's bytes, or a version of which the file is an older state."""
        out = self.export("--source", item["source_id"])
        if self.state.redacted.isdisjoint(words(file.data)):
            known = self.state.versions[item["source_id"]]
            rows = pieces(file.data.removesuffix(torn(file.data)))
            older = [old for old in known if pieces(old)[: len(rows)] == rows]
            is_copy = file.family in self.copied and pieces(out) == pieces(file.data)
            if not (out == file.data or is_copy or b"[redacted]" in out):
                assert out in known, f"{file.name} comes back as it never was"
                assert older, f"{file.name} does not come back"
        else:
            assert self.state.redacted.isdisjoint(words(out)), file.name
        if file.family not in self.copied and file.name in self.state.seen:
            assert self.export("--source", file.name) == out

    def _session_shows_its_file(self, file: File, sessions: dict[str, str]) -> None:
        """The session of a whole file that nobody touched is exported as that file."""
        seen = self.state.seen.get(file.name)
        if seen is None or seen.data != file.data or seen.session not in sessions:
            return
        shown = self.export(seen.session)
        gone = self.state.abandoned.get(seen.session, frozenset())
        if file.family not in self.copied:
            line = b"\n".join(self.messages(self.sessions()[seen.session]))
            assert gone.isdisjoint(words(line)), f"{file.name}: what was abandoned is back"
        is_clean = seen.session not in self.state.touched and file.family not in self.copied
        is_clean = is_clean and self.state.redacted.isdisjoint(words(file.data))
        # A later text of a redacted row cannot be told from the text that was redacted.
        if is_clean and is_sound(file.data) and b"[redacted]" not in shown:
            assert shown == file.data, f"the session of {file.name} is not exported as the file"

    def nothing_redacted_is_back(self) -> None:
        """No session, source or title has a redacted word."""
        if not self.state.redacted:
            return
        parts = [self.export(name) for name in self.sessions()]
        parts += [self.export("--source", key) for key in self.sources()]
        parts.append(self.box.run("log", "-r", "all()", "--json").raw)
        for part in parts:
            assert self.state.redacted.isdisjoint(words(part))

    # The end

    def every_row_is_reachable(self) -> None:
        """Some version of some source in the log has each row that was ever in a file."""
        found: set[bytes] = set()
        seen: set[tuple[str, str]] = set()
        repo = self._open()
        operations = log_of(repo)
        views = [view_of(repo, operation) for operation in operations]
        repo.index.close()
        for operation, view in zip(operations, views, strict=True):
            for (part, key), value in view.items():
                if part == "imports" and (key, value) not in seen:
                    seen.add((key, value))
                    found.update(pieces(self.export("--source", key, "--at-op", operation.id)))
        # A later text of a redacted row cannot be told from the text that was redacted.
        redacted = {
            row.get("uuid") for one in found if b"[redacted]" in one for row in rows_of(one)
        }
        for row in self.rows - found:
            ids = {one.get("uuid") for one in rows_of(row)}
            assert ids & redacted, f"{row!r} is lost"

    def all_the_way(self) -> None:
        """Undo leads through earlier views to the first one, as many redos back to the last."""
        top = self._key(self.view())
        steps = 0
        while self.back("undo", "--skip"):
            steps += 1
        if self.first in self.states:  # no purge since
            assert self._key(self.view()) == self.first
        for _ in range(steps):
            self.back("redo")
        assert self._key(self.view()) == top

    # Reading

    def messages(self, target: str) -> list[bytes]:
        """Return the rows of a commit."""
        repo = self._open()
        tree = read_commit(repo.repository, CommitId(target.split(" ", maxsplit=1)[0])).tree
        found = [message.raw for message in read_session(repo.repository, tree).messages]
        repo.index.close()
        return found

    def sources(self) -> list[str]:
        """Return the keys of all sources in the present view."""
        return [key for part, key in self.view() if part == "imports"]

    def cleanup(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.box.folder)

    def _open(self) -> Repo:
        world = World(self.box.repo, make=False, seed=f"laws {self.box.count}", host="host")
        return world.open()

    def _head(self) -> str:
        return self._newest_two()[0]

    def _newest_two(self) -> list[str]:
        repo = self._open()
        head = head_operation(repo.repository)
        parents = read_operation(repo.repository, head).data.parents
        repo.index.close()
        return [head, *(parents[:1] or (ROOT_OPERATION,))]

    @staticmethod
    def _key(view: View) -> Any:
        return frozenset(view.items())
