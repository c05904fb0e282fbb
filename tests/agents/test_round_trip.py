"""Promise: a fork goes to its agent and comes back to its own session, however often.

A script plays Claude Code: it adds rows to the file that `wj resume` names, as the agent does.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.agents import played_claude
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat

ONE = "11111111-2222-4333-8444-000000000001"


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Return a user with a session of Claude Code, imported as `house`."""
    sandbox = Sandbox(tmp_path, monkeypatch)
    chat = Chat(ONE)
    for number in (1, 2, 3):
        chat.user(f"q{number}", f"u{number}", cwd=str(tmp_path))
        chat.progress(f"p{number}", cwd=str(tmp_path))
        chat.call(f"t{number}", f"c{number}", cwd=str(tmp_path))
        chat.result(f"t{number}", f"o{number}", cwd=str(tmp_path))
        chat.answer(f"r{number}", f"a{number}", cwd=str(tmp_path))
    path = folder(tmp_path) / f"{ONE}.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes(chat.data())
    sandbox.ok("init")
    sandbox.ok(f"import {path} --session house")
    return sandbox


def folder(project: Path) -> Path:
    name = "".join(c if c.isascii() and c.isalnum() else "-" for c in str(project.resolve()))
    return Path.home() / ".claude" / "projects" / name


def go_on(path: Path, word: str) -> None:
    """Let the agent answer one more prompt."""
    played_claude.go_on(path, f"{word}?", f"{word}!")


def resumed(box: Sandbox, revset: str) -> Path:
    """Resume a conversation; return the file in which the agent goes on."""
    return Path(box.json(f"resume {revset}")["path"])


def prompts(box: Sandbox, revset: str) -> list[str]:
    rows = [json.loads(line) for line in box.run("export", revset).raw.splitlines()]
    return [
        row["message"]["content"]
        for row in rows
        if row["type"] == "user" and isinstance(row["message"]["content"], str)
    ]


def test_three_forks_go_to_the_agent_and_back_and_undo_takes_back_each(box: Sandbox) -> None:
    original = folder(box.folder) / f"{ONE}.jsonl"
    before = original.read_bytes()
    for number, word in enumerate(("barn", "shed", "tower"), 1):
        box.ok(f"fork house- {word}")
        path = resumed(box, word)
        assert path.stem != ONE
        go_on(path, word)

        said = box.ok(f"import {path}")

        assert f"continued session {word}" in said
        assert prompts(box, word) == ["q1", "q2", f"{word}?"]
        assert len(box.sessions()) == 1 + number
        box.ok("undo")
        assert prompts(box, word) == ["q1", "q2"]
        box.ok(f"import {path}")
        assert prompts(box, word) == ["q1", "q2", f"{word}?"]

    assert box.sessions() == {"barn": "barn?", "house": "q3", "shed": "shed?", "tower": "tower?"}
    assert prompts(box, "house") == ["q1", "q2", "q3"]
    assert original.read_bytes() == before
    operations = len(box.json("op log"))
    for _ in range(2):
        assert box.ok("import --all") == "4 files: nothing new\n"
    assert len(box.json("op log")) == operations


def test_one_session_goes_back_and_forth_three_times(box: Sandbox) -> None:
    box.ok("fork house- barn")
    path = resumed(box, "barn")
    for word in ("one", "two", "three"):
        go_on(path, word)
        box.ok(f"import {path}")
        again = box.json("resume barn")
        assert (again["written"], again["path"]) == (False, str(path))

    assert prompts(box, "barn") == ["q1", "q2", "one?", "two?", "three?"]
    assert set(box.sessions()) == {"barn", "house"}


def test_a_change_made_here_goes_to_the_agent_in_a_further_file(box: Sandbox) -> None:
    first = resumed(box, "house")
    assert first.stem == ONE
    box.ok("append -m added --session house")

    second = resumed(box, "house")
    go_on(second, "on")
    box.ok("import --all")

    assert second != first
    assert prompts(box, "house") == ["q1", "q2", "q3", "added", "on?"]
    assert set(box.sessions()) == {"house"}


def test_what_resume_left_out_stays_in_the_conversation(box: Sandbox) -> None:
    box.ok("fork house- barn")
    path = resumed(box, "barn")
    go_on(path, "on")
    box.ok(f"import {path}")

    (change,) = box.json("log -r barn")
    shown = box.run("export", "barn").raw
    assert shown.count(b'"progress"') == 2
    assert change["title"] == "on?"
    assert box.titles("barn | barn-") == ["on?", "q2"]


def test_undo_of_resume_takes_back_the_record_and_leaves_the_file(box: Sandbox) -> None:
    box.ok("fork house- barn")
    path = resumed(box, "barn")
    data = path.read_bytes()

    assert "resume" in box.ok("undo")

    assert path.read_bytes() == data
    go_on(path, "on")
    box.ok(f"import {path}")
    assert "on?" in [commit["title"] for commit in box.json("log -r 'all() ~ root()'")]
    assert prompts(box, "house") == ["q1", "q2", "q3"]


def test_redaction_before_the_resume_does_not_come_back(box: Sandbox) -> None:
    box.ok("fork house- barn")
    box.ok("redact q2 -r barn")
    path = resumed(box, "barn")
    assert b"q2" not in path.read_bytes().replace(b'"q2', b"")
    go_on(path, "on")
    box.ok(f"import {path}")

    assert "q2" not in prompts(box, "barn")
    assert prompts(box, "barn")[-1] == "on?"


def test_a_session_that_was_renamed_meanwhile_goes_on_under_its_new_name(box: Sandbox) -> None:
    box.ok("fork house- barn")
    path = resumed(box, "barn")
    box.ok("session rename barn attic")
    go_on(path, "on")
    box.ok(f"import {path}")

    assert box.sessions() == {"attic": "on?", "house": "q3"}
    assert resumed(box, "attic") == path


def test_a_file_that_the_agent_deleted_is_written_again(box: Sandbox) -> None:
    path = resumed(box, "house")
    path.unlink()

    made = box.json("resume house")

    assert made["written"] is True
    go_on(Path(made["path"]), "on")
    box.ok("import --all")
    assert box.sessions() == {"house": "on?"}
    assert prompts(box, "house") == ["q1", "q2", "q3", "on?"]


def test_a_rewind_by_the_agent_in_a_resumed_file_is_a_branch(box: Sandbox) -> None:
    box.ok("fork house- barn")
    path = resumed(box, "barn")
    go_on(path, "one")
    box.ok(f"import {path}")
    with path.open("ab") as file:
        file.write(b'{"type":"last-prompt","leafUuid":"a2","sessionId":"x"}\n')
    go_on(path, "two")
    box.ok(f"import {path}")

    assert prompts(box, "barn") == ["q1", "q2", "two?"]
    assert sorted(one["title"] for one in box.json("log -r 'heads(all())'")) == [
        *("one?", "q3", "two?")
    ]


def test_going_on_from_the_middle_moves_the_session_and_keeps_what_was_left(box: Sandbox) -> None:
    path = resumed(box, "house-")
    go_on(path, "on")
    box.ok(f"import {path}")

    assert prompts(box, "house") == ["q1", "q2", "on?"]
    assert "q3" in [one["title"] for one in box.json("log -r 'heads(all())'")]
