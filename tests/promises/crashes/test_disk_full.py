"""Promise (law 2): a full disk gives one clear error and changes nothing; afterwards all works.

Tested with an error at each single write step, and on a disk that is really full, where git and
the index fail too.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.harness.bare import fsck, git, leftovers
from tests.harness.copies import clear, put_back
from tests.harness.faults import failing_at
from tests.harness.small_disk import fill, on_small_disk
from tests.harness.world import World, chat, check
from tests.porcelain.cli.sandbox import Run, Sandbox

WORKS = {
    "append": "append -m more",
    "save": "save grown.json",
    "import": "import new.jsonl",
    "import of many": "import many.jsonl",
    "fork": "fork @- try",
    "undo": "undo",
    "op restore": "op restore @--",
    "op abandon": "op abandon ..@--",
    "gc": "util gc --expire now",
    "doctor": "doctor --fix",
}
UPKEEP = ("op abandon", "gc", "doctor")  # what they do is no operation, or several
MANY = "import of many"  # hundreds of steps


class Disk:
    """A user with a restorable repository and a disk that gets full."""

    def __init__(self, box: Sandbox, name: str) -> None:
        self.box = box
        self.name = name
        self.template = box.folder / "template.git"
        self._prepare()
        self.before = self.state()
        self.logged = self.log()

    def _prepare(self) -> None:
        box = self.box
        box.file("old.json", chat("talk", "one", "two").to_json())
        box.file("grown.json", chat("talk", "one", "two", "three").to_json())
        box.chat(2, "new.jsonl", "new")
        box.chat(300, "many.jsonl", "many")
        for line in ("init", "save old.json", "fork @ side", "append -m 'in side'"):
            box.ok(line)
        if self.name == "doctor":
            (box.repo / "refs/sessions/talk").write_text("no id\n")
            (box.repo / "refs/wj/op").unlink()
        put_back(box.repo, _made(self.template))

    def again(self) -> None:
        """Restore the repository."""
        put_back(self.template, self.box.repo)

    def run(self) -> Run:
        """Run the command."""
        return self.box.run(*_words(WORKS[self.name]))

    def state(self) -> list[str]:
        """Every ref as plain git sees it."""
        shown = "--format=%(refname) %(objectname)"
        return git(self.box.repo, "for-each-ref", shown, check=False).decode().splitlines()

    def log(self) -> list[str]:
        """The operation log by its descriptions."""
        return [one["description"] for one in self.box.json("op log")]

    def judge(self, done: Run, where: object, *, thorough: bool) -> None:
        """Check the result of a command that met a full disk, once there is space again.

        Only what says that it is done, though a power cut may undo it, has changed anything.
        """
        recorded = done.code == 1 and "is recorded and visible" in done.err
        if recorded:
            assert "Hint: It is done, so do not run it again" in done.err, (where, done.err)
        elif done.code:
            refuses_well(done, where)
        if done.code and self.name not in UPKEEP:
            assert (self.state() == self.before) == (not recorded), where
        if thorough and self.name != "doctor":
            fsck(self.box.repo)
        retried = self.run() if done.code and not recorded else None
        assert retried is None or retried.code == 0, (where, retried.both)
        self.box.ok("append -m 'and on'")
        assert leftovers(self.box.repo) == [], where
        if self.name not in UPKEEP:
            assert len(self.log()) - len(self.logged) == 2, where
        if thorough:
            check(World(self.box.repo, make=False))


def refuses_well(done: Run, where: object) -> None:
    """Fail unless there is one error about disk space, with a hint."""
    assert done.code == 1, (where, done.both)
    assert done.err.count("Error: ") == 1, (where, done.err)
    assert re.search(r"^Error: .*(No space left on device|disk is full)", done.err, re.M), (
        where,
        done.err,
    )
    assert "Hint: Make room" in done.err, (where, done.err)
    assert "Traceback" not in done.err


def _made(path: Path) -> Path:
    path.mkdir()
    return path


def _words(line: str) -> list[str]:
    import shlex

    return shlex.split(line)


def fails_at_steps(disk: Disk, every: int, *, lasting: bool) -> None:
    """Let each such step fail, and check the state afterwards."""
    codes = set()
    step, failed = 1, ["first"]
    while failed:
        disk.again()
        with failing_at(step, lasting=lasting) as failed:
            done = disk.run()
        codes.add(done.code)
        disk.judge(done, (step, failed[:1]), thorough=step % 4 == 1)
        step += every
    assert 0 in codes
    assert step > 1 + every


@pytest.mark.parametrize("name", list(WORKS))
def test_no_space_at_some_step(box: Sandbox, name: str) -> None:
    fails_at_steps(Disk(box, name), 90 if name == MANY else 11, lasting=True)


@pytest.mark.soak
@pytest.mark.parametrize("lasting", [True, False])
@pytest.mark.parametrize("name", list(WORKS))
def test_no_space_at_any_step(box: Sandbox, name: str, lasting: bool) -> None:
    fails_at_steps(Disk(box, name), 5 if name == MANY else 1, lasting=lasting)


def on_full_disks(box: Sandbox, name: str, free: range) -> None:
    """With ever more space on the disk, run the command until it succeeds.

    Where nobody may mount a disk of their own, the made-up failures are all there is.
    """
    box.repo.mkdir()

    def work() -> None:
        disk = Disk(box, name)
        codes = []
        for kib in free:
            disk.again()
            ballast = fill(box.repo, kib)
            done = disk.run()
            ballast.unlink()
            codes.append(done.code)
            disk.judge(done, f"{kib} KiB free", thorough=kib % 16 == 0)
        clear(box.repo)
        assert codes[0] == 1 or name == "doctor"  # which makes room, where the index may go
        assert codes[-1] == 0

    on_small_disk(box.repo, 8192, work)


@pytest.mark.parametrize("name", list(WORKS))
def test_a_disk_that_is_full_indeed(box: Sandbox, name: str) -> None:
    on_full_disks(box, name, range(0, 4000, 3000 if name == MANY else 1000))


@pytest.mark.soak
@pytest.mark.parametrize("name", list(WORKS))
def test_a_disk_with_ever_more_space(box: Sandbox, name: str) -> None:
    on_full_disks(box, name, range(0, 4000, 200) if name == MANY else range(0, 1200, 12))


def test_a_reader_whose_index_finds_no_room_answers_all_the_same(tmp_path: Path) -> None:
    world = World(tmp_path / "r.git")
    world.save(chat("talk", "one", "two"))
    repo = world.open()
    repo.index._connection.execute("PRAGMA max_page_count = 1")  # not one page more
    other = World(world.path, make=False, seed="other")
    for number in range(60):
        other.store().save(chat(f"s{number}", "x" * 1500))

    repo.reload()

    assert len(repo.names("sessions")) == 61


def test_what_is_shown_does_not_depend_on_how_much_of_the_index_fits(box: Sandbox) -> None:
    box.repo.mkdir()

    def work() -> None:
        disk = Disk(box, "append")
        words = "session list --sort name -T builtin_session_list_compact"
        shown = box.ok(words)
        for kib in range(60, 260, 8):
            disk.again()
            for file in box.repo.glob("store-index*"):
                file.unlink()
            ballast = fill(box.repo, kib)
            done = box.run(*words.split())
            ballast.unlink()
            assert (done.code, done.both) == (0, shown), (kib, done.both, shown)

    on_small_disk(box.repo, 8192, work)
