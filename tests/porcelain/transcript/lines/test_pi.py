from __future__ import annotations

from typing import Any

import pytest

from porcelain.transcript.lines import pi
from porcelain.transcript.row import Transcript, heads
from store.errors import InvalidSession
from tests.porcelain.transcript.lines.rows import lines, said, shape

HEADER = {
    "type": "session",
    "version": 3,
    "id": "s-1",
    "timestamp": "2026-01-01T00:00:00.000Z",
    "cwd": "/srv/demo",
}


def entry(kind: str, native: str, parent: str | None, **more: Any) -> dict[str, Any]:
    time = "2026-01-01T00:00:01.000Z"
    return {"type": kind, "id": native, "parentId": parent, "timestamp": time, **more}


def message(native: str, parent: str | None, role: str, content: Any, **more: Any) -> Any:
    return entry("message", native, parent, message={"role": role, "content": content, **more})


def turn(number: int, parent: str | None) -> list[Any]:
    """Return prompt and answer, with the ids u<number> and a<number>."""
    return [
        message(f"u{number}", parent, "user", [{"type": "text", "text": f"q{number}"}]),
        message(f"a{number}", f"u{number}", "assistant", f"r{number}", model="m"),
    ]


def read(*rows: Any) -> Transcript:
    data = lines([HEADER, *rows])
    assert pi.detects(data, "-")
    transcript = pi.parse(data, "s.jsonl")
    assert transcript.to_bytes() == data
    return transcript


def test_settings_labels_and_titles_are_no_messages() -> None:
    found = read(
        entry("model_change", "m", None, provider="p", modelId="mm"),
        *turn(1, "m"),
        entry("label", "l", "a1", targetId="a1", label="here"),
        entry("session_info", "i", "l", name="birds"),
        entry("compaction", "c", "i", summary="so far", firstKeptEntryId="u1"),
        entry("novelty", "n", "c"),
    )
    assert found.native_id == "s-1"
    assert said(found.rows) == [("user", "q1"), ("assistant", "r1")]
    assert [r.text for r in found.rows[4:]] == ["here", "birds", "so far", ""]
    assert [r.compaction for r in found.rows] == [False] * 6 + [True, False]
    assert [r.model for r in found.rows if r.model] == ["mm", "m"]


def test_a_file_without_ids_is_one_line_of_turns() -> None:
    rows = [dict(row) for number in (1, 2) for row in turn(number, None)]
    for row in rows:
        del row["id"], row["parentId"]
    assert shape(read(*rows)) == [((0, 1, 2), None), ((3, 4), 0)]


def test_every_fork_is_a_branch() -> None:
    found = read(*turn(1, None), *turn(2, "a1"), *turn(3, "a1"), *turn(4, "a3"))
    assert shape(found) == [((0, 1, 2), None), ((3, 4), 0), ((5, 6), 0), ((7, 8), 2)]
    assert heads(found.turns) == (1, 3)


def test_a_branch_from_inside_a_turn_shares_its_first_rows() -> None:
    found = read(*turn(1, None), *turn(2, "u1"), message("a5", "u1", "assistant", "again"))
    assert shape(found) == [
        ((0, 1, 2), None),
        ((0, 1), None),
        ((3, 4), 1),
        ((0, 1, 5), None),
    ]


def test_rows_beside_each_other_without_messages_are_no_branch() -> None:
    found = read(
        entry("model_change", "m", "s-1"),
        entry("custom", "x", "m", customType="t", data={}),
        entry("custom", "y", "m", customType="t", data={}),
        *turn(1, "m"),
    )
    assert len(found.turns) == 1


@pytest.mark.parametrize(
    ("content", "role", "expected"),
    [
        ([{"type": "toolCall", "id": "c", "name": "bash", "arguments": {"x": "ls"}}],
         "assistant", ("assistant", "bash(ls)", ("c",))),
        ([{"type": "thinking", "thinking": "hm"}], "assistant", ("assistant", "hm", ())),
        ([{"type": "image", "data": "", "mimeType": "image/png"}], "user",
         ("user", "[image]", ())),
        ("text", "custom", ("user", "text", ())),
    ],
)  # fmt: skip
def test_a_message_is_described_by_its_first_part(
    content: Any, role: str, expected: tuple[str, str, tuple[str, ...]]
) -> None:
    row = pi.read_row(lines([message("x", None, role, content)]).strip())
    assert (row.role, row.text, row.calls) == expected


def test_results_shell_commands_and_the_system_message() -> None:
    result = message("r", None, "toolResult", [{"type": "text", "text": "ok"}], toolCallId="c")
    shell = message("b", None, "bashExecution", None, command="ls", output="a.py")
    system = message("y", None, "system", "", sections={"preamble": "be kind", "rules": "none"})
    found = read(*turn(1, None), result, shell, system)
    assert said(found.rows)[2:] == [
        ("tool", "ok"),
        ("user", "ls\na.py"),
        ("system", "be kind\n\nnone"),
    ]
    assert found.rows[3].results == ("c",)
    assert not any(row.prompt for row in found.rows[3:])


def test_what_is_no_row_cannot_be_added() -> None:
    with pytest.raises(InvalidSession, match="not a row of pi"):
        pi.check_row(b'{"type":"message"}')
