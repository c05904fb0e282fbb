"""The parts of a message, as a reader takes them in."""

from __future__ import annotations

import json

import pytest

from porcelain.exchange.page.parts import Part, parts_by_row
from porcelain.transcript.format_table import format_named
from porcelain.transcript.row import Row

CALL = Part("call", "command: ls -la", "Bash", "c1")


def parts(format_name: str, value: object) -> list[Part]:
    row = format_named(format_name).read_row(json.dumps(value).encode())
    return [*parts_by_row([row], format_name)[0]]


def claude(role: str, *blocks: object) -> list[Part]:
    message = {"role": role, "content": blocks}
    return parts("claude-code", {"type": role, "uuid": "1", "sessionId": "s", "message": message})


def test_texts_thinking_and_calls_are_told_apart() -> None:
    found = claude(
        "assistant",
        {"type": "thinking", "thinking": "hm", "signature": "x"},
        {"type": "text", "text": "I look"},
        {"type": "tool_use", "id": "c1", "name": "Bash", "input": {"command": "ls -la"}},
    )

    assert found == [Part("thinking", "hm"), Part("text", "I look"), CALL]


def test_a_result_knows_its_call() -> None:
    block = {"type": "tool_result", "tool_use_id": "c1", "content": "two\nlines"}

    assert claude("user", block) == [Part("result", "two\nlines", call="c1")]


def test_codex_writes_a_call_as_a_row() -> None:
    value = {"type": "response_item", "payload": {
        "type": "function_call", "call_id": "c1", "name": "Bash",
        "arguments": "{\"command\":[\"ls\",\"-la\"]}"}}  # fmt: skip

    assert parts("codex", value) == [CALL]


def test_arguments_of_several_lines_are_indented_below_their_name() -> None:
    arguments = {"path": "a.py", "text": "one\ntwo", "mode": 3}

    (part,) = claude(
        "assistant", {"type": "tool_use", "id": "c1", "name": "Write", "input": arguments}
    )

    assert part.text == "path: a.py\ntext: \n  one\n  two\nmode: 3"


def test_pictures_and_binary_data_are_named_not_shown() -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "x"}}

    found = claude("user", image, {"type": "text", "text": "A" * 600})

    assert found == [Part("note", "[image/png]"), Part("text", "[binary data]")]


@pytest.mark.parametrize("raw", [b"not json", b"[" * 9000, b'{"payload": 3}', b"null", b"\xff"])
@pytest.mark.parametrize("format_name", ["claude-code", "codex", "chatgpt"])
def test_where_nothing_is_recognised_the_readable_text_is_shown(
    raw: bytes, format_name: str
) -> None:
    rows = [Row(raw, "user", "what was said"), Row(raw, "tool", "out", results=("c",))]

    assert parts_by_row(rows, format_name) == [
        (Part("text", "what was said"),),
        (Part("result", "out", call="c"),),
    ]
