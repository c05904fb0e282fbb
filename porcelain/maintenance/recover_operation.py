"""What can be told of a newest operation that cannot be read any more.

The index remembers its view row by row, where it had caught up with it. Without it, each part
of the view that can be read counts, and what the operation keeps alive; where not even its
commit can be read, what was written since the operation before it and hangs on nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from porcelain.errors import CorruptOperation
from porcelain.index.exported_refs import first_side
from porcelain.index.heads import change_heads
from porcelain.index.view_rows import part_rows
from porcelain.maintenance.check_log import View, find_operations, reachable
from porcelain.maintenance.damage import readable_heads
from porcelain.model.ids import OperationId
from porcelain.model.operation import Operation, decode_operation
from porcelain.model.operation_store import is_keep_commit
from porcelain.model.view import diff_views, read_roots
from porcelain.model.view_value import HEADS, parse_target, target_commits
from porcelain.transaction.export_refs import ref_of
from porcelain.transaction.transaction import Transaction
from store.errors import ObjectError
from store.ids import CommitId, TreeId
from store.maintenance.leftovers import all_commits, index_fault, index_rows
from store.objects.commit import Commit, read_commit
from store.objects.tree import read_tree
from store.repository.repository import Repository


class Salvage(NamedTuple):
    """Rows of the view, the parts that are whole among them, and commits that it may show."""

    rows: View
    whole: frozenset[str] = frozenset()
    commits: tuple[CommitId, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.rows or self.whole or self.commits)


NOTHING = Salvage({})


def salvage(repository: Repository, lost: OperationId) -> Salvage:
    """Return what is known of an operation that cannot be read; changes nothing."""
    found = _remembered(repository, lost)
    if found:
        return found
    try:
        commit = read_commit(repository, CommitId(lost))
    except ObjectError:
        return NOTHING  # see `written_since`
    rows, whole = _readable_parts(repository, commit)
    kept = () if HEADS in whole else tuple(_made(repository, commit))
    return Salvage(rows, whole, kept)


def written_since(repository: Repository, newest: Operation) -> Salvage:
    """Return the commits, none of them reachable, that were made since an operation."""
    known = reachable(repository, [CommitId(newest.id)])
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
    return Salvage({}, commits=tuple(found))


def bring_back(tx: Transaction, found: Salvage) -> None:
    """Edit the view so that it says again what was salvaged.

    Names that are refs have been taken from these already; only the other sides of conflicts
    are missing there.
    """
    heads = {CommitId(key) for part, key in found.rows if part == HEADS} | set(found.commits)
    sound = list(readable_heads(tx.batch, sorted(heads)))
    tx.add_heads([one for one in sound if not _is_visible(tx, one)])
    if HEADS in found.whole:
        shown = {CommitId(key) for key, _ in part_rows(tx.index, HEADS)}
        hidden = [one for one in shown if one not in heads and not _is_named(tx, one)]
        edits, _ = change_heads(tx.index, [], hidden)
        tx.edits.setdefault(HEADS, {}).update(edits)
    for (part, key), value in found.rows.items():
        if part == HEADS or set(target_commits(part, value)) - _existing(tx, part, value):
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


def _remembered(repository: Repository, lost: OperationId) -> Salvage:
    if index_fault(repository):
        return NOTHING
    if index_rows(repository, "SELECT value FROM meta WHERE key = 'head'") != [(lost,)]:
        return NOTHING
    rows = {
        (part, key): value
        for part, key, value in index_rows(repository, "SELECT part, key, value FROM view_rows")
    }
    for part, key, value in index_rows(repository, "SELECT part, key, value FROM laid_over"):
        rows.pop((part, key), None)
        if value is not None:
            rows[part, key] = value
    every = {part for part, _ in rows} | {"heads", "workspaces", "imports"}
    return Salvage(rows, frozenset(every))


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
        except (ObjectError, ValueError):
            continue
        whole.add(part)
        rows |= {(part, key): value for _, key, _, value in changes if value is not None}
    return rows, frozenset(whole)


def _made(repository: Repository, commit: Commit) -> Iterator[CommitId]:
    """Yield the commits that an operation kept alive, as far as they can be read.

    Without those that it says to have replaced, if it can still say anything.
    """
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
    """Tell whether a commit is one of the log's own: an operation, or one that keeps others."""
    try:
        commit = read_commit(repository, commit_id)
        names = {entry.name for entry in read_tree(repository, commit.tree)}
    except (ObjectError, ValueError):
        return False
    return is_keep_commit(commit) or "operation.json" in names


def _existing(tx: Transaction, part: str, value: str) -> set[CommitId]:
    return {one for one in target_commits(part, value) if tx.index.position(one) is not None}


def _is_visible(tx: Transaction, commit_id: CommitId) -> bool:
    row = tx.index.row(commit_id)
    return row is not None and bool(row.visible)


def _is_named(tx: Transaction, commit_id: CommitId) -> bool:
    return bool(tx.index.query(_NAMED, (f"%{commit_id}%", HEADS)))


_NAMED = "SELECT 1 FROM view_rows WHERE value LIKE ? AND part <> ? LIMIT 1"
