"""Files of JSON lines: one object a line, and every fault named with its line.

How a file is cut into lines is `store.document.separators`' business, what JSON is `store.document.json_scanner`'s; here
the two meet, and what cannot be text at all is refused first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from store.document import json_scanner as json_text
from store.document.separators import Separators, split_lines
from store.errors import InvalidSession

MAX_BYTES = 256 * 1024 * 1024
NEWLINE = b"\n"
BLANK = b" \t\r"

_UTF16 = (b"\xff\xfe", b"\xfe\xff")


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
    """Refuse what cannot be JSON text at all.

    Raises:
        InvalidSession: it is empty, too large, binary, or begins with a byte order mark.
    """
    check_size(len(data), source)
    if not data.strip():
        raise InvalidSession("the file is empty", source=source)
    if data.startswith((b"\xef\xbb\xbf", *_UTF16)):
        reason = "the file begins with a byte order mark; save it as UTF-8 without one"
        raise InvalidSession(reason, where="byte 1", source=source)
    nul = data.find(b"\0")
    if nul >= 0:
        where = f"line {data.count(NEWLINE, 0, nul) + 1}"
        raise InvalidSession("binary data: a NUL byte", where=where, source=source)


def objects(data: bytes, source: str) -> tuple[tuple[bytes, ...], Separators, list[dict[str, Any]]]:
    """Read every row of a file of JSON lines: the rows, what stands between them, the values.

    Raises:
        InvalidSession: naming the first line that is no JSON object.
    """
    check_text(data, source)
    rows, separators = split_lines(data)
    return rows, separators, list(_values(rows, separators, source))


def _values(rows: Sequence[bytes], separators: Separators, source: str) -> Iterator[dict[str, Any]]:
    """Read the rows; a fault in a last line without newline is called what it usually is."""
    number = 1
    for index, (row, gap) in enumerate(zip(rows, separators.texts(len(rows)), strict=False)):
        number += gap.count("\n")
        try:
            yield read_object(row, f"line {number}", source)
        except InvalidSession as error:
            if index != len(rows) - 1 or separators.last or _is_json(row):
                raise
            reason = (
                "the last line is cut off; where an agent is writing the file at this moment, "
                f"try again when it has finished ({error.reason})"
            )
            raise InvalidSession(reason, error.where, source) from None


def read_object(raw: bytes, where: str = "", source: str = "") -> dict[str, Any]:
    """Read one row strictly; `where` names its line.

    Raises:
        InvalidSession: at `where` and the column or JSON path, why it is no JSON object.
    """
    try:
        value = json_text.parse(raw)
    except InvalidSession as error:
        place = _within(where, error.where) if where else error.where
        reason = error.reason
        if reason == _TRAILING:
            reason = f"{reason} of the row; two rows on one line?"
        raise InvalidSession(reason, place, source) from None
    if not isinstance(value, dict):
        reason = f"a row must be a JSON object, not {_NAMES.get(type(value), 'a number')}"
        raise InvalidSession(reason, where, source)
    return value


def leading_objects(data: bytes, count: int) -> Iterator[dict[str, Any]]:
    """Read up to `count` lines from the start, stopping silently at the first bad one."""
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
                return


def _is_json(raw: bytes) -> bool:
    """Tell whether the bytes are whole JSON, be it JSON that we refuse."""
    try:
        json.loads(raw)
    except (ValueError, RecursionError):
        return False
    return True


def _within(line: str, place: str) -> str:
    """Place a fault inside a line of the file; the row alone was read as `line 1`."""
    if place.startswith("line 1 "):
        return line + place.removeprefix("line 1")
    return f"{line}, {place}"


_TRAILING = "unexpected text after the end"
_NAMES: dict[type, str] = {
    list: "a list",
    str: "a string",
    bool: "true or false",
    type(None): "null",
}
