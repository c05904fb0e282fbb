"""Pointing a session at a commit by hand, which also settles one that is in conflict."""

from __future__ import annotations

from porcelain.errors import Refused
from porcelain.session_name import new_name
from porcelain.transaction import Transaction
from porcelain.view import SESSIONS, parse_target
from store.ids import CommitId

_ROOT = CommitId("0" * 40)


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
    if commit_id == _ROOT:
        raise Refused("No session can be at the root commit")
    value = tx.get(SESSIONS, name)
    if value is None:
        new_name(tx, name)
    sides = [side for side in parse_target(value)[::2] if side is not None]
    if sides and not backwards and not any(tx.is_ancestor(side, commit_id) for side in sides):
        raise Refused(
            f"Session `{name}` would move backwards or sideways",
            "`--allow-backwards` lets it; its old commits stay",
            code="backwards",
        )
    tx.set_session(name, commit_id)
    tx.kind = "session"
    tx.description = f"session set {name}"
    return value is None
