"""The rows of one line: its turns and the messages that they add, read from git's objects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from porcelain.exchange.page.lines import Line, read_names
from porcelain.exchange.page.parts import Part, parts_by_row
from porcelain.graph.sub_agents import Start, start_of
from porcelain.index.view_rows import shown_commit, title_of
from porcelain.model.ids import ChangeId
from porcelain.model.message_numbers import messages_among, numbered
from porcelain.repo.reader import RepoReader
from porcelain.transcript.format_table import format_named
from porcelain.transcript.row import Row
from store.document.row_format import format_of, names_by_row
from store.errors import InvalidSession, ObjectError
from store.ids import EMPTY_TREE, CommitId, TreeId
from store.tree_layout.layout import common_prefix, read_session


class Turn(NamedTuple):
    """A change of a line: `added` counts the rows of the end's transcript that it added."""

    change_id: ChangeId
    commit_id: CommitId
    title: str
    time: int
    added: int
    tags: tuple[str, ...]


class Message(NamedTuple):
    """A row of a line: its place in the conversation from 1, its number, the place of its turn.

    The number is None for a row that is no message. For a row that cannot be read, `row` is the
    sentence that gives the reason; `raw` are its bytes.
    """

    place: int
    number: int | None
    turn: int
    row: Row | str
    raw: bytes
    parts: tuple[Part, ...]


class Segment(NamedTuple):
    """The rows that a line adds to the conversation that it parts from, of which it keeps `kept` rows.

    `problem` says why it cannot be read. `started_by` is the message that started a sub-agent.
    """

    kept: int
    turns: tuple[Turn, ...]
    messages: tuple[Message, ...]
    problem: str | None = None
    started_by: Start | None = None


def read_segment(repo: RepoReader, line: Line) -> Segment:
    """Return what a line adds; one whose transcript cannot be read has the reason as `problem`."""
    try:
        return _read_segment(repo, line)
    except (InvalidSession, ObjectError) as error:
        return Segment(line.start_rows, (), (), str(error))


def _read_segment(repo: RepoReader, line: Line) -> Segment:
    index, reader = repo.index, repo.repository
    found = [shown_commit(index, position)[:2] for position in line.commits]
    problem = next((row.problem for row, _ in found if row.problem is not None), None)
    before = repo.row(line.start)
    kept = 0 if problem or before.problem else line.start_rows
    owners: list[int] = []
    tree = before.tree
    for number, (row, _) in enumerate(found if problem is None else ()):
        shared = 0
        if EMPTY_TREE not in (tree, row.tree):
            shared = common_prefix(reader, tree, row.tree)
        kept = min(kept, shared)
        del owners[max(0, shared - kept) :]
        owners += [number] * ((row.rows or 0) - kept - len(owners))
        tree = row.tree
    messages: tuple[Message, ...] = ()
    if found and problem is None:
        messages = tuple(read_messages(repo, line.tip.tree, kept, owners))
    tags = read_names(index).tags
    turns = tuple(
        Turn(change, row.id, title_of(row), row.time, owners.count(number), tags.get(row.id, ()))
        for number, (row, change) in enumerate(found)
    )
    started = start_of(index, line.conversation) if line.conversation.facts.started_by else None
    return Segment(kept, turns, messages, problem, started)


def read_messages(
    repo: RepoReader, tree: TreeId, kept: int = 0, owners: Sequence[int] | None = None
) -> Iterator[Message]:
    """Yield the rows of a transcript from `kept` on; `owners` are the places of their turns.

    Raises:
        InvalidSession, ObjectError: it cannot be read.
    """
    if tree == EMPTY_TREE:
        return
    session = read_session(repo.repository, tree)
    formats = names_by_row(session.format, len(session.messages))
    raws = [session.messages[place].raw for place in range(kept, len(session.messages))]
    rows = [read_row(formats[kept + at], raw) for at, raw in enumerate(raws)]
    known = [Row(raws[at]) if isinstance(row, str) else row for at, row in enumerate(rows)]
    parts = parts_by_row(known, format_of(_runs(formats[kept:]), session.format))
    for at, (number, row) in enumerate(numbered(rows, messages_among(session, kept))):
        shown = (Part("note", row),) if isinstance(row, str) else parts[at]
        turn = owners[at] if owners is not None else 0
        yield Message(kept + at + 1, number, turn, row, raws[at], shown)


def _runs(names: Sequence[str]) -> list[tuple[str, int]]:
    return [(name, len([*group])) for name, group in groupby(names)]


def read_row(format_name: str, raw: bytes) -> Row | str:
    """Return a row, or the reason why it cannot be read."""
    try:
        return format_named(format_name).read_row(raw)
    except Exception as error:  # noqa: BLE001 - a row that cannot be read is shown as such
        return f"cannot be read: {error}"
