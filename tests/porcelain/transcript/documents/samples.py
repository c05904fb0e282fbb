"""Small documents for tests."""

from __future__ import annotations

import json
from typing import Any

from porcelain.transcript.format_table import FORMATS, format_named
from porcelain.transcript.formats import detect, read_transcript, to_session
from porcelain.transcript.row import NO, Transcript

INDENTS = (None, 2, "\t")


def read(name: str, value: Any, source: str = "x.json") -> Transcript:
    """Read a document in several spacings, and check that it comes back; return the last one."""
    found: Transcript | None = None
    for indent in INDENTS:
        data = json.dumps(value, indent=indent, ensure_ascii=indent is None).encode() + b"\n"
        claims = [one for one in FORMATS if format_named(one).detects(data, "-") != NO]
        assert claims == [name]
        assert detect(data, "-") == name
        found = read_transcript(data, source)
        assert found.to_bytes() == data
        assert to_session(found).to_bytes() == data
    assert found is not None
    return found


def part_of(found: Transcript, *rows: int) -> Any:
    """Return the document of a session with some of the rows."""
    return json.loads(to_session(found, rows).to_bytes())
