"""Promise: what an agent wrote comes in, goes on, forks and goes back, and every file can be trusted.

Random things happen to session files and to sessions. After every import: an unchanged file
records nothing; each file comes back byte for byte; a session moves only by its own files; no
redacted word returns. At the end every row that was ever in a file is reachable, and undo leads
back to the first view.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.harness.bare import fsck
from tests.porcelain.cli.sandbox import Sandbox
from tests.promises.round_trip import agent_files
from tests.promises.round_trip.agent_files import Writer, words
from tests.promises.round_trip.laws import File
from tests.promises.round_trip.user import User

PICK = st.integers(0, 30)
CHANGES = st.sampled_from(["edit", "edit", "remove", "glue", "blank_out", "respace"])
THEN = st.sampled_from(["", "load", "load all"])
BY = st.sampled_from(["turn", "turn", "message", "file"])


Then = Literal["", "load", "load all"]


class RoundTrips(RuleBasedStateMachine):
    """Agents that write files, and one user of `wj`."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(os, "fsync", lambda _: None)
        box = Sandbox(Path(tempfile.mkdtemp(prefix="wj-machine-")), self.patch)
        self.agent = Writer()
        self.laws = User(box)
        self.names = 0
        self.thorough = False

    def teardown(self) -> None:
        """Check what holds at the end, then clean up."""
        has_failed = sys.exc_info()[0] is not None
        try:
            if not has_failed:
                self.file(0)
                self.laws.load(list(self.laws.files.values()))
                self.laws.every_row_is_reachable()
            if self.thorough and not has_failed:
                self.laws.all_the_way()
                fsck(self.laws.box.repo)
        finally:
            self.patch.undo()
            self.laws.cleanup()

    @initialize(thorough=st.booleans())
    def begin(self, thorough: bool) -> None:
        self.thorough = thorough
        self.start()

    def file(self, pick: int) -> File:
        """Choose a file; there is always one."""
        if not self.laws.files:
            self.start()
        return list(self.laws.files.values())[pick % len(self.laws.files)]

    def go_on(self, then: Then) -> None:
        """Import the file that was changed last, or all, or none."""
        if then:
            files = list(self.laws.files.values())
            self.laws.load(files if then == "load all" else files[-1:])

    def name(self) -> str:
        self.names += 1
        return f"n{self.names}"

    # Files

    @rule()
    def start(self) -> None:
        session, data = self.agent.begin()
        path = self.laws.box.folder / "projects" / f"{session}.jsonl"
        self.laws.write(File(path, b"", session), data)

    @rule(then=THEN, pick=PICK, how=st.sampled_from(["turn", "tool", "answer"]))
    def grow(self, pick: int, how: str, then: Then) -> None:
        """The agent goes on."""
        file = self.file(pick)
        file.rest = b""
        if how == "answer":
            self.laws.write(file, self.agent.answer(file.data))
        else:
            self.laws.write(file, self.agent.grow(file.data, tool=how == "tool"))
        self.go_on(then)

    @rule(then=THEN, pick=PICK)
    def tear(self, pick: int, then: Then) -> None:
        """The agent has written half a row."""
        file = self.file(pick)
        first, file.rest = self.agent.half(file.data)
        self.laws.write(file, agent_files.whole(file.data) + first)
        self.go_on(then)

    @rule(then=THEN, pick=PICK)
    def finish(self, pick: int, then: Then) -> None:
        """The agent writes the other half."""
        file = self.file(pick)
        self.laws.write(file, file.data + file.rest)
        file.rest = b""
        self.go_on(then)

    @rule(then=THEN, pick=PICK, place=PICK, how=CHANGES)
    def change(self, pick: int, place: int, how: str, then: Then) -> None:
        """A person edits the file, or a disk loses power."""
        file = self.file(pick)
        file.rest = b""
        work = self.agent.edit if how == "edit" else getattr(agent_files, how)
        self.laws.write(file, work(file.data, place))
        self.go_on(then)

    @rule(then=THEN, pick=PICK, place=PICK)
    def rewind(self, pick: int, place: int, then: Then) -> None:
        file = self.file(pick)
        file.rest = b""
        self.laws.write(file, self.agent.rewind(file.data, place))
        self.go_on(then)

    @rule(then=THEN, pick=PICK, place=PICK, grow=st.booleans())
    def cut(self, pick: int, place: int, grow: bool, then: Then) -> None:
        file = self.file(pick)
        file.rest = b""
        data = agent_files.cut(file.data, place).data
        self.laws.write(file, self.agent.grow(data) if grow else data)
        self.go_on(then)

    @rule(then=THEN, pick=PICK, how=st.sampled_from(["copy", "edit", "turn"]))
    def copy(self, pick: int, how: str, then: Then) -> None:
        """Somebody copies a file and goes on in the copy."""
        file = self.file(pick)
        self.laws.copied.add(file.family)
        data = file.data
        if how != "copy":
            data = self.agent.edit(data, pick) if how == "edit" else self.agent.grow(data)
        path = self.laws.box.folder / "copies" / self.name() / file.path.name
        self.laws.write(File(path, b"", file.family), data)
        self.go_on(then)

    @rule(
        then=THEN,
        pick=PICK,
        how=st.sampled_from(["branch", "fork-session", "sdk"]),
        grow=st.booleans(),
    )
    def agents_fork(self, pick: int, how: str, grow: bool, then: Then) -> None:
        """The agent copies the live conversation into a new session."""
        file = self.file(pick)
        if how == "sdk":
            session, data = self.agent.sdk_fork(file.data)
        else:
            session, data = self.agent.own_fork(file.data, marked=how == "branch")
        if not words(data):
            return
        self.laws.related[session] = file.family
        path = self.laws.box.folder / "projects" / f"{session}.jsonl"
        self.laws.write(File(path, b"", session), self.agent.grow(data) if grow else data)
        self.go_on(then)

    @rule(pick=PICK)
    def delete(self, pick: int) -> None:
        file = self.file(pick)
        self.laws.backups.append(file)
        self.laws.delete(file)

    @rule(pick=PICK)
    def back_up(self, pick: int) -> None:
        file = self.file(pick)
        self.laws.backups.append(File(file.path, file.data, file.family))

    @rule(then=THEN, pick=PICK)
    def restore(self, pick: int, then: Then) -> None:
        if self.laws.backups:
            old = self.laws.backups[pick % len(self.laws.backups)]
            self.laws.write(File(old.path, b"", old.family), old.data)
            self.go_on(then)

    @rule(then=THEN, pick=PICK)
    def move(self, pick: int, then: Then) -> None:
        file = self.file(pick)
        self.laws.move(file, self.laws.box.folder / "moved" / self.name() / file.path.name)
        self.go_on(then)

    # Importing

    @rule(pick=PICK, by=BY)
    def load(self, pick: int, by: str) -> None:
        self.laws.load([self.file(pick)], by)

    @rule(by=BY)
    def load_all(self, by: str) -> None:
        self.file(0)
        self.laws.load(list(self.laws.files.values()), by)

    @rule()
    def lose_the_index(self) -> None:
        self.laws.lose_the_index()

    # Sessions

    def session(self, pick: int) -> str | None:
        """Choose a session of those there are after the first import."""
        if not self.laws.sessions():
            self.load_all("turn")
        found = sorted(self.laws.sessions())
        return found[pick % len(found)] if found else None

    @rule(pick=PICK)
    def fork(self, pick: int) -> None:
        if session := self.session(pick):
            self.laws.fork(session, self.name())

    @rule(pick=PICK, own_name=st.booleans(), grow=st.booleans())
    def export(self, pick: int, own_name: bool, grow: bool) -> None:
        """Give a session to the agent, which goes on in the exported file."""
        if session := self.session(pick):
            self.laws.hand_out(session, self.agent, self.name(), own_name=own_name, grow=grow)

    @rule(pick=PICK)
    def append(self, pick: int) -> None:
        if session := self.session(pick):
            self.laws.append(session, self.agent.word())

    @rule(pick=PICK, turns=st.integers(1, 2))
    def rewind_session(self, pick: int, turns: int) -> None:
        if session := self.session(pick):
            self.laws.rewind(session, turns)

    @rule(pick=PICK)
    def add_name(self, pick: int) -> None:
        self.laws.add_name(self.file(pick), self.name())

    @rule(pick=PICK)
    def rename(self, pick: int) -> None:
        if session := self.session(pick):
            self.laws.rename(session, self.name())

    @rule(pick=PICK)
    def abandon(self, pick: int) -> None:
        if session := self.session(pick):
            self.laws.abandon(session)

    @rule(pick=PICK, place=PICK, purge=st.integers(0, 4))
    def redact(self, pick: int, place: int, purge: int) -> None:
        found = words(self.file(pick).data) + sorted(self.laws.recorded_words())
        if found:
            self.laws.redact(found[place % len(found)], purge=purge == 0)

    @rule()
    def undo(self) -> None:
        self.laws.back("undo")

    @rule()
    def redo(self) -> None:
        self.laws.back("redo")


class ManyRoundTrips(RoundTrips):
    """The same with more and longer runs."""


_PHASES = (Phase.reuse, Phase.generate, Phase.shrink)  # explaining a failure takes minutes
RoundTrips.TestCase.settings = settings(
    max_examples=200, stateful_step_count=7, deadline=None, phases=_PHASES
)
ManyRoundTrips.TestCase.settings = settings(
    max_examples=5000, stateful_step_count=25, deadline=None, phases=_PHASES
)

TestRoundTrips = RoundTrips.TestCase
TestManyRoundTrips = pytest.mark.soak(ManyRoundTrips.TestCase)
