"""`wj export --format` writes a conversation in another agent's format, and says what it lacks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from porcelain.transcript.formats import read_transcript
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat


def begin(box: Sandbox) -> None:
    chat = Chat("11111111-2222-4333-8444-000000000001")
    chat.user("run it", "u1", cwd="/home/dev/project")
    chat._assistant({"type": "thinking", "thinking": "hm", "signature": "x"}, "h1", "m")
    call = {"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": "ls"}}
    chat._assistant(call, "a1", "m")
    image = {
        "type": "image",
        "source": {"type": "base64", "media_type": "image/png", "data": "aA=="},
    }
    result = {"type": "tool_result", "tool_use_id": "t1", "content": [image], "is_error": True}
    chat.user([result], "u2")
    chat._assistant({"type": "text", "text": "done"}, "a2", "m")
    box.file("chat.jsonl", chat.data())
    box.ok("init")
    box.ok("import chat.jsonl --session main")


@pytest.mark.parametrize("name", ["codex", "pi", "gemini-cli", "qwen-code", "copilot-cli", "pawan"])
def test_a_conversation_is_written_in_another_format_and_imported_again(
    box: Sandbox, name: str
) -> None:
    begin(box)
    box.ok(f"export main --format {name} -o out.jsonl")

    made = read_transcript((box.folder / "out.jsonl").read_bytes(), "out.jsonl")
    assert made.format == name
    assert [row.text for row in made.rows if row.prompt] == ["run it"]
    assert [(row.calls, row.results) for row in made.rows if row.calls] == [(("t1",), ())]
    box.ok("import out.jsonl --session other")
    assert box.titles("::other ~ root()") == ["run it"]


def test_what_a_format_cannot_hold_is_named_with_its_message(box: Sandbox) -> None:
    begin(box)
    said = box.run("export", "main", "--format", "openai-chat", "-o", "out.json").err
    assert said == (
        "Warning: Left out, as the format openai-chat cannot hold it: "
        "1 block of thinking (message 2)\n"
        "Warning: Left out, as the format openai-chat cannot hold it: "
        "1 mark of a failed tool (message 4)\n"
        "Warning: Left out, as the format openai-chat cannot hold it: 1 image (message 4)\n"
        "Wrote 310 bytes to out.json\n"
    )
    assert [one["role"] for one in json.loads(Path("out.json").read_bytes())["messages"]] == [
        "user",
        "assistant",
        "tool",
        "assistant",
    ]


def test_strict_writes_nothing_that_lacks_something(box: Sandbox) -> None:
    begin(box)
    said = box.wj("export main --format codex --strict -o out.jsonl")
    assert said == (
        "Error: The format codex cannot hold all of the conversation: "
        "1 block of thinking (message 2); 1 mark of a failed tool (message 4)\n"
        "Hint: Without `--strict` it is written without them\n[exit 1]\n"
    )
    assert not (box.folder / "out.jsonl").exists()


def test_an_export_is_the_same_each_time(box: Sandbox) -> None:
    begin(box)
    first = box.run("export", "main", "--format", "codex").raw
    assert box.run("export", "main", "--format", "codex").raw == first


def test_formats_that_are_only_read_cannot_be_written(box: Sandbox) -> None:
    begin(box)
    said = box.wj("export main --format chatgpt")
    assert said.startswith("Error: Nothing can be written in the format chatgpt\n")
    assert "[exit 1]" in said
    assert "doesn't exist" in box.wj("export main --format nonesuch")


def test_every_session_is_converted_by_all(box: Sandbox) -> None:
    begin(box)
    box.chat(1, "second.jsonl", "second")
    box.ok("import second.jsonl --session second")
    box.ok("export --all --format openai-chat -o all")
    assert sorted(path.name for path in (box.folder / "all").iterdir()) == [
        "main.json",
        "second.json",
    ]
