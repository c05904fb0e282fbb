"""Values of LangGraph's channels as rows of a conversation, and back."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from store.session.message import Message

Row = dict[str, Any]
Place = int | list[list[int]]
"""A value's row, or the runs (first, last) of the rows of a list's items."""

_ROLES = {"human": "user", "ai": "assistant", "tool": "tool", "system": "system"}


def row_of(serde: Any, value: object) -> Row:
    """Return a value as a row; a message of LangChain shows its role and text."""
    kind, data = serde.dumps_typed(value)
    role, text = _ROLES.get(str(getattr(value, "type", ""))), getattr(value, "content", None)
    shown = {"role": role, "content": text} if role and isinstance(text, str) else {}
    return {**shown, "type": kind, "data": b64encode(data).decode()}


def value_of(serde: Any, row: Row) -> Any:
    """Return the value of a row."""
    return serde.loads_typed((row["type"], b64decode(row["data"])))


def rows_of(serde: Any, values: Mapping[str, Any]) -> tuple[list[Row], dict[str, Any]]:
    """Return the rows of values, a list's items one by one, and for each name its rows."""
    rows: list[Row] = []
    places: dict[str, Any] = {}
    for name, value in values.items():
        items = value if type(value) is list else [value]
        numbers = [*range(len(rows), len(rows) + len(items))]
        rows += [row_of(serde, item) for item in items]
        places[name] = numbers if type(value) is list else numbers[0]
    return rows, places


def values_of(serde: Any, channels: Mapping[str, Place], rows: Sequence[Message]) -> dict[str, Any]:
    """Return the values of channels."""
    found: dict[str, Any] = {}
    for name, place in channels.items():
        runs = [[place, place]] if isinstance(place, int) else place
        numbers = (number for first, last in runs for number in range(first, last + 1))
        items = [value_of(serde, json.loads(rows[number].raw)) for number in numbers]
        found[name] = items[0] if isinstance(place, int) else items
    return found


def placed(rows: Sequence[Row], numbers: dict[str, int]) -> tuple[list[Message], list[int]]:
    """Return the rows that are new, and the number of each row; `numbers` learns the new ones."""
    added, places = [], []
    for row in rows:
        message = Message.of(row)
        if message.blob_id not in numbers:
            numbers[message.blob_id] = len(numbers)
            added.append(message)
        places.append(numbers[message.blob_id])
    return added, places


def runs_of(places: Sequence[int], where: Any) -> Place:
    """Return a value's row, or the runs of its items' rows, given the row of each item."""
    if isinstance(where, int):
        return places[where]
    runs: list[list[int]] = []
    for number in (places[one] for one in where):
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return runs
