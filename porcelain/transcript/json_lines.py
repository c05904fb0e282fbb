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

from porcelain.transcript.input import Input
from porcelain.transcript.large_row import LARGE, shorten
from store.document.json_scanner import json_reason
from store.document.separators import Separators, measure_lines
from store.errors import InvalidSession

NEWLINE = b"\n"
BLANK = b" \t\r"

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_MOST_STARTS = 10_000
_MOST_GLUED = 20
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


class LineRow(NamedTuple):
    """A row of a file: its place, its bytes, and its value, which is None if it is damaged."""

    place: int
    raw: bytes
    value: Object | None


class LineReader:
    """Reads the rows of a file one after the other.

    The facts about the whole file are complete once all rows were taken: the separators, the
    incomplete row at its end (which is no row), and the damaged and torn rows.
    """

    def __init__(self, data: bytes | Input, source: str, is_row: Callable[[Object], bool]) -> None:
        """Prepare to read; `is_row` is as for `read_lines`.

        Raises:
            InvalidSession: the file is UTF-16.
        """
        self._input = Input.of(data)
        self._is_row = is_row
        self._stop = 0
        self._lines = 0
        self._lead = ""
        self._after: list[str] = []
        self.torn = b""
        self.faults: list[Fault] = []
        check_text(self._input.read(0, min(2, self._input.size)), source)

    @property
    def separators(self) -> Separators:
        """The text between the rows."""
        return measure_lines([self._lead, *self._after])

    def go_on(self, data: Input) -> None:
        """Read the rows behind those of an earlier state of the file, which `is_whole`."""
        self._input = data

    @property
    def is_whole(self) -> bool:
        """Whether all was read, and the last line has its newline: a longer file can go on here."""
        return self._stop == self._input.size

    def __iter__(self) -> Iterator[LineRow]:
        """Yield the rows that were not read yet; errors as `Input.read`."""
        text = ""  # since the last row
        for number, (start, line, ends) in enumerate(
            self._input.lines(self._stop), self._lines + 1
        ):
            if ends:
                self._stop, self._lines = start + len(line) + 1, number
            if not line.strip(BLANK):
                text += line.decode("ascii") + "\n" * ends
                continue
            self._separate(text)
            value = _whole_row(line)
            if value is not None:  # as nearly every line
                text = "\n" * ends
                self._after.append("")
                yield LineRow(start, line, value)
                continue
            row = line.rstrip(b"\r") if ends else line  # else a cut could add to the newline
            text = line[len(row) :].decode("ascii") + "\n" * ends
            place = start
            pieces = _pieces(row, self._is_row)
            if not ends:
                pieces = iter(self._without_torn(list(pieces), number))
            for piece in pieces:
                if piece.value is None:
                    self.faults.append(Fault(number, piece.reason))
                self._after.append(piece.after)
                yield LineRow(place, piece.raw, piece.value)
                place += len(piece.raw) + len(piece.after)
        self._separate(text)

    def _separate(self, text: str) -> None:
        if self._after:
            self._after[-1] = self._after[-1] + text if self._after[-1] else text
        else:
            self._lead += text

    def _without_torn(self, pieces: list[_Piece], number: int) -> list[_Piece]:
        if pieces[-1].value is None:
            self.torn = pieces.pop().raw
            self.faults.append(Fault(number, "the last row is torn"))
        return pieces


def check_text(data: bytes, source: str) -> None:
    """Refuse a file that cannot be JSON text, by its beginning.

    Raises:
        InvalidSession: it is UTF-16.
    """
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
    reader = LineReader(data, source, is_row)
    found = list(reader)
    rows, values = tuple(row.raw for row in found), tuple(row.value for row in found)
    return Lines(rows, reader.separators, values, reader.torn, tuple(reader.faults))


class _Piece(NamedTuple):
    """A part of a line: a row (damaged if `value` is None), and the blanks behind it."""

    raw: bytes
    value: Object | None
    after: str = ""
    reason: str = ""


def _whole_row(line: bytes) -> Object | None:
    """Return the value of a line that is one row and nothing else."""
    if line.endswith(b"}"):
        try:
            return read_object(line)
        except InvalidSession:
            pass
    return None


def _pieces(line: bytes, is_row: Callable[[Object], bool]) -> Iterator[_Piece]:
    """Yield the parts of a line in order: one whole row, or whole and damaged rows."""
    try:
        yield _Piece(line, read_object(line))
        return
    except InvalidSession as error:
        reason = error.reason
    if len(line) > LARGE:
        yield from _large_pieces(line, is_row, reason)
        return
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


def _large_pieces(line: bytes, is_row: Callable[[Object], bool], reason: str) -> Iterator[_Piece]:
    """Yield the parts of a very large line: a whole row begins with it, or where one may end."""
    done = start = 0
    for _ in range(_MOST_GLUED):
        found = _large_row(line, start, is_row)
        if found is not None:
            if start > done:
                yield _Piece(line[done:start], None, reason=reason)
            stop, value = found
            done = stop
            while line[done : done + 1] in (b" ", b"\t", b"\r"):
                done += 1
            yield _Piece(line[start:stop], value, line[stop:done].decode("ascii"))
            start = done
        if found is None or line[start : start + 1] != b"{":
            start = line.find(b"}{", start) + 1
            if not start:
                break
    if done < len(line):
        yield _Piece(line[done:], None, reason=reason)


def _large_row(
    line: bytes, start: int, is_row: Callable[[Object], bool]
) -> tuple[int, Object] | None:
    """Return the end and the value of the row that begins at a place, None if there is none."""
    try:
        _, stop = shorten(line, start)
        value = read_object(line[start:stop])
    except InvalidSession:
        return None
    return (stop, value) if is_row(value) else None


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
    inside an emoji, reads as U+FFFD; the bytes stay as they are. Of a row over 8 MiB the short
    version is read (`porcelain.transcript.large_row`).

    Raises:
        InvalidSession: the bytes are no JSON object; `where` is the column.
    """
    if len(raw) > LARGE:
        short, stop = shorten(raw)
        if raw[stop:].strip(BLANK):
            raise InvalidSession("extra data", f"column {stop + 1}")
        raw = short
    try:
        value = json.loads(raw.decode())
    except UnicodeDecodeError as error:
        raise InvalidSession("not valid UTF-8", f"byte {error.start + 1}") from None
    except json.JSONDecodeError as error:
        raise InvalidSession(json_reason(error), f"column {error.pos + 1}") from None
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
    """Read the first `count` lines, and skip those that are no object.

    NUL bytes before an object are left out: a power cut may leave a run of them.
    """
    start = 0
    for _ in range(count):
        if start >= len(data):
            return
        stop = data.find(NEWLINE, start)
        line = data[start : stop if stop >= 0 else len(data)]
        start += len(line) + 1
        if line.strip(BLANK):
            try:
                yield read_object(line.lstrip(b"\0"))
            except InvalidSession:
                continue


_NAMES: dict[type, str] = {
    list: "a list",
    str: "a string",
    bool: "true or false",
    type(None): "null",
}
