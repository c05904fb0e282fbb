"""Exports of conversations that were edited: links that lead nowhere are told of, and mended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from porcelain.transcript.claude_links import loose_ends
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
    assert "1 rows continue one that is not in the conversation" in said.err
    assert "`--relink`" in said.err
    assert len(loose_ends(rows(path))) == 1


def test_relinked_the_whole_conversation_hangs_together(moved: Sandbox) -> None:
    plain, mended = moved.folder / "plain.jsonl", moved.folder / "mended.jsonl"
    moved.run("export", "talk", "-o", str(plain))
    said = moved.run("export", "talk", "-o", str(mended), "--relink")
    assert "Warning" not in said.both
    assert loose_ends(rows(mended)) == []
    before, after = ([json.loads(row) for row in rows(path)] for path in (plain, mended))
    changed = [(one, other) for one, other in zip(before, after, strict=True) if one != other]
    assert [one | {"parentUuid": other["parentUuid"]} for one, other in changed] == [
        other for _, other in changed
    ]
    assert len(changed) == 1
