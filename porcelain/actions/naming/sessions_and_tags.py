"""Names taken away or changed: sessions renamed, deleted, forgotten, tracked; tags deleted.

Their commits stay visible. What a remote had of a name stays in the view with a flag whether
it is tracked: a tracked name that is gone here is a deletion to be pushed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from porcelain.actions.naming.new_name import new_name
from porcelain.actions.naming.point import reveal, session_exists, shown, told
from porcelain.errors import Refused
from porcelain.graph.name_list import RemoteName, remote_names
from porcelain.index.view_rows import part_rows, remote_part
from porcelain.language.scanner import similar_names
from porcelain.model.view_merge import merge_value
from porcelain.model.view_value import SESSIONS, WORKSPACES, Workspace, target_commits
from porcelain.transaction.transaction import Transaction


class Forgotten(NamedTuple):
    """The sessions that were forgotten, and what of remotes' was forgotten with them."""

    local: tuple[str, ...]
    remote: tuple[RemoteName, ...]


def rename_session(tx: Transaction, old: str, new: str, *, overwrite: bool = False) -> None:
    """Give a session another name; workspaces whose current session it is go with it.

    What remotes have keeps its name; `tx.notes` says what that means for tracking.

    Raises:
        Refused: there is no such session, or the new name is in use.
        InvalidRefName, SessionExists: the new name cannot be had.
    """
    value = tx.get(SESSIONS, old)
    if value is None:
        names = [name for name, _ in part_rows(tx.index, SESSIONS)[:2000]]
        similar = [f"Did you mean `{shown(name)}`?" for name in similar_names(old, names)[:1]]
        raise Refused(f"No such session: {shown(old)}", *similar, code="session_not_found")
    if not overwrite and tx.get(SESSIONS, new) is not None:
        raise session_exists(new, "`--overwrite-existing` puts this one in its place")
    tx.kind, tx.description = "session", f"session rename {shown(old)} to {shown(new)}"
    if old == new:
        return
    tx.set(SESSIONS, old, None)
    if tx.get(SESSIONS, new) is None:
        new_name(tx, new)
    tx.set(SESSIONS, new, value)
    for key, text in part_rows(tx.index, WORKSPACES):
        place = Workspace.of(text)
        if place.session == old:
            tx.set(WORKSPACES, key, Workspace(place.commit, new).text())
    _rename_tracking(tx, old, new)


def delete_names(tx: Transaction, part: str, names: Sequence[str]) -> None:
    """Delete sessions or tags that exist; tracked remote names wait for that to be pushed."""
    for name in names:
        tx.set(part, name, None)
    what = "session" if part == SESSIONS else "tag"
    tx.kind, tx.description = what, f"{what} delete {told(names)}"


def forget_sessions(
    tx: Transaction, names: Sequence[str], *, include_remotes: bool = False
) -> Forgotten:
    """Delete sessions, local or remote ones, without a deletion to be pushed.

    Remotes' of the same names are untracked, or forgotten as well.
    """
    local, remote = [], []
    for name in names:
        if tx.get(SESSIONS, name) is not None:
            local.append(name)
            tx.set(SESSIONS, name, None)
        for one in remote_names(tx.index, SESSIONS, name):
            if include_remotes:
                remote.append(one)
                tx.set(remote_part(one.remote, SESSIONS), name, None)
            elif one.tracked:
                set_tracked(tx, one, tracked=False)
    tx.kind, tx.description = "session", f"session forget {told(names)}"
    return Forgotten(tuple(local), tuple(remote))


def track_sessions(tx: Transaction, remotes: Iterable[RemoteName]) -> None:
    """Track remote sessions: what a remote has is merged into the local session of the name.

    A name that comes from a remote is had whatever rule of ours it breaks.
    """
    tracked = list(remotes)
    for one in tracked:
        here = tx.get(SESSIONS, one.name)
        merged = merge_value(SESSIONS, None, here, one.target, tx.is_ancestor)
        tx.set(SESSIONS, one.name, merged)
        reveal(tx, target_commits(SESSIONS, merged) if merged else ())
        set_tracked(tx, one, tracked=True)
    tx.kind, tx.description = (
        "session",
        f"session track {told([symbol(one) for one in tracked], str)}",
    )


def untrack_sessions(tx: Transaction, remotes: Iterable[RemoteName]) -> None:
    """Stop tracking remote sessions; local ones stay where they are."""
    untracked = list(remotes)
    for one in untracked:
        set_tracked(tx, one, tracked=False)
    tx.kind, tx.description = (
        "session",
        f"session untrack {told([symbol(one) for one in untracked], str)}",
    )


def set_tracked(tx: Transaction, one: RemoteName, *, tracked: bool) -> None:
    """Set the flag of a remote session, and nothing else."""
    state = "tracked" if tracked else "untracked"
    tx.set(remote_part(one.remote, SESSIONS), one.name, f"{state} {one.target}")


def symbol(one: RemoteName) -> str:
    """Return a remote name as a revset spells it."""
    return f"{shown(one.name)}@{shown(one.remote)}"


def _rename_tracking(tx: Transaction, old: str, new: str) -> None:
    """Say what becomes of remotes' names; those of an overwritten session are untracked."""
    for one in remote_names(tx.index, SESSIONS, new):
        if one.tracked:
            set_tracked(tx, one, tracked=False)
            tx.notes.append(f"`wj session track {symbol(one)}` ties the session to it again")
    if any(one.tracked for one in remote_names(tx.index, SESSIONS, old)):
        tx.notes.append(
            f"Remotes still have the session as {shown(old)}; its deletion there is to be pushed"
        )
