"""Names for sessions that are made here: checked against the rules and each other."""

from __future__ import annotations

from porcelain.transaction import Transaction
from porcelain.view import SESSIONS
from store.errors import InvalidRefName, SessionExists
from store.ref_name import LONGEST, check_name, fold_name, session_ref


def new_name(tx: Transaction, name: str) -> str:
    """Return `name` if a session can be made under it.

    Raises:
        InvalidRefName: it breaks a rule.
        SessionExists: it is in use, equal to another but for case, or part of one's path.
    """
    check_name(name)
    if tx.get(SESSIONS, name) is not None:
        raise SessionExists(name)
    other = _collision(tx, name)
    if other is not None:
        raise SessionExists(name, f"{other!r} is too close: equal but for case, or a part")
    return name


def free_name(tx: Transaction, stem: str, always: bool = True) -> str:
    """Return `stem`, or with `-2`, `-3`, … the first that is free.

    `always` numbers it even where the stem itself is free. A stem that a file brought and
    that no session may have is made one.
    """
    stem = _allowed(stem)
    base, dash, number = stem.rpartition("-")
    if dash and base and number.isdigit() and always:
        stem = base
    count = 2 if always else 1
    while True:
        name = stem if count == 1 else f"{stem}-{count}"
        try:
            return new_name(tx, name)
        except SessionExists:
            count += 1


def _allowed(stem: str) -> str:
    try:
        return check_name(stem)
    except InvalidRefName:
        kept = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in stem)
        kept = kept.strip("-")[: LONGEST - 20] or "session"
        try:
            return check_name(kept)
        except InvalidRefName:
            return f"session-{kept[:8]}"


def _collision(tx: Transaction, name: str) -> str | None:
    ref = session_ref(name)
    other = tx.index.colliding(ref, fold_name(ref))
    if other is not None and tx.get(SESSIONS, other[len("refs/sessions/") :]) is not None:
        return other[len("refs/sessions/") :]
    for key in tx.edits.get(SESSIONS, {}):
        folded, own = fold_name(key), fold_name(name)
        if tx.get(SESSIONS, key) is not None and (
            folded == own or folded.startswith(f"{own}/") or own.startswith(f"{folded}/")
        ):
            return key
    return None
