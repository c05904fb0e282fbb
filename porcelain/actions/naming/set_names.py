"""Set sessions and tags to a commit, which also resolves a conflict of theirs.

The named commit becomes visible; the root commit can have no name. A session moves forward
unless moving backwards is allowed, a tag only where moving is allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from porcelain.actions.naming.new_name import new_name
from porcelain.display import plain
from porcelain.errors import Refused
from porcelain.graph.name_list import remote_names
from porcelain.language.revset.parser import format_name
from porcelain.model.view_value import SESSIONS, TAGS
from porcelain.transaction.rebase_descendants import ROOT_COMMIT
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId

_MOST_SHOWN = 10


class NamesSet(NamedTuple):
    """The names that were created and those that moved, each in the order given."""

    created: tuple[str, ...]
    moved: tuple[str, ...]


def create_sessions(tx: Transaction, names: Sequence[str], commit_id: CommitId) -> NamesSet:
    """Create sessions at a commit.

    Raises:
        Refused: a session exists or its deletion is to be pushed; or it is the root commit.
        InvalidRefName, SessionExists: a name cannot be used.
    """
    names = tuple(dict.fromkeys(names))
    for name in names:
        if tx.get(SESSIONS, name) is not None:
            raise session_exists(name, "`wj session set` moves it")
        if _is_awaited(tx, name):
            raise Refused(
                f"Tracked remote sessions exist for the deleted session: {shown(name)}",
                "`wj session set` makes it again; `wj session untrack` lets the remote's go",
                code="session_exists",
            )
    _set(tx, SESSIONS, names, commit_id)
    _describe(tx, "session create", names)
    return NamesSet(names, ())


def set_sessions(
    tx: Transaction, names: Sequence[str], commit_id: CommitId, *, backwards: bool = False
) -> NamesSet:
    """Set sessions to a commit, and create those that do not exist.

    They move forward only, unless `backwards`. A session in conflict moves forward from any of
    its sides.

    Raises:
        Refused: a session would not move forward, or it is the root commit; then none moves.
        InvalidRefName, SessionExists: a new name cannot be used.
    """
    names = tuple(dict.fromkeys(names))
    present = [name for name in names if tx.get(SESSIONS, name) is not None]
    if not backwards:
        _check_forward(tx, present, commit_id)
    moved = {name for name in present if tx.get(SESSIONS, name) != commit_id}
    moved |= {name for name in names if name not in present and _is_awaited(tx, name)}
    _set(tx, SESSIONS, names, commit_id)
    _describe(tx, "session set", names)
    created = tuple(name for name in names if name not in present and name not in moved)
    return NamesSet(created, tuple(name for name in names if name in moved))


def move_sessions(
    tx: Transaction, names: Iterable[str], commit_id: CommitId, *, backwards: bool = False
) -> tuple[str, ...]:
    """Move sessions that exist to a commit; return those that were elsewhere.

    Raises:
        Refused: a session would not move forward; then none moves.
    """
    moved = tuple(name for name in names if tx.get(SESSIONS, name) != commit_id)
    if not backwards:
        _check_forward(tx, moved, commit_id)
    if moved:
        _set(tx, SESSIONS, moved, commit_id)
    _describe(tx, "session move", moved)
    return moved


def set_tags(
    tx: Transaction, names: Sequence[str], commit_id: CommitId, *, move: bool = False
) -> NamesSet:
    """Tag a commit; move existing tags only if `move` is true.

    Raises:
        Refused: a tag may not move, a name cannot be used, or it is the root commit.
        InvalidRefName: a name breaks a rule.
    """
    names = tuple(dict.fromkeys(names))
    present = [name for name in names if tx.get(TAGS, name) is not None]
    if present and not move:
        raise Refused(
            f"Refusing to move tag: {shown(present[0])}",
            "`--allow-move` lets tags that exist be moved",
            code="tag_exists",
        )
    moved = tuple(name for name in present if tx.get(TAGS, name) != commit_id)
    _set(tx, TAGS, names, commit_id)
    _describe(tx, "tag set", names)
    return NamesSet(tuple(name for name in names if name not in present), moved)


def _check_forward(tx: Transaction, names: Iterable[str], commit_id: CommitId) -> None:
    """Refuse unless a commit descends from each session, or from a side of it."""
    for name in names:
        tips = tx.tips(name)
        if commit_id == ROOT_COMMIT or not any(tx.is_ancestor(tip, commit_id) for tip in tips):
            raise Refused(
                f"Refusing to move session backwards or sideways: {shown(name)}",
                "`--allow-backwards` lets it; its old commits stay",
                code="backwards",
            )


def session_exists(name: str, hint: str) -> Refused:
    """Return the error that a session has the name already."""
    return Refused(f"Session {plain(repr(name))} already exists", hint, code="session_exists")


def reveal(tx: Transaction, commits: Iterable[CommitId]) -> None:
    """Make hidden commits visible, since they get a name."""
    tx.add_heads([one for one in dict.fromkeys(commits) if not tx.row(one).visible])


def shown(name: str) -> str:
    """Return a name as a revset spells it, safe on a terminal."""
    return plain(format_name(name))


def shown_all(names: Sequence[str], show: Callable[[str], str] = shown) -> str:
    """Return the first names as one text, and the number of the others."""
    rest = len(names) - _MOST_SHOWN
    texts = [show(name) for name in names[:_MOST_SHOWN]]
    return ", ".join([*texts, f"and {rest} more"] if rest > 0 else texts)


def _set(tx: Transaction, part: str, names: Iterable[str], commit_id: CommitId) -> None:
    if commit_id == ROOT_COMMIT:
        what = "session" if part == SESSIONS else "tag"
        raise Refused(f"No {what} can be at the root commit")
    for name in names:
        if tx.get(part, name) is None:
            new_name(tx, name, part)
        tx.set(part, name, commit_id)
    reveal(tx, [commit_id])


def _is_awaited(tx: Transaction, name: str) -> bool:
    """Tell whether a remote still has a tracked session of this name."""
    return any(one.tracked for one in remote_names(tx.index, SESSIONS, name))


def _describe(tx: Transaction, command: str, names: Sequence[str]) -> None:
    tx.kind, tx.description = command.partition(" ")[0], f"{command} {shown_all(names)}"
