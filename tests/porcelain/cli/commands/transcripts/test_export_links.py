"""Exports of conversations that were edited: links that an agent cannot follow are named and repaired."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from porcelain.transcript.claude.links import broken_links
from tests.harness.places import SAMPLE
from tests.porcelain.cli.sandbox import Sandbox


@pytest.fixture
def moved(box: Sandbox) -> Sandbox:
    """A conversation of which the last turns were moved to an earlier place."""
    box.ok("init")
    box.ok(f"import {SAMPLE} --session talk")
    box.ok("rebase -s talk- -o talk-----")
    return box


def rows(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()


def test_what_was_not_edited_is_written_without_a_word(box: Sandbox) -> None:
    box.ok("init")
    box.ok(f"import {SAMPLE} --session talk")
    said = box.run("export", "talk", "-o", str(box.folder / "out.jsonl"), "--relink")
    assert "Warning" not in said.both
    assert (box.folder / "out.jsonl").read_bytes() == SAMPLE.read_bytes()


def test_rows_that_continue_what_is_elsewhere_are_told_of(moved: Sandbox) -> None:
    path = moved.folder / "out.jsonl"
    said = moved.run("export", "talk", "-o", str(path))
    assert "1 row continues a row outside the conversation" in said.err
    assert "`--relink`" in said.err
    assert len(broken_links(rows(path))) == 1


def test_relinked_the_whole_conversation_hangs_together(moved: Sandbox) -> None:
    plain, repaired = moved.folder / "plain.jsonl", moved.folder / "repaired.jsonl"
    moved.run("export", "talk", "-o", str(plain))
    said = moved.run("export", "talk", "-o", str(repaired), "--relink")
    assert "Warning" not in said.both
    assert broken_links(rows(repaired)) == []
    before, after = ([json.loads(row) for row in rows(path)] for path in (plain, repaired))
    changed = [(one, other) for one, other in zip(before, after, strict=True) if one != other]
    assert [one | {"parentUuid": other["parentUuid"]} for one, other in changed] == [
        other for _, other in changed
    ]
    assert len(changed) == 1


def progress_between(tmp_path: Path) -> Path:
    """A conversation whose second prompt hangs on a progress row beside the first answer."""
    chain = [
        ("user", "u1", None, "tidy the attic"),
        ("assistant", "a1", "u1", "on it"),
        ("progress", "p1", "a1", ""),
        ("assistant", "a2", "a1", "all done"),
        ("user", "u2", "p1", "label them"),
        ("assistant", "a3", "u2", "labelled"),
    ]
    rows = [
        {"parentUuid": parent, "isSidechain": False, "sessionId": "s", "type": kind, "uuid": uuid,
         "timestamp": "2026-01-01T00:00:00Z", "message": {"role": kind, "content": text}}
        for kind, uuid, parent, text in chain
    ]  # fmt: skip
    path = tmp_path / "progress.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_messages_that_an_agent_passes_by_are_named_and_brought_into_line(
    box: Sandbox, tmp_path: Path
) -> None:
    path = progress_between(tmp_path)
    box.ok("init")
    box.ok(f"import {path}")
    said = box.run("export")
    assert said.raw == path.read_bytes()
    assert "passes by 1 message" in said.err
    fixed = box.run("export", "--relink")
    assert "Warning" not in fixed.err
    parents = {row["uuid"]: row["parentUuid"] for row in map(json.loads, fixed.raw.splitlines())}
    here, way = "a3", []
    while here:
        way.append(here)
        here = parents[here]
    assert {"u1", "a1", "a2", "u2", "a3"} <= set(way)
