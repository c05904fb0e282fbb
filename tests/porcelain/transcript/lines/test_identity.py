"""Copies that agents make of a conversation, told by the keys of their rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from porcelain.transcript.format_table import format_named
from porcelain.transcript.formats import read_transcript, row_keys
from porcelain.transcript.row import Transcript
from tests.harness.places import REAL_FILES, needs_real_files
from tests.porcelain.transcript.lines import test_codex, test_copilot_cli, test_gemini_cli, test_pi
from tests.porcelain.transcript.lines import test_qwen_code as qwen
from tests.porcelain.transcript.lines.rows import lines

MORE = REAL_FILES / "more"
CODEX = MORE / "codex" / "made-0.171.0" / "sessions" / "2026" / "11" / "30"
SAMPLES: dict[str, Transcript] = {
    "codex": test_codex.read(*test_codex.turn(1), *test_codex.turn(2)),
    "gemini-cli": test_gemini_cli.read(*test_gemini_cli.turn(1), *test_gemini_cli.turn(2)),
    "pi": test_pi.read(*test_pi.turn(1, None), *test_pi.turn(2, "a1")),
    "qwen-code": qwen.read(*qwen.turn(1, None), *qwen.turn(2, "a1")),
    "copilot-cli": test_copilot_cli.read(test_copilot_cli.event("user.message", content="q1")),
}
FRESH = "0b8ff1c5-1f8f-4c5e-9e2c-7d5b3a1c2d3e"


def real(folder: Path, part: str) -> Transcript:
    (path,) = folder.glob(f"**/*{part}*.jsonl")
    return read_transcript(path.read_bytes(), str(path))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_fork_differs_in_its_identity_alone(name: str) -> None:
    sample, format_ = SAMPLES[name], format_named(name)
    copied = [format_.with_native_id(row.raw, FRESH) for row in sample.rows]
    assert copied != [row.raw for row in sample.rows]
    forked = read_transcript(b"".join(raw + b"\n" for raw in copied), "x.jsonl")
    assert forked.native_id == FRESH
    assert [row.key for row in forked.rows] == [row.key for row in sample.rows]
    assert row_keys(name, copied) == [row.key for row in sample.rows]
    assert forked.turns == sample.turns
    for row, raw in zip(sample.rows, copied, strict=True):
        assert outside(name, row.raw) == outside(name, raw)


def outside(name: str, raw: bytes) -> bytes:
    """Return a row without its identity."""
    kept, done = b"", 0
    for start, stop in format_named(name).identity_spans(raw):
        kept, done = kept + raw[done:start], stop
    return kept + raw[done:]


@pytest.mark.parametrize("name", SAMPLES)
def test_an_id_is_a_uuid(name: str) -> None:
    format_ = format_named(name)
    made = format_.fresh_native_id("main", lambda count: bytes(range(count)))
    assert format_.is_native_id(made)
    assert not format_.is_native_id("main")
    assert not format_.is_native_id(made[:-1])


def test_facts_that_agents_record() -> None:
    rows: list[Any] = [test_codex.row("session_meta", **test_codex.META, forked_from_id="t-0",
                                      cli_version="0.9", git={"branch": "main"})]  # fmt: skip
    rows += test_codex.turn(1)
    rows.append(test_codex.event("thread_name_updated", thread_name="birds"))
    found = read_transcript(lines(rows), "x.jsonl")
    assert found.facts[:4] == ("birds", "/srv/demo", "main", "0.9")
    assert found.parent == "t-0"

    header = {**test_pi.HEADER, "parentSession": "/x/2026-01-01T00-00-00-000Z_s-0.jsonl"}
    rows = [header, *test_pi.turn(1, None), test_pi.entry("session_info", "i", "a1", name="fish")]
    found = read_transcript(lines(rows), "x.jsonl")
    assert (found.facts.title, found.facts.project, found.parent) == ("fish", "/srv/demo", "s-0")

    origin = {"sessionId": "s-0", "messageUuid": "u1"}
    rows = [{**row, "forkedFrom": origin, "gitBranch": "main"} for row in qwen.turn(1, None)]
    found = read_transcript(lines(rows), "x.jsonl")
    assert (found.facts.branch, found.parent, found.parent_row) == ("main", "s-0", "u1")

    found = test_gemini_cli.read(*test_gemini_cli.turn(1), {"$set": {"summary": "trees"}})
    assert found.facts.title == "trees"


def test_a_copied_header_aligns_a_fork_of_a_codex_file_without_row_ids() -> None:
    own = test_codex.row("session_meta", **{**test_codex.META, "id": "t-2", "timestamp": "later"})
    copied = json.loads(json.dumps(test_codex.turn(1)))
    for row in copied:
        row["timestamp"] = "2026-02-02T00:00:00.000Z"
    parent = test_codex.read(*test_codex.turn(1))
    meta = json.loads(parent.rows[0].raw)
    forked = read_transcript(lines([own, meta, *copied, *test_codex.turn(2)]), "x.jsonl")
    keys = [row.key for row in parent.rows]
    assert [row.key for row in forked.rows][1 : len(keys) + 1] == keys


@needs_real_files
def test_a_fork_by_codex_copies_its_parents_rows() -> None:
    parent, forked = real(CODEX, "7eb1"), real(CODEX, "811e")
    assert forked.parent == parent.native_id
    assert [r.key for r in forked.rows[1:56]] == [r.key for r in parent.rows[:55]]


@needs_real_files
def test_a_fork_by_pi_copies_its_parents_rows() -> None:
    parent, forked = real(MORE / "pi", "43a2"), real(MORE / "pi", "f0b3")
    assert forked.parent == parent.native_id
    assert [r.key for r in forked.rows[: len(parent.rows)]] == [r.key for r in parent.rows]


@needs_real_files
def test_a_fork_by_copilot_copies_its_parents_rows() -> None:
    folder = MORE / "copilot_cli" / "made-1.0.102"
    parent, forked = (
        real(folder / "source", "events"),
        real(folder / "fork-before-rewind", "events"),
    )
    assert forked.parent == parent.native_id
    assert [r.key for r in forked.rows[:14]] == [r.key for r in parent.rows[:14]]
