"""Convert a conversation into another format: the table of the formats that can be written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from importlib import import_module
from itertools import islice
from typing import NamedTuple, cast

from porcelain.transcript.conversion.codec import Codec, Numbered, Target
from porcelain.transcript.conversion.said import (
    Loss,
    Losses,
    Role,
    Said,
    Text,
    Unknown,
    fitted,
    joined,
    named,
    paired,
)
from porcelain.transcript.format_table import format_named
from porcelain.transcript.formats import read_rows
from porcelain.transcript.json_lines import read_object
from store.document.agent_facts import read_conversation
from store.document.row_format import runs_of
from store.errors import InvalidSession
from store.session.session import Session

_HERE = "porcelain.transcript.conversion"
CODECS = {
    "claude-code": f"{_HERE}.claude",
    "codex": f"{_HERE}.codex",
    "gemini-cli": f"{_HERE}.gemini",
    "pi": f"{_HERE}.pi",
    "qwen-code": f"{_HERE}.qwen",
    "copilot-cli": f"{_HERE}.copilot",
    "opencode": f"{_HERE}.opencode",
    "openai-chat": f"{_HERE}.openai_chat",
    "pawan": f"{_HERE}.pawan",
}
"""Format and module of every codec. Of other formats the words are read, and nothing is written."""


_READ_ALIKE = {"claude-code-web": "claude-code"}
"""Formats whose rows are read as those of another one; they are not written."""


class Converted(NamedTuple):
    """A file in another format, and what it lacks of the conversation; b"" without a message."""

    data: bytes
    losses: tuple[Loss, ...]


def codec_of(format_name: str) -> Codec | None:
    """Return the codec of a format, if it has one."""
    module = CODECS.get(format_name)
    return None if module is None else cast("Codec", import_module(module).CODEC)


def messages_of(
    rows: Iterable[bytes], formats: Sequence[tuple[str, int]], *, live: bool
) -> list[Said]:
    """Return the messages of a conversation's rows; `formats` are runs of its formats.

    With `live` only those are returned that the agents would send.
    """
    found: list[Said] = []
    raws = iter(rows)
    place = 0
    for name, count in formats:
        run = list(islice(raws, count))
        codec = codec_of(_READ_ALIKE.get(name, name))
        if codec is None:
            found += _plain(name, run, place)
        else:
            values = [Numbered(place + number, _value(raw)) for number, raw in enumerate(run)]
            read = codec.read(values, live)
            found = read if any(one.starts for one in read) else found + read
        place += count
    return joined(found)


def convert_session(session: Session, format_name: str, now: str, losses: Losses) -> Converted:
    """Write a whole conversation in another format, always under the same id.

    `now` is an ISO time in UTC, for rows that must have a time where the conversation has none.
    `losses` takes what is left out.

    Raises:
        InvalidSession, ObjectError: the conversation cannot be read.
    """
    rows = (message.raw for message in session.messages)
    messages = messages_of(rows, runs_of(session.format, session.rows), live=False)
    facts = read_conversation(session.header).facts
    began = next((one.time for one in messages if one.time), None)
    seed = hashlib.sha256(f"{format_name} {session.id}".encode()).digest()
    native_id = format_named(format_name).fresh_native_id(session.id, lambda count: seed[:count])
    target = Target(native_id, facts.project, facts.branch, facts.title, began or now)
    return convert(messages, format_name, target, complete=False, losses=losses)


def convert(
    messages: Sequence[Said],
    format_name: str,
    target: Target,
    *,
    complete: bool,
    losses: Losses | None = None,
) -> Converted:
    """Write messages in a format that has a codec; `losses` takes what is left out.

    With `complete`, calls without results and results without calls are left out, as services
    refuse them.
    """
    codec = codec_of(format_name)
    assert codec is not None
    losses = losses or Losses()
    kept = fitted(messages, codec.holds, losses)
    if complete:
        kept = paired(kept, losses)
    rows = codec.write(named(kept), target)
    is_document = len(rows) == 1 and format_name in _DOCUMENTS
    return Converted(rows[0] if is_document else b"".join(r + b"\n" for r in rows), losses.all())


_DOCUMENTS = ("opencode", "openai-chat", "pawan")


def _value(raw: bytes) -> dict[str, object]:
    try:
        return read_object(raw)
    except InvalidSession:
        return {}


def _plain(name: str, raws: Sequence[bytes], place: int) -> list[Said]:
    """Return the words of rows in a format without a codec; calls and results are losses."""
    found = []
    for number, row in enumerate(read_rows(name, raws), place):
        words = (Text(row.text),) if row.text else ()
        said = Said("user", words, number, row.time, row.model, prompt=row.prompt)
        if row.role == "tool" or row.results:
            found.append(said._replace(parts=(Unknown("tool result"),)))
        elif row.role in ("user", "system", "assistant"):
            calls = (Unknown("tool call"),) * len(row.calls)
            role = cast("Role", row.role)
            found.append(said._replace(role=role, parts=(*(() if calls else words), *calls)))
    return found
