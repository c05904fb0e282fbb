"""Move sessions and workspaces off rewritten and abandoned commits. Tags never move.

on a rewritten commit     they go to its successor
on an abandoned commit    a session goes to the parents with the same document id: of a merge it
                          may be both, and then it is in conflict. Without such a parent it is
                          deleted. If sessions are retained it goes to all parents.
                          A conflicted session loses that side, unless it is the last one.
                          A workspace gets a new empty commit on the parents.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from porcelain.display import plain
from porcelain.index.view_rows import conflicted_names, part_rows
from porcelain.model.view_merge import merge_targets
from porcelain.model.view_value import (
    SESSIONS,
    WORKSPACES,
    Target,
    Workspace,
    parse_target,
    target_text,
)
from porcelain.transaction.rebase_descendants import (
    ROOT_COMMIT,
    Parents,
    Rewriting,
    checked_parents,
    starting_tree,
)
from store.ids import CommitId

_AT_ONCE = 500
_ON_ANY = "SELECT key, value FROM view_rows WHERE part = ? AND value IN ({marks}) ORDER BY key"


def follow(tx: Rewriting, gone: Sequence[CommitId]) -> None:
    """Move sessions and workspaces off commits that are being hidden."""
    hidden = set(gone)
    for start in range(0, len(gone), _AT_ONCE):
        some = gone[start : start + _AT_ONCE]
        marks = ", ".join("?" * len(some))
        for name, old in tx.index.query(_ON_ANY.format(marks=marks), [SESSIONS, *some]):
            _move_session(tx, name, old)
    for name, value in conflicted_names(tx.index, SESSIONS):
        for side in dict.fromkeys(parse_target(value)[::2]):
            if side in hidden:
                _move_session(tx, name, side)
    _move_workspaces(tx, hidden)


def leave_deleted_sessions(tx: Rewriting, deleted: Iterable[str]) -> None:
    """Clear the current session of workspaces whose session was deleted."""
    gone = set(deleted)
    for key, value in part_rows(tx.index, WORKSPACES) if gone else ():
        place = Workspace.of(value)
        if place.session in gone:
            tx.set(WORKSPACES, key, Workspace(place.commit, None).text())


def _move_session(tx: Rewriting, name: str, old: CommitId) -> None:
    now = parse_target(tx.get(SESSIONS, name))
    kept = _without_side(tx, now, old)
    if kept is not None:
        tx.set(SESSIONS, name, target_text(kept))
        return
    wanted = _session_target(tx, old)
    tx.set(SESSIONS, name, target_text(merge_targets((old,), now, wanted, tx.is_ancestor)))
    if wanted == (None,):
        tx.notes.append(f"Deleted session {plain(name)}: its commit was abandoned")


def _without_side(tx: Rewriting, now: Target, old: CommitId) -> Target | None:
    """Return a conflict without an abandoned side, if another side stays; else None."""
    gone = tx.rewrites.abandoned
    if len(now) == 1 or tx.retains_sessions or old not in gone or old not in now[::2]:
        return None
    if not any(side is not None and side not in gone for side in now[::2]):
        return None
    place = 2 * now[::2].index(old)
    start = max(place - 1, 0)  # the base before the side goes too, or the one after it
    return now[:start] + now[start + 2 :]


def _session_target(tx: Rewriting, old: CommitId) -> Target:
    """Return where a session on a hidden commit goes."""
    if old not in tx.rewrites.abandoned:
        return (tx.rewrites.successor(old),)
    parents = [p for p in tx.rewrites.new_parents((old,)) if p != ROOT_COMMIT]
    if not tx.retains_sessions:
        document = tx.row(old).session
        same = [parent for parent in parents if tx.row(parent).session == document]
        parents = [p for p in same if not any(p != o and tx.is_ancestor(p, o) for o in same)]
    terms: list[CommitId | None] = []
    for parent in parents:
        terms += [old, parent] if terms else [parent]
    return tuple(terms) or (None,)


def _move_workspaces(tx: Rewriting, hidden: set[CommitId]) -> None:
    made: dict[CommitId, CommitId] = {}
    for key, value in part_rows(tx.index, WORKSPACES):
        place = Workspace.of(value)
        here = place.commit
        if here is None or here not in hidden:
            continue
        new = tx.rewrites.successor(here)
        if here in tx.rewrites.abandoned:
            if here not in made:
                made[here] = _empty_change(tx, tx.rewrites.new_parents((here,)))
            new = made[here]
        tx.set(WORKSPACES, key, Workspace(new, place.session).text())


def _empty_change(tx: Rewriting, parents: Parents) -> CommitId:
    above = checked_parents(tx, parents)
    return tx.write_new(starting_tree(tx.batch, above), above, "")
