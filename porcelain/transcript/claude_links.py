"""Links between Claude Code's rows: those that lead nowhere, and how they are mended.

A row names the one that it continues by `parentUuid`. After rows were moved to another
conversation that one may not be there, and the agent would resume only what follows it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any


def loose_ends(rows: Iterable[bytes]) -> list[int]:
    """Return the places of rows that continue one which is not among those before them."""
    return [place for place, _, is_loose in _walk(rows) if is_loose]


def relinked(rows: Sequence[bytes]) -> dict[int, bytes]:
    """Return those rows written anew that continue none before them: they continue the last one.

    The last one that is of the main line; everything else in a row stays as it is.
    """
    found: dict[int, bytes] = {}
    last: str | None = None
    for place, row, is_loose in _walk(rows):
        if is_loose:
            old = json.dumps(row["parentUuid"]).encode()
            found[place] = _replaced(rows[place], old, json.dumps(last).encode())
        if isinstance(row.get("uuid"), str) and not row.get("isSidechain"):
            last = row["uuid"]
    return found


def _walk(rows: Iterable[bytes]) -> Iterator[tuple[int, dict[str, Any], bool]]:
    """Yield each row that is an object: its place, its value, whether its link leads nowhere."""
    seen: set[str] = set()
    for place, raw in enumerate(rows):
        try:
            row = json.loads(raw)
        except (ValueError, RecursionError):
            continue
        if not isinstance(row, dict):
            continue
        parent = row.get("parentUuid")
        yield place, row, isinstance(parent, str) and parent not in seen
        if isinstance(row.get("uuid"), str):
            seen.add(row["uuid"])


def _replaced(raw: bytes, old: bytes, new: bytes) -> bytes:
    """Return a row with its own `parentUuid` replaced, whatever its spacing."""
    value = json.loads(raw)
    value["parentUuid"] = json.loads(new)
    start = 0
    while (key := raw.find(b'"parentUuid"', start)) >= 0:
        at = raw.find(old, key)
        changed = raw[:at] + new + raw[at + len(old) :]
        try:
            if at >= 0 and json.loads(changed) == value:
                return changed
        except ValueError:
            pass
        start = key + 1
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
