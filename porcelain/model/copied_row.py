"""Rows of a copied conversation, as differences from the rows that they were copied from.

An agent's own fork copies the rows of a conversation under another id. The repository stores
such a row once. What the copy has in its place is a few short texts: ids, and members that say
where the row came from. They are kept for a hundred rows in one blob:

    {"<row in its group>": [<blob id of the copy>, [[start, stop, text], …]], …}

`start` and `stop` are places in the stored row, and `text` replaces the bytes between them.
Texts hold a byte in each character (Latin-1), so that any bytes can be kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from porcelain.model.stored_json import list_of, mapping, number, object_id, text
from store.errors import CorruptObject
from store.ids import BlobId

GROUP = 100

Span = tuple[int, int]


class Patch(NamedTuple):
    """A text in place of the bytes `start` to `stop` of a row."""

    start: int
    stop: int
    text: str


class CopiedRow(NamedTuple):
    """A row of a copy: the blob id that its own bytes would have, and its differences."""

    blob_id: BlobId
    patches: tuple[Patch, ...]

    def raw(self, stored: bytes) -> bytes:
        """Return the bytes of the copy."""
        pieces: list[bytes] = []
        done = 0
        for start, stop, patch in self.patches:
            pieces += (stored[done:start], patch.encode("latin-1"))
            done = stop
        return b"".join((*pieces, stored[done:]))


def copied_row(
    stored: bytes, raw: bytes, blob_id: BlobId, spans: tuple[Sequence[Span], Sequence[Span]]
) -> CopiedRow:
    """Describe a row as a copy of a stored one.

    `spans` are the spans of identity members in the stored row and in the copy. If the rest of
    the two rows is not equal, one difference covers all that differs.
    """
    row = CopiedRow(blob_id, tuple(_between(stored, raw, *spans)))
    if row.raw(stored) == raw:
        return row
    start = next(
        (
            place
            for place, (one, other) in enumerate(zip(stored, raw, strict=False))
            if one != other
        ),
        min(len(stored), len(raw)),
    )
    most = min(len(stored), len(raw)) - start
    end = next((n for n in range(most) if stored[-1 - n] != raw[-1 - n]), most)
    patch = raw[start : len(raw) - end].decode("latin-1")
    return CopiedRow(blob_id, (Patch(start, len(stored) - end, patch),))


def _between(
    stored: bytes, raw: bytes, ours: Sequence[Span], theirs: Sequence[Span]
) -> Iterator[Patch]:
    """Yield the text that replaces each identity member of a row where all else is equal."""
    mine, other = _by_place(ours), _by_place(theirs)
    cut = added = 0
    for place in sorted({*mine, *other}):
        # A member that only one side has is an empty span at the same place of the other.
        start, stop = mine.get(place, (place + cut,) * 2)
        low, high = other.get(place, (place + added,) * 2)
        cut += stop - start
        added += high - low
        if stored[start:stop] != raw[low:high]:
            yield Patch(start, stop, raw[low:high].decode("latin-1"))


def _by_place(spans: Sequence[Span]) -> dict[int, Span]:
    """Return spans by their place in the row without any of them; adjacent ones are joined."""
    found: dict[int, Span] = {}
    cut = 0
    for start, stop in spans:
        place = start - cut
        found[place] = (found[place][0] if place in found else start, stop)
        cut += stop - start
    return found


def encode_group(rows: Mapping[int, CopiedRow]) -> bytes:
    """Return the stored form of the copied rows of one group, by their place in it."""
    fields = {str(place): [row.blob_id, row.patches] for place, row in sorted(rows.items())}
    return json.dumps(fields, separators=(",", ":")).encode()


def decode_group(data: bytes, blob: str) -> dict[int, CopiedRow]:
    """Read the stored form of a group.

    Raises:
        CorruptObject: it has another form; `blob` is the id to name.
    """
    try:
        found: dict[str, object] = mapping(text, lambda value, _: value)(json.loads(data), "")
        return {int(place): _decoded(row) for place, row in found.items()}
    except (ValueError, TypeError, RecursionError) as error:
        raise CorruptObject(blob, f"copied rows are malformed: {error}") from error


_PLACE = number(0, 1 << 40)


def _patch(value: object, place: str) -> Patch:
    if not isinstance(value, list) or len(value) != len(Patch._fields):
        raise ValueError(f"{place}: it is no difference")
    start, stop = _PLACE(value[0], place), _PLACE(value[1], place)
    return Patch(start, stop, text(value[2], place))


def _decoded(row: object) -> CopiedRow:
    if not isinstance(row, list) or len(row) != len(CopiedRow._fields):
        raise ValueError("a row has other fields")
    return CopiedRow(BlobId(object_id(row[0], "id")), list_of(_patch)(row[1], "differences"))
