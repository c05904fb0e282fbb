"""Files and sources, simulated: every short sequence of what happens to files.

A file is appended to, edited, cut, copied, deleted, restored from a backup and imported, in any
order. Whatever happens: importing again records nothing, every file that was imported is a
version of a source, and a file that was never copied stays one session.
"""

from __future__ import annotations

import random
from collections.abc import Hashable, Iterator
from itertools import product

import pytest

from porcelain.actions.importing.match_source import Candidate, FileRow, Match, match_source

# Each step changes one file or imports all of them; `b` is a copy of `a`.
STEPS = (
    "append a",
    "append b",
    "edit a",
    "edit b",
    "remove a",
    "remove b",
    "cut a",
    "cut b",
    "copy",
    "delete a",
    "delete b",
    "restore a",
    "move a",
    "import",
)


class World:
    """Files by name and sources as an import leaves them; rows are numbered as they are made."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[FileRow, ...]] = {"a": (FileRow(0, 0), FileRow(1, 1))}
        self.backup = self.files["a"]
        self.sources: dict[str, Candidate] = {}
        self.imported: list[tuple[FileRow, ...]] = []
        self.copied = False
        self.made = 2

    def new_row(self, key: Hashable | None = None) -> FileRow:
        self.made += 1
        return FileRow(self.made, self.made if key is None else key)

    def step(self, step: str) -> None:
        what, _, name = step.partition(" ")
        if what == "import":
            self.import_all()
            return
        if what == "copy":
            if "a" in self.files:
                self.files["b"] = self.files["a"]
                self.copied = True
            return
        if what == "restore":
            self.copied = self.copied or "c" in self.files
            self.files["a"] = self.backup
            return
        rows = self.files.get(name)
        if rows is None:
            return
        if what == "append":
            self.files[name] = (*rows, self.new_row())
        elif what == "edit" and len(rows) > 1:
            self.files[name] = (rows[0], self.new_row(rows[1].key), *rows[2:])
        elif what == "remove" and len(rows) > 2:
            self.files[name] = (rows[0], *rows[2:])
        elif what == "cut" and len(rows) > 1:
            self.files[name] = rows[:-1]
        elif what == "delete":
            del self.files[name]
        elif what == "move":
            self.files["c"] = self.files.pop(name)

    def import_all(self) -> list[Match]:
        """Import every file, those at known locations first; record what each is."""
        known = {one.location for one in self.sources.values()}
        found = []
        for name in sorted(self.files, key=lambda name: (name not in known, name)):
            found.append(self.import_one(name))
        self.backup = self.files.get("a", self.backup)
        return found

    def import_one(self, name: str) -> Match:
        rows = self.files[name]
        gone = [
            one._replace(location=one.location if one.location in self.files else None)
            for one in self.sources.values()
        ]
        match = match_source(rows, "talk", name, gone)
        self.imported.append(rows)
        if match.kind in ("grown", "rewritten"):
            assert match.source is not None
            self.take_location(name)
            old = self.sources[match.source]
            self.sources[old.key] = old._replace(location=name, versions=(rows, *old.versions))
        elif match.kind == "new":
            self.take_location(name)
            key = f"s{len(self.sources)}"
            self.sources[key] = Candidate(key, "talk", name, (rows,))
        return match

    def take_location(self, name: str) -> None:
        for key, one in self.sources.items():
            if one.location == name:
                self.sources[key] = one._replace(location=None)

    def check(self) -> None:
        """Check the laws after an import."""
        before = dict(self.sources)
        again = self.import_all()
        assert {match.kind for match in again} <= {"unchanged", "older"}, "importing again"
        assert self.sources == before
        kept = {tuple(row.exact for row in v) for s in before.values() for v in s.versions}
        for rows in self.imported:
            wanted = tuple(row.exact for row in rows)
            assert any(version[: len(wanted)] == wanted for version in kept), "a file is lost"
        if not self.copied:
            assert len(self.sources) <= 1, "one file is one session"


def sequences(length: int) -> Iterator[tuple[str, ...]]:
    return product(STEPS, repeat=length)


def run(steps: tuple[str, ...]) -> None:
    world = World()
    try:
        for step in steps:
            world.step(step)
            if step == "import":
                world.check()
        world.step("import")
        world.check()
    except AssertionError as error:
        error.add_note(f"steps: {', '.join(steps)}")
        raise


def test_every_sequence_of_four_steps_keeps_the_laws() -> None:
    for steps in sequences(4):
        run(("import", *steps))


def test_long_random_sequences_keep_the_laws() -> None:
    chance = random.Random(11)
    for _ in range(3_000):
        run(tuple(chance.choices(STEPS, k=14)))


@pytest.mark.soak
def test_every_sequence_of_five_steps_keeps_the_laws() -> None:
    for steps in sequences(5):
        run(("import", *steps))
