"""Redacted rows: placeholders for redacted messages, which are recognised when saved again.

A placeholder has the type, role and ids of its row, so that chains of parents and pairs of calls
and results stay whole. All text is gone, the input of tools included.

An agent still has the redacted text and saves it again with the next message. A row that differs
from the stored one only by redaction is taken for the stored one. This happens only if the last
known row proves that it is the same conversation, not one that went back and has another text in
place of `[redacted]`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

from store.document.json_scanner import write_value
from store.errors import InvalidSession
from store.session.message import Message, message_ids
from store.session.session import Session

PLACEHOLDER = "[redacted]"
"""The replacement of redacted text; no JSON encoding escapes it."""

_KEPT_TEXT = """
    type subtype role model version userType timestamp created_at updated_at time stop_reason
    isSidechain isMeta cwd gitBranch name service_tier status level operation parent
"""
_KEPT = frozenset(_KEPT_TEXT.split())
_ID = re.compile(r"(?:.*_)?(?:uu)?id|.*(?:Uuid|UUID|Id|ID)")
_OPENED = frozenset(
    (
        *("message", "payload", "tool_result", "function", "usage"),
        *("author", "info", "functionCall", "functionResponse"),
    )
)
_LINKS = frozenset(("children", "childrenIds"))
_BLOCKS = frozenset(("content", "tool_calls", "parts", "summary"))
_LONGEST_ID = 200


NESTED_END = "]}"
"""Completes a row that ends with the bracket behind which the answers to it stand."""


def is_nested(text: str) -> bool:
    """Tell whether a row is a message that ends where the answers inside it begin."""
    if not text.endswith("["):
        return False
    try:
        return isinstance(json.loads(text + NESTED_END), dict)
    except (ValueError, RecursionError):
        return False


def placeholder_row(raw: bytes) -> bytes:
    """Return the placeholder of a row, as compact JSON; one word if the row is no JSON object."""
    end = NESTED_END.encode()
    if raw.endswith(b"[") and is_nested(raw.decode("utf-8", "replace")):
        return placeholder_row(raw + end).removesuffix(end)
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return PLACEHOLDER.encode()
    if not isinstance(value, dict):
        return json.dumps(PLACEHOLDER).encode()
    made = json.dumps(_emptied(value), ensure_ascii=False, separators=(",", ":"))
    return made.encode("utf-8", "backslashreplace")


def _emptied(value: dict[str, object]) -> dict[str, object]:
    return {key: _member(key, item) for key, item in value.items()}


def _member(key: str, item: object) -> object:
    if isinstance(item, str):
        kept = key in _KEPT or _ID.fullmatch(key)
        return item if not item or (kept and len(item) <= _LONGEST_ID) else PLACEHOLDER
    if isinstance(item, dict):
        return _emptied(item) if key in _OPENED else {}
    if isinstance(item, list) and key in _LINKS:
        return [one for one in item if isinstance(one, str) and len(one) <= _LONGEST_ID]
    if isinstance(item, list):
        blocks = [_emptied(one) if isinstance(one, dict) else PLACEHOLDER for one in item]
        return blocks if key in _BLOCKS else []
    return item


def is_redacted_form(stored: bytes, source: bytes) -> bool:
    """Tell whether a stored row is the source row, redacted or unchanged."""
    if stored == source:
        return True
    first, *rest = stored.split(PLACEHOLDER.encode())
    if not rest:
        return placeholder_row(source) == stored  # a tool call's input leaves no word behind
    place = len(first)
    if source.startswith(first) and len(source) >= place + len(rest[-1]):
        for piece in rest[:-1]:
            place = source.find(piece, place)
            if place < 0:
                break
            place += len(piece)
        else:
            if source.endswith(rest[-1]) and place <= len(source) - len(rest[-1]):
                return True
    return placeholder_row(source) == stored


Spans = Callable[[bytes], Sequence[tuple[int, int]]]


def redacted_alike(stored: bytes, source: bytes, spans: Spans) -> bytes | None:
    """Return the source row with the redactions of a stored row, its copy; None if it is no copy.

    The two may differ in the places that `spans` returns, which hold the identity of a row. If
    these were redacted too, the stored row is returned.
    """
    ours, theirs = spans(stored), spans(source)
    gaps = _gaps(_without(stored, ours), _without(source, theirs))
    if gaps is not None:
        mark = PLACEHOLDER.encode()
        if any(mark in stored[start:stop] for start, stop in ours):
            return stored
        return _with_gaps(source, theirs, gaps)
    made = placeholder_row(source)
    return made if _without(made, spans(made)) == _without(stored, ours) else None


def _gaps(stored: bytes, source: bytes) -> list[tuple[int, int]] | None:
    """Return the places of a source that a stored row replaces; None if it has another rest."""
    first, *rest = stored.split(PLACEHOLDER.encode())
    if not rest or not source.startswith(first):
        return None
    gaps, place = [], len(first)
    for piece in rest[:-1]:
        found = source.find(piece, place)
        if found < 0:
            return None
        gaps.append((place, found))
        place = found + len(piece)
    end = len(source) - len(rest[-1])
    if end < place or not source.endswith(rest[-1]):
        return None
    return [*gaps, (place, end)]


def _without(raw: bytes, places: Sequence[tuple[int, int]]) -> bytes:
    """Return a row without some places, which are ascending and apart."""
    pieces: list[bytes] = []
    done = 0
    for start, stop in places:
        pieces.append(raw[done:start])
        done = stop
    return b"".join((*pieces, raw[done:]))


def _with_gaps(
    raw: bytes, places: Sequence[tuple[int, int]], gaps: Sequence[tuple[int, int]]
) -> bytes:
    """Return a row with placeholders for gaps, which are counted without some places of it."""

    def whole(place: int, *, before: bool) -> int:
        for start, stop in places:
            if start > place or (before and start == place):
                break
            place += stop - start
        return place

    pieces: list[bytes] = []
    done = 0
    for start, stop in gaps:
        pieces += (raw[done : whole(start, before=False)], PLACEHOLDER.encode())
        done = whole(stop, before=True)
    return b"".join((*pieces, raw[done:]))


def are_redacted_forms(stored: Sequence[Message], source: Sequence[Message]) -> bool:
    """Tell whether stored rows are redacted forms of the source rows, as far as both go."""
    pairs = zip(message_ids(stored), message_ids(source), strict=False)
    differing = [place for place, (one, other) in enumerate(pairs) if one != other]
    return all(is_redacted_form(stored[n].raw, source[n].raw) for n in differing)


def is_earlier_state(stored: Sequence[Message], source: Sequence[Message]) -> bool:
    """Tell whether the stored rows begin with the source rows, apart from redaction."""
    if not source or len(source) > len(stored):
        return False
    last = len(source) - 1
    return _is_same(stored[last], source[last]) and are_redacted_forms(stored, source)


def as_redacted(session: Session, stored: Session, known: tuple[int, str | None]) -> Session:
    """Return a session with the redactions of its earlier state `stored`.

    `known` is the number of its recorded rows, and the id of the last one as the source had it;
    None if that one was redacted too.
    The session is returned unchanged if `stored` is no earlier state or has nothing redacted.
    """
    count = min(session.rows, stored.rows)
    source = message_ids(session.messages)
    if source[:count] != message_ids(stored.messages)[:count]:
        rows, last = known
        if len(source) >= rows:
            is_other = last is not None and source[rows - 1] != last
            if is_other or not are_redacted_forms(stored.messages, session.messages[:rows]):
                return session
            count = min(count, rows)
        elif not is_earlier_state(stored.messages, session.messages):
            return session
        title = session.title
        if _is_form(stored.title, title):
            title = stored.title
        kept = [*stored.messages[:count], *session.messages[count:]]
        session = session.with_messages(kept, format=session.format, title=title)
    return _with_fields(session, stored)


def _is_same(stored: Message, source: Message) -> bool:
    """Tell whether two rows are the same, by their bytes or by the agent's row id."""
    if stored.blob_id == source.blob_id:
        return True
    try:
        names = [row.value.get("uuid") for row in (stored, source) if isinstance(row.value, dict)]
    except InvalidSession:
        return False
    return len(names) == 2 and names[0] == names[1] and isinstance(names[0], str)


def _with_fields(session: Session, stored: Session) -> Session:
    fields = {
        key: value
        for key, value in stored.header.items()
        if PLACEHOLDER in key or PLACEHOLDER in write_value(value)
    }
    if not fields:
        return session
    own = session.header
    gone = [
        key for key in own if any(k != key and k not in own and _is_form(k, key) for k in fields)
    ]
    kept = {
        key: value
        for key, value in fields.items()
        if key not in own or _is_form(write_value(value), write_value(own[key]))
    }
    return session.with_header(kept, remove=gone)


def _is_form(stored: str, source: str) -> bool:
    return PLACEHOLDER in stored and is_redacted_form(stored.encode(), source.encode())
