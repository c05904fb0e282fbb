"""Small files of JSON lines for tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from porcelain.transcript.row import Row, Transcript


def lines(rows: Sequence[Any]) -> bytes:
    """Return a file with one row a line."""
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def shape(transcript: Transcript) -> list[tuple[tuple[int, ...], int | None]]:
    """Return the tree of turns: each turn's rows and its parent."""
    return [(turn.rows, turn.parent) for turn in transcript.turns]


def said(rows: Sequence[Row]) -> list[tuple[str | None, str]]:
    """Return role and text of each row that has a role."""
    return [(row.role, row.text) for row in rows if row.role]
