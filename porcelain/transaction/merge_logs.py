"""Merge the operation logs of two copies of a repository.

The merge is an operation with both heads as parents. Everything in it follows from them: the order
of the parents, the time, the author and ids of rebased commits. So it has the same id on every machine.

    names        merged three-way; the base is the view of their last common operation
    commits      hidden by one side: hidden, and the other side's descendants are rebased
    rewritten    by both sides: both versions stay visible, the change is divergent

Of several last common operations the base is their own merge, in memory: what any of them shows, and
the merged values of their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

from porcelain.index.operation_walk import common_operations, only_before
from porcelain.index.view_rows import change_id_at, part_rows
from porcelain.index.view_sync import add_change_ids, catch_up
from porcelain.model.actor import Actor
from porcelain.model.change_id import CHANGE_ID_HEADER, new_change_id
from porcelain.model.ids import OperationId
from porcelain.model.operation import ROOT_OPERATION, Operation, OperationData
from porcelain.model.operation_store import Dropped, read_operation, stage_operation
from porcelain.model.view import Roots, diff_views, read_roots, read_value
from porcelain.model.view_merge import merge_value
from porcelain.model.view_value import (
    HEADS,
    SESSIONS,
    TAGS,
    WORKSPACES,
    Workspace,
    parse_target,
    target_text,
)
from porcelain.transaction.kept_commits import heads_among, named_commits
from porcelain.transaction.transaction import Base, Transaction
from store.ids import CommitId
from store.index.commit_index import Index
from store.index.reachability import MarksOverlay
from store.objects.commit import Commit, Signature
from store.repository.pack_writer import ObjectBatch

MERGE = "merge"
"""The kind of an operation that merges logs."""
_BY = "wajutsu"


def merge_heads(
    index: Index, batch: ObjectBatch, heads: tuple[OperationId, OperationId]
) -> tuple[Operation, Transaction]:
    """Stage the merge of two operations of the log; the index then shows its view.

    Neither comes before the other.
    """
    both = [read_operation(batch, head) for head in heads]
    first, second = sorted(both, key=lambda one: (one.data.end, one.id))
    catch_up(index, batch, first.id)
    bases = [read_operation(batch, one) for one in common_operations(index, *heads)]
    tx = _Merge(index, batch, first, second)
    _merge_commits(tx, second, bases or [read_operation(batch, ROOT_OPERATION)])
    _merge_names(tx, first, second, bases)
    view = tx.write_edits()
    data = OperationData(
        kind=MERGE,
        description="merge operation logs",
        start=second.data.end,
        end=second.data.end,
        parents=(first.id, second.id),
        predecessors=dict(tx.rewrites.created),
        version=max(first.data.version, second.data.version, batch.needed_version),
    )
    named = named_commits(tx.rewrites.created, tx.revealed, tx.edits)
    kept = sorted(heads_among(index, named, tx.commit))
    dropped = Dropped(batch, first).united(batch, Dropped(batch, second))
    return stage_operation(batch, data, view, kept, dropped=dropped), tx


class _Merge(Transaction):
    """A transaction whose commits follow from two operations alone."""

    def __init__(
        self, index: Index, batch: ObjectBatch, first: Operation, second: Operation
    ) -> None:
        time = second.data.end

        def no_random(size: int) -> bytes:
            raise AssertionError(f"{size} random bytes in a merge")

        actor = Actor(_BY, f"{_BY}@localhost", "", "", lambda: time, lambda: time, no_random)
        super().__init__(index, batch, Base(first, "", "", actor))
        self._seed = f"{first.id} {second.id}"

    def signature(self) -> Signature:
        """Return the signature of every commit of the merge."""
        return Signature(_BY, f"{_BY}@localhost", self.actor.clock() // 1000)

    def as_new_change(self, commit: Commit) -> Commit:
        """Return a commit with a change id that follows from the merge and its place."""
        seed = f"{self._seed} {commit.tree} {' '.join(commit.parents)}"
        drawn = new_change_id(lambda size: sha256(seed.encode()).digest()[:size], lambda _: False)
        others = tuple(header for header in commit.headers if header[0] != CHANGE_ID_HEADER)
        return commit._replace(headers=(*others, (CHANGE_ID_HEADER, drawn)))


# Commits.


class _Seen(NamedTuple):
    """The commits of two sides, as positions: hidden since the base, and shown since."""

    hidden_by_first: set[int]
    hidden_by_second: set[int]
    shown_by_first: set[int]
    shown_by_second: set[int]
    added: set[int]  # shown by the second alone


def _merge_commits(tx: Transaction, second: Operation, bases: Sequence[Operation]) -> None:
    """Show what the second side shows, and hide what either has hidden; rebase what follows."""
    seen = _seen(tx, second, bases)
    tx.add_heads([tx.index.row_at(at).id for at in sorted(seen.added)])
    with tx.index.writing() as connection:
        add_change_ids(connection)
    versions = (
        _by_change(tx.index, seen.shown_by_first),
        _by_change(tx.index, seen.shown_by_second),
    )
    for position in sorted(seen.hidden_by_first | seen.hidden_by_second):
        commit_id = tx.index.row_at(position).id
        change = change_id_at(tx.index, position)
        news: set[CommitId] = set()
        if position in seen.hidden_by_first:
            news |= versions[0].get(change, set())
        if position in seen.hidden_by_second:
            news |= versions[1].get(change, set())
        if news:
            tx.rewrites.rewritten[commit_id] = tuple(sorted(news))
        else:
            tx.abandon(commit_id)
    tx.finish_rewrites()


def _seen(tx: Transaction, second: Operation, bases: Sequence[Operation]) -> _Seen:
    there, not_there = _visible(tx, second)
    in_base, not_in_base = set[int](), None
    for base in bases:
        more, less = _visible(tx, base)
        in_base |= more
        not_in_base = less if not_in_base is None else not_in_base & less
    fresh = not_in_base or set()
    both = fresh - not_there
    return _Seen(
        hidden_by_first=in_base,
        hidden_by_second=(not_there - fresh) | (in_base - there),
        shown_by_first=(fresh & not_there) | both,
        shown_by_second=(there - in_base) | both,
        added=there - in_base,
    )


def _visible(tx: Transaction, operation: Operation) -> tuple[set[int], set[int]]:
    """Return the commits that an operation shows and the index does not, and the reverse."""
    index = tx.index
    here = _only_heads(tx.present_roots())
    there = _only_heads(read_roots(tx.batch, operation.view, operation.id))
    differences = list(diff_views(tx.batch, here, there))
    index.ensure(tx.batch, [CommitId(key) for _, key, _, _ in differences])
    added = [index.position(key) for _, key, _, new in differences if new is not None]
    removed = [index.position(key) for _, key, _, new in differences if new is None]
    overlay = MarksOverlay(index, "visible")
    change = overlay.move_roots([p for p in added if p], [p for p in removed if p])
    return {*change.marked}, {*change.unmarked}


def _only_heads(roots: Roots) -> Roots:
    return {HEADS: roots[HEADS]} if HEADS in roots else {}


def _by_change(index: Index, positions: Iterable[int]) -> dict[str, set[CommitId]]:
    found: dict[str, set[CommitId]] = {}
    for position in positions:
        change = change_id_at(index, position)
        found.setdefault(change, set()).add(index.row_at(position).id)
    return found


# Names.


def _merge_names(
    tx: Transaction, first: Operation, second: Operation, bases: Sequence[Operation]
) -> None:
    ours, theirs = (read_roots(tx.batch, one.view, one.id) for one in (first, second))
    acted = (_replicas(tx.index, first, second), _replicas(tx.index, second, first))
    for part, key, _, value in list(diff_views(tx.batch, ours, theirs)):
        if part == HEADS:
            continue
        if part == WORKSPACES and (owner := key.partition("/")[0]) in acted[0] ^ acted[1]:
            # Only one side has operations of the copy that the workspace belongs to. The other
            # one has moved it at most because its commit was rewritten there.
            if owner in acted[1]:
                tx.set(part, key, _as_now(tx, part, value))
                _show_target(tx, part, tx.get(part, key))
            continue
        base = _base_value(tx, bases, part, key)
        merged = merge_value(
            part,
            _as_now(tx, part, base),
            tx.get(part, key),
            _as_now(tx, part, value),
            tx.is_ancestor,
        )
        tx.set(part, key, merged)
        _show_target(tx, part, merged)
    _leave_missing_sessions(tx)


def _replicas(index: Index, one: Operation, other: Operation) -> set[str]:
    """Return the copies that made the operations of one side since the last common ones."""
    return {operation.data.replica for operation in only_before(index, one.id, other.id)}


def _base_value(tx: Transaction, bases: Sequence[Operation], part: str, key: str) -> str | None:
    """Return the value that the last common operations give a name; merged, where several do."""
    values = [
        read_value(tx.batch, read_roots(tx.batch, one.view, one.id), part, key) for one in bases
    ]
    if not values:
        return None
    merged = values[0]
    for at, value in enumerate(values[1:], start=1):
        if value != merged:
            before = common_operations(tx.index, bases[0].id, bases[at].id)
            above = [read_operation(tx.batch, one) for one in before]
            merged = merge_value(
                part, _base_value(tx, above, part, key), merged, value, tx.is_ancestor
            )
    return merged


def _as_now(tx: Transaction, part: str, value: str | None) -> str | None:
    """Return a value with the ids that its commits have after the merge."""
    successor = tx.rewrites.successor
    if value is None or part not in (SESSIONS, WORKSPACES):
        return value
    if part == SESSIONS:
        terms = [None if term is None else successor(term) for term in parse_target(value)]
        return target_text(tuple(terms))
    place = Workspace.of(value)
    return Workspace(successor(place.commit), place.session).text()


def _show_target(tx: Transaction, part: str, value: str | None) -> None:
    if value is None or part not in (SESSIONS, TAGS, WORKSPACES):
        return
    named = [Workspace.of(value).commit] if part == WORKSPACES else parse_target(value)[::2]
    tx.add_heads([one for one in named if one is not None and not tx.row(one).visible])


def _leave_missing_sessions(tx: Transaction) -> None:
    """Clear the current session of workspaces whose session one side has deleted."""
    for key, value in part_rows(tx.index, WORKSPACES):
        place = Workspace.of(value)
        if place.session is not None and tx.get(SESSIONS, place.session) is None:
            tx.set(WORKSPACES, key, Workspace(place.commit, None).text())
