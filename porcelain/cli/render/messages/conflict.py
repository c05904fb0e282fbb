"""Conflicts as text: every side with its messages, and their common base.

× conflict 1 of 2 at messages 7-8 (2-sided)
+ side #1, :ours (shown in the conversation)
7 assistant
    text
- base
assistant
    text
+ side #2, :theirs
  (removes the messages)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from porcelain.actions.editing.message_conflicts import (
    conflicts_of,
    numbers_text,
    side_count,
)
from porcelain.cli.render.messages.message import message_pieces
from porcelain.cli.run.colors import Piece
from porcelain.display import counted
from porcelain.model.message_numbers import Numbered, numbered
from porcelain.transcript.format_table import format_named
from store.document.row_format import name_at
from store.ids import TreeId
from store.objects.objects import read_blob
from store.tree_layout.layout import read_session

if TYPE_CHECKING:
    from porcelain.actions.editing.message_conflicts import NumberedConflict
    from porcelain.repo.reader import RepoReader
    from porcelain.repo.repo import Repo
    from porcelain.transcript.row import Row
    from store.ids import BlobId
    from store.objects.objects import ObjectReader

_MOST_ROWS = 8


class Term(NamedTuple):
    """One term of a conflict: `side` is its number, None for a base; an unreadable row is a reason."""

    side: int | None
    rows: tuple[Row | str, ...]


class Shown(NamedTuple):
    """A conflict with its messages read; `inherited` says that a parent has it too."""

    conflict: NumberedConflict
    inherited: bool
    terms: tuple[Term, ...]


def conflicts_at(repo: Repo, position: int) -> list[Shown]:
    """Return the conflicts of a commit, in order.

    Raises:
        ObjectError: an object of them cannot be read.
    """
    row, reader = repo.row(position), repo.repository
    if not row.conflict:
        return []
    format_ = read_session(reader, TreeId(row.tree)).format
    parents = [repo.row(parent) for parent in repo.graph.parents(position) if parent]
    above = {
        conflict.terms
        for parent in parents
        if parent.conflict and parent.problem is None
        for conflict in conflicts_of(reader, TreeId(parent.tree))
    }
    found = []
    for conflict in conflicts_of(reader, TreeId(row.tree)):
        name = name_at(format_, max(min(conflict.start, (row.rows or 1) - 1), 0))
        terms = tuple(
            Term(None if place % 2 else place // 2 + 1, tuple(_read(reader, b, name) for b in term))
            for place, term in enumerate(conflict.terms)
        )
        found.append(Shown(conflict, conflict.terms in above, terms))
    return found


def conflict_pieces(shown: Shown, place: tuple[int, int], *, full: bool) -> list[Piece]:
    """Return a conflict; `place` is its number and the count of all; ends with a newline.

    Of an inherited conflict only the place is shown, unless `full`.
    """
    conflict, inherited, terms = shown
    number, count = place
    many = numbers_text(conflict)
    head = f"conflict {number} of {count} at message{'s' if '-' in many else ''} {many}"
    pieces: list[Piece] = [
        ("conflict", f"× {head}"),
        ("", f" ({side_count(conflict)}-sided)"),
    ]
    if inherited and not full:
        return [*pieces, ("note", " is its parent's too; `--full` shows it\n")]
    pieces.append(("", "\n"))
    for term in terms:
        pieces.append(("conflict_description", f"{_title(term, len(terms))}\n"))
        pieces += _rows(conflict, term, full=full)
    return pieces


def unresolved(repo: RepoReader, position: int) -> str:
    """Return the sentence that names the messages with conflicts in a commit."""
    groups: dict[int, list[str]] = {}
    for conflict in conflicts_of(repo.repository, TreeId(repo.row(position).tree)):
        groups.setdefault(side_count(conflict), []).append(numbers_text(conflict))
    where = ", ".join(f"{', '.join(at)} ({sides}-sided)" for sides, at in groups.items())
    return f"There are unresolved conflicts at messages: {where}"


def conflict_facts(conflict: NumberedConflict) -> dict[str, object]:
    """Return a conflict as data, without the messages of its sides."""
    return {
        "first": conflict.first,
        "last": conflict.last,
        "shown": len(conflict.terms[0]),
        "sides": side_count(conflict),
        "deletions": deletions(conflict),
    }


def deletions(conflict: NumberedConflict) -> int:
    """Return how many sides of a conflict have no message there."""
    return sum(not side for side in conflict.terms[::2])


def _title(term: Term, count: int) -> str:
    if term.side is None:
        return "- base"
    name = {1: ", :ours (shown in the conversation)", 2: ", :theirs" if count == 3 else ""}
    return f"+ side #{term.side}{name.get(term.side, '')}"


def numbered_term(conflict: NumberedConflict, term: Term) -> list[Numbered]:
    """Return the rows of a side; only the shown side's messages have numbers."""
    if term.side == 1:
        return numbered(term.rows, conflict.first - 1)
    return [(None, row) for row in term.rows]


def _rows(conflict: NumberedConflict, term: Term, *, full: bool) -> list[Piece]:
    if not term.rows:
        return [("note", "    (no messages here)\n")]
    pieces: list[Piece] = []
    rows = numbered_term(conflict, term)
    shown = rows if full else rows[:_MOST_ROWS]
    for number, row in shown:
        pieces += message_pieces(number, row, full=full)
    if len(shown) < len(term.rows):
        more = (
            f"    ({counted(len(term.rows) - len(shown), 'more row')}; `--full` shows the rest)\n"
        )
        pieces.append(("note", more))
    return pieces


def _read(reader: ObjectReader, blob: BlobId, name: str) -> Row | str:
    try:
        return format_named(name).read_row(read_blob(reader, blob))
    except Exception as error:  # noqa: BLE001 - a row that cannot be read is shown as such
        return f"cannot be read: {error}"
