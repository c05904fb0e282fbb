"""Promise (laws 5, 6 and 8): random commands and outside changes keep every state reachable.

After each step every operation still loads and shows its state; index, refs and heads agree with the
view; a refused command has changed nothing. At the end undo goes down to the first state and redo up
to the last, through each of the states in turn.
"""

from __future__ import annotations

import os
import shlex
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from porcelain.model.operation import Operation
from store.errors import AmbiguousId, InvalidSession, RefConflict, SessionExists
from store.index.database_file import remove_index_file
from tests.harness.bare import fsck
from tests.harness.commands import untried, usable
from tests.harness.world import World, chat, check, log_of, view_of
from tests.porcelain.cli.sandbox import Run, Sandbox
from tests.porcelain.transcript.claude_rows import Chat

View = dict[tuple[str, str], str]
PICK = st.integers(0, 40)
PLACES = ("default", "default", "two", "three")
_FSCK_EVERY = 6
_MOST_STEPS_BACK = 60


class Commands(RuleBasedStateMachine):
    """One repository and its users."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="wj-machine-"))
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(os, "fsync", lambda _: None)
        self.box = Sandbox(self.folder, self.patch)
        self.lines = usable()
        self.count = 0
        self.chat = Chat("c")
        self.views: dict[str, View] = {}
        self.box.ok("init")
        self.box.file("claude.jsonl", self.chat.data())
        self.box.file("seed.json", chat("talk", "one", "two").to_json())
        self.box.ok("save seed.json")
        for place in PLACES[2:]:
            self.box.ok(f"workspace add {place} -r talk")

    def teardown(self) -> None:
        """Undo all, redo all, then clean up."""
        try:
            self._all_the_way()
            fsck(self.box.repo)
        finally:
            self.patch.undo()
            shutil.rmtree(self.folder)

    @rule(
        number=st.integers(0, 1000),
        place=st.sampled_from(PLACES),
        past=st.integers(0, 9),
        picks=st.tuples(PICK, PICK),
    )
    def command(self, number: int, place: str, past: int, picks: tuple[int, int]) -> None:
        """Run a random command, sometimes as one that began some operations ago."""
        line = self.lines[number % len(self.lines)]
        words = shlex.split(line.format_map(self._values(*picks)))
        before = self._kept_log()
        options = ["--workspace", place]
        if past == 0 and line.split()[0] not in ("util", "doctor", "op", "undo", "redo"):
            options += ["--at-op", before[picks[0] % min(5, len(before))].id]
        done = self.box.run(*words, *options)
        assert done.code in (0, 1, 2), (words, done.both)
        if line.startswith("op abandon"):
            self._follow_abandoned([*words, *options], before, done)
        elif done.code:
            now = [one.id for one in self._kept_log() if one.data.kind != "outside"]
            was = [one.id for one in before if one.data.kind != "outside"]
            assert now == was, (words, done.both)

    @rule(pick=PICK, many=st.integers(1, 3))
    def framework(self, pick: int, many: int) -> None:
        """Save a session, new or longer, through `import store`."""
        store = self.world().store()
        tips = store.sessions()
        for number in range(many):
            self.count += 1
            try:
                if tips and pick % 2:
                    tip = tips[(pick + number) % len(tips)]
                    store.append(tip.id, [{"role": "user", "content": f"fw {self.count}"}])
                else:
                    store.save(chat(f"fw{self.count}", "hello"))
            except (RefConflict, SessionExists, InvalidSession, AmbiguousId):
                continue

    @rule(pick=PICK, how=st.sampled_from(["delete", "move", "make", "tag"]))
    def plain_git(self, pick: int, how: str) -> None:
        """Move refs with plain git."""
        world = self.world()
        refs = sorted(world.refs())
        self.count += 1
        name = refs[pick % len(refs)] if refs and how in ("delete", "move") else f"g{self.count}"
        target = self._commits()[pick % len(self._commits())]
        kind = "tags" if how == "tag" else "sessions"
        if how == "delete":
            world.git("update-ref", "-d", f"refs/{kind}/{name}")
        elif target != "root()":
            world.git("update-ref", f"refs/{kind}/{name}", target)

    @rule(lost=st.booleans())
    def upkeep_by_others(self, lost: bool) -> None:
        """Collect with plain git, or lose the index."""
        if lost:
            remove_index_file(str(self.box.repo))
        else:
            self.world().git("gc", "--quiet", "--prune=now")

    @invariant()
    def everything_agrees(self) -> None:
        """Record outside changes, then compare all data that is stored twice."""
        world = self.world()
        with world.repo().transaction("settle"):
            pass
        check(world, fsck=self.box.count % _FSCK_EVERY == 0)
        repo = world.repo()
        for operation in log_of(repo):
            view = view_of(repo, operation)
            assert self.views.setdefault(operation.id, view) == view
        for found in world._opened.values():
            found.index.close()

    def world(self) -> World:
        """Open the repository as the library does."""
        world = World(self.box.repo, make=False, seed=f"world {self.box.count}", host="host")
        world.clock.now += self.box.count * 1000
        return world

    def _kept_log(self) -> list[Operation]:
        return log_of(self.world().open())

    def _commits(self) -> list[str]:
        repo = self.world().open()
        found = [repo.row(p).id for p in repo.select("all()") if p]
        repo.index.close()
        return [str(one) for one in found] or ["root()"]

    def _values(self, first: int, second: int) -> dict[str, object]:
        self.count += 1
        world = self.world()
        commits, log = self._commits(), self._kept_log()
        names = [*sorted(world.refs()), "none"]
        self.chat.turn(self.count)
        self.box.file("claude.jsonl", self.chat.data() if first % 2 else Chat("c").data())
        texts = [f"text {number}" for number in range(first % 5 + 1)]
        notes = f"by {self.count}" if second % 3 == 0 else ""
        self.box.file("pawan.json", chat("talk", *texts, notes=notes).to_json())
        return {
            "rev": commits[first % len(commits)],
            "other": commits[second % len(commits)],
            "name": names[second % len(names)],
            "new": f"n{self.count}",
            "op": log[second % len(log)].id,
            "text": f"'text {self.count}'",
            "place": ("two", "three", f"w{self.count}")[first % 3],
            "pawan": "pawan.json",
            "claude": "claude.jsonl",
        }

    def _follow_abandoned(self, words: list[str], before: list[Operation], done: Run) -> None:
        """After an abandon all other operations are there, with the same states."""
        log = self._kept_log()
        count = len(log) - len(before)
        if done.code or "Nothing changed" in done.both:
            assert count >= 0, words
            return
        kept = [view_of(self.world().open(), one) for one in log]
        was = [self.views.get(one.id) or view_of(self.world().open(), one) for one in before]
        missing = [view for view in was if view not in kept]
        assert len(missing) <= len(before), words
        assert kept[-1] in was or count > 0, words
        self.views = {one.id: view for one, view in zip(log, kept, strict=True)}

    def _all_the_way(self) -> None:
        """Undo after each operation leads to the state before it, and redo back."""
        states = [view_of(self.world().open())]
        for _ in range(_MOST_STEPS_BACK):
            done = self.box.run("undo", "--skip", "--json")
            if done.code:
                assert done.error["code"] in ("nothing_to_undo", "damaged_log"), done.both
                break
            states.append(view_of(self.world().open()))
            self._is_inverse(done.data["undone"], states[-2], states[-1])
        for expected in states[-2::-1]:
            done = self.box.run("redo", "--json")
            if done.code:
                assert done.error["code"] == "undo_blocked", done.both
                return
            assert view_of(self.world().open()) == expected
        check(self.world())

    def _is_inverse(self, undone: str, was: View, now: View) -> None:
        log = {one.id: one for one in self._kept_log()}
        operation = log[undone]  # type: ignore[index]
        if view_of(self.world().open(), operation) != was:
            return  # something that others did since stays
        parents = operation.data.parents
        before = log.get(parents[0]) if parents else None
        expected = view_of(self.world().open(), before) if before is not None else {}
        assert now == expected, operation.data.description


def _nothing(*arguments: Any) -> None:
    """Stand in for fsync."""


class ManyCommands(Commands):
    """The same with more and longer runs."""


Commands.TestCase.settings = settings(max_examples=5, stateful_step_count=14, deadline=None)
ManyCommands.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)

TestCommands = Commands.TestCase
TestManyCommands = pytest.mark.soak(ManyCommands.TestCase)


def test_every_command_that_changes_something_is_tried() -> None:
    assert untried() == set()
