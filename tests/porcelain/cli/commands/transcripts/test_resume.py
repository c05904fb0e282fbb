"""`wj resume` writes what the agent needs, where it looks, and prints how to start it."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat

ONE = "11111111-2222-4333-8444-000000000001"


@pytest.fixture
def project(box: Sandbox) -> Path:
    """Return a project with a session of Claude Code, imported; the current folder is elsewhere."""
    folder = box.folder / "work" / "proj a"
    folder.mkdir(parents=True)
    return folder


def begin(box: Sandbox, home: Path, project: Path, turns: int = 3) -> tuple[Chat, Path]:
    """Write the session into the agent's folder, and import it."""
    chat = Chat(ONE)
    for number in range(1, turns + 1):
        chat.turn(number, cwd=str(project))
    path = folder_of(home, project) / f"{ONE}.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes(chat.data())
    box.ok("init")
    box.ok(f"import {path} --session house")
    return chat, path


def folder_of(home: Path, project: Path) -> Path:
    name = "".join(c if c.isascii() and c.isalnum() else "-" for c in str(project.resolve()))
    return home / ".claude" / "projects" / name


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def prompts(path: Path) -> list[str]:
    return [row["message"]["content"] for row in rows(path) if row["type"] == "user"]


def test_the_agents_own_file_is_resumed_where_it_ends_as_the_conversation(
    box: Sandbox, home: Path, project: Path
) -> None:
    _, path = begin(box, home, project)
    before = path.read_bytes()

    assert box.run("resume").out.replace("$DIR", str(box.folder)) == (
        f"cd '{project}' && claude --resume {ONE}\n"
    )
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]
    assert len(box.json("op log")) == 2
    assert box.json("resume")["written"] is False


def test_a_fork_gets_a_file_of_its_own_under_a_new_id(
    box: Sandbox, home: Path, project: Path
) -> None:
    _, original = begin(box, home, project)
    before = original.read_bytes()
    box.ok("fork @- barn")

    made = box.json("resume barn")

    path = Path(made["path"])
    assert made["written"] is True
    assert path.parent == folder_of(home, project)
    assert path.name == f"{made['native_id']}.jsonl"
    assert made["command"] == ["claude", "--resume", made["native_id"]]
    assert made["folder"] == str(project)
    assert prompts(path) == ["q1", "q2"]
    assert {row["sessionId"] for row in rows(path)} == {made["native_id"]}
    assert path.stat().st_mode & 0o777 == 0o600
    assert original.read_bytes() == before


def test_a_fork_of_the_tip_does_not_go_on_in_the_originals_file(
    box: Sandbox, home: Path, project: Path
) -> None:
    begin(box, home, project)
    box.ok("fork @ barn")

    assert box.json("resume barn")["native_id"] != ONE


def test_an_earlier_point_is_written_and_a_file_that_grew_is_left(
    box: Sandbox, home: Path, project: Path
) -> None:
    chat, path = begin(box, home, project)
    box.ok("rewind 1")
    chat.turn(4)
    path.write_bytes(chat.data())

    made = box.json("resume")

    assert made["written"] is True
    assert made["remarks"] == [f"The agent went further in {path}; `wj import` brings that in"]
    assert prompts(Path(made["path"])) == ["q1", "q2"]
    assert prompts(path) == ["q1", "q2", "q3", "q4"]


def test_a_file_without_a_final_newline_is_written_anew(
    box: Sandbox, home: Path, project: Path
) -> None:
    _, path = begin(box, home, project)
    path.write_bytes(path.read_bytes()[:-1])
    box.ok(f"import {path}")

    made = box.json("resume")

    assert made["written"] is True
    assert Path(made["path"]).read_bytes().endswith(b"\n")
    assert prompts(Path(made["path"])) == ["q1", "q2", "q3"]


def test_an_edited_turn_loses_its_thinking_and_says_so(
    box: Sandbox, home: Path, project: Path
) -> None:
    chat = Chat(ONE)
    for number in (1, 2):
        chat.user(f"q{number}", f"u{number}", cwd=str(project))
        thought = {"type": "thinking", "thinking": "hm", "signature": "x"}
        chat._assistant(thought, f"h{number}", "m", response=f"m{number}")
        chat._assistant(
            {"type": "text", "text": f"word {number}"}, f"a{number}", "m", response=f"m{number}"
        )
    box.file("chat.jsonl", chat.data())
    box.ok("init")
    box.ok("import chat.jsonl")
    assert box.json("resume")["remarks"] == []

    box.ok("redact 'word 2' -r @")

    assert box.json("resume")["remarks"] == [
        "Left out: 1 block of thinking from the edited turn on"
    ]


def test_what_an_import_added_to_a_change_is_no_edit(box: Sandbox, project: Path) -> None:
    chat = Chat(ONE)
    thought = {"type": "thinking", "thinking": "hm", "signature": "x"}
    box.ok("init")
    for number in (1, 2):
        chat.user(f"q{number}", f"u{number}", cwd=str(project))
        chat._assistant(thought, f"h{number}", "m", response=f"m{number}")
        box.file("chat.jsonl", chat.data())
        box.ok("import chat.jsonl")
        chat._assistant({"type": "text", "text": "r"}, f"a{number}", "m", response=f"m{number}")
        chat.side("mode", mode="default", sessionId=ONE)
        box.file("chat.jsonl", chat.data())
        box.ok("import chat.jsonl")

    assert box.json("resume")["remarks"] == []
    box.ok("describe @ -m 'a title'")
    assert box.json("resume")["remarks"] == []


def test_where_the_project_is_gone_the_current_folder_takes_its_place(
    box: Sandbox, home: Path, project: Path
) -> None:
    begin(box, home, project)
    project.rename(project.with_name("moved"))
    box.patch.chdir(project.with_name("moved"))

    said = box.run("resume")

    moved = str(project.with_name("moved"))
    assert said.out.replace("$DIR", str(box.folder)).startswith(f"cd {moved} && claude --resume ")
    assert "Working folder is" in said.err
    (path,) = folder_of(home, project.with_name("moved")).iterdir()
    assert {row["cwd"] for row in rows(path) if "cwd" in row} <= {moved, "/home/dev/project"}


def test_pawans_sessions_are_resumed_too(box: Sandbox, home: Path) -> None:
    times = {"created_at": "2026-03-01T10:00:00+00:00", "updated_at": "2026-03-01T10:00:00+00:00"}
    messages = [{"role": "user", "content": "hello", "tool_calls": []}]
    document = {"id": "3f9c1a7e", "model": "m", **times, "messages": messages}
    path = home / ".pawan" / "sessions" / "3f9c1a7e.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(document, indent=2))
    box.ok("init")
    box.ok("import --all")

    assert box.run("resume").raw == b"pawan chat --resume 3f9c1a7e\n"
    box.ok("fork @ barn")
    box.ok("append -m more")
    made = box.json("resume")
    assert Path(made["path"]) == path.with_name(f"{made['native_id']}.json")
    written = json.loads(Path(made["path"]).read_text())
    assert written["id"] == made["native_id"]
    assert [one["content"] for one in written["messages"]] == ["hello", "more"]


# --run


def test_run_becomes_the_agent_in_its_project(box: Sandbox, home: Path, project: Path) -> None:
    begin(box, home, project)
    program = box.file("bin/claude", b"#!/bin/sh\n")
    program.chmod(0o755)
    box.patch.setenv("PATH", str(program.parent))
    started: list[tuple[str, tuple[str, ...], str]] = []
    box.patch.setattr(os, "execvp", lambda file, words: started.append((file, words, os.getcwd())))

    box.ok("resume --run")

    assert started == [("claude", ("claude", "--resume", ONE), str(project))]


def test_run_without_the_agent_writes_nothing(box: Sandbox, home: Path, project: Path) -> None:
    begin(box, home, project)
    box.ok("fork @- barn")
    box.patch.setenv("PATH", str(box.folder))

    assert (
        box.wj("resume --run")
        == "Error: The command `claude` of Claude Code is not installed here\n[exit 1]\n"
    )
    assert len(list(folder_of(home, project).iterdir())) == 1
    assert "[exit 2]" in box.wj("resume --run --json")


# refusals


def test_what_no_agent_can_resume_is_refused(box: Sandbox) -> None:
    box.ok("init")
    assert "The commit has no conversation yet" in box.wj("resume")
    box.chat(1)
    box.ok("import chat.jsonl")

    assert "Files of Cursor cannot be written" in box.wj("resume --agent cursor")
    assert "[exit 2]" in box.wj("resume --agent clyde")


def test_a_sub_agents_conversation_is_refused(box: Sandbox) -> None:
    chat = Chat(ONE)
    chat.user("do it", "u1", isSidechain=True, agentId="x")
    box.ok("init")
    box.file("agent-x.jsonl", chat.data())
    box.ok("import agent-x.jsonl")

    assert "There is no message in the conversation that its agent could send" in box.wj("resume")


def test_a_strange_folder_is_quoted(box: Sandbox, home: Path) -> None:
    folder = box.folder / "a'b $(touch x); c"
    folder.mkdir()
    begin(box, home, folder, turns=1)

    line = box.run("resume").out.replace("$DIR", str(box.folder))

    assert shlex.split(line) == ["cd", str(folder), "&&", "claude", "--resume", ONE]
