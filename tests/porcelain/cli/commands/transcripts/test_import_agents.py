"""`wj import` without a path, with `--all`, and of folders that hold other files too."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from porcelain.cli.run.output import Output
from porcelain.cli.run.progress import Progress
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat

DAY = 86_400
NOW = 1_773_309_600  # the sandbox begins at 2026-03-12 10:00 UTC
ONE, TWO = "11111111-2222-4333-8444-000000000001", "11111111-2222-4333-8444-000000000002"


def session(
    home: Path, name: str, *, project: str = "-w-one", days: int = 1, turns: int = 1
) -> Path:
    """Write a session of Claude Code into the user's home."""
    chat = Chat(Path(name).stem)
    for number in range(1, turns + 1):
        chat.turn(number)
    path = home / ".claude" / "projects" / project / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(chat.data())
    os.utime(path, (NOW - days * DAY, NOW - days * DAY))
    return path


def pawan(home: Path, name: str) -> Path:
    times = {"created_at": "2026-03-01T10:00:00+00:00", "updated_at": "2026-03-01T10:00:00+00:00"}
    messages = [{"role": "user", "content": "hello", "tool_calls": []}]
    path = home / ".pawan" / "sessions" / f"{name}.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"id": name, "model": "m", **times, "messages": messages}))
    os.utime(path, (NOW - 3 * DAY, NOW - 3 * DAY))
    return path


def test_without_a_path_the_sessions_of_agents_are_listed(box: Sandbox, home: Path) -> None:
    session(home, f"{ONE}.jsonl")
    session(home, f"{TWO}.jsonl", days=20)
    session(home, "agent-x.jsonl", project=f"-w-one/{ONE}/subagents")
    session(home, f"{ONE[:-1]}3.jsonl", project="-w-two", days=2)
    pawan(home, "3f9c1a7e")
    box.ok("init")

    assert (
        box.ok("import")
        == """\
Claude Code (claude): 3 sessions, none imported, newest 1 day ago, oldest 2 weeks ago, and 1 conversation of sub-agents
  ~/.claude/projects/-w-one: 2 sessions, none imported, newest 1 day ago, oldest 2 weeks ago, and 1 conversation of sub-agents
  ~/.claude/projects/-w-two: 1 session, not imported, newest 2 days ago
pawan (pawan): 1 session, not imported, newest 3 days ago
  ~/.pawan/sessions: 1 session, not imported, newest 3 days ago
Hint: `wj import --all` imports all of them, `wj import PATH` those of a folder
"""
    )
    assert len(box.json("op log")) == 1
    assert box.sessions() == {}


def test_the_list_says_what_is_imported(box: Sandbox, home: Path) -> None:
    path = session(home, f"{ONE}.jsonl")
    session(home, f"{TWO}.jsonl")
    box.ok("init")
    box.ok(f"import {path}")

    (agent,) = box.json("import")["agents"]
    assert {one["native_id"]: one["imported"] for one in agent["sessions"]} == {
        ONE: True,
        TWO: False,
    }
    assert agent["sessions"][0] == {
        "path": str(path),
        "native_id": ONE,
        "part": False,
        "bytes": path.stat().st_size,
        "modified": "2026-03-11T10:00:00Z",
        "imported": True,
    }
    assert "2 sessions, 1 imported" in box.ok("import")
    box.ok("import --all")
    said = box.ok("import")
    assert "2 sessions, all imported" in said
    assert "Hint" not in said


def test_the_list_needs_no_repository(box: Sandbox, home: Path) -> None:
    session(home, f"{ONE}.jsonl")
    box.patch.delenv("WJ_REPO")

    assert "1 session, not imported" in box.ok("import")
    assert not (home / ".local").exists()


def test_without_any_agent_there_is_nothing_to_list(box: Sandbox) -> None:
    box.ok("init")
    assert box.ok("import").startswith("There are no sessions of a known agent here (Claude Code,")
    assert box.json("import") == {"agents": []}
    assert "[exit 1]" in box.wj("import --all")


def test_all_sessions_come_in_at_once(box: Sandbox, home: Path) -> None:
    session(home, f"{ONE}.jsonl", turns=2)
    session(home, f"{TWO}.jsonl", project="-w-two")
    pawan(home, "3f9c1a7e")
    box.ok("init")

    said = box.ok("import --all")

    assert set(box.sessions()) == {ONE, TWO, "3f9c1a7e"}
    assert len(box.json("op log")) == 2
    assert said.count("started session") == 3
    assert box.ok("import --all") == "3 files: nothing new\n"


def test_only_files_with_news_have_a_line(box: Sandbox) -> None:
    box.ok("init")
    for number in range(5):
        box.chat(1, f"logs/{number}.jsonl", f"s{number}")
    box.ok("import logs")
    chat = box.chat(1, "logs/3.jsonl", "s3")
    chat.turn(2)
    box.file("logs/3.jsonl", chat.data())

    said = box.ok("import logs").splitlines()

    assert said[:2] == [
        "4 files: nothing new",
        "logs/3.jsonl: 1 change, 2 rows new; continued session s3",
    ]


def test_a_folder_may_hold_other_files(box: Sandbox) -> None:
    box.ok("init")
    box.chat(1, "mixed/chat.jsonl", "one")
    box.file("mixed/package.json", b'{"name": "x"}')
    box.file("mixed/rows.jsonl", b'{"label": 1}\n{"label": 2}\n')
    box.file("mixed/broken.json", b"{")
    box.file("mixed/empty.jsonl", b"")
    box.file("mixed/readme.md", b"# no transcript")

    said = box.ok("import mixed")

    assert said.splitlines()[:3] == [
        "mixed/empty.jsonl: nothing to import",
        "mixed/chat.jsonl: 1 change, 2 rows new; started session one",
        "3 files: no transcript in a known format",
    ]
    assert box.json("import mixed")["foreign"] == 3


def test_a_folder_without_any_transcript_changes_nothing(box: Sandbox) -> None:
    box.ok("init")
    box.file("mixed/package.json", b'{"name": "x"}')
    box.file("empty/readme.md", b"# no transcript")

    assert box.ok("import mixed") == "Nothing to import: 1 file in no known format\n"
    assert box.json("import mixed")["foreign"] == 1
    assert "There is no file in empty that could be a transcript" in box.wj("import empty")


def test_a_named_file_in_no_known_format_is_still_refused(box: Sandbox) -> None:
    box.ok("init")
    box.file("package.json", b'{"name": "x"}')

    assert "[exit 1]" in box.wj("import package.json")


def test_json_documents_in_a_folder_are_taken(box: Sandbox, home: Path) -> None:
    box.ok("init")
    pawan(home, "3f9c1a7e")

    box.ok(f"import {home}/.pawan")

    assert set(box.sessions()) == {"3f9c1a7e"}


# progress


class _Terminal:
    """A stderr that is a terminal."""

    def __init__(self) -> None:
        self.text = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass


@pytest.mark.parametrize(("flag", "speaks"), [("", True), ("quiet", False), ("json", False)])
def test_long_work_on_a_terminal_says_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, flag: str, speaks: bool
) -> None:
    terminal, clock = _Terminal(), [0.0]
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    output = Output(lambda: "never", lambda: ())
    if flag:
        setattr(output, flag, True)

    with Progress(output, "Reading", 3) as work:
        work.step("a\x1b[31m")
        assert terminal.text == ""
        clock[0] = 2.0
        work.step("b\x1b[31m")
        shown = terminal.text
        work.step("c")

    assert ("Reading [" in shown and "] 2 of 3: b\\x1b[31m" in shown) is speaks
    assert "c" not in terminal.text
    assert terminal.text.endswith("\r\x1b[K") is speaks
