"""Read a very large row without its long texts, in memory of a fixed size.

`json` would need many times the size of a row of 100 MB. Here the row is cut into its strings
and brackets, and a short version of it is read: a long string is cut, and so is an array or
object with very many elements. In place of what is left out stands its hash, so two rows that
differ anywhere differ in their short versions, too.
"""

from __future__ import annotations

import codecs
import re
from hashlib import sha1
from typing import NamedTuple

from store.errors import InvalidSession

LARGE = 8 * 1024 * 1024
"""Rows of more bytes are read in their short version."""

_LONG_STRING = 64 * 1024
_KEPT_OF_STRING = 1000
_SHORT_VERSION = 4 * 1024 * 1024
_DIVISORS = (1, 16, 256)
"""By which these limits are divided where the short version is too long otherwise."""
_MAX_DEPTH = 500
_CHUNK = 1024 * 1024

_PART = re.compile(
    rb'[^"{}\[\]]++|"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+"|[{}\[\]]'
)
_WHOLE_CHARACTERS = re.compile(rb'(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+')
_CLOSING = {b"{": b"}", b"[": b"]"}


def shorten(raw: bytes, start: int = 0) -> tuple[bytes, int]:
    """Return the short version of the object that begins at `start`, and where the object ends.

    The short version is JSON where the object is.

    Raises:
        InvalidSession: no object begins there, or it does not end; `where` is the column.
    """
    for divisor in _DIVISORS:
        try:
            return _Shortener(raw, start, divisor).run()
        except _TooLong:
            continue
    raise InvalidSession("a row with too many members", "column 1")


class _TooLong(Exception):
    """The short version is too long, and no single array or object is the reason."""


class _Open(NamedTuple):
    """An open bracket: itself, its place, and the parts and bytes of the short version so far."""

    bracket: bytes
    place: int
    parts: int
    size: int


class _Shortener:
    """The open brackets of a row and its short version so far."""

    def __init__(self, raw: bytes, start: int, divisor: int) -> None:
        self._raw = raw
        self._long_string = _LONG_STRING // divisor
        self._many = _SHORT_VERSION // 4 // divisor  # bytes of an array's elements
        self._view = memoryview(raw)
        self._start = start
        self._made: list[bytes] = []
        self._size = 0
        self._open: list[_Open] = []

    def run(self) -> tuple[bytes, int]:
        raw, place = self._raw, self._start
        if raw[place : place + 1] != b"{":
            raise self._fault("a row must be an object", place)
        while True:
            found = _PART.match(raw, place)
            if found is None:
                reason = "invalid string" if raw[place : place + 1] == b'"' else "it does not end"
                raise self._fault(reason, place)
            start, place = place, found.end()
            first = raw[start : start + 1]
            if first in (b"{", b"["):
                if len(self._open) >= _MAX_DEPTH:
                    raise self._fault("nested too deeply", start)
                self._open.append(_Open(first, start, len(self._made), self._size))
                self._add(first)
            elif first in (b"}", b"]"):
                self._close(first, start)
                if not self._open:
                    self._check_text(place)
                    return b"".join(self._made), place
            else:
                is_long = first == b'"' and place - start > self._long_string
                self._add(self._cut(start, place) if is_long else raw[start:place])
            if self._size > _SHORT_VERSION:
                place = self._leave_out(place)

    def _add(self, text: bytes) -> None:
        self._made.append(text)
        self._size += len(text)

    def _close(self, bracket: bytes, place: int) -> None:
        opened = self._open.pop()
        if _CLOSING[opened.bracket] != bracket:
            raise self._fault("a bracket does not fit", place)
        if self._open and self._size - opened.size > self._many:
            self._replace(opened, place)
        self._add(bracket)

    def _cut(self, start: int, stop: int) -> bytes:
        """Return a string's beginning and its hash."""
        beginning = self._raw[start + 1 : start + 1 + _KEPT_OF_STRING]
        whole = _WHOLE_CHARACTERS.match(beginning)
        kept = whole[0].decode("utf-8", "ignore").encode() if whole else b""
        return b'"%s [%d bytes, sha1 %s]"' % (kept, stop - start - 2, self._hash(start, stop))

    def _hash(self, start: int, stop: int) -> bytes:
        return sha1(self._view[start:stop]).hexdigest().encode()

    def _leave_out(self, place: int) -> int:
        """Leave out the innermost array or object that fills most of the short version.

        Its hash takes the place of its elements. Return the place of its closing bracket.
        """
        depth = len(self._open) - 1
        while depth > 0 and (self._size - self._open[depth].size) * 2 < self._size:
            depth -= 1
        if depth <= 0:
            raise _TooLong
        below = len(self._open) - depth
        while below:
            found = _PART.match(self._raw, place)
            if found is None:
                raise self._fault("it does not end", place)
            first = self._raw[place : place + 1]
            below += (first in (b"{", b"[")) - (first in (b"}", b"]"))
            if below:
                place = found.end()
        del self._open[depth + 1 :]
        self._replace(self._open[depth], place)
        return place

    def _replace(self, opened: _Open, closing: int) -> None:
        """Put the hash of an array or object in place of its elements so far."""
        bracket, opening, parts, size = opened
        del self._made[parts:]
        self._size = size
        said = b'"sha1 %s"' % self._hash(opening, closing + 1)
        self._add(bracket + (b'"":' if bracket == b"{" else b"") + said)

    def _check_text(self, stop: int) -> None:
        """Check that the object is UTF-8."""
        decoder = codecs.getincrementaldecoder("utf-8")()
        for place in range(self._start, stop, _CHUNK):
            part = self._view[place : min(place + _CHUNK, stop)]
            try:
                decoder.decode(part, final=place + _CHUNK >= stop)
            except UnicodeDecodeError as error:
                where = f"byte {place - self._start + error.start + 1}"
                raise InvalidSession("not valid UTF-8", where) from None

    def _fault(self, reason: str, place: int) -> InvalidSession:
        return InvalidSession(reason, f"column {place - self._start + 1}")
