"""Messages by a member of theirs, such as `uuid`: read from new commits when somebody looks.

Of each commit the rows are read that it adds to its first parent's; all of them where it does not
continue that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from store.errors import InvalidSession, ObjectError
from store.ids import EMPTY_TREE, BlobId, TreeId
from store.index.commit_index import Index
from store.index.commit_row import CommitRow
from store.objects.objects import read_blob
from store.tree_layout.appended_rows import RowGrowth
from store.tree_layout.layout import message_ids

_AT_ONCE = 500
_SCANNED = "SELECT pos FROM message_scans WHERE member = ?"


class KeyedRow(NamedTuple):
    """The commit (its position) that added a message, the number of its row, and its blob."""

    pos: int
    row: int
    blob: BlobId


def find_rows(index: Index, member: str, key: str) -> list[KeyedRow]:
    """Return the messages whose `member` is the text `key`; call it after `Index.refresh`."""
    growth = RowGrowth(index.repository)
    while _scan(index, member, growth):
        pass
    sql = "SELECT pos, row, blob FROM message_keys WHERE member = ? AND value = ? ORDER BY pos, row"
    return [KeyedRow(p, n, BlobId(b.hex())) for p, n, b in index.query(sql, (member, _text(key)))]


def _scan(index: Index, member: str, growth: RowGrowth) -> bool:
    """Read some commits that were not read yet; tell whether there were any."""
    last = index.query("SELECT max(pos) FROM commits")[0][0] or 0
    if next((row[0] for row in index.query(_SCANNED, (member,))), 0) >= last:
        return False
    with index.writing() as connection:
        done = next((row[0] for row in index.query(_SCANNED, (member,))), 0)
        commits = index.rows("pos > ? ORDER BY pos LIMIT ?", (done, _AT_ONCE))
        for commit in commits:
            rows = [
                (member, key, commit.pos, number, bytes.fromhex(blob))
                for number, blob, key in _keys(index, commit, member, growth)
            ]
            sql = "INSERT OR IGNORE INTO message_keys VALUES (?, ?, ?, ?, ?)"
            connection.executemany(sql, rows)
        until = commits[-1].pos if commits else done
        connection.execute("REPLACE INTO message_scans VALUES (?, ?)", (member, until))
    return bool(commits)


def _keys(
    index: Index, commit: CommitRow, member: str, growth: RowGrowth
) -> Iterator[tuple[int, BlobId, str]]:
    try:
        first, blobs = _added(index, commit, growth)
    except (InvalidSession, ObjectError, RecursionError):
        return  # its problem is listed
    for number, blob in enumerate(blobs, first):
        try:
            value = json.loads(read_blob(index.repository, blob))
        except (ObjectError, ValueError, RecursionError):
            continue
        key = value.get(member) if isinstance(value, dict) else None
        if isinstance(key, str):
            yield number, blob, _text(key)


def _added(index: Index, commit: CommitRow, growth: RowGrowth) -> tuple[int, list[BlobId]]:
    if commit.tree == EMPTY_TREE or commit.problem:
        return 0, []
    above = index.parents(commit.pos)[0]
    parent = index.row_at(above) if above else None
    if parent is not None and parent.tree == commit.tree:
        return 0, []
    if parent is not None and parent.rows is not None and parent.rows <= (commit.rows or 0):
        rows = (parent.rows, commit.rows or 0)
        before = TreeId(parent.tree) if parent.rows else None
        added = growth.added(before, commit.tree, rows)
        if added is not None:
            return parent.rows, added
    return 0, [*message_ids(index.repository, commit.tree)]


def _text(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
