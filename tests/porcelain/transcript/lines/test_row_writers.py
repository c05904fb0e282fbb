"""Rows that continue a conversation of each agent: they read back as what they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from porcelain.transcript.errors import CannotWrite
from porcelain.transcript.format_table import format_named
from porcelain.transcript.formats import read_transcript
from porcelain.transcript.row import heads
from tests.porcelain.transcript.lines.test_identity import SAMPLES
from tests.porcelain.transcript.lines.test_pi import HEADER, read, turn

NOW = "2026-03-02T08:00:00.000Z"


def ids() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"{next(numbers):08x}-0000-4000-8000-000000000000"


def write(name: str, rows: list[bytes], role: str, text: str) -> bytes:
    writer = format_named(name).write_message
    assert writer is not None
    raw = writer(rows, role, text, now=NOW, new_uuid=ids())
    assert b"\n" not in raw
    return raw


@pytest.mark.parametrize("name", SAMPLES)
def test_a_written_prompt_and_answer_are_the_next_turn(name: str) -> None:
    sample, format_ = SAMPLES[name], format_named(name)
    rows = [row.raw for row in sample.rows]
    rows.append(write(name, rows, "user", "zwei\nü"))
    rows.append(write(name, rows, "assistant", "gut"))
    prompt, answer = (format_.check_row(raw) for raw in rows[-2:])
    assert (prompt.role, prompt.prompt, prompt.title) == ("user", True, "zwei")
    assert (prompt.text, prompt.time) == ("zwei\nü", NOW)
    assert (answer.role, answer.text) == ("assistant", "gut")
    found = read_transcript(b"".join(row + b"\n" for row in rows), "x.jsonl")
    assert found.native_id == sample.native_id
    assert len(found.turns) == len(sample.turns) + 1
    assert len(heads(found.turns)) == 1
    assert found.turns[-1].rows == (len(rows) - 2, len(rows) - 1)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_tools_result_cannot_be_written(name: str) -> None:
    with pytest.raises(CannotWrite):
        write(name, [row.raw for row in SAMPLES[name].rows], "tool", "x")


def test_a_codex_file_with_ordinals_gets_the_next_one() -> None:
    row = json.loads(SAMPLES["codex"].rows[-1].raw)
    raw = write("codex", [json.dumps({**row, "ordinal": 7}).encode()], "system", "note")
    found = json.loads(raw)
    assert (found["ordinal"], found["payload"]["role"]) == (8, "developer")


def test_a_pi_file_without_ids_stays_without() -> None:
    rows: list[Any] = [{**row, "id": None} for row in turn(1, None)]
    for row in rows:
        del row["id"], row["parentId"]
    raws = [row.raw for row in read(*rows).rows]
    assert "id" not in json.loads(write("pi", raws, "user", "x"))
    first = json.loads(write("pi", [json.dumps(HEADER).encode()], "user", "x"))
    assert (first["id"], first["parentId"]) == ("00000001", None)


def test_a_pi_answer_names_the_model_used_last() -> None:
    found = json.loads(write("pi", [r.raw for r in SAMPLES["pi"].rows], "assistant", "x"))
    assert found["message"]["model"] == "m"
    assert found["message"]["stopReason"] == "stop"
    assert {"api", "provider", "usage", "timestamp"} <= found["message"].keys()
