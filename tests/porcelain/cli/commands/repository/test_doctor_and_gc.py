"""`wj doctor` and `wj util gc`."""

from __future__ import annotations

import errno
import os

import pytest

import store.repository.ref_lock
from tests.harness.fake_time import FakeTime
from tests.porcelain.cli.sandbox import Sandbox


def test_a_sound_repository(box: Sandbox) -> None:
    box.begin(2)

    said = box.ok("doctor")

    assert said == "Checked 1 operation, 4 commits, 3 refs, 1 pack: no problems\n"
    assert box.json("doctor")["problems"] == []


def test_a_lost_log_is_told_and_mended(box: Sandbox) -> None:
    box.begin(2)
    (box.repo / "refs" / "wj" / "op").unlink()

    assert box.wj("doctor") == FOUND
    assert box.wj("doctor --fix") == MENDED
    assert box.json("doctor")["problems"] == []
    assert len(box.json("op log")) == 2


FOUND = """\
Problem: The ref of the operation log, refs/wj/op, is gone
These operations are still in the object database:
  c3.......... import demo
Hint: `git update-ref refs/wj/op ID` makes one of them the newest operation
Checked 0 operations, 0 commits, 2 refs, 1 pack: 1 problem
Hint: `wj doctor --fix` can repair this
[exit 1]
"""
MENDED = """\
Problem: The ref of the operation log, refs/wj/op, is gone
The log continues from operation c3..........: import demo
Wrote the refs; recorded 0 changes that others made to them
Checked 1 operation, 4 commits, 3 refs, 1 pack: no problems
"""


def test_doctor_as_data_says_what_is_left(box: Sandbox) -> None:
    box.begin(1)
    (box.repo / "refs" / "sessions" / "demo.lock").write_text("x\n")

    done = box.run("doctor", "--fix", "--json")

    assert done.code == 1
    assert [one["check"] for one in done.data["left"]] == ["locks"]
    assert (box.repo / "refs" / "sessions" / "demo.lock").exists()


def test_doctor_is_about_the_whole_repository(box: Sandbox) -> None:
    box.begin(1)

    assert box.run("doctor", "--at-op", "@").code == 2


def test_collecting_without_a_policy_abandons_nothing(box: Sandbox) -> None:
    box.begin(1)
    box.ok("new")
    box.ok("undo")
    before = box.json("op log")

    assert "Would abandon 0 operations\n" in box.ok("util gc --dry-run --expire now")
    assert box.ok("util gc --expire now").startswith("Collected: ")
    assert box.json("op log") == before


def test_the_policy_comes_from_the_configuration(box: Sandbox) -> None:
    box.begin(1)
    for _ in range(4):
        box.ok("new")
    box.ok("config set --user gc.keep-operations 2")
    before = box.json("op log")

    assert box.ok("util gc --dry-run").startswith("Would abandon 3 operations\n")
    assert box.json("op log") == before
    assert box.ok("util gc").startswith("Abandoned 3 operations\n")
    assert len(box.json("op log")) == 3  # with the root's
    assert box.json("util gc --expire now")["abandoned_operations"] == []


@pytest.mark.parametrize("value", ["-1", "many", "1.5", "''", "true"])
def test_a_policy_is_a_number(box: Sandbox, value: str) -> None:
    box.begin(1)

    done = box.wj(f"config set --user gc.keep-days -- {value}")

    assert "must be a whole number from 0" in done
    assert done.endswith("[exit 1]\n")


def test_collecting_refuses_an_older_operation_and_a_wrong_time(box: Sandbox) -> None:
    box.begin(1)
    box.ok("new")

    assert box.run("util", "gc", "--at-op", "@-").code == 2
    assert box.run("util", "gc", "--expire", "soon").code == 1
    assert box.run("util").code == 2


def test_a_lock_on_the_log_that_somebody_renews_is_told_and_left(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.begin(1)
    lock = box.repo / "refs" / "wj" / "op.lock"
    lock.write_text("a git at work\n")

    def renew() -> None:
        fresh = lock.with_name("fresh")
        fresh.write_text("a git at work\n")
        fresh.rename(lock)

    monkeypatch.setattr(store.repository.ref_lock, "time", FakeTime(renew))
    done = box.run("new", "-m", "mine")
    listed = box.run("log", "-r", "description(mine)")

    assert done.code == 1
    assert "Ref 'refs/wj/op' is locked by $DIR/conversations.git/refs/wj/op.lock" in done.err
    assert "Hint: Another program, such as git, is changing it" in done.err
    assert "`wj doctor` names stale locks" in done.err
    assert listed.out == ""
    assert lock.exists()


def test_a_lock_on_a_session_is_told_and_the_ref_written_later(box: Sandbox) -> None:
    box.begin(1)
    lock = box.repo / "refs" / "sessions" / "demo.lock"
    lock.write_text("a git at work\n")
    before = (box.repo / "refs" / "sessions" / "demo").read_text()

    done = box.run("append", "-m", "more")

    assert done.code == 0
    assert "Warning: Ref refs/sessions/demo could not be written yet" in done.err
    assert "demo.lock is in the way" in done.err
    said = box.ok("status")
    assert "demo.lock is in the way" in said
    assert "`wj doctor`" in said
    assert (box.repo / "refs" / "sessions" / "demo").read_text() == before
    assert "demo.lock was left by" in box.run("doctor").both
    assert lock.read_text() == "a git at work\n"

    lock.unlink()
    box.ok("new")
    assert (box.repo / "refs" / "sessions" / "demo").read_text() != before
    assert "in the way" not in box.ok("status")


def test_a_repository_whose_head_is_gone_is_named_and_repaired(chat: Sandbox) -> None:
    (chat.repo / "HEAD").unlink()
    refused = chat.run("log")
    assert refused.code == 1
    assert "its HEAD is missing" in refused.err
    assert "wj doctor --fix -R" in refused.err
    assert chat.run("doctor").code == 1
    assert "Let HEAD name the branch main" in chat.ok("doctor --fix")
    assert "no problems" in chat.ok("doctor")
    chat.ok("log")


def test_gc_on_a_full_disk_names_the_place_and_a_next_step(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.begin(2)

    pwrite = os.pwrite

    def full(fd: int, data: bytes, place: int) -> int:
        if data.startswith(b"commit-graph"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return pwrite(fd, data, place)

    monkeypatch.setattr(os, "pwrite", full)
    done = box.run("util", "gc")
    assert done.code == 1
    assert "objects/info: No space left on device" in done.err
    assert "Make room" in done.err
