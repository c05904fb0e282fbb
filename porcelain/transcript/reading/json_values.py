"""Read members of parsed JSON whose types an agent may get wrong, and the forms of its times."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_LAST_SECOND = 253_402_300_799  # of the year 9999


def text(value: Mapping[str, Any], key: str) -> str | None:
    """Return a member if it is text."""
    found = value.get(key)
    return found if isinstance(found, str) else None


def mapping(value: object) -> dict[str, Any]:
    """Return an object, or an empty one in place of any other value."""
    return value if isinstance(value, dict) else {}


def objects(value: object) -> list[dict[str, Any]]:
    """Return the objects of a list; none of any other value."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts(values: Sequence[Mapping[str, Any]], key: str) -> tuple[str, ...]:
    """Return the texts that are not empty of one member of several objects."""
    return tuple(found for value in values if (found := text(value, key)))


def iso_time(value: Mapping[str, Any], key: str) -> str | None:
    """Return a member that is an ISO time."""
    found = text(value, key)
    return found if found and _TIME.match(found) else None


def epoch_time(value: object, per_second: int = 1) -> str | None:
    """Return a number of seconds (or parts of one) since 1970 as an ISO time in UTC."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    seconds = value / per_second
    if not 0 <= seconds <= _LAST_SECOND:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def block_text(blocks: object, *kinds: str) -> str:
    """Return the texts of a content: text itself, or a list of texts and of blocks.

    A block has its text in `text`; one of `kinds` names blocks whose text counts, by default all.
    """
    if isinstance(blocks, str):
        return blocks
    if not isinstance(blocks, list):
        return ""
    found = []
    for block in blocks:
        if isinstance(block, str):
            found.append(block)
        elif isinstance(block, dict) and (not kinds or block.get("type") in kinds):
            found.append(text(block, "text") or "")
    return "\n\n".join(part for part in found if part)
