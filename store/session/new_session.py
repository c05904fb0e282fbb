"""Sessions that come from no document: the parts of files of lines, of new ones, of lists of dicts."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence

from store.document.envelope import new_envelope
from store.document.headline import PROMPT_LENGTH, Headline, one_line
from store.document.json_scanner import Json
from store.document.pawan_schema import DEFAULTS, MESSAGES, ROLES, check_header
from store.document.row_format import FIELD, PAWAN
from store.document.separators import Separators
from store.errors import InvalidSession
from store.session.message import LazyMessages, Message, check, messages_of
from store.session.session_codec import Parts
from store.session.session_value import SessionValue

_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?( ?(Z|[+-]\d\d:?(\d\d)?))?)?)?"
)


def time_text(seconds: float) -> str:
    """Return a time, in seconds since the epoch, in the form of pawan's documents."""
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1_000_000):06d}+00:00"


def checked_time(text: str | None) -> str:
    """Return a time as it is given; the present one for None.

    Raises:
        InvalidSession: it is neither empty nor a time of ISO 8601.
    """
    if text is None:
        return time_text(time.time())  # noqa: TID251 - a default, given by callers
    if not _TIME.fullmatch(text):
        raise InvalidSession("must be a time as in 2026-01-05T10:00:00Z", "$.created_at")
    return text


def new_parts(session_id: str, model: str, created_at: str | None, updated_at: str | None) -> Parts:
    """Return the parts of a pawan session without messages."""
    created = checked_time(None) if created_at is None else created_at
    updated = created if updated_at is None else updated_at
    times = (("created_at", created), ("updated_at", updated))
    members = [("id", session_id), ("model", model), *times, (MESSAGES, None), *DEFAULTS]
    envelope = new_envelope(members)
    check_header(envelope.values())
    return Parts(envelope, PAWAN)


def line_parts(  # noqa: PLR0913, PLR0917 - one for each fact of a file
    rows: Iterable[object],
    header: Mapping[str, str],
    format_: str,
    title: str,
    message_count: int | None,
    separators: Separators,
    fields: Mapping[str, object],
) -> tuple[Parts, Sequence[Message]]:
    """Return parts and rows of a file of lines; `Session.from_lines` explains the arguments."""
    if format_ == PAWAN:
        raise InvalidSession("pawan's sessions are documents, not lines", f"$.{FIELD}")
    for key in fields:
        refuse_reserved(key)
    envelope = new_envelope([*header.items(), (MESSAGES, None), (FIELD, format_)])
    envelope = envelope.with_values(fields)
    check_header(envelope.values(), opaque=True)
    checked: Sequence[Message]
    if isinstance(rows, LazyMessages) and rows.fits(format_, lines=True):
        checked = rows
    else:
        checked = tuple(
            check(row, number, format_, separators, envelope.style)
            for number, row in enumerate(messages_of(rows))
        )
    count = len(checked) if message_count is None else message_count
    headline = Headline(one_line(title), one_line(title, PROMPT_LENGTH), count)
    return Parts(envelope, format_, separators.fitted(len(checked)), headline), checked


def dict_rows(messages: Iterable[object]) -> list[Message]:
    """Return the rows of messages that are dicts, or rows already.

    Raises:
        InvalidSession: another item, with its place.
    """
    if isinstance(messages, (str, bytes, bytearray, memoryview, Mapping, Message)):
        return messages_of(messages)  # raises
    items = [*messages]
    for number, item in enumerate(items):
        if not isinstance(item, (Mapping, Message, bytes)):
            raise InvalidSession("must be an object", f"$.{MESSAGES}[{number}]")
    return messages_of(items)


def facts_of_rows(rows: Iterable[Message]) -> tuple[str, int]:
    """Return the last prompt's text and the number of rows with a role.

    As in most formats, the role is in the row or in its member `message`.
    """
    title, count = "", 0
    for row in rows:
        said = _said(row)
        role = said.get("role")
        count += isinstance(role, str) and role in ROLES
        if role == "user":
            title = _text(said) or title
    return title, count


def facts_added(before: SessionValue, added: Sequence[object]) -> tuple[str | None, int | None]:
    """Return title and number of messages with the messages added, as `facts_of_rows` finds them.

    None where that is not known: pawan's sessions find both themselves.
    """
    if before.format == PAWAN:
        return None, None
    title, count = facts_of_rows(messages_of(added))
    return title or None, before.message_count + count


def refuse_reserved(key: str) -> None:
    """Refuse a member that belongs to the messages."""
    if key in (MESSAGES, FIELD):
        raise InvalidSession("can only be changed together with the messages", f"$.{key}")


def _said(row: Message) -> Mapping[str, Json]:
    """Return what a row says: the row, or its member `message`; nothing where it is not JSON."""
    try:
        value = row.value
    except InvalidSession:
        return {}
    if not isinstance(value, dict):
        return {}
    inner = value.get("message")
    return inner if "role" not in value and isinstance(inner, dict) else value


def _text(said: Mapping[str, Json]) -> str:
    content = said.get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = [part.get("text") for part in parts if isinstance(part, dict)]
    return "\n".join(text for text in texts if isinstance(text, str))
