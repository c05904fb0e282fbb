"""`wj split`: a change becomes two."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.porcelain.cli.sandbox import Sandbox


@pytest.fixture
def saved(box: Sandbox) -> Sandbox:
    """One change of six messages."""
    box.ok("init")
    box.chat(3)
    box.ok("save chat.jsonl")
    return box


def test_the_two_parts_are_shown(saved: Sandbox) -> None:
    assert (
        saved.wj("split --at 2")
        == """\
Selected changes : omrzzpmq c2...... q1
Remaining changes: txqxupkm c3...... demo | q3
Working copy  (@) now at: txqxupkm c3...... demo | q3
Parent commit (@-)      : omrzzpmq c2...... q1
"""
    )
    assert saved.titles("::@ ~ root()") == ["q3", "q1"]
    assert saved.position() == ("q3", "demo")
    before = saved.one("@-")["change_id"]
    saved.ok("undo")
    assert saved.one("@")["change_id"] == before
    assert saved.titles("::@ ~ root()") == ["q3"]


def test_what_it_did_as_data(saved: Sandbox) -> None:
    old = saved.one("@")["commit_id"]
    data = saved.json("split -r demo --at 4 -m first")
    assert data["rows"] == 4
    assert [one["from"] for one in data["rewritten"]] == [[old], [old]]
    assert data["second"] == data["workspace"]["commit_id"] == saved.one("demo")["commit_id"]
    assert data["first"] == saved.one("demo-")["commit_id"]
    assert saved.titles("demo | demo-") == ["q3", "first"]
    assert saved.json("op log")[0]["args"][-2:] == ["...", "--json"]


def test_parallel_parts(saved: Sandbox) -> None:
    saved.ok("split --at 2 --parallel")
    assert sorted(saved.titles("root()+")) == ["q1", "q3"]
    assert saved.one("demo")["messages"] == 4


def test_an_editor_writes_the_first_parts_description(
    saved: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "editor"
    script.write_text('#!/bin/sh\necho written > "$1"\n')
    script.chmod(0o755)
    monkeypatch.setenv("WJ_EDITOR", shlex.quote(str(script)))
    saved.ok("split --at 2 --editor")
    assert saved.titles("demo | demo-") == ["q3", "written"]


def test_what_is_possible_is_said(saved: Sandbox) -> None:
    assert (
        saved.wj("split --at 6")
        == """\
Error: The change cannot be split at 6: that does not part what it adds
Hint: `--at` can be 1 to 5; `wj show` shows the numbers
[exit 1]
"""
    )
    assert saved.run("split").code == 2
    assert saved.run("split", "@", "-r", "@", "--at", "2").code == 2
    assert "The root commit" in saved.wj("split 'root()' --at 1")


def test_without_a_current_commit_there_is_nothing_to_split(box: Sandbox) -> None:
    box.ok("init")
    assert "no current commit" in box.wj("split --at 1")
