"""Replace a commit's transcript: restore another one, resolve conflicts, revert changes.

A restored conversation keeps its id and lineage, the commit its description and change id.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from porcelain.actions.editing.message_conflicts import (
    NumberedConflict,
    conflicts_of,
    resolved_tree,
    select_conflicts,
)
from porcelain.actions.moving.connected_set import in_order, summarize
from porcelain.actions.moving.destination import Location, put_below
from porcelain.errors import Refused
from porcelain.transaction.rebase_descendants import (
    ROOT_COMMIT,
    rebase_descendants,
    replace,
    replayed,
    starting_tree,
)
from porcelain.transaction.transaction import Transaction
from store.ids import EMPTY_TREE, CommitId, TreeId
from store.merge.conflicts import read_conflicts, with_conflicts
from store.merge.replay import LINEAGE
from store.objects.commit import Commit, read_commit
from store.tree_layout.attachments import attachments_of, with_attachments
from store.tree_layout.layout import layout_of, read_session, write_session

NO_CONFLICTS = "No conflicts found at this revision"


class Restored(NamedTuple):
    """The new commit, and the number of rebased descendants."""

    commit: CommitId
    rebased: int


def restore_content(
    tx: Transaction,
    into: CommitId,
    tree: TreeId,
    *,
    keep_transcripts: bool = False,
) -> Restored | None:
    """Give a commit another transcript and rebase its descendants; None if nothing changes.

    With `keep_transcripts` descendants keep their whole transcripts.

    Raises:
        Refused: the commit is immutable.
    """
    tx.require_rewritable([into])
    old = read_commit(tx.batch, into)
    tx.kind, tx.description = "restore", f"restore into commit {into}"
    if tree == old.tree:
        return None
    made = replace(tx, into, old, old, tree)
    tx.show([made])
    return Restored(made, rebase_descendants(tx, keep_transcripts=keep_transcripts))


class Resolved(NamedTuple):
    """The new commit, the resolved conflicts and the remaining ones; rows numbered from 0."""

    commit: CommitId
    rebased: int
    resolved: tuple[NumberedConflict, ...]
    left: tuple[NumberedConflict, ...]


def resolve(
    tx: Transaction, commit_id: CommitId, choice: str, ranges: Sequence[tuple[int, int]] = ()
) -> Resolved:
    """Take one side of a commit's conflicts, of all or of those at some numbers from 1.

    Descendants are rebased, which resolves inherited conflicts in them too.

    Raises:
        Refused: the commit is immutable or has no conflict, there is none at a number, or the
            choice does not fit one of them.
    """
    tx.require_rewritable([commit_id])
    tree = read_commit(tx.batch, commit_id).tree
    conflicts = conflicts_of(tx.batch, tree)
    if not conflicts:
        raise Refused(NO_CONFLICTS, "`wj log -r 'conflicts()'` lists where some are",
                      code="no_conflict")  # fmt: skip
    chosen = select_conflicts(conflicts, ranges)
    made = restore_content(tx, commit_id, resolved_tree(tx.batch, tree, chosen, choice))
    assert made is not None  # without a conflict the tree is another one
    tx.kind, tx.description = "resolve", f"resolve conflicts of commit {commit_id}"
    left = tuple(conflict for conflict in conflicts if conflict not in chosen)
    return Resolved(made.commit, made.rebased, tuple(chosen), left)


def restored_tree(tx: Transaction, into: TreeId, source: TreeId) -> TreeId:
    """Stage the conversation `source` with the id, lineage and layout of `into`."""
    if source in (EMPTY_TREE, into) or into == EMPTY_TREE:
        return source
    header = read_session(tx.batch, into).header
    session = read_session(tx.batch, source)
    fields = {key: header[key] for key in LINEAGE if key in header}
    removed = [key for key in LINEAGE if key in session.header and key not in header]
    layout = layout_of(tx.batch, into)
    base = source if layout == layout_of(tx.batch, source) else None
    made = session.with_header(fields, remove=removed)
    tree = write_session(tx.batch, made, layout, base)
    tree = with_conflicts(tx.batch, tree, read_conflicts(tx.batch, source))
    return with_attachments(tx.batch, tree, attachments_of(tx.batch, source))


def tree_of(tx: Transaction, commit_id: CommitId) -> TreeId:
    """Return a commit's transcript; the root commit's is empty."""
    return EMPTY_TREE if commit_id == ROOT_COMMIT else read_commit(tx.batch, commit_id).tree


def parents_tree(tx: Transaction, commit_id: CommitId) -> TreeId:
    """Return the transcript of a commit's parents."""
    return starting_tree(tx.batch, read_commit(tx.batch, commit_id).parents)


class Reverted(NamedTuple):
    """The new commits, parents first, and the number of commits rebased onto them."""

    commits: tuple[CommitId, ...]
    rebased: int


def revert(tx: Transaction, commits: Collection[CommitId], location: Location) -> Reverted:
    """Make commits at a location that take back the changes of others, newest first.

    Raises:
        Refused: the root commit is to be reverted, or a commit that must move is immutable.
    """
    if ROOT_COMMIT in commits:
        raise Refused("The root commit cannot be reverted", code="root_commit")
    tx.require_rewritable(location.children)
    tx.strict = True
    parents = () if location.parents == (ROOT_COMMIT,) else location.parents
    tree = starting_tree(tx.batch, parents)
    made: list[CommitId] = []
    wanted = in_order(tx, commits)
    for commit_id in reversed(wanted):
        old = read_commit(tx.batch, commit_id)
        # Replay the inverse change: from the commit's transcript to its parents'.
        tree = replayed(tx.batch, starting_tree(tx.batch, old.parents), old.tree, tree)
        made.append(tx.write_new(tree, parents, _about(old, commit_id)))
        parents = (made[-1],)
    rebased = put_below(tx, location, (made[-1],)) if made else 0
    tx.kind, tx.description = "revert", summarize("revert", wanted)
    return Reverted(tuple(made), rebased)


def _about(old: Commit, commit_id: CommitId) -> str:
    subject = old.message.partition("\n")[0]
    return f'Revert "{subject}"\n\nThis reverts commit {commit_id}.\n'
