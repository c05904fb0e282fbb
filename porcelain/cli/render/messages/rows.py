"""The messages of a commit or of its whole conversation: chosen, shown with conflicts, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from porcelain.cli.render.messages.conflict import conflict_pieces, conflicts_at
from porcelain.cli.render.messages.message import READING, message_pieces, result_sizes
from porcelain.cli.run.context import Context
from porcelain.display import counted
from porcelain.errors import Refused
from porcelain.model.message_numbers import messages_among, numbered
from porcelain.transaction.rebase_descendants import starting_tree
from porcelain.transcript.format_table import format_named
from store.document.row_format import names_by_row
from store.ids import EMPTY_TREE, TreeId
from store.objects.objects import Scratch
from store.tree_layout.facts import read_facts
from store.tree_layout.layout import common_prefix, read_session

if TYPE_CHECKING:
    from porcelain.repo.reader import RepoReader
    from porcelain.repo.repo import Repo
    from porcelain.transcript.row import Row
    from store.objects.objects import ObjectReader


class PlacedRow(NamedTuple):
    """A row with its place in the conversation, from 1, and its number if it is a message.

    For a row that cannot be read, `row` is the sentence that gives the reason.
    """

    place: int
    number: int | None
    row: Row | str
    raw: bytes


class Added(NamedTuple):
    """The rows that a commit adds to its first parent, and those that it removes.

    `removed` are the first and last removed row of the parent.
    """

    rows: list[PlacedRow]
    removed: tuple[int, int] | None


class Choice(NamedTuple):
    """The messages of a commit to show.

    `numbers` are the first and the last in the whole conversation, None for its end; without
    them, and without `whole`, what the commit adds is shown.
    """

    full: bool = False
    roles: tuple[str, ...] = ()
    numbers: tuple[int, int | None] | None = None
    whole: bool = False

    def has(self, one: PlacedRow, *, with_others: bool = False) -> bool:
        """Tell whether a row is shown; rows that are no messages if `full`, or `with_others`."""
        if self.numbers is not None:
            first, last = self.numbers
            if one.number is None or one.number < first or one.number > (last or one.number):
                return False
        role = None if isinstance(one.row, str) else one.row.role
        if self.roles:
            return role in self.roles
        return self.full or with_others or role is not None or isinstance(one.row, str)


def show_messages(context: Context, position: int, what: Choice) -> None:
    """Write the chosen messages of a commit to stdout, conflicts in their places.

    Raises:
        Refused: the conversation has not all of the numbers.
    """
    repo, output = context.repo, context.output
    found = rows_of(repo, position, what)
    if found.removed is not None:
        first, last = found.removed
        output.text([("removed", f"Removed rows {first} to {last} of its parent\n")])
    if not found.rows and found.removed is None and not repo.row(position).conflict:
        output.text([("note", "It has no messages\n" if what.whole else "It adds no messages\n")])
    conflicts = _Conflicts(context, position, full=what.full)
    sizes = result_sizes(one.row for one in found.rows)
    hidden = 0
    for one in found.rows:
        if not what.has(one):
            hidden += not isinstance(one.row, str) and one.row.role is None
        elif not conflicts.write_up_to(one.place):
            output.text(
                message_pieces(one.number, one.row, full=what.full, said=READING, sizes=sizes)
            )
    if what.numbers is None and not what.roles:
        conflicts.write_up_to(None)
        if hidden:
            are = "row that is no message" if hidden == 1 else "rows that are no messages"
            output.text([("note", f"({hidden} {are}; `--full` shows all)\n")])


def rows_of(repo: Repo, position: int, what: Choice) -> Added:
    """Return the rows to choose from: those that a commit adds, or the whole conversation.

    Raises:
        Refused: the conversation has not all of the numbers.
        InvalidSession, ObjectError: it cannot be read.
    """
    if what.numbers is None and not what.whole:
        return added_rows(repo, position)
    tree = TreeId(repo.row(position).tree) if position else EMPTY_TREE
    found = [] if tree == EMPTY_TREE else _rows_from(repo.repository, tree, 0)
    count = max((one.number or 0 for one in found), default=0)
    wrong = next((n for n in what.numbers or () if n is not None and not 0 < n <= count), None)
    if wrong is not None:
        raise Refused(
            f"There is no message {wrong}: the conversation has {counted(count, 'message')}",
            "`wj cat` numbers them",
            code="no_message",
        )
    return Added([one for one in found if what.has(one, with_others=True)], None)


def added_rows(repo: RepoReader, position: int) -> Added:
    """Return the rows that a commit adds to its parent's conversation, or its parents' merged one.

    Raises:
        InvalidSession, ObjectError: it cannot be read.
    """
    row = repo.row(position)
    tree, reader = TreeId(row.tree), repo.repository
    shared = there = 0
    start, objects = _start(repo, position)
    if start is not None and EMPTY_TREE not in (tree, start):
        shared = common_prefix(objects, tree, start)
        there = read_facts(objects, start).rows
    removed = (shared + 1, there) if there > shared else None
    return Added([] if tree == EMPTY_TREE else _rows_from(reader, tree, shared), removed)


def _rows_from(reader: ObjectReader, tree: TreeId, start: int) -> list[PlacedRow]:
    """Read the rows of a conversation from a place on, counted from 0."""
    session = read_session(reader, tree)
    names = names_by_row(session.format, session.rows)
    raws = [session.messages[place].raw for place in range(start, session.rows)]
    read = [_read(names[start + at], raw) for at, raw in enumerate(raws)]
    counted_rows = numbered(read, messages_among(session, start) if start else 0)
    return [
        PlacedRow(start + at + 1, number, row, raws[at])
        for at, (number, row) in enumerate(counted_rows)
    ]


def _read(name: str, raw: bytes) -> Row | str:
    try:
        return format_named(name).read_row(raw)
    except Exception as error:  # noqa: BLE001 - a row that cannot be read is shown as such
        return f"cannot be read: {error}"


def _start(repo: RepoReader, position: int) -> tuple[TreeId | None, ObjectReader]:
    """Return the transcript that a commit starts from, or None, and a reader of it."""
    parents = [repo.row(parent) for parent in repo.graph.parents(position) if parent]
    if not parents or any(parent.problem is not None for parent in parents):
        return None, repo.repository
    if len(parents) == 1:
        return parents[0].tree, repo.repository

    scratch = Scratch(repo.repository)
    return starting_tree(scratch, tuple(parent.id for parent in parents)), scratch


class _Conflicts:
    """Writes the conflicts of a commit one by one, each at its place."""

    def __init__(self, context: Context, position: int, *, full: bool) -> None:
        self._output = context.output
        self._full = full
        self._found = conflicts_at(context.repo, position)
        self._next = 0
        self._end = 0  # rows up to here were written as a side of a conflict

    def write_up_to(self, place: int | None) -> bool:
        """Write the conflicts up to a row, all for None; tell whether one of them showed the row."""
        while self._next < len(self._found):
            shown = self._found[self._next]
            if place is not None and shown.conflict.start >= place:
                break
            self._next += 1
            which = self._next, len(self._found)
            self._output.text(conflict_pieces(shown, which, full=self._full))
            if self._full or not shown.inherited:
                self._end = shown.conflict.stop
        return place is not None and place <= self._end


def row_data(number: int | None, row: Row | str) -> dict[str, object]:
    """Return a row as data; for one that cannot be read, the reason.

    The number is None where the row is no message, or is only in a conflict.
    """
    if isinstance(row, str):
        return {"number": number, "problem": row}
    return {
        "number": number,
        "role": row.role,
        "kind": row.kind,
        "text": row.text,
        "time": row.time,
        "id": row.native_id,
        "model": row.model,
        "calls": list(row.calls),
        "results": list(row.results),
    }
