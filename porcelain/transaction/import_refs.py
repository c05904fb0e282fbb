"""Record outside changes of refs: one operation for each ref.

Deletions come first; that of a session which has another name now is one operation with its new
name. Then the refs are sorted by the time of the first new commit of their conversation, ancestors
first where times are equal, so that a fork comes after its origin, then by name. So one bad fork
that a framework made can be undone without the good saves around it. If more than 200 refs moved at
once, all but the newest 200 share one operation. A repository that has refs but no operation log is
adopted in the same way; there the shared operation is the bottom of the log, which cannot be undone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from porcelain.display import counted
from porcelain.graph.visible_versions import visible_version, visible_versions
from porcelain.index.exported_refs import first_side
from porcelain.index.view_sync import add_change_ids, view_growing
from porcelain.model.operation import ROOT_OPERATION, Operation, OperationData
from porcelain.model.view_value import SESSIONS
from porcelain.transaction.export_refs import OutsideMove
from porcelain.transaction.rebase_descendants import rebase
from porcelain.transaction.transaction import Base, Transaction
from store.ids import CommitId
from store.index.commit_index import Index
from store.objects.commit import read_commit
from store.repository.pack_writer import ObjectBatch

MOST_SEPARATE = 200
_WORDS = {"forward": "moved forward", "back": "moved back", "sideways": "moved"}


def record_outside(
    index: Index, batch: ObjectBatch, base: Base, moves: list[OutsideMove]
) -> list[Operation]:
    """Stage the operations that record outside moves, oldest first."""
    if not moves:
        return []
    adopting = base.operation.id == ROOT_OPERATION
    if not adopting:  # else once the commits are visible, which costs less
        with index.writing() as connection:
            add_change_ids(connection)
    ordered = _oldest_first(index, moves)
    shared = ordered[: max(0, len(ordered) - MOST_SEPARATE)]
    groups = ([shared] if shared else []) + _with_renames(ordered[len(shared) :])
    operations: list[Operation] = []
    for group in groups:
        parent = operations[-1] if operations else base.operation
        tx = Transaction(index, batch, base._replace(operation=parent))
        places = [move.theirs if adopting else _place(tx, move) for move in group]
        with view_growing(index, 2 * len(group)):
            tx.add_heads(_hidden(index, places))
            applied = [_applied(tx, move, place) for move, place in zip(group, places, strict=True)]
            values = [value for value, _ in applied]
            tx.set_values([(*move[:2], v) for move, v in zip(group, values, strict=True)])
        kinds = [kind for _, kind in applied]
        operations.append(_stage(tx, group, kinds, adopting and group is shared))
    return operations


def _with_renames(moves: list[OutsideMove]) -> list[list[OutsideMove]]:
    """Return groups of one move each, and of two for a session that has another name now."""
    created: dict[str | None, list[OutsideMove]] = {}
    for move in moves:
        if move.part == SESSIONS and move.ours is None:
            created.setdefault(move.theirs, []).append(move)
    groups: list[list[OutsideMove]] = []
    paired = set[OutsideMove]()
    for move in moves:
        news = created.get(move.ours, []) if move.part == SESSIONS and move.theirs is None else []
        if move.ours is not None and len(news) == 1 and news[0] not in paired:
            paired.add(news[0])
            groups.append([move, news[0]])
        else:
            groups.append([move])
    return [group for group in groups if len(group) > 1 or group[0] not in paired]


class _Begin(NamedTuple):
    """Where a conversation begins among the new commits: sortable, ancestors first."""

    time: int
    generation: int
    tip: int


def _oldest_first(index: Index, moves: list[OutsideMove]) -> list[OutsideMove]:
    positions = index.positions({move.theirs for move in moves if move.theirs is not None})
    begins = _begins(index, positions.values())

    def order(move: OutsideMove) -> tuple[bool, _Begin, str, str]:
        found = begins.get(positions.get(move.theirs, 0)) if move.theirs is not None else None
        return move.theirs is not None, found or _Begin(0, 0, 0), move.part, move.key

    return sorted(moves, key=order)


def _begins(index: Index, tips: Iterable[int]) -> dict[int, _Begin]:
    """Return for each tip the first new commit of its conversation, all walked together."""
    sql = (
        "SELECT pos, time, generation, session, visible, CASE WHEN generation > 1 THEN (SELECT "
        "parent FROM edges WHERE child = pos AND ord = 0) END FROM commits WHERE pos IN ({})"
    )
    rows = {row[0]: row for row in index.query_among(sql, tips)}
    generation = {tip: row[2] for tip, row in rows.items()}
    tips_at: dict[int, list[int]] = {}  # where it is not the tip itself
    found: dict[int, _Begin] = {}
    while rows:
        above = {row[5] for row in rows.values() if not row[4] and row[5]}
        parents = {row[0]: row for row in index.query_among(sql, above)}
        continued: dict[int, list[int]] = {}
        for position, (_, time, depth, session, visible, parent) in rows.items():
            before = parents.get(parent)
            tips_here = tips_at.get(position) or [position]
            if visible or before is None or before[4] or before[3] != session:
                for tip in tips_here:
                    found[tip] = _Begin(time, depth, generation[tip])
            else:
                continued.setdefault(parent, []).extend(tips_here)
        rows = {position: parents[position] for position in continued}
        tips_at = continued
    return found


def _place(tx: Transaction, move: OutsideMove) -> CommitId | None:
    """Return the commit of a moved ref, rebased if its base was rewritten."""
    if move.theirs is None or move.part != SESSIONS:
        return move.theirs
    return _rebased(tx, move.theirs)


def _hidden(index: Index, commits: Iterable[CommitId | None]) -> list[CommitId]:
    positions = index.positions({one for one in commits if one is not None})
    hidden = index.among("visible = 0", positions.values())
    return sorted((one for one in positions if positions[one] in hidden), key=positions.__getitem__)


def _applied(tx: Transaction, move: OutsideMove, theirs: CommitId | None) -> tuple[str | None, str]:
    """Return the value of a moved name in the view, and the kind of move."""
    before = first_side(move.ours)
    if theirs != move.theirs and move.base is not None:
        # The move started from the old base of the rebased commits.
        base = visible_version(tx.index, CommitId(move.base)) or move.base
        move = move._replace(base=base)
    value = move.merged(theirs, tx.is_ancestor)
    if theirs is None:
        return value, "deleted"
    if before is None:
        return value, "created"
    if tx.is_ancestor(before, theirs):
        return value, "forward"
    return value, "back" if tx.is_ancestor(theirs, before) else "sideways"


def _rebased(tx: Transaction, commit_id: CommitId) -> CommitId:
    """Rebase outside commits on a hidden commit onto its one visible successor.

    Their change ids stay. A ref on the hidden commit itself, or on a descendant of an abandoned
    commit, stays there.
    """
    chain: list[CommitId] = []
    here = commit_id
    while not tx.row(here).visible:
        successors = visible_versions(tx.index, here)
        if len(successors) == 1:
            successor = successors[0]
            for old in reversed(chain):
                successor = rebase(tx, old, read_commit(tx.batch, old), (successor,))
            tx.show([successor])
            return successor if chain else commit_id
        parents = read_commit(tx.batch, here).parents
        if len(parents) != 1 or (chain and tx.row(here).header is not None):
            return commit_id
        chain.append(here)
        here = parents[0]
    return commit_id


def _stage(
    tx: Transaction, group: list[OutsideMove], kinds: list[str], adopting: bool
) -> Operation:
    tx.attributes = {} if adopting else _attributes(group, kinds)
    view = tx.write_edits()
    now = tx.actor.operation_clock()
    data = OperationData(
        kind="adopt" if adopting else "outside",
        description=_description(group, kinds, adopting),
        start=now,
        end=now,
        replica=tx.base.replica,
        attributes=tx.attributes,
        parents=() if tx.base.operation.id == ROOT_OPERATION else (tx.base.operation.id,),
        predecessors=dict(tx.rewrites.created),
        version=tx.batch.version,
    )
    return tx.stage_as(data, view)


def _attributes(group: list[OutsideMove], kinds: list[str]) -> dict[str, str]:
    undoable = [
        kind
        for move, kind in zip(group, kinds, strict=True)
        if kind != "forward" and move.part == SESSIONS
    ]
    return {
        "moves": ",".join(sorted(set(kinds))),
        "undoable": "yes" if undoable else "no",
        "names": " ".join(move.key for move in group[:8]),
    }


def _description(group: list[OutsideMove], kinds: list[str], adopting: bool) -> str:
    if adopting:
        return f"adopt {counted(len(group), 'ref')} that existed before the log"
    if kinds == ["deleted", "created"] and group[0].ours == group[1].theirs:
        return f"outside: session {group[0].key} renamed to {group[1].key}"
    if len(group) > 1:
        return f"outside: {len(group)} refs moved"
    move = group[0]
    name = f"session {move.key}" if move.part == SESSIONS else f"ref refs/{move.part}/{move.key}"
    return f"outside: {name} {_WORDS.get(kinds[0], kinds[0])}"
