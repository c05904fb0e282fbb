"""Checkpoints, writes, and the values of LangGraph's channels as rows of a conversation."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha1
from typing import Any, NamedTuple

from store.ids import CommitId
from store.session.message import Message

Row = dict[str, Any]
Place = int | list[list[int]]
"""A value's row, or the runs (first, last) of the rows of a list's items."""

_ROLES = {"human": "user", "ai": "assistant", "tool": "tool", "system": "system"}


class Entry(NamedTuple):
    """A checkpoint: its facts, the rows of its channels, and its commit in a line's session."""

    id: str
    ns: str
    parent: str | None
    metadata: dict[str, Any]
    rest: Row
    channels: dict[str, Place]
    line: str
    commit: CommitId
    ms: int


class Write(NamedTuple):
    """A write of a task for a checkpoint; with `replace` it takes the place of an earlier one."""

    checkpoint: str
    task: str
    number: int
    path: str
    channel: str
    value: Row
    replace: bool


class Item(NamedTuple):
    """A value as the saver's serializer wrote it, with what it shows of a message of LangChain."""

    kind: str
    data: bytes
    shown: Row

    @property
    def key(self) -> bytes:
        """The digest by which equal values are found."""
        return sha1(self.kind.encode() + b"\0" + self.data).digest()

    @property
    def row(self) -> Row:
        """The value as a row."""
        return {**self.shown, "type": self.kind, "data": b64encode(self.data).decode()}


def item_of(serde: Any, value: object) -> Item:
    """Return a value as an item."""
    role, text = _ROLES.get(str(getattr(value, "type", ""))), getattr(value, "content", None)
    shown = {"role": role, "content": text} if role and isinstance(text, str) else {}
    kind, data = serde.dumps_typed(value)
    return Item(kind, data, shown)


def value_of(serde: Any, row: Row) -> Any:
    """Return the value of a row."""
    return serde.loads_typed((row["type"], b64decode(row["data"])))


def items_of(serde: Any, values: Mapping[str, Any]) -> tuple[list[Item], dict[str, Any]]:
    """Return values as items, those of lists one by one, and for each name the places of its own."""
    items: list[Item] = []
    places: dict[str, Any] = {}
    for name, value in values.items():
        own = value if type(value) is list else [value]
        numbers = [*range(len(items), len(items) + len(own))]
        items += [item_of(serde, one) for one in own]
        places[name] = numbers if type(value) is list else numbers[0]
    return items, places


def values_of(serde: Any, channels: Mapping[str, Place], rows: Sequence[Message]) -> dict[str, Any]:
    """Return the values of channels."""
    found: dict[str, Any] = {}
    for name, place in channels.items():
        runs = [[place, place]] if isinstance(place, int) else place
        numbers = (number for first, last in runs for number in range(first, last + 1))
        items = [value_of(serde, json.loads(rows[number].raw)) for number in numbers]
        found[name] = items[0] if isinstance(place, int) else items
    return found


def numbers_of(rows: Iterable[Message]) -> dict[bytes, int]:
    """Return the number of each row, under the key of its value."""
    numbers: dict[bytes, int] = {}
    for number, message in enumerate(rows):
        row = json.loads(message.raw)
        numbers.setdefault(Item(row["type"], b64decode(row["data"]), {}).key, number)
    return numbers


def placed(items: Sequence[Item], numbers: dict[bytes, int]) -> tuple[list[Row], list[int]]:
    """Return the rows that are new, and the row of each item; `numbers` learns the new ones."""
    added, places = [], []
    for item in items:
        key = item.key
        if key not in numbers:
            numbers[key] = len(numbers)
            added.append(item.row)
        places.append(numbers[key])
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
