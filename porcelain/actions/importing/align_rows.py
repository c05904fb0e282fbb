"""Align the rows of a rewritten file with the rows that its source had."""

from __future__ import annotations

from collections.abc import Sequence

from porcelain.actions.importing.find_source import FileRows, redacted_rows, rows_without_torn
from porcelain.actions.importing.source_book import Known
from porcelain.model.source import SourceKey
from porcelain.transcript.formats import read_rows
from porcelain.transcript.row import Row
from store.ids import BlobId
from store.merge.patience_diff import changes


def align(known: Known, file: FileRows) -> dict[int, int]:
    """Map the rows of a file to the rows of its source that they are, equal or edited.

    Rows with the same native id are the same row. Of the others, equal rows are aligned in
    order, and as many rows between two aligned pairs on both sides were edited in place.
    """
    ids = rows_without_torn(known)
    before = old_rows(known)[: len(ids)]
    found = _by_native_id(before, file.rows)
    taken = set(found.values())
    tokens, new = _tokens(before, ids), _tokens(file.rows, file.ids)
    i = j = 0
    for change in [*changes(tokens, new), None]:
        start, lo = (len(tokens), len(new)) if change is None else (change.start, change.lo)
        for step in range(min(start - i, lo - j)):
            if j + step not in found and i + step not in taken:
                found[j + step] = i + step
        if change is None:
            break
        i, j = change.stop, change.hi
        if change.stop - change.start != change.hi - change.lo:
            continue
        for old, now in zip(range(change.start, i), range(change.lo, j), strict=True):
            is_free = now not in found and old not in taken
            if is_free and not before[old].native_id and not file.rows[now].native_id:
                found[now] = old
    return found | {one.place: one.row for one in redacted_rows(known, file)}


def _tokens(rows: Sequence[Row], ids: Sequence[BlobId]) -> list[str]:
    return [
        f"#{row.native_id}" if row.native_id else one for row, one in zip(rows, ids, strict=True)
    ]


def old_rows(known: Known) -> list[Row]:
    """Return the rows that the file of a source had."""
    format_ = SourceKey.of(known.key, known.source).format
    return read_rows(format_, (known.rows.raw(row) for row in range(known.rows.session.rows)))


def _by_native_id(before: Sequence[Row], after: Sequence[Row]) -> dict[int, int]:
    """Map rows by native id, the n-th with an id to the n-th with it."""
    places: dict[str, list[int]] = {}
    for row, one in enumerate(before):
        if one.native_id:
            places.setdefault(one.native_id, []).append(row)
    found = {}
    for place, one in enumerate(after):
        rows = places.get(one.native_id or "")
        if rows:
            found[place] = rows.pop(0)
    return found
