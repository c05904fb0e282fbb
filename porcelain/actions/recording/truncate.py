"""Cut a conversation to its first rows, and find the commit in which they end.

A cut between a tool call and its result moves to the beginning of this pair.
"""

from __future__ import annotations

from typing import NamedTuple

from porcelain.actions.recording.match_prefix import first_parents
from porcelain.display import counted
from porcelain.errors import Refused
from porcelain.model.message_numbers import MessageNumbers
from porcelain.transaction.rebase_descendants import ROOT_COMMIT
from porcelain.transaction.transaction import Transaction
from porcelain.transcript.errors import UnknownFormat
from porcelain.transcript.format_table import FORMATS, format_named, pairing_of
from porcelain.transcript.row import Row, message_count, title
from store.document.row_format import PAWAN, name_at, runs_of
from store.errors import InvalidSession
from store.ids import CommitId, TreeId
from store.objects.commit import read_commit
from store.objects.objects import ObjectWriter
from store.session.session import Session
from store.session.tool_pairing import pair_edge
from store.tree_layout.layout import common_prefix, cut, read_session


class End(NamedTuple):
    """The end of a commit's conversation, cut to its first `rows` rows, of which so many `messages`.

    `asked` is the number of messages that was asked for. `commit` is its nearest ancestor, along first parents, whose whole transcript is among these
    rows, or None. `exact` says that this transcript is all of them.
    """

    commit: CommitId | None
    rows: int
    messages: int
    asked: int
    exact: bool

    @property
    def note(self) -> tuple[str, ...]:
        """A note for the user if the cut moved, else nothing."""
        if self.messages == self.asked:
            return ()
        return (moved_cut_note(self.asked, self.messages),)


def pair_boundary(session: Session, count: int) -> int:
    """Return the nearest cut at or before `count` that leaves no tool call without its result."""
    if not 0 < count < session.rows:
        return max(0, min(count, session.rows))
    return pair_edge(session.messages, count, pairing_of(session.format))


def truncate(objects: ObjectWriter, tree: TreeId, rows: int) -> TreeId:
    """Stage a conversation's first rows, with the title and number of messages of these rows.

    Raises:
        InvalidSession, ObjectError: the conversation cannot be read.
    """
    session = read_session(objects, tree)
    if rows >= session.rows:
        return tree
    headline, count = _headline(session, rows)
    return cut(objects, tree, rows, title=headline, message_count=count)


def read_row(session: Session, number: int) -> Row:
    """Read a row; a row that cannot be read is no message."""
    raw = session.messages[number].raw
    try:
        return format_named(name_at(session.format, number)).read_row(raw)
    except (UnknownFormat, InvalidSession):
        return Row(raw)


def find_end(tx: Transaction, commit_id: CommitId, count: int) -> End:
    """Return the end of the first `count` messages of a commit's conversation.

    The rows behind a message that are no messages belong to it.

    Raises:
        Refused: it has fewer messages, or none before the tool call that would be cut.
    """
    if commit_id == ROOT_COMMIT:
        raise Refused("The root commit has no messages", code="no_such_message")
    tree = read_commit(tx.batch, commit_id).tree
    session = read_session(tx.batch, tree)
    numbers = MessageNumbers.of(session)
    if not 0 < count <= numbers.count:
        raise _no_such_message(count, numbers.count)
    rows = pair_boundary(session, numbers.last_row(count))
    if not rows:
        raise Refused(
            f"Nothing is left at {count}: a tool call there begins with message 1, "
            "and stays with its result",
            "A later number cuts after the result",
            code="no_such_message",
        )
    found = _last_within(tx, commit_id, tree, rows)
    exact = found is not None and tx.row(found).rows == rows
    return End(found, rows, numbers.among(rows), count, exact)


def moved_cut_note(asked: int, messages: int) -> str:
    """Return the note that a cut moved."""
    return f"Cut at {messages} instead of {asked}: a tool call stays with its result"


def _no_such_message(count: int, messages: int) -> Refused:
    if not messages:
        return Refused("The conversation has no messages yet", code="no_such_message")
    hint = f"Numbers go from 1 to {messages}; `wj cat` shows them"
    if count > messages:
        said = f"There is no message {count}: the conversation has {counted(messages, 'message')}"
        return Refused(said, hint, code="no_such_message")
    return Refused(
        f"A cut at {count} leaves nothing",
        hint,
        "`wj new 'root()'` begins a conversation with nothing in it",
        code="no_such_message",
    )


def _last_within(tx: Transaction, commit_id: CommitId, tree: TreeId, rows: int) -> CommitId | None:
    """Return the nearest ancestor whose whole transcript is among a tree's first rows."""
    for here in first_parents(tx, commit_id):
        if here.problem is None and (here.rows or 0) <= rows:
            part = read_session(tx.batch, here.tree)
            if common_prefix(tx.batch, tree, here.tree) == part.rows:
                return here.id
    return None


def _headline(session: Session, rows: int) -> tuple[str | None, int | None]:
    """Return title and number of messages of the first rows; None where `store` finds them."""
    names = {name for name, _ in runs_of(session.format, session.rows)}
    if session.format == PAWAN or not names <= FORMATS.keys():
        return None, None
    is_short = rows <= session.rows - rows
    counted = range(rows) if is_short else range(rows, session.rows)
    count = message_count(read_row(session, number) for number in counted)
    if not is_short:
        count = session.message_count - count
    read: list[Row] = []
    for number in range(rows - 1, -1, -1):
        read.append(read_row(session, number))
        if read[-1].title:
            break
    return title(read[::-1]), max(0, min(count, rows))
