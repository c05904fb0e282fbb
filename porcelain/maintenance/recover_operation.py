"""Recover the state of a newest operation that cannot be read any more.

An index that was up to date has its view row by row. Otherwise the readable parts of the view and
the commits that the operation keeps alive are recovered; where its commit cannot be read either,
the unreachable commits written since the operation before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from porcelain.errors import CorruptOperation
from porcelain.index.exported_refs import first_side
from porcelain.index.heads import change_heads
from porcelain.index.view_rows import part_rows
from porcelain.maintenance.check_log import View, find_operations, without_outside_changes
from porcelain.maintenance.damage import readable_ancestors, readable_heads
from porcelain.model.ids import OperationId
from porcelain.model.operation import Operation, decode_operation
from porcelain.model.operation_store import is_keep_commit
from porcelain.model.view import diff_views, read_roots
from porcelain.model.view_value import HEADS, change_commits, parse_target
from porcelain.transaction.export_refs import ref_of
from porcelain.transaction.transaction import Transaction
from store.errors import ObjectError
from store.ids import CommitId, TreeId
from store.maintenance.leftovers import all_commits, index_fault, index_rows
from store.objects.commit import Commit, read_commit
from store.objects.tree import read_tree
from store.repository.repository import Repository


class Recovered(NamedTuple):
    """Rows of the view, the parts whose rows are complete, and commits that it may show."""

    rows: View
    whole: frozenset[str] = frozenset()
    commits: tuple[CommitId, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.rows or self.whole or self.commits)


NOTHING = Recovered({})


def recover(repository: Repository, lost: OperationId) -> Recovered:
    """Return the state of an unreadable operation as far as it is known; changes nothing."""
    found = _remembered(repository, lost)
    if found:
        return found
    try:
        commit = read_commit(repository, CommitId(lost))
    except ObjectError:
        return NOTHING  # see `written_since`
    rows, whole = _readable_parts(repository, commit)
    kept = () if HEADS in whole else tuple(_made(repository, commit))
    return Recovered(rows, whole, kept)


def written_since(repository: Repository, newest: Operation) -> Recovered:
    """Return the unreachable commits that were made since an operation."""
    known = readable_ancestors(repository, [CommitId(newest.id)])
    since = newest.data.end // 1000 - 1
    operations = {CommitId(one.id) for one in find_operations(repository, known)}
    found: list[CommitId] = []
    for commit_id in all_commits(repository):
        if commit_id in known or commit_id in operations:
            continue
        try:
            commit = read_commit(repository, commit_id)
        except ObjectError:
            continue
        own = is_keep_commit(commit) or _is_own(repository, commit_id)
        if commit.committer.time >= since and not own:
            found.append(commit_id)
    return Recovered({}, commits=tuple(found))


def restore_recovered(tx: Transaction, found: Recovered) -> None:
    """Restore the recovered state in the view.

    Names that are refs were taken from the refs already; only the other sides of conflicts are
    missing there.
    """
    heads = {CommitId(key) for part, key in found.rows if part == HEADS} | set(found.commits)
    sound = list(readable_heads(tx.batch, sorted(heads)))
    tx.add_heads([one for one in sound if not is_visible(tx, one)])
    if HEADS in found.whole:
        shown = {CommitId(key) for key, _ in part_rows(tx.index, HEADS)}
        hidden = [one for one in shown if one not in heads and not _is_named(tx, one)]
        edits = change_heads(tx.index, [], hidden)
        tx.edits.setdefault(HEADS, {}).update(edits)
    for (part, key), value in found.rows.items():
        if part == HEADS or None in map(tx.index.position, change_commits(part, value)):
            continue
        if ref_of(part, key) is None or (
            len(parse_target(value)) > 1 and tx.get(part, key) == first_side(value)
        ):
            tx.set(part, key, value)
    for part in found.whole - {HEADS}:
        if ref_of(part, "x") is None:
            for key, _ in part_rows(tx.index, part):
                if (part, key) not in found.rows:
                    tx.set(part, key, None)


def _remembered(repository: Repository, lost: OperationId) -> Recovered:
    if index_fault(repository):
        return NOTHING
    if index_rows(repository, "SELECT value FROM meta WHERE key = 'head'") != [(lost,)]:
        return NOTHING
    rows = without_outside_changes(
        index_rows(repository, "SELECT part, key, value FROM view_rows"),
        index_rows(repository, "SELECT part, key, value FROM laid_over"),
    )
    every = {part for part, _ in rows} | {"heads", "workspaces", "imports"}
    return Recovered(rows, frozenset(every))


def _readable_parts(repository: Repository, commit: Commit) -> tuple[View, frozenset[str]]:
    rows: View = {}
    whole: set[str] = set()
    try:
        entries = {entry.name: entry.id for entry in read_tree(repository, commit.tree)}
        roots = read_roots(repository, TreeId(entries["view"]))
    except (ObjectError, ValueError, KeyError):
        return rows, frozenset()
    for part, root in roots.items():
        try:
            changes = list(diff_views(repository, {}, {part: root}))
        except (CorruptOperation, ObjectError, ValueError):
            continue
        whole.add(part)
        rows |= {(part, key): value for _, key, _, value in changes if value is not None}
    return rows, frozenset(whole)


def _made(repository: Repository, commit: Commit) -> Iterator[CommitId]:
    """Yield the readable commits that an operation kept alive, but those that it replaced."""
    replaced: set[CommitId] = set()
    try:
        entries = {entry.name: entry.id for entry in read_tree(repository, commit.tree)}
        data = decode_operation(repository.read(entries["operation.json"])[1], "")
        replaced = {old for olds in data.predecessors.values() for old in olds}
    except (ObjectError, ValueError, KeyError, CorruptOperation):
        pass
    pending = list(commit.parents)
    while pending:
        commit_id = pending.pop()
        try:
            found = read_commit(repository, commit_id)
        except ObjectError:
            continue
        if is_keep_commit(found):
            pending += found.parents
        elif commit_id not in replaced and not _is_own(repository, commit_id):
            yield commit_id


def _is_own(repository: Repository, commit_id: CommitId) -> bool:
    """Tell whether a commit belongs to the log: an operation or a keep commit."""
    try:
        commit = read_commit(repository, commit_id)
        names = {entry.name for entry in read_tree(repository, commit.tree)}
    except (ObjectError, ValueError):
        return False
    return is_keep_commit(commit) or "operation.json" in names


def is_visible(tx: Transaction, commit_id: CommitId) -> bool:
    """Tell whether a commit is known and visible."""
    row = tx.index.row(commit_id)
    return row is not None and bool(row.visible)


def _is_named(tx: Transaction, commit_id: CommitId) -> bool:
    return bool(tx.index.query(_NAMED, (f"%{commit_id}%", HEADS)))


_NAMED = "SELECT 1 FROM view_rows WHERE value LIKE ? AND part <> ? LIMIT 1"
