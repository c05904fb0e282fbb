"""The real Claude Code takes the files that `wj resume` writes, and sends exactly the conversation."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from porcelain.exchange.agents.claude_folder import claude_folder
from tests.agents.claude_program import ClaudeProgram, pieces
from tests.harness.places import SAMPLE, needs_real_files, real_files
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat

ONE = "11111111-2222-4333-8444-000000000001"
SDK = """
import json, sys
from claude_agent_sdk import get_session_messages
print(json.dumps([m.message for m in get_session_messages(sys.argv[1], sys.argv[2])]))
"""


def story(project: Path) -> Chat:
    """Return a session with what makes files hard to resume."""
    chat = Chat(ONE)
    here = {"cwd": str(project)}
    chat.put("system", "b0", subtype="informational", content="hello", level="info", **here)
    chat.user("look at both files", "u1", **here)
    chat.call("toolu_1", "c1", response="msg_a")
    chat.progress("p1")
    chat.call("toolu_2", "c2", parent="c1", response="msg_a")
    chat.result("toolu_1", "o1", parent="c1")
    chat.result("toolu_2", "o2", parent="c2")
    chat.answer("both are fine", "a1")
    chat.put("user", "s1", message={"role": "user", "content": "a sub-agent's"}, isSidechain=True)
    chat.user("a way that was left", "u2", parent="a1")
    chat.answer("it was left", "a2")
    chat.user("now the third", "u3", parent="a1")
    chat.progress("p3")
    chat.answer("the third is done", "a3")
    chat.user("and a fourth", "u4")
    chat.call("toolu_4", "c4")
    return chat


def begin(box: Sandbox, project: Path, data: bytes) -> None:
    project.mkdir(parents=True)
    box.file("session.jsonl", data)
    box.ok("init")
    box.ok("import session.jsonl --session house")


def wanted(box: Sandbox, revset: str) -> list[dict[str, Any]]:
    """Return the messages of a conversation, as its rows have them."""
    raw = box.run("export", revset).raw
    rows = [json.loads(line) for line in raw.splitlines()]
    return whole_responses(
        row["message"]
        for row in rows
        if row["type"] in ("user", "assistant") and not row.get("isSidechain")
    )


def whole_responses(messages: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return messages with each response in one piece, where its first block stands.

    A row has one block of a response, and results of its calls may stand between two of them.
    """
    said = list(messages)
    first = {id(one): place for place, one in enumerate(said)}
    responses: dict[str, int] = {}
    for place, one in enumerate(said):
        if "id" in one:
            first[id(one)] = responses.setdefault(one["id"], place)
    return sorted(said, key=lambda one: first[id(one)])


def resume(box: Sandbox, revset: str) -> str:
    """Resume a conversation, and return the line that a shell takes."""
    return box.run("resume", revset).raw.decode().strip()


@pytest.mark.agents
def test_the_agent_sends_exactly_the_conversation(
    box: Sandbox, claude: ClaudeProgram, tmp_path: Path
) -> None:
    project = tmp_path / "work" / "proj_a.b ü"
    begin(box, project, story(project).data())
    box.ok("fork @- barn")

    sent = claude.run(resume(box, "barn"), "what comes next?")

    assert pieces(sent) == [
        *pieces(wanted(box, "barn")),
        ("user", "text", "what comes next?"),
    ]
    assert ("user", "text", "now the third") in pieces(sent)


@pytest.mark.agents
def test_a_call_that_was_never_answered_is_not_sent(
    box: Sandbox, claude: ClaudeProgram, tmp_path: Path
) -> None:
    project = tmp_path / "work"
    begin(box, project, story(project).data())

    sent = claude.run(resume(box, "house"), "what comes next?")

    assert ("user", "text", "and a fourth") in pieces(sent)
    assert "toolu_4" not in json.dumps(sent)


@pytest.mark.agents
def test_the_agent_only_adds_to_the_file_and_finds_it_again(
    box: Sandbox, claude: ClaudeProgram, tmp_path: Path
) -> None:
    project = tmp_path / "work"
    begin(box, project, SAMPLE.read_bytes())
    box.patch.chdir(project)
    made = box.json("resume @-")
    before = Path(made["path"]).read_bytes()
    line = f"cd {made['folder']} && {' '.join(made['command'])}"

    first = claude.run(line, "the first addition")
    second = claude.run(line, "the second addition")

    assert Path(made["path"]).read_bytes().startswith(before)
    assert pieces(first) == [*pieces(wanted(box, "@-")), ("user", "text", "the first addition")]
    assert pieces(second) == [
        *pieces(first),
        ("assistant", "text", "answer to the first addition"),
        ("user", "text", "the second addition"),
    ]


@pytest.mark.agents
def test_a_project_with_a_very_long_path_is_resumed_by_the_files_path(
    box: Sandbox, claude: ClaudeProgram, tmp_path: Path
) -> None:
    project = tmp_path / ("deep" * 30) / ("deeper" * 20)
    begin(box, project, story(project).data())
    box.ok("fork @- barn")

    sent = claude.run(resume(box, "barn"), "what comes next?")

    assert pieces(sent)[:-1] == pieces(wanted(box, "barn"))


@pytest.mark.agents
@needs_real_files
def test_the_agent_sends_the_same_of_its_own_file_and_of_ours(
    box: Sandbox, claude: ClaudeProgram, tmp_path: Path, home: Path
) -> None:
    project = tmp_path / "work"
    project.mkdir()
    box.patch.chdir(project)
    box.ok("init")
    folder = home / ".claude" / "projects" / claude_folder(str(project))
    folder.mkdir(parents=True)
    for number, path in enumerate(real_files("claude_code/*.jsonl"), 1):
        own = folder / f"{ONE[:-1]}{number}.jsonl"
        own.write_bytes(path.read_bytes())
        box.ok(f"import {own} --session s{number}")
        box.ok(f"fork s{number} f{number}")
        theirs = claude.run(f"claude --resume {own.stem}", f"go on, {number}")
        ours = claude.run(resume(box, f"f{number}"), f"go on, {number}!")

        assert len(ours) > 10
        assert pieces(ours)[:-1] == pieces(theirs)[:-1]


@pytest.mark.parametrize("revset", ["house", "house-", "house--"])
def test_the_agents_own_library_reads_the_conversation(
    box: Sandbox, sdk_python: str, tmp_path: Path, revset: str
) -> None:
    project = tmp_path / "work" / "proj_a.b ü"
    begin(box, project, SAMPLE.read_bytes())
    box.patch.chdir(project)
    made = box.json(f"resume {revset}")

    words = [sdk_python, "-c", SDK, made["native_id"], str(project)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)

    read = whole_responses(json.loads(done.stdout))
    assert pieces(read) == pieces(wanted(box, revset))


@pytest.mark.agents
def test_the_round_trip_three_times_around(
    box: Sandbox, claude: ClaudeProgram, tmp_path: Path
) -> None:
    project = tmp_path / "work"
    begin(box, project, story(project).data())
    for word in ("barn", "shed", "tower"):
        box.ok(f"fork house- {word}")
        before = wanted(box, word)
        made = box.json(f"resume {word}")
        assert resume(box, word).endswith(f" && claude --resume {made['native_id']}")
        sent = claude.run(resume(box, word), f"build a {word}")
        assert pieces(sent)[:-1] == pieces(before)
        path = made["path"]

        assert f"continued session {word}" in box.ok(f"import {path}")
        assert pieces(wanted(box, word)) == [
            *pieces(before),
            ("user", "text", f"build a {word}"),
            ("assistant", "text", f"answer to build a {word}"),
        ]
        box.ok("undo")
        assert wanted(box, word) == before
        box.ok("redo")

    assert set(box.sessions()) == {"house", "barn", "shed", "tower"}
    assert box.ok("import --all") == "3 files: nothing new\n"
    sent = claude.run(resume(box, "barn"), "and go on")
    assert pieces(sent)[:-1] == pieces(wanted(box, "barn"))
