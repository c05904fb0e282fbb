"""Rows and transcripts, into which every transcript format reads its input.

A row keeps its bytes, so a transcript can be written back exactly; its other fields serve the
rest of the program. Nothing here depends on a particular format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, Protocol

from store.document import agent_facts
from store.document.separators import Separators

if TYPE_CHECKING:
    from porcelain.transcript.identity import Members
    from porcelain.transcript.input import Input
    from porcelain.transcript.json_lines import Fault, Object
    from store.session.session import Session

AgentFacts = agent_facts.AgentFacts
NO_FACTS = agent_facts.NO_FACTS
DAMAGED = "damaged"
"""The kind of a row whose bytes are not a row of its format."""

NO = 0
MAYBE = 1
SURE = 2


class Row(NamedTuple):
    """One stored element of a conversation.

    `role` is system, user, assistant or tool, and None for a row that is no message. `text` is
    its readable text. `title` is the first line of a prompt and "" for other rows. `kind` is the
    format's own name for the row. `calls` and `results` are the ids of the tool calls that the
    row opens and answers. A `side` row belongs to a sub-agent's conversation.

    `key` has 16 bytes and is equal for the copies of a row, under whatever conversation and row
    ids an agent wrote them; see `porcelain.transcript.identity`. Only `parse` sets it, since the
    key of a row without native id covers the rows before it. `origin` is the native id of the row
    of which it is a copy, by default its own; it is set with the key. As evidence that two files are the
    same conversation it counts alone where the row has a native id; else only from the first row
    on, and short beginnings may be equal by chance.
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
    key: bytes = b""
    origin: str | None = None


class Turn(NamedTuple):
    """A turn in the tree of turns: the ascending indices of its rows, and its parent's index.

    Two turns share rows if one of them branches off inside the other.
    """

    rows: tuple[int, ...]
    parent: int | None


class Base(NamedTuple):
    """The beginning of a conversation that is in another file alone.

    `file` is the id in that file's name; its first `size` bytes are the beginning, and `ordinal`
    is the number that the row behind them has.
    """

    file: str
    ordinal: int
    size: int


class Beside(NamedTuple):
    """The other files of a folder that is one conversation, and the name of the one with the rows.

    `left_out` are the folders in it, of which nothing is kept.
    """

    name: str
    files: Mapping[str, bytes]
    left_out: tuple[str, ...] = ()


class Transcript(NamedTuple):
    """A conversation as an agent wrote it.

    Formats with one row a line have `separators` between the rows, others the whole input as
    `document`, and read as `session`. `turns` is the tree of turns, parents first; the last turn
    holds the last row. `torn` is the incomplete row at the end of the file; `faults` lists it and
    every damaged row.

    `native_id` is unique among the conversations of its format; a sub-agent's is made of its
    parent's id and its own. `parent` is the native id of the conversation from which this one was
    copied, or whose sub-agent it is, and `parent_row` the native id of the row where it parted or
    that started the sub-agent, as far as the rows say so. `facts.title` was given by the user
    or the agent, `facts.project` is the working folder. `base` tells where rows are that the
    conversation has before those of the file. `beside` has the other files of its folder.
    """

    format: str
    native_id: str
    rows: Sequence[Row]
    turns: tuple[Turn, ...]
    created_at: str
    updated_at: str
    separators: Separators | None = None
    document: bytes | None = None
    session: Session | None = None
    torn: bytes = b""
    faults: tuple[Fault, ...] = ()
    name: str = ""
    facts: AgentFacts = NO_FACTS
    parent: str | None = None
    parent_row: str | None = None
    base: Base | None = None
    beside: Beside | None = None

    @property
    def session_name(self) -> str:
        """The name that a session of this conversation gets if it is free."""
        return self.name or self.native_id

    def to_bytes(self) -> bytes:
        """Return the input, byte for byte, without a torn row."""
        if self.separators is not None:
            return self.separators.join([row.raw for row in self.rows])
        return self.document or b""


class FilePart(NamedTuple):
    """A part of a file: a conversation, or a document without any message.

    `place` is where it starts and stops, in bytes; None for a conversation that is the whole
    file, or one of a file that is no text.
    """

    transcript: Transcript | None
    place: tuple[int, int] | None = None


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
        """Return a row that continues `rows`; `now` is an ISO time in UTC.

        The rows are read from the end, and only as far as needed.

        Raises:
            CannotWrite: the format has no message of this role.
            InvalidSession: the text has a lone surrogate.
        """


class NativeIds(Protocol):
    """The native ids of a format's conversations."""

    def fresh_native_id(self, name: str, random: Callable[[int], bytes]) -> str:
        """Return an id for a new conversation in the session `name`."""

    def is_native_id(self, text: str) -> bool:
        """Tell whether a text has the form of a conversation's native id, complete."""


class Format(NativeIds, Protocol):
    """The members of a transcript format's module."""

    NAME: str
    SUFFIX: str

    def detects(self, data: bytes, file_name: str) -> int:
        """Return NO, MAYBE or SURE for the content and the name of a file; raise nothing."""

    def parse(self, data: bytes | Input, source: str) -> Transcript:
        """Read a whole file; errors name its path, `source`.

        Raises:
            InvalidSession: the input is no session of this format.
        """

    def read_row(self, raw: bytes) -> Row:
        """Read one stored row.

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

        Further rows at the end never change an earlier turn; only the last turn may grow.
        """

    def row_identity(self, value: Object) -> tuple[str | None, Members]:
        """Return the native id of a row's original, and its table of identity members."""

    def with_native_id(self, raw: bytes, native_id: str) -> bytes:
        """Return a row of the conversation `native_id`: every other byte stays.

        A damaged row, or one that names no conversation, is returned as it is.
        """

    def identity_spans(self, raw: bytes) -> tuple[tuple[int, int], ...]:
        """Return the places of a row's identity; see `porcelain.transcript.identity.spans`."""

    @property
    def write_message(self) -> MessageWriter | None:
        """The writer of messages, or None if the project does not write this format."""


def turns(rows: Sequence[Row]) -> tuple[tuple[int, int], ...]:
    """Split rows into turns, each (start, stop); the first turn begins with the first row.

    A row that repeats an earlier native id begins no turn.
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
    """Return the turns without children, in file order."""
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

    Without a prompt (a sub-agent's file has none) take the last user message, else the last
    message of any role.
    """
    prompts = (row.title for row in reversed(rows) if row.title)
    users = (row.text for row in reversed(rows) if row.role == "user" and row.text.strip())
    others = (row.text for row in reversed(rows) if row.role and row.text.strip())
    return next(prompts, "") or first_line(next(users, "") or next(others, ""))


def model(rows: Sequence[Row]) -> str:
    """Return the last model, or ""."""
    return next((row.model for row in reversed(rows) if row.model), "")


def call_text(name: str, arguments: object) -> str:
    """Return a readable tool call: its name and its first argument that is text."""
    values = arguments.values() if isinstance(arguments, dict) else (arguments,)
    return f"{name}({next((v for v in values if isinstance(v, str) and v), '')})"


def newest_time(transcript: Transcript) -> str:
    """Return the time of the newest row; the transcript's where no row has one."""
    times = (row.time for row in transcript.rows if row.time)
    return max(times, default=transcript.updated_at)


def first_line(text: str) -> str:
    """Return the first line that is not blank, without the space around it."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
