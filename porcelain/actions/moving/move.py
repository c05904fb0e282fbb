"""Move commits to another place in the graph, after jj's `move_commits`.

The targets go onto the location's parents, and the location's children onto the targets' heads.
Children of a target that moves without them go onto the target's parents.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from porcelain.actions.moving.connected_set import (
    connected,
    external_parents,
    heads_of,
    in_order,
    inserted,
    internal_parents,
    substituted,
)
from porcelain.actions.moving.destination import Location, is_ancestor
from porcelain.transaction.rebase_descendants import (
    ROOT_COMMIT,
    Parents,
    Rewriting,
    descendants,
    parents_of,
    rebase,
    rebased_tree,
    starting_tree,
    transform,
)
from store.ids import CommitId
from store.merge.replay import transcript_equals
from store.objects.commit import Commit, read_commit


class Moved(NamedTuple):
    """The new id of each rebased target, and how many commits were otherwise affected.

    Counted are rebased descendants, commits that stayed, and targets discarded as empty.
    """

    targets: dict[CommitId, CommitId]
    descendants: int
    skipped: int
    emptied: int


class Plan(NamedTuple):
    """The commits that a move visits, their new parents, and the targets among them."""

    commits: list[CommitId]
    parents: dict[CommitId, Parents]
    targets: frozenset[CommitId]


def plan_commits(tx: Rewriting, targets: Iterable[CommitId], location: Location) -> Plan:
    """Plan to move the targets alone; their children go onto the targets' parents."""
    wanted = in_order(tx, targets)
    graph = connected(tx, wanted)
    inside = internal_parents(tx, wanted, graph)
    roots = [commit_id for commit_id in wanted if not inside[commit_id]]
    return _plan(tx, _Targets(wanted, graph, inside, roots), location)


def plan_trees(tx: Rewriting, roots: Iterable[CommitId], location: Location) -> Plan:
    """Plan to move the roots with all their descendants."""
    first = in_order(tx, roots)
    wanted = in_order(tx, [*first, *descendants(tx, first)])
    return _plan(tx, _Targets(wanted, wanted, {}, first), location)


def move(
    tx: Rewriting,
    plan: Plan,
    *,
    drop: Sequence[CommitId] = (),
    skip_emptied: bool = False,
    simplify: bool = False,
) -> Moved:
    """Carry out a plan; its commits must be rewritable.

    Commits of `drop` are abandoned on the way. `skip_emptied` abandons targets that become empty;
    `simplify` removes redundant parents from merges among the targets, see `simplified`.
    """
    made: dict[CommitId, CommitId] = {}
    counts = {"descendants": 0, "skipped": 0, "emptied": 0}

    def visit(commit_id: CommitId, commit: Commit, parents: Parents) -> None:
        is_target = commit_id in plan.targets
        if commit_id in drop:
            tx.rewrites.abandoned[commit_id] = parents
            return
        if simplify and is_target:
            parents = simplified(tx, parents)
        if parents == commit.parents:
            counts["skipped"] += 1
            return
        if is_target and skip_emptied and _becomes_empty(tx, commit_id, commit, parents):
            tx.rewrites.abandoned[commit_id] = parents
            counts["emptied"] += 1
            return
        new = rebase(tx, commit_id, commit, parents)
        if is_target:
            made[commit_id] = new
        else:
            counts["descendants"] += 1

    transform(tx, plan.commits, plan.parents, visit)
    return Moved(made, counts["descendants"], counts["skipped"], counts["emptied"])


def simplified(tx: Rewriting, parents: Parents) -> Parents:
    """Return parents without those that are ancestors of other ones."""
    places = tx.index.positions([one for one in parents if one != ROOT_COMMIT])
    if len(places) == len(parents):
        above = {up for place in places.values() for up in tx.index.parents(place)}
        below = tx.index.reach(above, down_to=min(places.values())) if above else set()
        return tuple(one for one in parents if places[one] not in below)
    return tuple(
        one
        for one in parents
        if not any(one != other and _is_above(tx, one, other) for other in parents)
    )


def _is_above(tx: Rewriting, one: CommitId, other: CommitId) -> bool:
    """Tell whether one commit is an ancestor of the other, although the index may lack both."""
    pending, seen = [other], {ROOT_COMMIT}
    while pending:
        here = pending.pop()
        if one in (here, ROOT_COMMIT):
            return True
        if here == ROOT_COMMIT:
            continue
        if tx.index.position(here) is not None and tx.index.position(one) is not None:
            if is_ancestor(tx, one, here):
                return True
            continue
        if here not in seen:
            seen.add(here)
            pending += read_commit(tx.batch, here).parents
    return False


class _Targets(NamedTuple):
    """The targets, the graph that connects them, their parents inside it, and its roots."""

    commits: list[CommitId]
    graph: list[CommitId]
    inside: dict[CommitId, Parents]
    roots: list[CommitId]


def _plan(tx: Rewriting, targets: _Targets, location: Location) -> Plan:
    outside = external_parents(tx, targets.commits)
    destination = substituted(location.parents, outside)
    children = _outside_children(tx, outside, location.children)
    heads = heads_of(tx, targets.commits, targets.graph) if children else ()
    below = {}
    for child in children:
        own = substituted(parents_of(read_commit(tx.batch, child)), outside)
        below[child] = inserted(own, destination, heads)
    visited = in_order(
        tx, [*targets.roots, *children, *descendants(tx, [*targets.roots, *children])]
    )
    parents: dict[CommitId, Parents] = {}
    roots = set(targets.roots)
    for commit_id in visited:
        own = parents_of(read_commit(tx.batch, commit_id))
        if commit_id in below:
            parents[commit_id] = below[commit_id]
        elif commit_id in roots:
            parents[commit_id] = destination
        elif commit_id in outside:
            gone = {
                parent: targets.inside.get(parent, ())
                for parent in own
                if parent not in outside
                and (
                    parent in targets.inside
                    or any(is_ancestor(tx, child, parent) for child in children)
                )
            }
            parents[commit_id] = substituted(own, gone)
        else:
            parents[commit_id] = substituted(own, outside)
    return Plan(visited, parents, frozenset(targets.commits))


def _outside_children(
    tx: Rewriting, outside: dict[CommitId, Parents], children: Sequence[CommitId]
) -> list[CommitId]:
    """Return children with targets replaced by their nearest descendants that are no targets."""
    found: dict[CommitId, None] = {}
    for child in children:
        pending, seen = [child], {child}
        while pending:
            here = pending.pop(0)
            if here not in outside:
                found[here] = None
                continue
            position = tx.index.position(here)
            for below in tx.index.children(position, "visible") if position is not None else ():
                other = tx.index.row_at(below).id
                if other not in seen:
                    seen.add(other)
                    pending.append(other)
    return list(found)


def _becomes_empty(tx: Rewriting, commit_id: CommitId, commit: Commit, parents: Parents) -> bool:
    """Tell whether a commit that adds messages adds none on its one new parent."""
    row = tx.index.row(commit_id)
    if len(parents) > 1 or (row is not None and row.empty):
        return False
    start = starting_tree(tx.batch, parents)
    return transcript_equals(tx.batch, rebased_tree(tx, commit, parents), start)
