"""Lineages of real files: raw forks that are no branches, and the agent's own view."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from porcelain.transcript.claude import claude_code
from porcelain.transcript.row import Transcript, heads, lineage_rows, linear
from tests.harness.places import REAL_FILES, needs_real_files

DATA = REAL_FILES / "claude_code"


def real_files() -> dict[str, Any]:
    oracle = json.loads((DATA / "ORACLE.json").read_text())["files"]
    assert isinstance(oracle, dict)
    return oracle


def real(name: str) -> Transcript:
    return claude_code.parse((DATA / name).read_bytes(), name)


@needs_real_files
@pytest.mark.parametrize("name", ["e720c20f0-900msgs.jsonl", "e90ed5b9b-raw188forks.jsonl"])
def test_real_files_full_of_raw_forks_are_one_line(name: str) -> None:
    transcript = real(name)
    assert len(heads(transcript.turns)) == 1
    assert transcript.turns == linear(transcript.rows)
    assert len(transcript.turns) == (37 if "900" in name else 13)


@needs_real_files
def test_real_files_hold_what_the_agent_itself_shows_in_the_same_order() -> None:
    for name, expected in real_files().items():
        transcript = real(name)
        shown = [
            transcript.rows[r].native_id
            for r in lineage_rows(transcript.turns, len(transcript.turns) - 1)
        ]
        place = {uuid: index for index, uuid in enumerate(shown)}
        found = [place[uuid] for uuid in expected["uuids"]]
        assert found == sorted(found)


@needs_real_files
def test_a_file_that_grew_extends_the_turns_of_its_earlier_self() -> None:
    saves = [real(f"growth/{number}.jsonl") for number in range(1, 6)]
    for old, new in pairwise(saves):
        kept = len(old.turns) - 1
        assert new.turns[:kept] == old.turns[:kept]
        assert new.turns[kept].rows[: len(old.turns[kept].rows)] == old.turns[kept].rows
        assert new.native_id == old.native_id
        assert new.created_at == old.created_at
