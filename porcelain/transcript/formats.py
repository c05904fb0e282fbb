"""Files of transcripts: their formats, what they hold, and the sessions made of them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from porcelain.transcript.errors import BrokenFormat, NoMessages
from porcelain.transcript.format_table import FORMATS, format_named
from porcelain.transcript.identity import KeyChain
from porcelain.transcript.input import Input
from porcelain.transcript.json_lines import check_text, leading_objects
from porcelain.transcript.reading.compressed import plain_bytes
from porcelain.transcript.reading.line_rows import times_of
from porcelain.transcript.reading.row_table import LazyRow, RowTable
from porcelain.transcript.reading.unsupported import known_agent
from porcelain.transcript.row import DAMAGED, NO, FilePart, Row, message_count, model, title
from store.document.agent_facts import (
    NO_FACTS,
    AgentFacts,
    Conversation,
    conversation_members,
)
from store.document.separators import Separators, measure_elements, measure_lines
from store.errors import InvalidSession
from store.session.held_messages import HeldMessages
from store.session.message import Message, message_ids
from store.session.session import Session

_LISTED = Separators("[\n", ",\n", "\n]\n")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from porcelain.transcript.row import Transcript
    from store.ids import BlobId


def detect(data: bytes | Input, file_name: str) -> str:
    """Return the name of a file's format.

    Raises:
        InvalidSession: the file is UTF-16, or in no known format.
        NoMessages: the file is empty.
    """
    data = Input.of(plain_bytes(data, file_name)).sample()
    check_text(data, file_name)
    if not data.strip():
        raise NoMessages("the file is empty", source=file_name)
    scores: dict[str, int] = {}
    broken: list[BrokenFormat] = []
    for name in FORMATS:
        try:
            scores[name] = format_named(name).detects(data, file_name)
        except BrokenFormat as error:
            broken.append(error)
    best = max(scores, key=lambda name: scores[name])
    if scores[best] == NO:
        if broken:
            raise broken[0]
        agent = known_agent(data)
        if agent:
            reason = f"{agent}: known, but not supported; docs/formats.md lists what is read"
            raise InvalidSession(reason, source=file_name)
        what = "JSON, but no session" if _is_json(data) else "no session"
        if b"\0" in data:
            what = "binary data, no session"
        elif data.startswith(b"\xef\xbb\xbf"):
            what = "text with a byte order mark, no session"
        raise InvalidSession(f"{what} in a known format", source=file_name)
    return best


def read_transcript(
    data: bytes | Input, source: str, name: str = "", *, strict: bool = False
) -> Transcript:
    """Read a file in the named format, by default in the detected one.

    The rows of a large file of lines stay in the file, which must not be cut as long as the
    transcript is used.

    Raises:
        InvalidSession: the file is no session, or `strict` and it has a damaged or torn row.
        UnknownFormat: there is no such format.
    """
    data = plain_bytes(data, source)
    transcript = format_named(name or detect(data, source)).parse(data, source)
    if strict and transcript.faults:
        line, reason = transcript.faults[0]
        raise InvalidSession(reason, f"line {line}", source)
    return transcript


def read_conversations(
    data: bytes | Input, source: str, name: str = "", *, strict: bool = False
) -> list[Transcript]:
    """Read every conversation of a file; errors as `read_parts`."""
    found = read_parts(data, source, name, strict=strict)
    return [part.transcript for part in found if part.transcript is not None]


def read_parts(
    data: bytes | Input, source: str, name: str = "", *, strict: bool = False
) -> Iterator[FilePart]:
    """Read the parts of a file one after the other; most formats have one conversation in each.

    Raises:
        InvalidSession: as `read_transcript`.
        UnknownFormat: there is no such format.
    """
    data = plain_bytes(data, source)
    name = name or detect(data, source)
    format_ = format_named(name)
    parts: Callable[[Input, str], Iterator[FilePart]] | None
    several: Callable[[bytes, str], Iterable[Transcript]] | None
    parts = getattr(format_, "parse_container", None)
    several = getattr(format_, "parse_all", None)
    if parts is not None:
        yield from parts(Input.of(data), source)
    elif several is not None:
        yield from map(FilePart, several(Input.of(data).whole(), source))
    else:
        yield FilePart(read_transcript(data, source, name, strict=strict))


def row_keys(name: str, raws: Iterable[bytes], after: bytes = b"") -> list[bytes]:
    """Return the keys of stored rows of one format, in order; they equal those of `parse`.

    `after` is the key of the row before the first of them.

    Raises:
        UnknownFormat: there is no such format.
    """
    chain = KeyChain(format_named(name).row_identity, after)
    return [chain.next(raw) for raw in raws]


def read_rows(name: str, raws: Iterable[bytes]) -> list[Row]:
    """Read stored rows of one format; those that are none of it are damaged rows.

    Raises:
        UnknownFormat: there is no such format.
    """
    format_ = format_named(name)
    found = []
    for raw in raws:
        try:
            found.append(format_.read_row(raw))
        except InvalidSession:
            found.append(Row(raw, kind=DAMAGED))
    return found


def keyed_rows(
    name: str, raws: Iterable[bytes], after: bytes = b""
) -> Iterator[tuple[bytes, str | None]]:
    """Yield key and native row id (`Row.origin`) of stored rows of a conversation, in order.

    `after` is the key of the row before the first of them.

    Raises:
        UnknownFormat: there is no such format.
    """
    chain = KeyChain(format_named(name).row_identity, after)
    for raw in raws:
        yield chain.next(raw), chain.origin


def row_ids(transcript: Transcript) -> Sequence[BlobId]:
    """Return the blob ids that the rows of a file have."""
    if isinstance(transcript.rows, RowTable):
        return transcript.rows.packed_ids()
    return message_ids(to_session(transcript).messages)


def identities_of(transcript: Transcript, start: int = 0) -> Iterator[tuple[bytes, str | None]]:
    """Yield key and native row id of a file's rows from `start` on, a torn row included.

    They are those of `keyed_rows`, which reads the rows again.
    """
    rows = transcript.rows
    if isinstance(rows, RowTable):
        yield from rows.identities(start)
    else:
        yield from ((row.key, row.origin) for row in rows[start:])
    if transcript.torn:
        after = rows[-1].key if rows else b""
        yield from keyed_rows(transcript.format, [transcript.torn], after)


def facts_again(transcript: Transcript) -> AgentFacts:
    """Return the facts that a transcript's rows tell, after rows of it were replaced."""
    try:
        read = format_named(transcript.format).parse(transcript.to_bytes(), transcript.native_id)
    except InvalidSession:
        return NO_FACTS
    return read.facts


def message_of(row: Row) -> Message:
    """Return a row as it is stored; of a large file its bytes are read when they are needed."""
    if isinstance(row, LazyRow):
        return row.message
    return Message(row.raw)


def to_session(transcript: Transcript, rows: Sequence[int] | None = None) -> Session:
    """Return a session with some rows of a transcript, in this order, or with all of them.

    Its id is the transcript's session name. With all rows it equals the input byte for byte.
    Title, model, number of messages and times are those of the rows. A document keeps its header.
    """
    session = transcript.session
    if session is not None:
        return session if rows is None else session.with_messages(session.messages[r] for r in rows)
    indices = range(len(transcript.rows)) if rows is None else rows
    messages: Sequence[Message]
    table = transcript.rows if isinstance(transcript.rows, RowTable) else None
    if table is not None:
        is_whole = len(indices) == len(table) and all(n == row for n, row in enumerate(indices))
        chosen = table if is_whole else table.chosen(indices)
        ids = table.blob_ids if is_whole else None
        messages = HeldMessages(lambda n: table.message(indices[n]), len(indices), "line", ids=ids)
    else:
        chosen = [transcript.rows[index] for index in indices]
        messages = [message_of(row) for row in chosen]
    if chosen is table:
        first, newest, count = transcript.created_at, transcript.updated_at, table.message_count
    else:
        first, newest = times_of(chosen)
        count = message_count(chosen)
    return Session.from_lines(
        messages,
        id=transcript.session_name,
        format=transcript.format,
        model=model(chosen),
        title=title(chosen),
        message_count=count,
        created_at=first or transcript.created_at,
        updated_at=newest or transcript.updated_at,
        fields=conversation_members(
            Conversation(transcript.native_id, transcript.facts), transcript.session_name
        ),
        separators=_between(transcript, indices),
    )


def has_keys(transcript: Transcript) -> bool:
    """Tell whether the messages of a file are members of an object, each under its key."""
    whole = transcript.separators
    if whole is None or whole.end_rows or any(row.raw.endswith(b"[") for row in transcript.rows):
        return False
    return any('"' in text for text in [*whole.texts(len(transcript.rows))][1:-1])


def listed(session: Session) -> Session:
    """Return a conversation whose messages had keys as a list of them."""
    if session.parts.lines in (None, _LISTED):
        return session
    return Session(session.parts._replace(lines=_LISTED), session.messages)


def _between(transcript: Transcript, rows: Sequence[int]) -> Separators:
    """Return the text around some of the rows of a file.

    A line keeps the newline behind it. Some messages of a list stand in the same document; those
    of an object, which have keys, in a list. Of messages inside each other, each is the only
    answer to the one before.
    """
    whole, count = transcript.separators, len(transcript.rows)
    assert whole is not None  # the other kind of format
    if whole.end_rows:
        lead = whole.first if 0 in rows[:1] else ""
        return measure_lines([lead, *whole.behind(rows, count)])
    texts = list(whole.texts(count))
    if len(rows) == count and all(row == place for place, row in enumerate(rows)):
        return whole
    if any(row.raw.endswith(b"[") for row in transcript.rows):
        opened = sum(transcript.rows[row].raw.endswith(b"[") for row in rows)
        around = [texts[0], *("" for _ in rows[1:]), "]}" * opened + _outside(transcript, texts)]
        return measure_elements(around, whole.between)
    if has_keys(transcript):
        return _LISTED
    before = (texts[row] if row else whole.between for row in rows[1:])
    return measure_elements([texts[0], *before, texts[-1]], whole.between)


def _outside(transcript: Transcript, texts: Sequence[str]) -> str:
    """Return the text behind messages that are inside each other, and behind their brackets."""
    opened = sum(row.raw.endswith(b"[") for row in transcript.rows)
    left = opened - sum(text.count("]") for text in texts[1:-1])
    return re.sub(rf"^(?:\s*\]\s*\}}){{{max(left, 0)}}}", "", texts[-1])


def _is_json(data: bytes) -> bool:
    """Tell whether the whole input is JSON, or its first line an object."""
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return next(leading_objects(data, 1), None) is not None
    return True
