"""The messages that an agent sends when it resumes a file, and files converted for an agent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from porcelain.exchange.resume.resumed import Resumed, Wanted, said
from porcelain.model.message_numbers import MessageNumbers
from porcelain.transcript.conversion.codec import Target
from porcelain.transcript.conversion.convert import convert, messages_of
from porcelain.transcript.conversion.said import Call, Losses, Part, Result, Said
from porcelain.transcript.format_table import format_named
from porcelain.transcript.row import lineage_rows
from store.document.agent_facts import read_conversation
from store.document.row_format import runs_of
from store.errors import InvalidSession


def converted(wanted: Wanted, format_name: str) -> Resumed:
    """Return a conversation of other formats as a file of this one, as far as it is live.

    Raises:
        InvalidSession, ObjectError: the conversation cannot be read.
    """
    session = wanted.session
    runs = runs_of(session.format, session.rows)
    rows = [message.raw for message in session.messages]
    live = messages_of(rows, runs, live=True)
    facts = read_conversation(session.header).facts
    target = Target(wanted.native_id, wanted.project, wanted.branch, facts.title, wanted.now)
    losses = Losses(MessageNumbers.of(session).of_row)
    made = convert(live, format_name, target, complete=True, losses=losses)
    known = ", ".join(dict.fromkeys(name for name, _ in runs))
    remarks = [] if known == format_name else [
        f"Converted from the format {known} into {format_name}"]  # fmt: skip
    if live and live[0].starts:
        remarks.append("Only the messages since the last compaction are in the file")
    if made.losses:
        remarks.append(f"Left out: {said([loss.text for loss in made.losses])}")
    return Resumed(made.data, (), tuple(remarks))


def can_be_sent(messages: Sequence[object]) -> bool:
    """Tell whether every call among messages of `messages_in` has a result, and each result one."""
    calls: set[str] = set()
    results: set[str] = set()
    for _, parts in cast("Sequence[tuple[str, tuple[Part, ...]]]", messages):
        calls |= {part.id for part in parts if isinstance(part, Call)}
        results |= {part.id for part in parts if isinstance(part, Result)}
    return calls == results


def messages_in(data: bytes, format_name: str) -> Sequence[object] | None:
    """Return the messages of a file's live line that its agent would send.

    None for a file that is none of the format, or of lines whose last one is not complete: the
    agent might go on in that line.
    """
    format_ = format_named(format_name)
    if format_.SUFFIX == ".jsonl" and not data.endswith(b"\n"):
        return None
    try:
        transcript = format_.parse(data, "-")
    except InvalidSession:
        return None
    line = lineage_rows(transcript.turns, len(transcript.turns) - 1)
    raws = [transcript.rows[row].raw for row in line]
    return [_content(one) for one in messages_of(raws, [(format_name, len(raws))], live=True)]


def _content(one: Said) -> object:
    """Return a message as it is compared: without times, places, and names of tools at results."""
    parts = [part._replace(name="") if isinstance(part, Result) else part for part in one.parts]
    return one.role, tuple(parts)
