"""Make new empty changes anywhere in the graph, and move along it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from porcelain.actions.moving.destination import Location, put_below
from porcelain.display import counted
from porcelain.errors import AmbiguousStep, Refused
from porcelain.index.view_rows import is_continued, part_rows
from porcelain.model.view_value import WORKSPACES, Workspace
from porcelain.transaction.rebase_descendants import (
    ROOT_COMMIT,
    Parents,
    checked_parents,
    replace,
    starting_tree,
)
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId
from store.index.commit_index import Index
from store.objects.commit import read_commit


class Made(NamedTuple):
    """A new change, and the number of commits that were rebased onto it."""

    commit: CommitId
    rebased: int = 0


def new(tx: Transaction, location: Location, message: str = "", *, edit: bool = True) -> Made:
    """Make an empty change at a location and, if `edit`, move `@` there; sessions stay.

    Raises:
        Refused: the change would be a merge with the root commit, or rewrite an immutable commit.
    """
    tx.strict = True
    tx.require_rewritable(location.children)
    parents = checked_parents(tx, tx.rewrites.new_parents(location.parents))
    made = _write(tx, parents, message)
    rebased = put_below(tx, location, (made,), children_first=True)
    if edit:
        tx.set_workspace(made, tx.workspace.session)
    tx.kind = "new"
    tx.description = "new empty change on " + ", ".join(p[:12] for p in location.parents)
    return Made(made, rebased)


def commit(tx: Transaction, message: str) -> Made:
    """Describe `@`, and move every workspace that is there to a new empty child of it.

    Raises:
        NoCurrentCommit: there is no `@` yet.
        Refused: `@` is immutable.
    """
    here = tx.require_current()
    tx.require_rewritable([here])
    old = read_commit(tx.batch, here)
    done = replace(tx, here, old, old._replace(message=message), old.tree)
    tx.show([done])
    made = _write(tx, (done,), "")
    for key, value in part_rows(tx.index, WORKSPACES):
        place = Workspace.of(value)
        if place.commit == here:
            tx.set(WORKSPACES, key, Workspace(made, place.session).text())
    tx.kind, tx.description = "commit", f"commit {here}"
    return Made(made)


def step(
    tx: Transaction,
    direction: str,
    count: int,
    *,
    edit: bool,
    conflict: bool = False,
    chosen: str | None = None,
) -> CommitId:
    """Move `@` by `count` commits along the graph, "next" or "prev"; return the commit there.

    With `edit` `@` moves to that commit, else to a new empty child of it, and the count begins at
    the parents of an empty `@`. `conflict` goes on to the nearest commit with a conflict. Of
    several commits `chosen` is taken.

    Raises:
        NoCurrentCommit: there is no `@` yet.
        AmbiguousStep: there is more than one such commit, and none of them is `chosen`.
        Refused: there is none.
    """
    here = tx.require_current()
    found = _find_step(tx.index, here, direction, count, edit=edit, conflict=conflict)
    targets = [tx.index.row_at(place).id if place else ROOT_COMMIT for place in found]
    if len(targets) > 1 and chosen not in targets:
        raise AmbiguousStep(direction, targets)
    target = next((one for one in targets if one == chosen), targets[0])
    if edit:
        if target == ROOT_COMMIT:
            raise Refused("The root commit cannot be edited", code="root_commit")
        tx.set_workspace(target, tx.workspace.session)
    else:
        made = _write(tx, () if target == ROOT_COMMIT else (target,), "")
        tx.set_workspace(made, tx.workspace.session)
    arrow = "editing " if edit else ""
    tx.kind, tx.description = direction, f"{direction}: {here[:12]} -> {arrow}{target[:12]}"
    return target


def _find_step(
    index: Index, here: CommitId, direction: str, count: int, *, edit: bool, conflict: bool
) -> list[int]:
    """Return the commits that are so far away, newest first, at least one."""
    row = index.row(here)
    if row is None:
        raise Refused(f"Commit {here[:12]} is not part of this repository")
    from_here = edit or not row.empty
    if not from_here and is_continued(index, row.pos):
        raise Refused(
            "`@` has children",
            "Make a new change on it with `wj new`, or use `--edit`",
            code="has_children",
        )
    start = {row.pos} if from_here else set(index.parents(row.pos) or (0,))

    def up(places: set[int]) -> set[int]:
        return {p for place in places if place for p in index.parents(place) or (0,)}

    def down(places: set[int]) -> set[int]:
        return {c for place in places for c in index.children(place, "visible")}

    walk = down if direction == "next" else up
    found = walk(start) - {row.pos}
    for _ in range(count - 1):
        if not found:
            break
        found = walk(found)
    if conflict:
        found = _nearest_conflicts(index, found, walk)
    if not found:
        word = "descendant" if direction == "next" else "ancestor"
        way = "forward" if direction == "next" else "back"
        steps = counted(count, "commit")
        raise Refused(f"No {word} found {steps} {way} from here", code="no_such_commit")
    return sorted(found, reverse=True)


def _nearest_conflicts(
    index: Index, start: set[int], walk: Callable[[set[int]], set[int]]
) -> set[int]:
    places, seen = start, set(start)
    while places:
        hits = {place for place in places if place and index.row_at(place).conflict}
        if hits:
            return hits
        places = walk(places) - seen
        seen |= places
    return set()


def _write(tx: Transaction, parents: Parents, message: str) -> CommitId:
    return tx.write_new(starting_tree(tx.batch, parents), parents, message)
