from __future__ import annotations

from typing import Any

import pytest

from porcelain.transcript.formats import detect, read_transcript
from porcelain.transcript.lines import vscode_copilot
from store.errors import InvalidSession
from tests.porcelain.transcript.documents.samples import part_of, read
from tests.porcelain.transcript.lines.rows import lines, said, shape


def request(number: int) -> dict[str, Any]:
    return {
        "requestId": f"r{number}",
        "message": {"text": f"q{number}\nplease", "parts": []},
        "response": [{"value": f"a{number} "}, {"kind": "undoStop"}, {"value": "done"}],
        "timestamp": 1_700_000_000_000,
        "modelId": "m",
    }


def chat(*numbers: int) -> dict[str, Any]:
    return {
        "version": 3,
        "responderUsername": "GitHub Copilot",
        "sessionId": "s-1",
        "customTitle": "Birds",
        "creationDate": 1_700_000_000_000,
        "requests": [request(number) for number in numbers],
    }


def test_a_request_is_a_prompt_with_its_answer() -> None:
    found = read("vscode-copilot", chat(1, 2))
    assert (found.native_id, found.facts.title) == ("s-1", "Birds")
    assert said(found.rows)[0] == ("user", "q1\nplease\n\na1 done")
    assert [row.title for row in found.rows] == ["q1", "q2"]
    assert shape(found) == [((0,), None), ((1,), 0)]
    assert part_of(found, 1)["requests"] == [request(2)]


def test_a_log_of_changes() -> None:
    data = lines(
        [
            {"kind": 0, "v": chat(1)},
            {"kind": 1, "k": ["inputState", "inputText"], "v": "q"},
            {"kind": 2, "k": ["requests"], "v": [request(2)]},
            {"kind": 2, "k": ["requests", 1, "response"], "v": [{"value": "more"}]},
            {"kind": 3, "k": ["customTitle"]},
        ]
    )
    assert detect(data, "-") == "vscode-copilot"
    found = read_transcript(data, "x.jsonl")
    assert found.to_bytes() == data
    assert found.native_id == "s-1"
    assert [row.title for row in found.rows] == ["q1", "", "q2", "", ""]
    assert shape(found) == [((0, 1), None), ((2, 3, 4), 0)]
    alone = lines([{"kind": 0, "v": chat(1)}])
    assert detect(alone, "-") == "vscode-copilot"
    assert read_transcript(alone, "x.jsonl").to_bytes() == alone


def test_what_is_no_row_cannot_be_added() -> None:
    with pytest.raises(InvalidSession, match="not a row of vscode-copilot"):
        vscode_copilot.check_row(b'{"x":1}')
