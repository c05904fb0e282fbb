"""Read files of JSON lines, one object a line, and keep lines that are no object.

Agents are killed while they write, disks lose power, and two programs write one file. So a line
may hold two whole rows, the rest of a row and a whole one, a run of NUL bytes, or the beginning
of a row that is still being written. Whole rows are found anywhere in a line; all other bytes
become *damaged rows*, so rows and separators together equal the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from store.document.separators import Separators, measure_lines, split_lines
from store.errors import InvalidSession

MAX_BYTES = 256 * 1024 * 1024
NEWLINE = b"\n"
BLANK = b" \t\r"

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_MOST_STARTS = 10_000
_LONE = re.compile("[\ud800-\udfff]")
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_DECODE = json.JSONDecoder().raw_decode

Object = dict[str, Any]


class Fault(NamedTuple):
    """A damaged or torn row: the number of its line, from 1, and the reason."""

    line: int
    reason: str


class Lines(NamedTuple):
    """The rows of a file; `values` has None for a damaged row.

    `torn` is an incomplete row at the end of the file, which is neither in `rows` nor in a
    separator.
    """

    rows: tuple[bytes, ...]
    separators: Separators
    values: tuple[Object | None, ...]
    torn: bytes
    faults: tuple[Fault, ...]


def check_size(size: int, source: str) -> None:
    """Refuse a file before it is read; `size` in bytes.

    Raises:
        InvalidSession: it is larger than `MAX_BYTES`.
    """
    if size > MAX_BYTES:
        mib = 1024 * 1024
        reason = f"the file is {size / mib:,.0f} MiB; the limit is {MAX_BYTES // mib} MiB"
        raise InvalidSession(reason, source=source)


def check_text(data: bytes, source: str) -> None:
    """Refuse a file that cannot be JSON text.

    Raises:
        InvalidSession: it is too large, or UTF-16.
    """
    check_size(len(data), source)
    if data.startswith(_UTF16):
        reason = "the file begins with a byte order mark of UTF-16; save it as UTF-8"
        raise InvalidSession(reason, where="byte 1", source=source)


def read_lines(data: bytes, source: str, is_row: Callable[[Object], bool]) -> Lines:
    """Split a file into rows, damaged rows and a torn last row.

    `is_row` tells whether an object found inside a faulty line is a row of the format rather
    than a part of one.

    Raises:
        InvalidSession: as `check_text`.
    """
    check_text(data, source)
    lines, separators = split_lines(data)
    texts = list(separators.texts(len(lines)))
    rows: list[bytes] = []
    values: list[Object | None] = []
    faults: list[Fault] = []
    after: list[str] = []
    torn = b""
    number = 1
    for place, line in enumerate(lines):
        number += texts[place].count("\n")
        pieces = list(_pieces(line, is_row))
        if place == len(lines) - 1 and not texts[-1] and pieces[-1].value is None:
            torn = pieces.pop().raw
            faults.append(Fault(number, "the last row is torn"))
        for piece in pieces:
            if piece.value is None:
                faults.append(Fault(number, piece.reason))
            rows.append(piece.raw)
            values.append(piece.value)
            after.append(piece.after)
        if pieces and not (torn and place == len(lines) - 1):
            after[-1] += texts[place + 1]
    lead = texts[0] if rows else data[: len(data) - len(torn)].decode("ascii")
    return Lines(tuple(rows), measure_lines([lead, *after]), tuple(values), torn, tuple(faults))


class _Piece(NamedTuple):
    """A part of a line: a row (damaged if `value` is None), and the blanks behind it."""

    raw: bytes
    value: Object | None
    after: str = ""
    reason: str = ""


def _pieces(line: bytes, is_row: Callable[[Object], bool]) -> Iterator[_Piece]:
    """Yield the parts of a line in order: one whole row, or whole and damaged rows."""
    try:
        yield _Piece(line, read_object(line))
        return
    except InvalidSession as error:
        reason = error.reason
    text = line.decode("utf-8", "surrogateescape")
    done = 0
    for start, stop, value in _found(text, is_row):
        if text[done:start].strip():
            yield _Piece(_bytes(text[done:start]), None, reason=reason)
            done = start
        end = stop
        while end < len(text) and text[end] in " \t\r":
            end += 1
        yield _Piece(_bytes(text[done:stop]), value, text[stop:end])
        done = end
    if text[done:]:
        yield _Piece(_bytes(text[done:]), None, reason=reason)


def _found(text: str, is_row: Callable[[Object], bool]) -> Iterator[tuple[int, int, Object]]:
    """Yield start, stop and value of the whole rows in a line, from the left."""
    place = 0
    for _ in range(_MOST_STARTS):
        start = text.find('{"', place)
        if start < 0:
            return
        try:
            _, stop = _DECODE(text, start)
            value = read_object(_bytes(text[start:stop]))
        except (InvalidSession, ValueError, RecursionError):
            place = start + 1
            continue
        if is_row(value):
            yield start, stop, value
            place = stop
        else:
            place = start + 1


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def read_object(raw: bytes) -> Object:
    """Read one row: any JSON object that an agent's JSON writer may write.

    Of a repeated key the last counts. Half of a surrogate pair, which is left of a text cut
    inside an emoji, reads as U+FFFD; the bytes stay as they are.

    Raises:
        InvalidSession: the bytes are no JSON object; `where` is the column.
    """
    try:
        value = json.loads(raw.decode())
    except UnicodeDecodeError as error:
        raise InvalidSession("not valid UTF-8", f"byte {error.start + 1}") from None
    except json.JSONDecodeError as error:
        reason = f"{error.msg[:1].lower()}{error.msg[1:]}"
        raise InvalidSession(reason, f"column {error.pos + 1}") from None
    except (ValueError, RecursionError):
        raise InvalidSession("nested too deeply, or a number too long", "column 1") from None
    if not isinstance(value, dict):
        raise InvalidSession(f"a row must be an object, not {_NAMES.get(type(value), 'a number')}")
    found: Object = _whole_characters(value) if _SURROGATE_ESCAPE.search(raw) else value
    return found


def _whole_characters(value: Any) -> Any:
    """Return a JSON value with each half of a surrogate pair replaced by U+FFFD."""
    if isinstance(value, str):
        return _LONE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_whole_characters(item) for item in value]
    if isinstance(value, dict):
        return {_LONE.sub("\ufffd", key): _whole_characters(item) for key, item in value.items()}
    return value


def leading_objects(data: bytes, count: int) -> Iterator[Object]:
    """Read the first `count` lines, and skip those that are no object."""
    start = 0
    for _ in range(count):
        if start >= len(data):
            return
        stop = data.find(NEWLINE, start)
        line = data[start : stop if stop >= 0 else len(data)]
        start += len(line) + 1
        if line.strip(BLANK):
            try:
                yield read_object(line)
            except InvalidSession:
                continue


_NAMES: dict[type, str] = {
    list: "a list",
    str: "a string",
    bool: "true or false",
    type(None): "null",
}
