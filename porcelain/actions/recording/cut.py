"""Cuts: the first rows of a conversation, and the commit that they end in.

Rows are counted as `wj show` numbers them. No cut parts a tool call from its result: inside of
such a pair it moves down to the pair's beginning.
"""

from __future__ import annotations

from typing import NamedTuple

from porcelain.errors import Refused
from porcelain.transaction.rebase_descendants import ROOT_COMMIT
from porcelain.transaction.transaction import Transaction
from porcelain.transcript.formats import FORMATS, format_named, pairing_of
from porcelain.transcript.row import Row
from porcelain.transcript.row import title as title_of
from store.document.row_format import PAWAN, name_at, runs_of
from store.errors import InvalidSession
from store.ids import CommitId, TreeId
from store.objects.commit import read_commit
from store.objects.objects import ObjectReader, ObjectWriter
from store.session.session import Session
from store.session.tool_pairing import pair_edge
from store.tree_layout.layout import common_prefix, read_session
from store.tree_layout.layout import cut as cut_tree


class Cut(NamedTuple):
    """A shorter conversation: how many rows it has, and whether they are fewer than asked for."""

    tree: TreeId
    rows: int
    moved: bool


class End(NamedTuple):
    """Where the first `rows` rows of a commit's conversation end; `asked` were asked for.

    `commit` is the last one on its line, along first parents, that lies wholly within them and
    holds nothing else; None for none. `exact` says that it ends with the last of them.
    """

    commit: CommitId | None
    rows: int
    asked: int
    exact: bool

    @property
    def note(self) -> tuple[str, ...]:
        """What to say where the cut is not the one that was asked for."""
        if self.rows == self.asked:
            return ()
        return (said_moved(self.asked, self.rows),)


def cut(objects: ObjectWriter, tree: TreeId, count: int) -> Cut:
    """Stage a conversation's first `count` rows, or fewer: no call is parted from its result.

    Title and number of messages are those of the rows that stay.

    Raises:
        InvalidSession, ObjectError: the conversation cannot be read.
    """
    session = read_session(objects, tree)
    rows = edge_of(session, count)
    return Cut(shorten(objects, tree, rows), rows, rows < min(count, session.rows))


def edge_of(session: Session, count: int) -> int:
    """Return the nearest cut at or before `count` that leaves no call without its result."""
    if not 0 < count < session.rows:
        return max(0, min(count, session.rows))
    return pair_edge(session.messages, count, pairing_of(session.format))


def shorten(objects: ObjectWriter, tree: TreeId, rows: int) -> TreeId:
    """Stage a conversation's first rows, wherever that cuts it; errors as `cut`."""
    session = read_session(objects, tree)
    if rows >= session.rows:
        return tree
    title, count = _headline(session, rows)
    return cut_tree(objects, tree, rows, title=title, message_count=count)


def read_row(session: Session, number: int) -> Row:
    """Return what a row says; one that cannot be read says nothing."""
    raw = session.messages[number].raw
    name = name_at(session.format, number)
    if name not in FORMATS:
        return Row(raw)
    try:
        return format_named(name).read_row(raw)
    except InvalidSession:
        return Row(raw)


def find_end(tx: Transaction, commit_id: CommitId, count: int) -> End:
    """Return where the first `count` rows of a commit's conversation end.

    Raises:
        Refused: it has not so many, or none is left before the tool call that would be cut.
    """
    if commit_id == ROOT_COMMIT:
        raise Refused("The root commit has no messages", code="no_such_message")
    tree = read_commit(tx.batch, commit_id).tree
    session = read_session(tx.batch, tree)
    if not 0 < count <= session.rows:
        raise _no_such_row(count, session.rows)
    rows = edge_of(session, count)
    if not rows:
        raise Refused(
            f"Nothing is left at {count}: a tool call there begins with message 1, "
            "and stays with its result",
            "A later number cuts after the result",
            code="no_such_message",
        )
    found = _last_within(tx, commit_id, tree, rows)
    exact = found is not None and tx.row(found).rows == rows
    return End(found, rows, count, exact)


def said_moved(asked: int, rows: int) -> str:
    """Return the sentence that tells of a cut that moved."""
    return f"Cut at {rows} instead of {asked}: a tool call stays with its result"


def _no_such_row(count: int, rows: int) -> Refused:
    if not rows:
        return Refused("The conversation has no messages yet", code="no_such_message")
    hint = f"Numbers go from 1 to {rows}; `wj show --full` shows them"
    if count > rows:
        said = f"There is no message {count}: the conversation has {rows} rows"
        return Refused(said, hint, code="no_such_message")
    return Refused(
        f"A cut at {count} leaves nothing",
        hint,
        "`wj new 'root()'` begins a conversation with nothing in it",
        code="no_such_message",
    )


def _last_within(tx: Transaction, commit_id: CommitId, tree: TreeId, rows: int) -> CommitId | None:
    """Return the nearest commit above whose whole transcript is among a tree's first rows."""
    position = tx.row(commit_id).pos
    while position:
        here = tx.index.row_at(position)
        if here.problem is None and (here.rows or 0) <= rows and _holds(tx.batch, tree, here.tree):
            return here.id
        position = tx.index.parents(position)[0]
    return None


def _holds(reader: ObjectReader, whole: TreeId, part: TreeId) -> bool:
    return common_prefix(reader, whole, part) == read_session(reader, part).rows


def _headline(session: Session, rows: int) -> tuple[str | None, int | None]:
    """Return title and number of messages of the first rows; None where store knows better."""
    names = {name for name, _ in runs_of(session.format, session.rows)}
    if session.format == PAWAN or not names <= FORMATS.keys():
        return None, None
    kept = range(rows)
    if session.rows - rows < rows:
        kept = range(rows, session.rows)
    count = sum(read_row(session, number).role is not None for number in kept)
    if kept.start:
        count = session.message_count - count
    return _title(session, rows), max(0, min(count, rows))


def _title(session: Session, rows: int) -> str:
    read: list[Row] = []
    for number in range(rows - 1, -1, -1):
        row = read_row(session, number)
        if row.title:
            return row.title
        read.append(row)
    return title_of(read[::-1])
