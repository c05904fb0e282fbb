"""The commits that hold the turns of a file which `wj resume` wrote."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container

from porcelain.actions.importing.turn_tree import TurnTree
from porcelain.actions.recording.match_prefix import first_parents
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId, TreeId
from store.session.message import message_ids
from store.tree_layout.layout import read_session


def resumed_turns(
    tx: Transaction, tree: TurnTree, old: Container[int], present: CommitId
) -> dict[int, CommitId]:
    """Map the groups of a file to the commits of a line that end with their last known row.

    Of several, as after a fork, it is the newest. The file lacks rows of the conversation, so
    its turns cannot be found by their digests. `present` is the end of the line, `old` has the
    rows that the file had at the last import.
    """
    ends: dict[int, CommitId] = {}
    for row in first_parents(tx, present):
        ends.setdefault(row.rows or 0, row.id)
    counts = sorted(ends)
    session = read_session(tx.batch, TreeId(tx.commit(present).tree))
    places = {one: place for place, one in enumerate(message_ids(session.messages))}
    found = {}
    for number, group in enumerate(tree.groups):
        known = (row for row in reversed(group.rows) if row in old and tree.ids[row] in places)
        last = next(known, None)
        if last is not None:
            found[number] = ends[counts[bisect_right(counts, places[tree.ids[last]])]]
    return found
