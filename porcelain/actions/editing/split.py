"""Split a change in two at a message, after jj's `split`."""

from __future__ import annotations

from typing import NamedTuple

from porcelain.actions.moving.connected_set import substituted
from porcelain.actions.recording.truncate import moved_cut_note, pair_boundary, truncate
from porcelain.errors import Refused
from porcelain.graph.visible_versions import visible_version
from porcelain.index.view_rows import change_id_at, part_rows, versions
from porcelain.model.message_numbers import MessageNumbers
from porcelain.model.source import Source
from porcelain.model.view_value import IMPORTS
from porcelain.transaction.rebase_descendants import (
    Parents,
    descendants,
    generated_message,
    keep_change,
    parents_of,
    rebase_all,
    renewed_message,
    replayed,
    starting_tree,
)
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId, TreeId
from store.objects.commit import read_commit
from store.session.session import Session
from store.tree_layout.layout import common_prefix, message_ids, read_session


class Split(NamedTuple):
    """The two parts, and the number of rows of the conversation at the end of the first."""

    first: CommitId
    second: CommitId
    rows: int
    notes: tuple[str, ...] = ()


def split(
    tx: Transaction,
    commit_id: CommitId,
    at: int,
    *,
    parallel: bool = False,
    message: str | None = None,
) -> Split:
    """Split a change after a message, counted in the whole conversation.

    The first part keeps the change id. Sessions, workspaces and descendants follow the second.
    `parallel` makes the parts siblings, and descendants children of both. `message` is the first
    part's description; by default each part keeps the old one, or gets a new generated one.

    Raises:
        Refused: the commit is immutable, or cannot be split there.
    """
    tx.require_rewritable([commit_id])
    tx.strict = True
    old = read_commit(tx.batch, commit_id)
    base = starting_tree(tx.batch, old.parents)
    rows, messages = _checked_edge(tx, base, old.tree, at)
    tree = truncate(tx.batch, old.tree, rows)
    imported = _imported_as(tx, commit_id)
    if message is None:
        message = renewed_message(tx, old, tree)
    elif not message:
        message = generated_message(tx.batch, tree)
    made = old._replace(tree=tree, message=message, committer=tx.signature())
    first = tx.stage_commit(keep_change(tx, commit_id, made))
    tx.rewrites.created[first] = (commit_id,)
    made = old._replace(parents=(first,), committer=tx.signature())
    if parallel:
        tree = replayed(tx.batch, old.tree, tree, base)
        message = renewed_message(tx, old, tree)
        made = made._replace(tree=tree, parents=old.parents, message=message)
    second = tx.stage_commit(tx.as_new_change(made), [commit_id])
    tx.show([first, second])
    for key, entry in imported.items():
        tx.set(IMPORTS, key, entry._replace(commit=second).text())
    if parallel:
        _put_on_both(tx, commit_id, (first, second))
    tx.kind, tx.description = "split", f"split commit {commit_id}"
    notes = (moved_cut_note(at, messages),) if messages != at else ()
    return Split(first, second, rows, notes)


def _checked_edge(tx: Transaction, base: TreeId, tree: TreeId, at: int) -> tuple[int, int]:
    """Return the numbers of rows and of messages at the end of the first part.

    Raises:
        Refused: one of the parts would change nothing.
    """
    session = read_session(tx.batch, tree)
    before = read_session(tx.batch, base).rows
    kept = common_prefix(tx.batch, base, tree)
    edits = kept < before
    if edits:
        # Messages of the parent behind the cut would be removed and added again.
        old = set(message_ids(tx.batch, base))
        ids = message_ids(tx.batch, tree)
        kept = max((row for row, blob in enumerate(ids, 1) if blob in old), default=kept)
    numbers = MessageNumbers.of(session)
    end = numbers.last_row(at)
    rows = pair_boundary(session, end) if kept < end < session.rows else 0
    if rows <= kept:
        raise _no_cut(session, numbers, at, kept, edits=edits)
    return rows, numbers.among(rows)


def _no_cut(
    session: Session, numbers: MessageNumbers, at: int, kept: int, *, edits: bool
) -> Refused:
    ends = (numbers.last_row(n) for n in range(numbers.of_row(kept + 1), numbers.count))
    possible = [end for end in ends if end > kept and pair_boundary(session, end) == end]
    if not possible:
        return Refused(
            "The change cannot be split: it has no two parts that stand for themselves",
            "A tool call stays with its result, and changes of earlier messages stay together",
            code="cannot_split",
        )
    first, last = numbers.of_row(possible[0]), numbers.of_row(possible[-1])
    added = "adds behind the messages that it changes" if edits else "adds"
    can_be = f"{first}" if first == last else f"{first} to {last}"
    return Refused(
        f"The change cannot be split at {at}: that does not part what it {added}",
        f"`--at` can be {can_be}; `wj show` shows the numbers",
        code="cannot_split",
    )


def _imported_as(tx: Transaction, commit_id: CommitId) -> dict[str, Source]:
    """Return the sources of a commit, which the second part will take over."""
    change = change_id_at(tx.index, tx.row(commit_id).pos)
    known = {tx.index.row_at(position).id for position in versions(tx.index, change)}
    return {
        key: entry
        for key, text in part_rows(tx.index, IMPORTS)
        if (entry := Source.of(text)).commit in known
        and visible_version(tx.index, entry.commit) == commit_id
    }


def _put_on_both(tx: Transaction, old: CommitId, both: Parents) -> None:
    below = descendants(tx, [old])
    wanted: dict[CommitId, Parents] = {}
    for commit_id in below:
        parents = parents_of(read_commit(tx.batch, commit_id))
        if old in parents:
            wanted[commit_id] = substituted(parents, {old: both})
    rebase_all(tx, below, wanted)
