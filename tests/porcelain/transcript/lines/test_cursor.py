from __future__ import annotations

from typing import Any

import pytest

from porcelain.transcript.lines import cursor
from store.errors import InvalidSession
from tests.porcelain.transcript.lines.rows import lines, said, shape


def message(role: str, *content: Any) -> dict[str, Any]:
    return {"role": role, "message": {"content": list(content)}}


def test_a_prompt_is_what_stands_inside_the_query() -> None:
    query = "<timestamp>now</timestamp>\n<user_query>\nlist the files\nplease\n</user_query>"
    use = {"type": "tool_use", "name": "Read", "input": {"path": "a.py"}}
    data = lines(
        [
            message("user", {"type": "text", "text": query}),
            message("assistant", use),
            message("assistant", {"type": "text", "text": "done"}, use),
            {"type": "turn_ended", "status": "success"},
            message("user", {"type": "text", "text": "thanks"}),
        ]
    )
    assert cursor.detects(data, "-")
    found = cursor.parse(data, "/home/x/abc-1.jsonl")
    assert found.to_bytes() == data
    assert found.native_id == "abc-1"
    assert said(found.rows) == [
        ("user", "list the files\nplease"),
        ("assistant", "Read(a.py)"),
        ("assistant", "done"),
        ("user", "thanks"),
    ]
    assert shape(found) == [((0, 1, 2, 3), None), ((4,), 0)]


def test_what_is_no_row_cannot_be_added() -> None:
    with pytest.raises(InvalidSession, match="not a row of cursor"):
        cursor.check_row(b'{"role":"user"}')
