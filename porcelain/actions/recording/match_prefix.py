"""Find the commit that a transcript continues.

The index keeps a chain digest of every commit's transcript. One query for the digests of a
transcript's prefixes finds the commit whose whole transcript is its longest prefix.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from porcelain.graph.visible_versions import visible_version
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId
from store.index.commit_row import CommitRow
from store.tree_layout.layout import common_prefix

_AT_ONCE = 500


class Place(NamedTuple):
    """A visible commit, and the number of leading rows for which it stands.

    `matched` is the commit whose transcript matched: the same, or an earlier version of it.
    """

    commit: CommitId
    rows: int
    matched: CommitId


def longest_prefix(
    tx: Transaction, chain: Sequence[bytes], tips: Sequence[CommitId]
) -> Place | None:
    """Return the place of the longest whole transcript that is a prefix, or None.

    `chain` has the digests of the prefixes, the shortest first. A hidden commit stands for its
    visible version, unless that only grew: then the match ends inside it; or is an earlier one,
    because the rewrite was undone. Of equally long ones an
    ancestor of `tips` (the session's own) comes first, then a tip, then the oldest.
    """
    number = {digest: count for count, digest in enumerate(chain, 1)}
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
        if visible is not None:  # it may have grown in this transaction
            visible = tx.rewrites.successor(visible) or visible
        if visible is not None and not _stands_for_other(tx, row, visible):
            longest = count
            places.append((Place(visible, count, row.id), tx.row(visible).pos))
    if len(places) < 2:
        return places[0][0] if places else None
    own = tx.index.reach([tx.row(tip).pos for tip in tips]) if tips else set()
    return max(places, key=lambda item: _rank(item[0], item[1], own, tips))[0]


def first_parents(tx: Transaction, commit_id: CommitId) -> Iterator[CommitRow]:
    """Yield a commit and its ancestors along first parents, without the root commit."""
    position: int = tx.row(commit_id).pos
    while position:
        yield tx.index.row_at(position)
        position = tx.index.parents(position)[0]


def equal_places(tx: Transaction, digest: bytes) -> list[CommitRow]:
    """Return the visible commits with exactly this transcript, oldest first."""
    return tx.index.rows("digest = ? AND visible = 1 ORDER BY pos", (digest,))


def _rank(
    place: Place, position: int, own: set[int], tips: Sequence[CommitId]
) -> tuple[bool, bool, bool, int]:
    unchanged = place.commit == place.matched
    return position in own, place.commit in tips, unchanged, -position


def _stands_for_other(tx: Transaction, old: CommitRow, visible: CommitId) -> bool:
    """Tell whether a visible version of a matched commit has other content than the match.

    It is longer, or was before it, or the match added nothing itself, as a fresh fork, and
    followed its parents.
    """
    new = tx.row(visible)
    if new.pos != old.pos and old.empty:
        return True
    if new.pos < old.pos:  # replaced commits come first
        return True
    if new.pos == old.pos or not (new.rows or 0) > (old.rows or 0):
        return False
    return common_prefix(tx.batch, old.tree, new.tree) == old.rows
