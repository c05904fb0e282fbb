"""Rebasing, as its three forms say what moves: commits, trees of commits, or whole lines.

revisions   these commits alone; what stands on them stays where it was
source      these commits and all that stands on them
branch      of each commit the line that the destination does not have, and all that stands on it
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from porcelain.actions.moving.connected_set import in_order
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
    """How to rebase; see `rebase_commits`."""

    skip_emptied: bool = False
    simplify_parents: bool = False
    keep_divergent: bool = False


class Rebased(NamedTuple):
    """What moved, and which commits were dropped because the destination has them."""

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
    """Rebase commits to a location, `form` being "revisions", "source" or "branch".

    `onto` says that the location has no children by its nature. `skip_emptied` drops what
    becomes empty by it, `simplify_parents` takes superfluous parents from merges that move, and
    unless `keep_divergent` a divergent version is dropped that the destination has already.
    None where nothing is to move.

    Raises:
        Refused: a commit is immutable, or would be put onto itself or its descendant.
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
    plan = (
        plan_commits(tx, roots, location)
        if form == "revisions"
        else plan_trees(tx, roots, location)
    )
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


def line_roots(tx: Transaction, commits: Iterable[CommitId], parents: Parents) -> list[CommitId]:
    """Return the lowest ancestors of commits that are no ancestors of `parents`."""
    index = tx.index
    known = index.reach(p for p in map(index.position, parents) if p)
    own = index.reach(p for p in map(index.position, commits) if p) - known - {0}
    roots = [p for p in sorted(own) if not any(parent in own for parent in index.parents(p))]
    return [index.row_at(position).id for position in roots]


def _roots(
    tx: Transaction, form: str, commits: Sequence[CommitId], location: Location
) -> list[CommitId]:
    if form == "branch":
        return line_roots(tx, commits, location.parents)
    if ROOT_COMMIT in commits:
        tx.require_rewritable([ROOT_COMMIT])
    return in_order(tx, commits)


def _refuse_own(tx: Transaction, root: CommitId, parents: Parents, *, deep: bool) -> None:
    for parent in parents:
        if parent == root:
            raise Refused(f"Cannot rebase {root[:12]} onto itself", code="loop")
        if deep and is_ancestor(tx, root, parent):
            raise Refused(
                f"Cannot rebase {root[:12]} onto descendant {parent[:12]}",
                "With `-r` a commit moves without what stands on it",
                code="loop",
            )


def _present(
    tx: Transaction, plan: Plan, roots: Sequence[CommitId], parents: Parents
) -> Iterable[CommitId]:
    """Yield divergent targets of which the destination has an equal version."""
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
        more = f" and {len(roots) - 1} more" if len(roots) > 1 else ""
        return f"rebase commit {roots[-1]}{more}"
    if len(roots) == 1:
        return f"rebase commit {roots[0]} and descendants"
    return f"rebase {len(roots)} commits and their descendants"
