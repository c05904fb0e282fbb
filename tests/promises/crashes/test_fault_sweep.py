"""Promise (law 2): a writing command that fails or dies at any system call leaves before or after.

Each command is run with one fault: its n-th write, fsync, rename, link, unlink, open for writing,
mkdir or truncate in the repository fails, or kills it. The exit code and the message agree with the
state: an error means that nothing has changed, unless it says that the work is recorded. The next
command works, and nothing is left behind.
"""

from __future__ import annotations

import itertools
import os
import shlex
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.bare import git, leftovers
from tests.harness.commands import usable
from tests.harness.copies import put_back
from tests.harness.preload import Fault, build
from tests.harness.world import World, chat, check
from tests.porcelain.cli.sandbox import Sandbox

_VALUES = {
    "rev": "side",
    "other": "talk",
    "name": "side",
    "new": "fresh",
    "text": "words",
    "place": "elsewhere",
    "op": "@-",
    "pawan": "grown.json",
    "claude": "new.jsonl",
}
# In this repository a line of these may have nothing to do, and fail without a fault.
_MAY_REFUSE = (
    *("resolve", "converge", "undo", "redo", "op", "workspace", "tag", "rewind"),
    *("prev", "next", "save", "import", "split"),
)
# Their work is no operation, or several.
_UPKEEP = ("op abandon", "util gc", "doctor")


class Sweep:
    """One command and a repository that is restored before each run of it."""

    def __init__(self, box: Sandbox, line: str) -> None:
        self.box = box
        self.line = line.format_map(_VALUES)
        self.is_upkeep = line.startswith(_UPKEEP)
        self.template = box.folder / "template.git"
        put_back(self.template, box.repo)
        self.before = self.state()
        self.changes = True
        self.visible = self.commits()

    def state(self) -> list[str]:
        """Return the refs that commands write, as plain git sees them."""
        shown = git(self.box.repo, "for-each-ref", "--format=%(refname) %(objectname)")
        return [one for one in shown.decode().splitlines() if not one.startswith("refs/wj/expo")]

    def commits(self) -> set[str]:
        return {one["commit_id"] for one in self.box.json("log -r 'all() ~ root()'")}

    def words(self) -> list[str]:
        return [sys.executable, "-m", "porcelain", *shlex.split(self.line)]

    def runs(self, library: Path, every: int, *, kill: bool) -> Iterator[str]:
        """Run the command with faults at every so many calls; yield where they were."""
        for number in itertools.count(1 + len(self.line) % every, every):
            put_back(self.template, self.box.repo)
            # This machine's memory of the newest operation, which is of the run before.
            shutil.rmtree(os.environ["XDG_STATE_HOME"], ignore_errors=True)
            done, call = Fault(library, self.box.repo, number, kill).run(self.words())
            if not call:
                assert done.returncode == 0, (self.line, done.stderr)
                return
            where = f"{self.line}: {call} {number}, {done.returncode}, {done.stderr}"
            self.judge(done.returncode, done.stderr, where)
            yield call

    def judge(self, code: int, said: str, where: str) -> None:
        """Check the state and the message after a fault."""
        assert code in (0, 1, -signal.SIGKILL), where
        assert "Traceback" not in said, where
        is_recorded = code == 0 or "is recorded and visible" in said
        if code == 1 and not is_recorded:
            assert said.count("Error: ") == 1, where
        if code != -signal.SIGKILL and not self.is_upkeep:
            assert (self.state() != self.before) == (is_recorded and self.changes), where
        assert self.visible <= self.every_commit(), where
        done = self.box.run("append", "-m", "later", "--session", "after-the-fault")
        assert done.code == 0, (where, done.both)
        assert leftovers(self.box.repo) == [], where
        check(World(self.box.repo, make=False))

    def every_commit(self) -> set[str]:
        """Return all commits in the object database: none is lost, whatever hides them."""
        shown = git(self.box.repo, "cat-file", "--batch-all-objects", "--batch-check")
        return {
            line.split()[0] for line in shown.decode().splitlines() if line.split()[1] == "commit"
        }


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """The library that makes calls fail."""
    found = build(tmp_path)
    if found is None:
        pytest.skip("no C compiler")
    return found


@pytest.fixture
def prepared(box: Sandbox) -> Sandbox:
    """A user with two sessions, a tag, a workspace and undone work."""
    box.file("old.json", chat("talk", "one", "two").to_json())
    box.file("grown.json", chat("talk", "one", "two", "three").to_json())
    box.chat(2, "new.jsonl", "new")
    for line in (
        "init",
        "save old.json",
        "fork talk side",
        "append -m 'in side'",
        "append -m 'more in side'",
        "workspace add elsewhere -r talk",
        "new -m unwanted",
        "undo",
    ):
        box.ok(line)
    template = box.folder / "template.git"
    template.mkdir()
    put_back(box.repo, template)
    return box


def test_one_command_with_faults(prepared: Sandbox, library: Path) -> None:
    for kill in (False, True):
        sweep = Sweep(prepared, "append -m {text}")
        assert len(list(sweep.runs(library, 31, kill=kill))) > 1


@pytest.mark.soak
@pytest.mark.parametrize("kill", [False, True], ids=["failing", "killed"])
@pytest.mark.parametrize("line", usable())
def test_every_writing_command_with_faults(
    prepared: Sandbox, library: Path, line: str, kill: bool
) -> None:
    sweep = Sweep(prepared, line)
    plain, _ = Fault(library, prepared.repo, 0, kill=False).run(sweep.words())
    if plain.returncode:
        assert line.split(maxsplit=1)[0] in _MAY_REFUSE, plain.stderr
        return
    sweep.changes = sweep.state() != sweep.before
    calls = list(sweep.runs(library, 17, kill=kill))
    assert calls
