"""Find the conflicts of a conversation and resolve them by taking a side.

A conversation shows the first side of a conflict, which has the numbers of these messages; without
messages it has the number of the one behind it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from porcelain.display import plain
from porcelain.errors import Refused
from porcelain.model.message_numbers import MessageNumbers
from porcelain.transcript.format_table import format_named
from porcelain.transcript.row import Row, message_count, title
from store.document.json_scanner import decode_text
from store.document.json_spacing import compact
from store.document.numbers import read_number
from store.document.row_format import PAWAN, name_at, names_by_row
from store.errors import InvalidSession
from store.ids import EMPTY_TREE, BlobId, TreeId
from store.merge.conflict_terms import Atom, Conflict, joined
from store.merge.conflicts import flatten, read_conflicts, with_conflicts
from store.objects.objects import ObjectReader, ObjectWriter, read_blob
from store.session.message import Message, message_ids
from store.session.session import Session
from store.tree_layout.layout import layout_of, read_session, write_session
from store.tree_layout.message_tree import common_ids

OURS, THEIRS, BASE, BOTH = ":ours", ":theirs", ":base", ":both"
CHOICES = (OURS, THEIRS, BASE, BOTH)
"""The choices for a conflict; `:1`, `:2`, … are its sides by number."""


class NumberedConflict(NamedTuple):
    """A conflict at the rows from `start` up to `stop`, with the numbers of its messages."""

    start: int
    stop: int
    terms: tuple[tuple[BlobId, ...], ...]
    first: int
    last: int


def conflicts_of(reader: ObjectReader, tree: TreeId) -> tuple[NumberedConflict, ...]:
    """Return the conflicts of a conversation, in order; an empty tree has none.

    Raises:
        InvalidSession, ObjectError: the conversation cannot be read.
    """
    found = () if tree == EMPTY_TREE else read_conflicts(reader, tree)
    if not found:
        return ()
    numbers = MessageNumbers.of(read_session(reader, tree))
    return tuple(
        NumberedConflict(
            one.start,
            one.stop,
            one.terms,
            numbers.of_row(one.start + 1),
            numbers.of_row(max(one.stop, one.start + 1)),
        )
        for one in found
    )


def side_count(conflict: NumberedConflict) -> int:
    """Return the number of sides."""
    return (len(conflict.terms) + 1) // 2


def numbers_text(conflict: NumberedConflict) -> str:
    """Return the numbers of a conflict as text: `3`, or `7-8`."""
    first, last = conflict.first, conflict.last
    return f"{first}" if first == last else f"{first}-{last}"


def select_conflicts(
    conflicts: Sequence[NumberedConflict], ranges: Iterable[tuple[int, int]]
) -> list[NumberedConflict]:
    """Return the conflicts that overlap ranges of numbers, ends included; all without ranges.

    Raises:
        Refused: a range overlaps no conflict.
    """
    wanted: list[NumberedConflict] = []
    asked = list(ranges)
    for first, last in asked:
        found = [c for c in conflicts if c.first <= last and first <= c.last]
        if not found:
            where = f"message {first}" if first == last else f"messages {first} to {last}"
            there = ", ".join(map(numbers_text, conflicts))
            raise Refused(
                f"There is no conflict at {where}",
                f"The conflicts are at messages {there}",
                code="no_conflict",
            )
        wanted += found
    return [c for c in conflicts if c in wanted] if asked else list(conflicts)


def take_side(conflict: NumberedConflict, choice: str) -> tuple[BlobId, ...]:
    """Return the rows of the chosen side, or of all sides one after the other.

    Raises:
        Refused: the conflict has no such side, or the choice is ambiguous.
    """
    sides = conflict.terms[::2]
    if choice == OURS:
        return sides[0]
    if choice == BOTH:
        return tuple(row for side in sides for row in side)
    number = read_number(choice[1:])
    if number is not None and 0 < number <= len(sides):
        return sides[number - 1]
    where = numbers_text(conflict)
    by_number = ", ".join(f"`:{number}`" for number in range(1, len(sides) + 1))
    if choice not in (THEIRS, BASE):
        raise Refused(
            f"The conflict at messages {where} has no side {plain(choice[1:], 20)}",
            f"Its sides are {by_number}",
            code="no_side",
        )
    if len(sides) > 2:
        raise Refused(
            f"The conflict at messages {where} has {len(sides)} sides: `{choice}` is not clear",
            f"Take one of them by its number: {by_number}",
            code="several_sides",
        )
    return sides[1] if choice == THEIRS else conflict.terms[1]


def resolved_tree(
    writer: ObjectWriter, tree: TreeId, chosen: Collection[NumberedConflict], choice: str
) -> TreeId:
    """Stage a conversation with some of its conflicts resolved by the same choice.

    Raises:
        Refused: see `take_side`.
    """
    conflicts = conflicts_of(writer, tree)
    rows = message_ids(read_session(writer, tree).messages)
    atoms: list[Atom] = []
    place = 0
    for conflict in conflicts:
        atoms += rows[place : conflict.start]
        if conflict in chosen:
            atoms += take_side(conflict, choice)
        else:
            atoms.append(Conflict(conflict.terms))
        place = conflict.stop
    return with_atoms(writer, tree, [*atoms, *rows[place:]])


def with_atoms(
    writer: ObjectWriter, tree: TreeId, atoms: Sequence[Atom], sources: Sequence[TreeId] = ()
) -> TreeId:
    """Stage a conversation with other messages and conflicts; its header stays.

    The messages are from `tree`, from `sources` or from conflicts. An empty tree takes the header
    of the first source.

    Raises:
        ObjectNotFound: a message is missing.
    """
    rows, conflicts = flatten(joined(list(atoms)))
    begun = tree != EMPTY_TREE
    if not begun and not rows and not conflicts:
        return tree
    ground = read_session(writer, tree if begun else sources[0])
    known = _Known(writer, [ground, *(read_session(writer, one) for one in sources)])
    ids = message_ids(ground.messages) if begun else []
    made = tree
    if not begun or rows != ids:
        kept = common_ids(ids, rows)
        session = _extended(ground, kept, [known.message(blob) for blob in rows[kept:]])
        base = tree if begun else None
        made = write_session(writer, session, layout_of(writer, base or sources[0]), base)
    for blob in (blob for conflict in conflicts for term in conflict.terms for blob in term):
        writer.add("blob", known.message(blob)[0].raw)  # single-file layout has no such objects
    return with_conflicts(writer, made, conflicts)


class _Known:
    """Messages of conversations by blob id; others are read from their blobs."""

    def __init__(self, reader: ObjectReader, sessions: Sequence[Session]) -> None:
        self._reader = reader
        self._usual = next((s for s in sessions if s.rows), sessions[0])
        self._places: dict[BlobId, tuple[Session, int]] = {}
        for session in reversed(sessions):
            ids = message_ids(session.messages)
            self._places.update((blob, (session, row)) for row, blob in enumerate(ids))

    def message(self, blob: BlobId) -> tuple[Message, str]:
        """Return a message and its format's name."""
        found = self._places.get(blob)
        if found is not None:
            session, row = found
            return session.messages[row], name_at(session.format, row)
        raw = read_blob(self._reader, blob)
        usual = self._usual
        loose = usual.parts.lines is None and compact(decode_text(raw)).encode() != raw
        return Message(raw, verbatim=loose), name_at(usual.format, usual.rows)


def _extended(ground: Session, kept: int, tail: Sequence[tuple[Message, str]]) -> Session:
    session = ground
    if kept < ground.rows:
        session = ground.with_messages(ground.messages[:kept])
    for name, run in groupby(tail, key=itemgetter(1)):
        session = session.appended([message for message, _ in run], format=name)
    if session.format == PAWAN:
        return session
    rows = list(_read_rows(session))
    return session.with_headline(title=title(rows) or None, message_count=message_count(rows))


def _read_rows(session: Session) -> Iterable[Row]:
    names = names_by_row(session.format, session.rows)
    for name, message in zip(names, session.messages, strict=True):
        try:
            yield format_named(name).read_row(message.raw)
        except InvalidSession:
            continue
