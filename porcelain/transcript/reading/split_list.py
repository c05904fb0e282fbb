"""Cut a large JSON list, or a file with a document a line, into its documents.

A part of the file is in memory at a time.
It grows until it holds an element whole. An element ends where `json` says so, and what
stands between two elements is checked, so a file is accepted or refused as if it was read whole.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from porcelain.transcript.input import Input
from porcelain.transcript.json_lines import BLANK, check_text
from porcelain.transcript.reading.json_parts import whole_value
from store.document.json_scanner import json_reason
from store.errors import InvalidSession

_CHUNK = 1024 * 1024
_NEAR_END = 16
"""An error so near to the end of what was read may be due to the end alone."""
_SPACE = re.compile(r"[ \t\n\r]*")
_DECODE = json.JSONDecoder().raw_decode


class Element(NamedTuple):
    """A document in a file: its place in bytes, its text, and its value."""

    start: int
    stop: int
    text: str
    value: Any


def split_list(data: Input, source: str) -> Iterator[Element] | None:
    """Yield the elements of the list that is all of a file; None if the file is no list.

    The iterator raises `InvalidSession` where the file is no JSON, with line and column.

    Raises:
        InvalidSession: the file is not UTF-8, or it became shorter meanwhile.
    """
    check_text(data.read(0, min(2, data.size)), source)
    window = _Window(data)
    try:
        if window.peek() != "[":
            return None
    except InvalidSession as error:
        raise InvalidSession(error.reason, error.where, source) from None
    return _elements(window, source)


def _elements(window: _Window, source: str) -> Iterator[Element]:
    try:
        yield from _each(window)
    except InvalidSession as error:
        raise InvalidSession(error.reason, error.where, source) from None


def _each(window: _Window) -> Iterator[Element]:
    window.take("[")
    is_first = True
    while window.peek() != "]":
        if not is_first:
            window.take(",")
            window.peek()
        yield window.value()
        is_first = False
    window.take("]")
    if window.peek():
        raise window.unexpected()


def split_lines(data: Input, source: str) -> Iterator[Element]:
    """Yield the lines that are not blank, each with the value that is all of it.

    Raises:
        InvalidSession: a line is no JSON, or the file became shorter meanwhile.
    """
    check_text(data.read(0, min(2, data.size)), source)
    number = 0
    for place, line, _ in data.lines():
        if line.strip(BLANK):
            number += 1
            try:
                text = line.decode()
            except UnicodeDecodeError as error:
                where = f"byte {place + error.start + 1}"
                raise InvalidSession("not valid UTF-8", where, source) from None
            try:
                value = whole_value(text).value
            except InvalidSession as error:
                where = f"{source}#{number}"
                raise InvalidSession(error.reason, error.where, where) from None
            yield Element(place, place + len(line), text, value)


def has_lines(data: Input) -> bool:
    """Tell whether a file has a document a line: its first is whole, and others follow."""
    lines = (line for _, line, _ in data.lines() if line.strip(BLANK))
    try:
        json.loads(next(lines, b""))
    except (ValueError, RecursionError):
        return False
    return next(lines, None) is not None


class _Window:
    """The text of a file from one place on, as far as it was read."""

    def __init__(self, data: Input) -> None:
        self._data = data
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._read = 0  # bytes
        self._text = ""
        self._place = 0  # in the text
        self._at = 0  # the same place in the file, in bytes
        self._lines = 0  # before the text
        self._columns = 0  # of the last line before the text

    def peek(self) -> str:
        """Skip white space; return the next character, "" at the end of the file."""
        while True:
            found = _SPACE.match(self._text, self._place)
            self._move(found.end() if found else self._place)
            if self._place < len(self._text) or not self._more():
                return self._text[self._place : self._place + 1]

    def take(self, wanted: str) -> None:
        """Skip white space and the character behind it, which is expected."""
        if self.peek() != wanted:
            raise self.fault(f"expected {wanted!r}", self._place)
        self._move(self._place + 1)

    def value(self) -> Element:
        """Read the value that is here."""
        while True:
            try:
                value, stop = _DECODE(self._text, self._place)
            except json.JSONDecodeError as error:
                is_cut = error.pos >= len(self._text) - _NEAR_END
                if (is_cut or error.msg.startswith("Unterminated")) and self._more():
                    continue
                raise self.fault(json_reason(error), error.pos) from None
            except (ValueError, RecursionError):
                reason = "nested too deeply, or a number too long"
                raise self.fault(reason, self._place) from None
            if stop < len(self._text) - _NEAR_END or not self._more():  # a number may go on
                start, text = self._at, self._text[self._place : stop]
                self._move(stop)
                return Element(start, self._at, text, value)

    def unexpected(self) -> InvalidSession:
        """Return the error for text behind the end."""
        return self.fault("unexpected text after the end", self._place)

    def fault(self, reason: str, place: int) -> InvalidSession:
        """Return the error for a place in the text."""
        line, column = self._position(place)
        return InvalidSession(reason, f"line {line + 1} column {column + 1}")

    def _position(self, place: int) -> tuple[int, int]:
        """Return how many lines end before a place, and how many characters of its own do."""
        lines = self._text.count("\n", 0, place)
        if not lines:
            return self._lines, self._columns + place
        return self._lines + lines, place - self._text.rfind("\n", 0, place) - 1

    def _move(self, place: int) -> None:
        passed = self._text[self._place : place]
        self._at += len(passed) if passed.isascii() else len(passed.encode())
        self._place = place

    def _more(self) -> bool:
        """Drop the text before this place, and read on; False at the end of the file."""
        if self._read == self._data.size:
            return False
        self._lines, self._columns = self._position(self._place)
        self._text, self._place = self._text[self._place :], 0
        held = len(self._decoder.getstate()[0])
        stop = min(self._read + max(_CHUNK, len(self._text)), self._data.size)
        data = self._data.read(self._read, stop)
        try:
            self._text += self._decoder.decode(data, final=stop == self._data.size)
        except UnicodeDecodeError as error:
            where = f"byte {self._read - held + error.start + 1}"
            raise InvalidSession("not valid UTF-8", where) from None
        self._read = stop
        return True
