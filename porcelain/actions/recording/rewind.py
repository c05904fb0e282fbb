"""Rewind a session by turns; the commits that it leaves stay visible.

The session goes to the commit that ends with the turn. If the turn ends inside a commit, or in
another conversation's commit, a new change with the session's own document ends there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from porcelain.actions.naming.set_names import shown
from porcelain.actions.recording.truncate import find_end, read_row, truncate
from porcelain.display import counted
from porcelain.errors import ConflictedName, Refused
from porcelain.index.view_rows import names_at
from porcelain.model.view_value import SESSIONS
from porcelain.transaction.transaction import Transaction
from porcelain.transcript.row import turns as turns_of
from store.ids import CommitId
from store.objects.commit import read_commit
from store.session.session import Session
from store.tree_layout.layout import read_session


class Rewound(NamedTuple):
    """The session's new commit with its number of rows, and the commit that ends its tail.

    `taken` is the number of rows by which the session went back.
    """

    session: str
    commit: CommitId
    tail: CommitId
    rows: int
    taken: int
    notes: tuple[str, ...] = ()


def rewind(tx: Transaction, turns: int = 1, name: str | None = None) -> Rewound:
    """Move a session, by default the current one, back by turns.

    `@` goes along if it is on the session. Other sessions and workspaces stay.

    Raises:
        Refused: there is no such session, or no turn of it would be left.
        ConflictedName: the session is in conflict.
    """
    name = _named(tx, name)
    tips = tx.tips(name)
    if len(tips) != 1:
        raise ConflictedName(name, tips)
    tip = tips[0]
    commit = read_commit(tx.batch, tip)
    session = read_session(tx.batch, commit.tree)
    end = find_end(tx, tip, _rows_left(session, turns, name))
    row = tx.row(tip)
    target = end.commit
    if target is None or not end.exact or tx.row(target).session != row.session:
        tree = truncate(tx.batch, commit.tree, end.rows)
        target = tx.write_new(tree, (end.commit,) if end.commit is not None else ())
    goes_along = _is_on(tx, name, tip)
    tx.set_session(name, target)
    if goes_along:
        tx.set_workspace(target, name)
    tx.kind = "rewind"
    tx.description = f"rewind {name} by {counted(turns, 'turn')}"
    tail = tip if tip not in tx.rewrites.abandoned else commit.parents[0]
    notes = (*end.note, *_about_tail(tx, name, tail, target))
    return Rewound(name, target, tail, end.rows, session.rows - end.rows, notes)


def _named(tx: Transaction, name: str | None) -> str:
    if name is None:
        name = tx.workspace.session
        if name is None:
            raise Refused(
                "This workspace has no current session",
                "`--session NAME` says which one to rewind",
                code="no_current_session",
            )
    if tx.get(SESSIONS, name) is None:
        raise Refused(
            f"No such session: {shown(name)}",
            "`wj session list` shows the sessions",
            code="session_not_found",
        )
    return name


def _rows_left(session: Session, turns: int, name: str) -> int:
    """Return the number of rows without the last turns.

    Raises:
        Refused: no turn would be left.
    """
    spans = turns_of([read_row(session, number) for number in range(session.rows)])
    if turns < len(spans):
        return spans[len(spans) - turns - 1][1]
    most = len(spans) - 1
    raise Refused(
        f"Session {shown(name)} has {counted(len(spans), 'turn')}: it cannot go back by {turns}",
        f"`wj rewind {most}` goes back to its first turn" if most > 0 else
        "`wj new 'root()'` begins a conversation with nothing in it",
        code="no_such_turn",
    )  # fmt: skip


def _is_on(tx: Transaction, name: str, tip: CommitId) -> bool:
    """Tell whether `@` is on a session: at its tip, or an empty child of the tip."""
    here, current = tx.workspace
    if here is None or current not in (name, None):
        return False
    if here == tip:
        return True
    return tx.row(here).empty and read_commit(tx.batch, here).parents[:1] == (tip,)


def _about_tail(tx: Transaction, name: str, tail: CommitId, target: CommitId) -> Sequence[str]:
    if tx.is_ancestor(tail, target):
        return ()
    others = names_at(tx.index, SESSIONS, tail)
    short = tail[:12]
    if others:
        return (f"What came after it stays, with session {shown(others[0])} at {short}",)
    back = "" if tx.is_ancestor(target, tail) else " --allow-backwards"
    way = f"`wj session set {shown(name)} -r {short}{back}` goes back there"
    return (f"What came after it stays, without a name, at {short}; {way}",)
