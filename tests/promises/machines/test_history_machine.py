"""Promise (law 5): after random commands in two workspaces log, index, refs and undo agree."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from porcelain.errors import NothingToRedo, NothingToUndo, PorcelainError, UndoBlocked
from store.errors import AmbiguousId, InvalidSession, RefConflict, SessionExists
from tests.harness.world import World, chat, check, log_of, view_of
from tests.porcelain.actions.importing.test_import_transcript import turns

WORKSPACES = st.sampled_from(["default", "two"])
PICK = st.integers(0, 30)
LETTERS = st.text("ab", min_size=1, max_size=5)


class Histories(RuleBasedStateMachine):
    """One repository, two workspaces, a framework beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="wj-machine-"))
        self.world = World(self.folder / "repo.git")
        self.count = 0
        self.turns = 0
        self.views: dict[str, dict[tuple[str, str], str]] = {}

    def teardown(self) -> None:
        """Undo all, redo all, then clean up."""
        try:
            self._all_the_way()
        finally:
            shutil.rmtree(self.folder)

    def _commit(self, pick: int) -> str:
        repo = self.world.repo()
        found = [repo.row(p).id for p in repo.select("all()") if p]
        return found[pick % len(found)] if found else "root()"

    @rule(workspace=WORKSPACES, pick=PICK)
    def fork(self, workspace: str, pick: int) -> None:
        self.count += 1
        self.world.fork(self._commit(pick), f"f{self.count}", workspace)

    @rule(workspace=WORKSPACES, pick=PICK, titled=st.booleans())
    def new(self, workspace: str, pick: int, titled: bool) -> None:
        self.world.new(self._commit(pick), "title" if titled else "", workspace)

    @rule(workspace=WORKSPACES, pick=PICK)
    def edit(self, workspace: str, pick: int) -> None:
        names = self.world.repo().names("sessions")
        if names:
            name, value = names[pick % len(names)]
            if " " not in value:
                self.world.edit(value, name, workspace)

    @rule(workspace=WORKSPACES)
    def append(self, workspace: str) -> None:
        self.count += 1
        self.world.append(f"text {self.count}", workspace=workspace)

    @rule(workspace=WORKSPACES, texts=LETTERS, notes=st.sampled_from(["", "x", "y"]))
    def save(self, workspace: str, texts: str, notes: str) -> None:
        self.world.save(chat("doc", *texts, notes=notes), workspace=workspace)

    @rule(workspace=WORKSPACES, grow=st.booleans())
    def load(self, workspace: str, grow: bool) -> None:
        self.turns = max(1, self.turns + grow)
        try:
            self.world.load(turns(self.turns).data(), workspace=workspace)
        except PorcelainError:
            return

    @rule(workspace=WORKSPACES, pick=PICK)
    def abandon(self, workspace: str, pick: int) -> None:
        commit = self._commit(pick)
        if commit != "root()":
            with self.world.repo(workspace).transaction("abandon") as tx:
                tx.abandon(self.world.repo().resolve(commit))

    @rule(pick=PICK, many=st.integers(1, 3))
    def framework(self, pick: int, many: int) -> None:
        store = self.world.store()
        tips = store.sessions()
        for number in range(many):
            self.count += 1
            try:
                if tips and pick % 2:
                    tip = tips[(pick + number) % len(tips)]
                    store.append(tip.id, [{"role": "user", "content": f"fw {self.count}"}])
                else:
                    store.save(chat(f"fw{self.count}", "hello"))
            except (AmbiguousId, RefConflict, SessionExists):
                continue
            except InvalidSession:
                continue  # a row that another agent's format does not allow

    @rule(pick=PICK, how=st.sampled_from(["delete", "move", "make"]))
    def plain_git(self, pick: int, how: str) -> None:
        refs = sorted(self.world.refs())
        self.count += 1
        name = refs[pick % len(refs)] if refs and how != "make" else f"g{self.count}"
        target = self._commit(pick)
        if how == "delete" and refs:
            self.world.git("update-ref", "-d", f"refs/sessions/{name}")
        elif target != "root()":
            self.world.git("update-ref", f"refs/sessions/{name}", target)

    @rule(workspace=WORKSPACES, skip=st.booleans())
    def undo(self, workspace: str, skip: bool) -> None:
        try:
            self.world.repo(workspace).undo(skip=skip)
        except (NothingToUndo, UndoBlocked):
            return

    @rule(workspace=WORKSPACES)
    def redo(self, workspace: str) -> None:
        try:
            self.world.repo(workspace).redo()
        except (NothingToRedo, UndoBlocked):
            return

    @rule()
    def lose_the_index(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.world.path}/store-index.sqlite{suffix}").unlink(missing_ok=True)
        self.world._opened.clear()

    @invariant()
    def everything_agrees(self) -> None:
        """Record outside changes, then compare all data that is stored twice."""
        with self.world.repo().transaction("settle"):
            pass
        check(self.world, fsck=False)
        repo = self.world.repo()
        for operation in log_of(repo):
            view = view_of(repo, operation)
            assert self.views.setdefault(operation.id, view) == view

    def _all_the_way(self) -> None:
        """With one workspace, undo restores each view and redo walks back up."""
        world = self.world
        chain = [view_of(world.repo())]
        for _ in range(60):
            try:
                world.repo().undo(skip=True)
            except NothingToUndo:
                break
            chain.append(view_of(world.repo()))
        for expected in chain[-2::-1]:
            try:
                world.repo().redo()
            except UndoBlocked:
                return
            assert view_of(world.repo()) == expected
        check(world)


Histories.TestCase.settings = settings(max_examples=12, stateful_step_count=14, deadline=None)


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)


def _nothing(*arguments: Any) -> None:
    """Stand in for fsync."""


TestHistories = Histories.TestCase
