"""Transcript formats: a table of names, which one a file is in, and from file to session.

A format is a module with what `porcelain.transcript.row.Format` lists; a new one needs a line
in `FORMATS` and nothing else. Modules are imported when they are asked for.
"""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, cast

from porcelain.transcript.errors import NoMessages, UnknownFormat
from porcelain.transcript.json_lines import check_size, check_text, leading_objects
from porcelain.transcript.row import NO, message_count, model, title
from store.document.row_format import runs_of
from store.document.separators import measure_lines
from store.errors import InvalidSession
from store.session.session import Session
from store.session.tool_pairing import NO_PAIRS, Pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from porcelain.transcript.row import Format, Transcript
    from store.document.row_format import Format as StoredFormat
    from store.session.message import Message
    from store.session.tool_pairing import Pairing

FORMATS = {
    "claude-code": "porcelain.transcript.claude_code",
    "pawan": "porcelain.transcript.pawan",
}
"""Name and module of every format; where two are equally sure of a file, the first wins."""

__all__ = [
    "FORMATS",
    "check_size",
    "detect",
    "format_named",
    "pairing_of",
    "read_transcript",
    "to_session",
]


def format_named(name: str) -> Format:
    """Return the format of this name.

    Raises:
        UnknownFormat: there is none; its hint names the closest.
    """
    module = FORMATS.get(name)
    if module is None:
        raise UnknownFormat(name, tuple(FORMATS))
    return cast("Format", import_module(module))


def detect(data: bytes, file_name: str) -> str:
    """Return the name of the format that a file is in.

    Raises:
        InvalidSession: the file is too large, or in no known format.
        NoMessages: the file is empty.
    """
    check_text(data, file_name)
    if not data.strip():
        raise NoMessages("the file is empty", source=file_name)
    scores = {name: format_named(name).detects(data, file_name) for name in FORMATS}
    best = max(scores, key=lambda name: scores[name])
    if scores[best] == NO:
        known = ", ".join(FORMATS)
        what = "JSON, but no session" if _is_json(data) else "no session"
        if b"\0" in data:
            what = "binary data, no session"
        elif data.startswith(b"\xef\xbb\xbf"):
            what = "text with a byte order mark, no session"
        raise InvalidSession(f"{what} in a known format ({known})", source=file_name)
    return best


def read_transcript(
    data: bytes, source: str, name: str = "", *, strict: bool = False
) -> Transcript:
    """Read a file in the named format, or in the one that it is found to be in.

    Raises:
        InvalidSession: where and why it is no session; `strict`: a damaged or torn row too.
        UnknownFormat: there is no such format.
    """
    transcript = format_named(name or detect(data, source)).parse(data, source)
    if strict and transcript.faults:
        line, reason = transcript.faults[0]
        raise InvalidSession(reason, f"line {line}", source)
    return transcript


def pairing_of(format_: StoredFormat | None = None) -> Pairing:
    """Return what tells tool calls and results in messages of a format, or of any known one.

    A conversation of several formats is asked in all of them. For `store.merge.replay` and its like.
    """
    names = FORMATS if format_ is None else dict(runs_of(format_, 1))
    known = [format_named(name) for name in names if name in FORMATS]

    def pairs(message: Message) -> Pairs:
        for each in known:
            try:
                row = each.read_row(message.raw)
            except InvalidSession:
                continue
            if row.calls or row.results:
                return Pairs(row.calls, row.results)
        return NO_PAIRS

    return pairs


def to_session(transcript: Transcript, rows: Sequence[int] | None = None) -> Session:
    """Make the session that holds some rows of a transcript (ascending), or all of them.

    Its id is the transcript's own. All of them give the input back byte for byte; of lines,
    each row keeps what followed it in the file. Title, model, number of messages and times are
    those of the rows; of a document the header is the whole file's.
    """
    if transcript.separators is None:
        session = Session.from_json(transcript.document or b"")
        return session if rows is None else session.with_messages(session.messages[r] for r in rows)
    indices = range(len(transcript.rows)) if rows is None else rows
    chosen = [transcript.rows[index] for index in indices]
    texts = list(transcript.separators.texts(len(transcript.rows)))
    lead = texts[0] if 0 in indices[:1] else ""
    times = [row.time for row in chosen if row.time]
    return Session.from_lines(
        [row.raw for row in chosen],
        id=transcript.native_id,
        format=transcript.format,
        model=model(chosen),
        title=title(chosen),
        message_count=message_count(chosen),
        created_at=times[0] if times else transcript.created_at,
        updated_at=max(times, default=transcript.updated_at),
        separators=measure_lines([lead, *(texts[index + 1] for index in indices)]),
    )


def _is_json(data: bytes) -> bool:
    """Tell whether the whole input, or its first line, is JSON."""
    if next(leading_objects(data, 1), None) is not None:
        return True
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True
