"""Turns of a file and the turns of a source that they were: copied by a fork, or edited."""

from __future__ import annotations

from collections.abc import Mapping

from porcelain.actions.importing.align_rows import old_rows
from porcelain.actions.importing.source_book import Known, SourceBook
from porcelain.actions.importing.turn_tree import TurnTree
from porcelain.model.source import SourceKey
from porcelain.transcript.format_table import format_named
from store.session.message import message_ids


def old_turns(known: Known, like: TurnTree) -> TurnTree:
    """Return the turns that a source had, with the digests of their stored rows."""
    rows = old_rows(known)
    ids = message_ids(known.rows.session.messages)
    if known.source.torn:
        del rows[-1], ids[-1]
    format_ = format_named(SourceKey.of(known.key, known.source).format)
    transcript = like.transcript._replace(rows=tuple(rows), turns=format_.lineages(rows))
    return TurnTree(transcript, ids, like.by)


def edited_turns(before: TurnTree, after: TurnTree, old: Mapping[int, int]) -> dict[int, bytes]:
    """Map the groups of a rewritten file to the digests of the groups that they were.

    A group is the same one if all rows that it had are still in it, edited or not.
    """
    home = {row: number for number, group in enumerate(before.groups) for row in group.rows}
    found = {}
    taken: set[int] = set()
    for number, group in enumerate(after.groups):
        rows = [old[row] for row in group.rows if row in old]
        was = home.get(rows[0]) if rows else None
        if was is None or was in taken or not {*before.groups[was].rows} <= {*rows}:
            continue
        taken.add(was)
        if before.digest(was) != after.digest(number):
            found[number] = before.digest(was)
    return found


def copied_turns(book: SourceBook, known: Known, tree: TurnTree) -> dict[int, bytes]:
    """Map the groups of an agent's fork to the digests of the turns that they copy.

    A copy may lack rows of sub-agents and rows that are no messages, which agents leave out, and
    have further ones that are no messages, such as a header of its own.
    """
    before = old_turns(known, tree)
    there = {key: row for row, key in reversed(list(enumerate(book.row_keys(known))))}
    home = {row: number for number, group in enumerate(before.groups) for row in group.rows}
    found = {}
    for number in range(len(tree.groups)):
        own = tree.rows_of(number)
        rows = [there.get(row.key) for row in own]
        if any(row is None and one.role for row, one in zip(rows, own, strict=True)):
            continue
        turns = {home[row] for row in rows if row in home}
        if len(turns) != 1:
            continue
        turn = turns.pop()
        missing = (before.transcript.rows[row] for row in {*before.groups[turn].rows} - {*rows})
        if all(row.side or row.role is None for row in missing):
            found[number] = before.digest(turn)
    return found
