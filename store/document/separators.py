"""The text between a file's rows, small for a regular file and exact for any.

Of a file of lines that is newlines; of a document whose messages are rows it is all of the
document but the messages.
A file of n rows has n + 1 separators: before each row, and after the last. Nearly all of them
are alike, so only the exceptions are listed, by the number of the row that they precede.
They survive appending and cutting: no separator that stays depends on later rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

_BLANK = b" \t\r"


class Separators(NamedTuple):
    """The text before the first row, between two rows, after the last, and of an empty file.

    `odd` lists exceptions to `between`: the row that follows, and the text.
    """

    first: str = ""
    between: str = "\n"
    last: str = "\n"
    empty: str = ""
    odd: tuple[tuple[int, str], ...] = ()

    @property
    def end_rows(self) -> bool:
        """Whether newlines alone part the rows, so that a row must be one line."""
        return "\n" in self.between and not self.between.strip(" \t\r\n")

    def fitted(self, rows: int) -> Separators:
        """Return the separators after the file was cut or extended to `rows` rows."""
        odd = tuple((row, text) for row, text in self.odd if row < rows)
        return self._replace(odd=odd, empty="" if rows else self.empty)

    def texts(self, rows: int) -> Iterator[str]:
        """Yield the separators of a file of `rows` rows in order."""
        if not rows:
            yield self.empty
            return
        odd = dict(self.odd)
        yield self.first
        for row in range(1, rows):
            yield odd.get(row, self.between)
        yield self.last

    def behind(self, rows: Iterable[int], count: int) -> Iterator[str]:
        """Yield the separators behind some rows of a file of `count` rows."""
        odd = dict(self.odd)
        for row in rows:
            yield self.last if row + 1 == count else odd.get(row + 1, self.between)

    def join(self, rows: Sequence[bytes]) -> bytes:
        """Return the file that consists of these rows."""
        texts = self.texts(len(rows))
        parts = [next(texts).encode()]
        for row, text in zip(rows, texts, strict=True):
            parts += (row, text.encode())
        return b"".join(parts)


LINES = Separators()
"""Rows that are lines, each ended by a newline."""


def measure(texts: Sequence[str], usual: Separators) -> Separators:
    """Describe separators that were read; `usual` fills in what a short file does not show.

    The second one decides what is regular, so that a longer file agrees with a shorter one.
    """
    return _describe(texts, texts[1] if len(texts) > 2 else usual.between, usual)


def measure_lines(texts: Sequence[str]) -> Separators:
    """Describe the separators of a file of lines.

    A separator is a newline and the blank lines after it; the last one may be empty.
    """
    crlf = len(texts) > 1 and texts[1].startswith("\r\n")
    return _describe(texts, "\r\n" if crlf else "\n", LINES)


def measure_elements(texts: Sequence[str], between: str) -> Separators:
    """Describe the text around the parts of a document, of which `between` is the regular one."""
    return _describe(texts, between, Separators(between=between, last=texts[-1]))


def _describe(texts: Sequence[str], between: str, usual: Separators) -> Separators:
    if len(texts) == 1:
        return usual._replace(empty=texts[0])
    inner = enumerate(texts[1:-1], start=1)
    odd = tuple((row, text) for row, text in inner if text != between)
    return Separators(texts[0], between, texts[-1], odd=odd)


def split_lines(data: bytes) -> tuple[tuple[bytes, ...], Separators]:
    """Cut a file into its lines, without newlines and blank ones, and the text between them.

    A line ends with LF, CR LF, or the file. `separators.join(rows)` is the file again.
    """
    rows: list[bytes] = []
    texts: list[str] = []
    text = b""
    pieces = data.split(b"\n")
    for number, piece in enumerate(pieces, start=1):
        newline = b"\n" if number < len(pieces) else b""
        if not piece.strip(_BLANK):
            text += piece + newline
            continue
        texts.append(text.decode("ascii"))
        row = piece.rstrip(b"\r") if newline else piece  # else a cut could add to the newline
        rows.append(row)
        text = piece[len(row) :] + newline
    return tuple(rows), measure_lines([*texts, text.decode("ascii")])
