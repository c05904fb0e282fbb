"""Rows and transcripts: what every transcript format turns its input into.

A row keeps the bytes it came from, so a transcript can be written back exactly; the other
fields are what the rest of the program asks about. Nothing here knows a particular format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple, Protocol

from porcelain.transcript.json_lines import Fault
from store.document.separators import Separators

DAMAGED = "damaged"
"""The kind of a row whose bytes are no row of the format."""

NO = 0
MAYBE = 1
SURE = 2


class Row(NamedTuple):
    """One stored element of a conversation.

    `role` is system, user, assistant or tool, and None for a row that is no message. `text` is
    what a person would read of it. `title` is the first line of a prompt and "" elsewhere.
    `kind` is the format's own name for the row. `calls` and `results` are the ids of the tool
    calls that the row opens and answers. A `side` row belongs to a sub-agent's conversation.
    """

    raw: bytes
    role: str | None = None
    text: str = ""
    prompt: bool = False
    title: str = ""
    kind: str = ""
    time: str | None = None
    native_id: str | None = None
    native_parent: str | None = None
    conversation: str | None = None
    calls: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    model: str | None = None
    side: bool = False
    compaction: bool = False


class Turn(NamedTuple):
    """A node in the tree of turns: its rows, as ascending indices, and the turn it continues.

    Two turns may share rows, when one of them leaves the other halfway.
    """

    rows: tuple[int, ...]
    parent: int | None


class Transcript(NamedTuple):
    """A conversation as an agent wrote it.

    Formats of one row a line say in `separators` what stands between the rows; for the others
    `document` is the whole input.
    `turns` is the tree of turns, parents first; the last one holds the last row written.
    `torn` is the beginning of a row at the end of the file, which is no row yet; `faults` names
    it and every damaged row.
    """

    format: str
    native_id: str
    rows: tuple[Row, ...]
    turns: tuple[Turn, ...]
    model: str
    title: str
    created_at: str
    updated_at: str
    separators: Separators | None = None
    document: bytes | None = None
    torn: bytes = b""
    faults: tuple[Fault, ...] = ()

    def to_bytes(self) -> bytes:
        """Return the input, byte for byte, without a torn row."""
        if self.separators is not None:
            return self.separators.join([row.raw for row in self.rows])
        return self.document or b""


class MessageWriter(Protocol):
    """The writer of one format."""

    def __call__(
        self,
        rows: Sequence[bytes],
        role: str,
        text: str,
        *,
        now: str,
        new_uuid: Callable[[], str],
    ) -> bytes:
        """Return a row that continues `rows`, which are read from the end, only as needed.

        `now` is an ISO time in UTC.

        Raises:
            CannotWrite: the format has no such message.
        """


class Format(Protocol):
    """What the module of a transcript format offers."""

    NAME: str
    SUFFIX: str

    def detects(self, data: bytes, file_name: str) -> int:
        """Judge content and file name: NO, MAYBE or SURE. Never fails."""

    def parse(self, data: bytes, source: str) -> Transcript:
        """Read a whole file; `source` is its path, which errors name.

        Raises:
            InvalidSession: where and why the input is no session of this format.
        """

    def read_row(self, raw: bytes) -> Row:
        """Read one row as it is stored.

        Raises:
            InvalidSession: the bytes are no row.
        """

    def check_row(self, raw: bytes) -> Row:
        """Read one row that is to be added to a conversation.

        Raises:
            InvalidSession: the bytes are not a row that an agent of this format writes.
        """

    def lineages(self, rows: Sequence[Row]) -> tuple[Turn, ...]:
        """Arrange rows as a tree of turns, parents first.

        More rows at the end never change a turn that was there, except that the last one may
        grow.
        """

    @property
    def write_message(self) -> MessageWriter | None:
        """The writer; None where the project does not write the format."""


def turns(rows: Sequence[Row]) -> tuple[tuple[int, int], ...]:
    """Split rows into turns, each (start, stop); what precedes the first prompt belongs to it.

    A row that repeats an earlier one's native id begins no turn. No rows, no turns.
    """
    starts: list[int] = []
    seen: set[str] = set()
    for index, row in enumerate(rows):
        if row.prompt and row.native_id not in seen:
            starts.append(index)
        if row.native_id is not None:
            seen.add(row.native_id)
    if not rows:
        return ()
    bounds = [0, *starts[1:], len(rows)]
    return tuple(pairwise(bounds))


def linear(rows: Sequence[Row]) -> tuple[Turn, ...]:
    """Arrange rows as one line of turns, in file order."""
    return tuple(
        Turn(tuple(range(start, stop)), index - 1 if index else None)
        for index, (start, stop) in enumerate(turns(rows))
    )


def heads(tree: Sequence[Turn]) -> tuple[int, ...]:
    """Return the turns that no turn continues, in file order."""
    continued = {turn.parent for turn in tree}
    return tuple(index for index in range(len(tree)) if index not in continued)


def path(tree: Sequence[Turn], turn: int) -> tuple[int, ...]:
    """Return the turns from the first one to `turn`."""
    found = [turn]
    while (parent := tree[found[-1]].parent) is not None:
        found.append(parent)
    return tuple(reversed(found))


def lineage_rows(tree: Sequence[Turn], turn: int) -> tuple[int, ...]:
    """Return the rows of the conversation that ends with `turn`, in order."""
    return tuple(row for index in path(tree, turn) for row in tree[index].rows)


def message_count(rows: Iterable[Row]) -> int:
    """Count the rows that are messages."""
    return sum(row.role is not None for row in rows)


def title(rows: Sequence[Row]) -> str:
    """Return the last prompt's first line.

    Without a prompt (a sub-agent's file has none) the last user message stands in, or else the
    last message of all.
    """
    prompts = (row.title for row in reversed(rows) if row.title)
    users = (row.text for row in reversed(rows) if row.role == "user" and row.text.strip())
    others = (row.text for row in reversed(rows) if row.role and row.text.strip())
    return next(prompts, "") or first_line(next(users, "") or next(others, ""))


def model(rows: Sequence[Row]) -> str:
    """Return the model that was used last, or ""."""
    return next((row.model for row in reversed(rows) if row.model), "")


def first_line(text: str) -> str:
    """Return the first line that is not blank, without the space around it."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
