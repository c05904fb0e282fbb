"""Promise: this machine remembers the newest operation of each replica outside the repository."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from porcelain.cli.run.seen_heads import read_seen_head
from porcelain.maintenance.abandon_operations import abandon
from porcelain.maintenance.doctor import Examined, examine
from store.repository.repository import Repository
from tests.harness.bare import git
from tests.porcelain.cli.sandbox import Sandbox


@pytest.fixture
def state(box: Sandbox, home: Path) -> Path:
    box.begin()
    return home / ".local/state/wajutsu"


def seen(state: Path, box: Sandbox) -> str | None:
    return read_seen_head(str(state), Repository.open(str(box.repo)))


def head(box: Sandbox) -> str:
    return git(box.repo, "rev-parse", "refs/wj/op").decode().strip()


@pytest.mark.parametrize(
    "line",
    ["new", "import chat.jsonl", "undo", "op abandon ..@-", "redact q2 --purge --yes"],
)
def test_each_command_that_changes_the_log_is_remembered(
    box: Sandbox, state: Path, line: str
) -> None:
    box.ok("new")
    box.chat(5)

    box.ok(line)

    assert seen(state, box) == head(box)


def test_commands_that_read_and_commands_without_effect_change_nothing(
    box: Sandbox, state: Path
) -> None:
    before = seen(state, box)

    box.ok("log")
    box.ok("show")
    box.ok("describe -m ''")

    assert seen(state, box) == before == head(box)


def set_back(box: Sandbox, old: str) -> None:
    """Replace the repository's refs of the log by older ones, as a restored backup does."""
    for ref in git(box.repo, "for-each-ref", "--format=%(refname)", "refs/wj").decode().split():
        git(box.repo, "update-ref", ref, old)


def test_a_log_that_was_cut_does_not_replace_the_memory(box: Sandbox, state: Path) -> None:
    old = head(box)
    box.ok("new")
    newest = head(box)
    set_back(box, old)

    said = box.ok("new")

    assert "Warning: The operation log was rolled back: this machine has seen operation" in said
    assert seen(state, box) == newest != head(box)


def test_a_folder_that_cannot_be_written_stops_nothing(box: Sandbox, state: Path) -> None:
    shutil.rmtree(state)
    state.parent.mkdir(parents=True, exist_ok=True)
    state.write_text("in the way")

    box.ok("new")

    assert seen(state, box) is None


def test_nonsense_in_the_folder_is_no_memory(box: Sandbox, state: Path) -> None:
    (file,) = (state / "heads").iterdir()
    file.write_bytes(b"\xff" * 3000)

    assert seen(state, box) is None
    box.ok("new")
    assert seen(state, box) == head(box)


def test_doctor_says_that_the_log_is_older_than_what_was_seen(box: Sandbox, state: Path) -> None:
    old = head(box)
    box.ok("new")
    set_back(box, old)

    said = box.wj("doctor")

    assert "Problem: The operation log is older than what this machine has seen: operation " in said
    assert said.endswith("1 problem\n[exit 1]\n")

    box.ok("doctor --fix")
    assert "no problems" in box.ok("doctor")
    assert seen(state, box) == head(box) == old


@pytest.mark.parametrize("line", ["op abandon ..@-", "redact q2 --purge --yes", "undo"])
def test_doctor_finds_no_fault_where_a_command_rewrote_the_log(
    box: Sandbox, state: Path, line: str
) -> None:
    box.ok("new")
    box.ok(line)

    assert "no problems" in box.ok("doctor")


def test_doctor_of_a_copy_has_no_memory_of_its_own(box: Sandbox, state: Path) -> None:
    git(box.folder, "clone", "-q", "--mirror", "conversations.git", "copy.git")
    box.ok("new")

    assert "no problems" in box.ok("-R copy.git doctor")


def test_doctor_takes_no_concurrent_operation_for_a_lost_one(
    box: Sandbox, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def examine_beside_a_writer(repository: Repository) -> Examined:
        found = examine(repository)
        box.ok("new")
        return found

    monkeypatch.setattr("porcelain.cli.commands.repository.doctor.examine", examine_beside_a_writer)

    assert "no problems" in box.ok("doctor")


def test_a_refused_command_forgets_nothing(box: Sandbox, state: Path) -> None:
    box.ok("new")
    before = seen(state, box)

    assert box.run("op", "abandon", "@").code == 1
    assert seen(state, box) == before == head(box)


def test_a_command_that_is_stopped_while_it_rewrites_the_log_raises_no_alarm(
    box: Sandbox, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def abandon_and_stop(*arguments: Any) -> None:
        abandon(*arguments)
        raise KeyboardInterrupt

    place = "porcelain.cli.commands.operations.op_change.abandon"
    monkeypatch.setattr(place, abandon_and_stop)
    box.ok("new")

    assert box.run("op", "abandon", "..@-").code == 130
    assert "no problems" in box.ok("doctor")
