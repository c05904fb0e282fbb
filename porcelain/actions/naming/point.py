"""Sessions and tags pointed at a commit by hand, which also settles one that is in conflict.

Whatever is named becomes visible, the hidden version of a change too; only the root commit can
have no name. A session moves forward unless backwards is allowed, a tag only where moving is.
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

_MOST_TOLD = 10


class Pointed(NamedTuple):
    """Which names were made, and which were elsewhere before; both in the order given."""

    created: tuple[str, ...]
    moved: tuple[str, ...]


def point_session(
    tx: Transaction, name: str, commit_id: CommitId, *, backwards: bool = False
) -> bool:
    """Point a session at a commit, making it if there is none; tell whether it is new.

    It moves forward only, unless `backwards`; of a session in conflict any side and all that
    continues one will do.

    Raises:
        Refused: that is no move forward, or the root commit.
        InvalidRefName, SessionExists: a new one cannot have that name.
    """
    return bool(set_sessions(tx, [name], commit_id, backwards=backwards).created)


def create_sessions(tx: Transaction, names: Sequence[str], commit_id: CommitId) -> Pointed:
    """Make sessions at a commit.

    Raises:
        Refused: one exists, or waits for its deletion to be pushed; the root commit.
        InvalidRefName, SessionExists: a name cannot be had.
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
    _point(tx, SESSIONS, names, names, commit_id)
    _say(tx, "session create", names)
    return Pointed(names, ())


def set_sessions(
    tx: Transaction, names: Sequence[str], commit_id: CommitId, *, backwards: bool = False
) -> Pointed:
    """Point sessions at a commit, making those that there are not; see `point_session`.

    Raises:
        Refused, InvalidRefName, SessionExists: of any of them; then none moves.
    """
    names = tuple(dict.fromkeys(names))
    present = [name for name in names if tx.get(SESSIONS, name) is not None]
    fresh = [name for name in names if name not in present]
    if not backwards:
        check_forward(tx, present, commit_id)
    moved = tuple(n for n in present if tx.get(SESSIONS, n) != commit_id)
    _point(tx, SESSIONS, names, fresh, commit_id)
    _say(tx, "session set", names)
    awaited = {name for name in fresh if _is_awaited(tx, name)}
    created = tuple(name for name in fresh if name not in awaited)
    return Pointed(created, tuple(n for n in names if n in moved or n in awaited))


def move_sessions(
    tx: Transaction, names: Iterable[str], commit_id: CommitId, *, backwards: bool = False
) -> tuple[str, ...]:
    """Move sessions that exist to a commit; return those that were elsewhere.

    Raises:
        Refused: one would not move forward; then none moves.
    """
    moved = tuple(name for name in names if tx.get(SESSIONS, name) != commit_id)
    if not backwards:
        check_forward(tx, moved, commit_id)
    if moved:
        _point(tx, SESSIONS, moved, (), commit_id)
    _say(tx, "session move", moved)
    return moved


def set_tags(
    tx: Transaction, names: Sequence[str], commit_id: CommitId, *, move: bool = False
) -> Pointed:
    """Tag a commit; a tag that exists is moved only where `move` is true.

    Raises:
        Refused: it may not be moved, a name cannot be had, or the root commit.
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
    fresh = tuple(name for name in names if name not in present)
    _point(tx, TAGS, names, fresh, commit_id)
    _say(tx, "tag set", names)
    return Pointed(fresh, moved)


def check_forward(tx: Transaction, names: Iterable[str], commit_id: CommitId) -> None:
    """Refuse unless each session is, or has a side that is, an ancestor of a commit.

    Raises:
        Refused: naming the first that is not.
    """
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
    """Make those of the commits visible that are not, since they are to have a name."""
    tx.add_heads([one for one in dict.fromkeys(commits) if not tx.row(one).visible])


def shown(name: str) -> str:
    """Return a name as messages show it: as a revset spells it, safe on a terminal."""
    return plain(format_name(name))


def told(names: Sequence[str], show: Callable[[str], str] = shown) -> str:
    """Return names as one text, the first few of many."""
    rest = len(names) - _MOST_TOLD
    texts = [show(name) for name in names[:_MOST_TOLD]]
    return ", ".join([*texts, f"and {rest} more"] if rest > 0 else texts)


def _point(
    tx: Transaction,
    part: str,
    names: Iterable[str],
    fresh: Iterable[str],
    commit_id: CommitId,
) -> None:
    if commit_id == ROOT_COMMIT:
        what = "session" if part == SESSIONS else "tag"
        raise Refused(f"No {what} can be at the root commit")
    for name in fresh:
        new_name(tx, name, part)
        tx.set(part, name, commit_id)
    for name in names:
        tx.set(part, name, commit_id)
    reveal(tx, [commit_id])


def _is_awaited(tx: Transaction, name: str) -> bool:
    """Tell whether remotes still have a tracked session of this name."""
    return any(one.tracked for one in remote_names(tx.index, SESSIONS, name))


def _say(tx: Transaction, command: str, names: Sequence[str]) -> None:
    tx.kind, tx.description = command.partition(" ")[0], f"{command} {told(names)}"
