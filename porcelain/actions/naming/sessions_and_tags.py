"""Rename, delete, forget and track sessions; delete tags.

Their commits stay visible. The view keeps the names of remotes with a flag for tracked ones: a
tracked name that is deleted here is a deletion to be pushed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from porcelain.actions.naming.new_name import new_name
from porcelain.actions.naming.set_names import reveal, session_exists, shown, shown_all
from porcelain.errors import Refused
from porcelain.graph.name_list import RemoteName, remote_names
from porcelain.index.view_rows import part_rows, remote_part
from porcelain.language.scanner import similar_names
from porcelain.model.source import Source
from porcelain.model.view_merge import merge_value
from porcelain.model.view_value import IMPORTS, SESSIONS, WORKSPACES, Workspace, target_commits
from porcelain.transaction.transaction import Transaction


class Forgotten(NamedTuple):
    """The local sessions and the names of remotes that were forgotten."""

    local: tuple[str, ...]
    remote: tuple[RemoteName, ...]


def rename_session(tx: Transaction, old: str, new: str, *, overwrite: bool = False) -> None:
    """Give a session another name; it stays the current session of its workspaces.

    Names of remotes stay; `tx.notes` tells the consequences for tracking.

    Raises:
        Refused: there is no such session, or the new name is in use.
        InvalidRefName, SessionExists: the new name cannot be used.
    """
    value = tx.get(SESSIONS, old)
    if value is None:
        names = [name for name, _ in part_rows(tx.index, SESSIONS)[:2000]]
        similar = [f"Did you mean `{shown(name)}`?" for name in similar_names(old, names)[:1]]
        raise Refused(f"No such session: {shown(old)}", *similar, code="session_not_found")
    if not overwrite and tx.get(SESSIONS, new) is not None:
        raise session_exists(new, "`--overwrite-existing` puts this one in its place")
    if old == new:
        return
    tx.set(SESSIONS, old, None)
    if tx.get(SESSIONS, new) is None:
        new_name(tx, new)
    tx.set(SESSIONS, new, value)
    for key, text in part_rows(tx.index, IMPORTS):
        source = Source.of(text)
        if source.session == old:
            tx.set(IMPORTS, key, source._replace(session=new).text())
    for key, text in part_rows(tx.index, WORKSPACES):
        place = Workspace.of(text)
        if place.session == old:
            tx.set(WORKSPACES, key, Workspace(place.commit, new).text())
    _rename_tracking(tx, old, new)
    tx.kind, tx.description = "session", f"session rename {shown(old)} to {shown(new)}"


def delete_names(tx: Transaction, part: str, names: Sequence[str]) -> None:
    """Delete sessions or tags; a tracked remote name stays until the deletion is pushed."""
    for name in names:
        tx.set(part, name, None)
    what = "session" if part == SESSIONS else "tag"
    tx.kind, tx.description = what, f"{what} delete {shown_all(names)}"


def forget_sessions(
    tx: Transaction, names: Sequence[str], *, include_remotes: bool = False
) -> Forgotten:
    """Delete local sessions without a deletion to be pushed.

    The same names of remotes are untracked, or forgotten as well with `include_remotes`.
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
                _set_tracked(tx, "untrack", [one])
    tx.kind, tx.description = "session", f"session forget {shown_all(names)}"
    return Forgotten(tuple(local), tuple(remote))


def track_sessions(tx: Transaction, remotes: Iterable[RemoteName]) -> None:
    """Track remote sessions: merge their targets into the local sessions of the same names.

    A name that comes from a remote is allowed even if it breaks a rule.
    """
    tracked = list(remotes)
    for one in tracked:
        here = tx.get(SESSIONS, one.name)
        merged = merge_value(SESSIONS, None, here, one.target, tx.is_ancestor)
        tx.set(SESSIONS, one.name, merged)
        reveal(tx, target_commits(SESSIONS, merged) if merged else ())
    _set_tracked(tx, "track", tracked)


def untrack_sessions(tx: Transaction, remotes: Iterable[RemoteName]) -> None:
    """Stop tracking remote sessions; local ones stay where they are."""
    _set_tracked(tx, "untrack", list(remotes))


def _set_tracked(tx: Transaction, verb: str, remotes: Sequence[RemoteName]) -> None:
    for one in remotes:
        tx.set(remote_part(one.remote, SESSIONS), one.name, f"{verb}ed {one.target}")
    names = shown_all([symbol(one) for one in remotes], str)
    tx.kind, tx.description = "session", f"session {verb} {names}"


def symbol(one: RemoteName) -> str:
    """Return a remote name as a revset spells it."""
    return f"{shown(one.name)}@{shown(one.remote)}"


def _rename_tracking(tx: Transaction, old: str, new: str) -> None:
    """Untrack names of remotes that the new name would continue; note what stays tracked."""
    for one in remote_names(tx.index, SESSIONS, new):
        if one.tracked:
            _set_tracked(tx, "untrack", [one])
            tx.notes.append(f"`wj session track {symbol(one)}` ties the session to it again")
    if any(one.tracked for one in remote_names(tx.index, SESSIONS, old)):
        tx.notes.append(
            f"Remotes still have the session as {shown(old)}; its deletion there is to be pushed"
        )
