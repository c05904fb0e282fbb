"""The names of sessions or tags, those with the newest commits first, read as far as needed."""

from __future__ import annotations

from collections.abc import Iterator

from porcelain.index.view_rows import get_row, part_rows
from store.index.commit_index import Index

_FIRST = 64
_AT_ONCE = 2_000


def newest_names(index: Index, part: str) -> Iterator[tuple[str, str]]:
    """Yield each name of a part of the view with its value, by time, the newest first.

    Names whose refs are not what the view says (conflicted ones, say) come last, in byte order.
    """
    prefix = f"refs/{part}/"
    seen: set[str] = set()
    count, place = _FIRST, 0
    sql = "SELECT name, id FROM refs ORDER BY time DESC, id DESC, name LIMIT ? OFFSET ?"
    while found := index.query(sql, (count, place)):
        for ref, commit_id in found:
            name = ref.removeprefix(prefix)
            if name != ref and get_row(index, part, name) == commit_id:
                seen.add(name)
                yield name, commit_id
        place, count = place + len(found), _AT_ONCE
    yield from (row for row in part_rows(index, part) if row[0] not in seen)
