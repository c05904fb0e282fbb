"""Rebase commits; the form selects the commits that move.

revisions   the commits alone, without their descendants
source      the commits and their descendants
branch      the ancestors of the commits that the destination lacks, and their descendants
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from porcelain.actions.moving.connected_set import in_order, summarize
from porcelain.actions.moving.destination import Location, is_ancestor
from porcelain.actions.moving.move import Moved, Plan, move, plan_commits, plan_trees
from porcelain.errors import Refused
from porcelain.graph.visible_versions import visible_versions
from porcelain.transaction.rebase_descendants import ROOT_COMMIT, Parents, rebased_tree
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId
from store.merge.replay import transcript_equals
from store.objects.commit import read_commit


class Options(NamedTuple):
    """The options of a rebase; see `rebase_commits`."""

    skip_emptied: bool = False
    simplify_parents: bool = False
    keep_divergent: bool = False


class Rebased(NamedTuple):
    """The result of the move, and the commits dropped because the destination has them."""

    moved: Moved
    dropped: tuple[CommitId, ...] = ()


def rebase_commits(
    tx: Transaction,
    form: str,
    commits: Sequence[CommitId],
    location: Location,
    options: Options,
    *,
    onto: bool,
) -> Rebased | None:
    """Rebase commits to a location; `form` is "revisions", "source" or "branch".

    `onto` says that the user named parents alone. `skip_emptied` abandons commits that become
    empty, `simplify_parents` removes redundant parents from merges that move, and unless
    `keep_divergent` is given, divergent versions that the destination already has are abandoned.
    Returns None if there is nothing to move.

    Raises:
        Refused: a commit is immutable, or would become its own descendant.
    """
    roots = _roots(tx, form, commits, location)
    if not roots:
        return None
    tx.require_rewritable([*roots, *location.children])
    if onto:
        for root in roots:
            _refuse_own(tx, root, location.parents, deep=form != "revisions")
    tx.strict = True
    tx.retains_sessions = True
    plan = (plan_commits if form == "revisions" else plan_trees)(tx, roots, location)
    dropped = () if options.keep_divergent else tuple(_present(tx, plan, roots, location.parents))
    done = move(
        tx,
        plan,
        drop=dropped,
        skip_emptied=options.skip_emptied,
        simplify=options.simplify_parents,
    )
    tx.kind, tx.description = "rebase", _summary(form, roots)
    return Rebased(done, dropped)


def _roots(
    tx: Transaction, form: str, commits: Sequence[CommitId], location: Location
) -> list[CommitId]:
    """Return the commits to move; for a branch the lowest that the location lacks."""
    if form != "branch":
        if ROOT_COMMIT in commits:
            tx.require_rewritable([ROOT_COMMIT])
        return in_order(tx, commits)
    index = tx.index
    known = index.reach(p for p in map(index.position, location.parents) if p)
    own = index.reach(p for p in map(index.position, commits) if p) - known - {0}
    roots = [p for p in sorted(own) if not any(parent in own for parent in index.parents(p))]
    return [index.row_at(position).id for position in roots]


def _refuse_own(tx: Transaction, root: CommitId, parents: Parents, *, deep: bool) -> None:
    for parent in parents:
        if parent == root:
            raise Refused(f"Cannot rebase {root[:12]} onto itself", code="loop")
        if deep and is_ancestor(tx, root, parent):
            raise Refused(
                f"Cannot rebase {root[:12]} onto descendant {parent[:12]}",
                "With `-r` a commit moves without its descendants",
                code="loop",
            )


def _present(
    tx: Transaction, plan: Plan, roots: Sequence[CommitId], parents: Parents
) -> Iterable[CommitId]:
    """Yield divergent targets that have an equal version among the destination's ancestors."""
    index = tx.index
    old = None
    for target in plan.commits:
        if target not in plan.targets:
            continue
        others = [c for c in visible_versions(index, target) if c not in plan.targets]
        if not others:
            continue
        if old is None:
            old = index.reach(p for p in map(index.position, roots) if p)
        new = [c for c in others if index.position(c) not in old and _is_above(tx, c, parents)]
        commit = read_commit(tx.batch, target)
        for other in new:
            there = read_commit(tx.batch, other)
            if transcript_equals(tx.batch, rebased_tree(tx, commit, there.parents), there.tree):
                yield target
                break


def _is_above(tx: Transaction, commit_id: CommitId, parents: Parents) -> bool:
    return any(is_ancestor(tx, commit_id, parent) for parent in parents)


def _summary(form: str, roots: Sequence[CommitId]) -> str:
    if form == "revisions":
        return summarize("rebase", roots)
    if len(roots) == 1:
        return f"rebase commit {roots[0]} and descendants"
    return f"rebase {len(roots)} commits and their descendants"
