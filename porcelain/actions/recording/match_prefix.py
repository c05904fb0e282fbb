"""Where a transcript belongs in the tree: what it continues.

Transcripts are compared by the chain digests that the index keeps for every commit, so the
commit whose whole transcript is the longest prefix of a new one is found in one query.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from porcelain.graph.visible_versions import visible_version
from porcelain.transaction.transaction import Transaction
from store.ids import BlobId, CommitId
from store.index.commit_row import CommitRow
from store.tree_layout.layout import common_prefix
from store.tree_layout.message_tree import digest_chain

_AT_ONCE = 500


class Place(NamedTuple):
    """A visible commit, and how many leading rows of the transcript it stands for.

    `matched` is the commit whose transcript matched: the same, or an earlier version.
    """

    commit: CommitId
    rows: int
    matched: CommitId


def digests(ids: Sequence[BlobId]) -> list[bytes]:
    """Return the chain digests of a transcript's prefixes; number n-1 is that of n rows."""
    return list(digest_chain(ids))


def longest_prefix(
    tx: Transaction, chain: Sequence[bytes], tips: Sequence[CommitId], most: int | None = None
) -> Place | None:
    """Return the place of the longest whole transcript that is a prefix, or None.

    A hidden commit counts as its visible successor, but not where that only grew: the match
    then ends inside it. Of several as long: one of the lineage of `tips` (the session's own),
    then a tip, then the oldest. `most` bounds the rows.
    """
    limit = len(chain) if most is None else most
    number = {digest: count for count, digest in enumerate(chain[:limit], 1)}
    found: list[tuple[int, CommitRow]] = []
    wanted = list(number)
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        marks = ",".join("?" * len(part))
        rows = tx.index.rows(f"digest IN ({marks})", part)
        found += [(number[row.digest], row) for row in rows if row.digest]
    places: list[tuple[Place, int]] = []
    longest = 0
    for count, row in sorted(found, key=lambda item: -item[0]):
        if count < longest:
            break
        visible = visible_version(tx.index, row.id)
        if visible is not None and not _has_grown(tx, row, visible):
            longest = count
            places.append((Place(visible, count, row.id), tx.row(visible).pos))
    if len(places) < 2:
        return places[0][0] if places else None
    own = tx.index.reach([tx.row(tip).pos for tip in tips]) if tips else set()
    return max(places, key=lambda item: _rank(item[0], item[1], own, tips))[0]


def equal_places(tx: Transaction, digest: bytes) -> list[CommitRow]:
    """Return the visible commits with exactly this transcript, oldest first."""
    return tx.index.rows("digest = ? AND visible = 1 ORDER BY pos", (digest,))


def _rank(
    place: Place, position: int, own: set[int], tips: Sequence[CommitId]
) -> tuple[bool, bool, bool, int]:
    unchanged = place.commit == place.matched
    return position in own, place.commit in tips, unchanged, -position


def _has_grown(tx: Transaction, old: CommitRow, visible: CommitId) -> bool:
    new = tx.row(visible)
    if new.pos == old.pos or not (new.rows or 0) > (old.rows or 0):
        return False
    return common_prefix(tx.batch, old.tree, new.tree) == old.rows
