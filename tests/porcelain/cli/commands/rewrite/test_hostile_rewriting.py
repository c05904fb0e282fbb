"""Rewriting commands in hasty or hostile hands."""

from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path
from typing import Any

import pygit2
import pytest

from porcelain.cli.main import main
from tests.harness.work import lines_run
from tests.porcelain.cli.sandbox import Sandbox as Box


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Box:
    """A repository with one imported conversation of four turns."""
    made = Box(tmp_path, monkeypatch)
    made.begin(4)
    return made


def _newest_operation(box: Box) -> str:
    return str(box.json("op log -n 1")[0]["id"])


def test_a_version_that_is_already_what_converging_makes_takes_the_others_in(box: Box) -> None:
    """Rebased in the second in which they are converged, one version is the result itself."""
    before = _newest_operation(box)
    box.ok("describe -m one @--")
    box.ok(f"describe -m two @-- --at-op {before}")
    (lowest,) = {one["change_id"] for one in box.json("log -r 'divergent() ~ divergent()+'")}
    count = box.count
    box.ok(f"converge {lowest} -m both")
    middle = {one["change_id"] for one in box.json("log -r 'divergent() ~ divergent()+'")}
    assert len(middle) == 1
    box.count = count  # the same second again
    said = box.ok(f"converge {middle.pop()}")
    assert "Converged 2 versions" in said
    assert len({one["change_id"] for one in box.json("log -r 'divergent()'")}) == 1
    assert box.json("op log -n 1")[0]["description"].startswith("converge")


def test_doctor_takes_a_conflicted_session_for_what_it_is(box: Box) -> None:
    """The earlier target of a session that moved twice is hidden, which is no problem."""
    before = _newest_operation(box)
    box.ok("describe -m one @")
    box.ok(f"describe -m two @ --at-op {before}")
    assert "demo??" in box.ok("log -n 1")
    assert "no problems" in box.ok("doctor")


def test_show_of_many_commits_that_a_condition_chooses(box: Box) -> None:
    """A lazily evaluated revset needs its index until the end."""
    shown = box.ok("show 'all() ~ root()'")
    assert shown.count("Commit ID:") == 4
    assert len(box.json("show 'all() ~ root()'")) == 4


def test_hints_about_the_root_can_be_pasted_into_a_shell(box: Box) -> None:
    for line in ("describe -m x 'root()'", "edit 'root()'"):
        assert "`wj new 'root()'`" in box.wj(line)


def test_a_name_with_a_space_is_told_so(box: Box) -> None:
    assert "it holds a space" in box.wj("session create 'x y'")


@pytest.mark.parametrize("command", ["log", "evolog", "op log", "lineage", "children", "leaves"])
def test_a_limit_that_no_computer_counts_to_is_as_good_as_none(box: Box, command: str) -> None:
    assert box.json(f"{command} -n {'9' * 30}") == box.json(command)


@pytest.mark.parametrize("numbers", ["-1", "1-", "-", "..", "0", "2..1"])
def test_what_only_looks_like_numbers_of_messages_is_refused(box: Box, numbers: str) -> None:
    """`-1` does not mean the messages up to 1."""
    done = box.run("restore", "--from", "@-", f"--message={numbers}")
    assert done.code in (1, 2), done.both
    assert "Restored" not in done.both


class _Disk(io.RawIOBase):
    """A file on a full disk."""

    full = True

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return len(data)


@pytest.mark.parametrize("command", ["log", "status", "show"])
def test_output_that_does_not_fit_on_the_disk_is_an_error_that_says_so(
    box: Box, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    disk = _Disk()
    with pytest.MonkeyPatch.context() as patch, io.BufferedWriter(disk) as out:
        patch.setattr(sys, "stdout", io.TextIOWrapper(out, write_through=True))
        code = main([command])
        disk.full = False
    assert (code, capsys.readouterr().err) == (1, "Error: No space left on device\n")


@pytest.mark.parametrize(
    "document", [b"[]", b"\0\xff", b"[" * 200_000, b'{"messages": "x"}', b'{"messages": []}']
)
def test_redacting_passes_over_a_document_that_is_none(box: Box, document: bytes) -> None:
    """A strange commit in a received repository does not stop the redaction of the others."""
    repository = pygit2.Repository(str(box.repo))
    tip = repository.references["refs/sessions/demo"].target
    tree = repository.TreeBuilder(repository[tip].tree)
    tree.insert("session.json", repository.create_blob(document), pygit2.enums.FileMode.BLOB)
    who = pygit2.Signature("x", "y@example.org", 1_767_225_600)
    repository.create_commit("refs/sessions/strange", who, who, "strange", tree.write(), [tip])
    assert "q2" in box.ok("show demo--")
    assert "Redacted" in box.ok("redact q2")
    assert "q2" not in box.ok("show demo--")


def test_undo_does_not_take_a_workspace_that_is_worked_in(box: Box) -> None:
    box.ok("workspace add agent")
    box.ok("--workspace agent edit @-")
    box.ok("--workspace agent append -m x")

    said = box.wj("undo")

    assert "later operations build on what it made" in said
    assert "agent" in box.ok("workspace list")
    box.wj("undo --skip")
    assert "agent" in box.ok("workspace list")


@pytest.mark.parametrize("command", ["next", "prev"])
def test_a_step_too_far_is_told_at_once(box: Box, command: str) -> None:
    assert box.wj(f"{command} 99 --edit").startswith("Error: ")  # the code is loaded
    near = lines_run(lambda: box.wj(f"{command} 99 --edit"))

    def step() -> None:
        assert box.wj(f"{command} 99999999999 --edit").startswith("Error: ")

    assert lines_run(step) < 2 * near


def test_at_is_no_name(box: Box) -> None:
    assert box.wj("session create other @").startswith("Error: Invalid name '@'")
    assert "other" not in box.ok("session list --sort name -T builtin_session_list_compact")


def test_a_purge_of_nothing_asks_for_nothing(box: Box) -> None:
    assert "[exit" not in box.wj("redact substring:nowhere --purge")


def test_a_merge_shows_what_it_adds_to_what_its_parents_make(box: Box) -> None:
    box.ok("fork @ a")
    box.ok("append -m left")
    box.ok("fork @- b")
    box.ok("append -m right")
    box.ok("new a b -m both")

    shown = box.ok("show")

    assert "left" not in shown
    assert "right" not in shown
