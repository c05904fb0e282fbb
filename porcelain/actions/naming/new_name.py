"""Check new names of sessions and tags against the rules and against existing names."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from itertools import islice

from porcelain.errors import Refused
from porcelain.model.view_value import SESSIONS
from porcelain.transaction.transaction import Transaction
from store.errors import InvalidRefName, SessionExists
from store.ids import RefName
from store.repository.near_names import NearNames
from store.repository.ref_name import LONGEST, check_name, fold_name


def new_name(tx: Transaction, name: str, part: str = SESSIONS) -> str:
    """Return `name` if a session (or a tag, by `part`) can have it.

    Raises:
        InvalidRefName: the name breaks a rule.
        SessionExists: a session has it, in this or another case, or one is part of the other's
            path.
        Refused: the same for a tag.
    """
    check_name(name)
    if tx.get(part, name) is not None:
        raise _exists(part, name)
    other = next(_collisions(tx, name, part), None)
    if other is not None:
        raise _exists(part, name, f"{other!r} is too close: equal but for case, or a part")
    return name


def free_name(tx: Transaction, stem: str, always: bool = True) -> str:
    """Return the first free name of `stem`, `stem-2`, `stem-3`, ….

    `always` begins with `stem-2`. A stem from a file that breaks a rule is changed to keep it.
    """
    stem = _allowed(stem)
    base, _, number = stem.rpartition("-")
    if always and base and number.isdecimal():
        stem = base
    names = (stem if count == 1 else f"{stem}-{count}" for count in itertools.count(1 + always))
    while True:
        try:
            return new_name(tx, next(names))
        except SessionExists:
            continue


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


def _exists(part: str, name: str, reason: str = "") -> Exception:
    if part == SESSIONS:
        return SessionExists(name, reason) if reason else SessionExists(name)
    return Refused(f"Tag {name!r} cannot be made: {reason or 'it exists'}", code="tag_exists")


def _collisions(tx: Transaction, name: str, part: str) -> Iterator[str]:
    """Yield existing names that collide with `name`; names deleted here do not count."""
    start = f"refs/{part}/"
    own = fold_name(name)
    for ref in _colliding_refs(tx, RefName(start + name), part):
        if tx.get(part, ref[len(start) :]) is not None:
            yield ref[len(start) :]
    edits = tx.edits.get(part, {})
    near = tx.near_names.setdefault(part, NearNames())
    near.add(islice(edits, near.count, None))
    yield from (key for key in near.near(own) if key != name and edits.get(key) is not None)


def _colliding_refs(tx: Transaction, ref: RefName, part: str) -> list[str]:
    gone = sum(value is None for value in tx.edits.get(part, {}).values())
    folded = fold_name(ref)
    if not gone:
        other = tx.index.colliding_ref(ref, folded)
        return [other] if other is not None else []
    # A name deleted here still has its ref, which must not hide another ref.
    pieces = folded.split("/")
    paths = ["/".join(pieces[:count]) for count in range(3, len(pieces) + 1)]
    sql = (
        f"SELECT name FROM refs WHERE name <> ? AND (folded IN ({', '.join('?' * len(paths))}) "
        "OR (folded >= ? AND folded < ?)) LIMIT ?"
    )
    rows = tx.index.query(sql, (ref, *paths, f"{folded}/", f"{folded}0", gone + 1))
    return [row[0] for row in rows]
