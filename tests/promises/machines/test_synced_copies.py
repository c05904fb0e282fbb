"""Copies that synchronise through a hub: nothing is lost, all views become equal, undo works."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from porcelain.model.operation_store import head_operation
from store.repository.repository import Repository
from tests.harness.bare import fsck, git
from tests.porcelain.cli.sandbox import Sandbox

_VERBS = ("append", "append", "fork", "new", "describe", "abandon", "rebase", "delete", "undo")


class Crowd:
    """Some copies, a hub, and what was acknowledged in each copy."""

    def __init__(self, box: Sandbox, size: int, seed: int, *, drops: bool = False) -> None:
        self.box = box
        self.drops = drops  # operations are abandoned, and dropped in the other copies
        self.random = random.Random(seed)
        self.hub = box.folder / "hub.git"
        git(box.folder, "init", "--quiet", "--bare", str(self.hub))
        self.names = [f"c{number}.git" for number in range(size)]
        self.said: list[str] = []
        box.ok("init c0.git")
        box.ok("append -m start --session main -R c0.git")
        box.ok(f"git remote add origin {self.hub} -R c0.git")
        box.ok("sync --enable -R c0.git")
        for name in self.names[1:]:
            box.ok(f"git clone hub.git {name}")

    def step(self) -> None:
        """Do something in one copy: a change, or a sync."""
        name = self.random.choice(self.names)
        if self.random.random() < 0.3:
            done = self.box.run("sync", *self._drop(), "-R", name)
            assert done.code == 0, done.both
            return
        line = self._line(name)
        done = self.box.run(*line, "-R", name)
        assert done.code in (0, 1, 2), done.both  # 255 is a bug
        if done.code == 0 and line[0] == "append":
            self.said.append(line[2])

    def _drop(self) -> list[str]:
        return ["--drop"] if self.drops else []

    def _line(self, name: str) -> list[str]:
        verb = self.random.choice((*_VERBS, "op abandon") if self.drops else _VERBS)
        if verb == "op abandon" and len(self.box.json(f"op log -n 5 -R {name}")) < 5:
            verb = "append"  # what others made on top of the bottom of the log would have no place
        text = f"t{self.random.randrange(1 << 40)}"
        visible = [one["commit_id"] for one in self.box.json(f"log -r 'all()~root()' -R {name}")]
        commit = self.random.choice(visible) if visible else "root()"
        other = self.random.choice(visible) if visible else "root()"
        sessions = [one["name"] for one in self.box.json(f"session list -R {name}")]
        return {
            "append": ["append", "-m", text],
            "fork": ["fork", commit, text],
            "new": ["new", commit, "-m", text],
            "describe": ["describe", commit, "-m", text],
            "abandon": ["abandon", commit],
            "rebase": ["rebase", "-r", commit, "-o", other],
            "delete": ["session", "delete", self.random.choice(sessions or ["x"])],
            "undo": ["undo"],
            "op abandon": ["op", "abandon", "@-"],
        }[verb]

    def settle(self) -> None:
        """Synchronise each copy twice: then all have everything."""
        for name in [*self.names, *self.names]:
            self.box.ok(f"sync -R {name} {' '.join(self._drop())}")

    def check(self) -> None:
        """Check that all copies have one view, that nothing is lost, and that all is sound."""
        heads = {head_operation(self.repository(name)) for name in self.names}
        assert len(heads) == 1
        kept = git(self.hub, "log", "--format=%H", "refs/wj/op").split()
        assert len(kept) == len({*kept})
        text = git(self.hub, "cat-file", "--batch-all-objects", "--batch").decode(errors="replace")
        # An append that was undone is gone where both operations were abandoned.
        assert self.drops or [said for said in self.said if said not in text] == []
        fsck(self.hub)
        for name in self.names:
            fsck(self.box.folder / name)
            assert self.box.ok(f"doctor -R {name}").endswith("no problems\n")
            self.check_refs(name)

    def check_refs(self, name: str) -> None:
        """Check that the refs of a copy are those of the hub."""
        wanted = git(self.hub, "for-each-ref", "refs/sessions")
        assert git(self.box.folder / name, "for-each-ref", "refs/sessions") == wanted

    def check_undo(self) -> None:
        """Check that each copy can take back its own last operation."""
        for name in self.names:
            self.box.ok(f"new root() -m {name} -R {name}")
        self.settle()
        for name in self.names:
            self.box.ok(f"undo -R {name}")
        self.settle()
        for name in self.names:
            titles = [one["title"] for one in self.box.json(f"log -r all() -R {name}")]
            assert not {*titles} & {*self.names}
        self.check()

    def repository(self, name: str) -> Repository:
        return Repository.open(str(self.box.folder / name))


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Return a user without a repository."""
    return Sandbox(tmp_path, monkeypatch)


@pytest.mark.parametrize("seed", [1])
def test_three_copies_agree(box: Sandbox, seed: int) -> None:
    crowd = Crowd(box, 3, seed)
    for _ in range(16):
        crowd.step()
    crowd.settle()
    crowd.check()
    crowd.check_undo()


def test_three_copies_agree_on_what_they_drop(box: Sandbox) -> None:
    crowd = Crowd(box, 3, 1, drops=True)
    for _ in range(16):
        crowd.step()
    crowd.settle()
    crowd.check()


@pytest.mark.soak
def test_copies_agree_on_what_they_drop_after_a_minute(box: Sandbox) -> None:
    crowd = Crowd(box, 5, random.randrange(1 << 30), drops=True)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        crowd.step()
    crowd.settle()
    crowd.check()


@pytest.mark.soak
def test_ten_copies_agree_after_a_minute(box: Sandbox) -> None:
    crowd = Crowd(box, 10, random.randrange(1 << 30))
    end = time.monotonic() + 60
    while time.monotonic() < end:
        crowd.step()
    crowd.settle()
    crowd.check()
    crowd.check_undo()
