"""Gaps: the text between a file's rows, small for a regular file and exact for any.

A file of n rows has n + 1 gaps: before each row, and after the last. Nearly all of them are
alike, so only the exceptions are listed, by the number of the row that they stand before.
They survive appending and cutting: what is kept never depends on later rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

_BLANK = b" \t\r"


class Gaps(NamedTuple):
    """What stands before the first row, between two, after the last, and where there is none.

    `odd` lists exceptions to `between`: the row that follows, and the text.
    """

    first: str = ""
    between: str = "\n"
    last: str = "\n"
    empty: str = ""
    odd: tuple[tuple[int, str], ...] = ()

    def fitted(self, rows: int) -> Gaps:
        """Return the gaps of the file after it was cut or grown to `rows` rows."""
        odd = tuple((row, text) for row, text in self.odd if row < rows)
        return self._replace(odd=odd, empty="" if rows else self.empty)

    def texts(self, rows: int) -> Iterator[str]:
        """Yield the gaps of a file of `rows` rows in order."""
        if not rows:
            yield self.empty
            return
        odd = dict(self.odd)
        yield self.first
        for row in range(1, rows):
            yield odd.get(row, self.between)
        yield self.last

    def join(self, rows: Sequence[bytes]) -> bytes:
        """Return the file."""
        texts = self.texts(len(rows))
        parts = [next(texts).encode()]
        for row, text in zip(rows, texts, strict=True):
            parts += (row, text.encode())
        return b"".join(parts)


LINES = Gaps()
"""Rows that are lines, each ended by a newline."""


def measure(texts: Sequence[str], usual: Gaps) -> Gaps:
    """Describe gaps that were read; `usual` stands in where a short file does not tell.

    The second gap decides what is regular, so that a longer file agrees with a shorter one.
    """
    rows = len(texts) - 1
    if not rows:
        return usual._replace(empty=texts[0])
    between = texts[1] if rows > 1 else usual.between
    odd = ((row, texts[row]) for row in range(1, rows))
    return Gaps(texts[0], between, texts[-1], odd=tuple(pair for pair in odd if pair[1] != between))


def measure_lines(lead: bytes, gaps: Iterable[bytes]) -> Gaps:
    """Describe a file of lines: what precedes the first row, and what ended each one.

    A gap is a newline and the blank lines after it; the last one may be empty.
    """
    texts = [lead.decode("ascii"), *(gap.decode("ascii") for gap in gaps)]
    if len(texts) == 1:
        return LINES._replace(empty=texts[0])
    between = "\r\n" if texts[1].startswith("\r\n") else "\n"
    odd = ((row, texts[row]) for row in range(1, len(texts) - 1))
    return Gaps(texts[0], between, texts[-1], odd=tuple(pair for pair in odd if pair[1] != between))


def split_lines(data: bytes) -> tuple[tuple[bytes, ...], Gaps]:
    """Cut a file into its lines, without newlines and blank ones, and the gaps between.

    A line ends with LF, CR LF, or the file. `gaps.join(rows)` is the file again.
    """
    rows: list[bytes] = []
    gaps: list[bytes] = []
    gap = b""
    pieces = data.split(b"\n")
    for number, piece in enumerate(pieces, start=1):
        newline = b"\n" if number < len(pieces) else b""
        if not piece.strip(_BLANK):
            gap += piece + newline
            continue
        gaps.append(gap)
        row = piece.removesuffix(b"\r") if newline else piece
        rows.append(row)
        gap = piece[len(row) :] + newline
    gaps.append(gap)
    return tuple(rows), measure_lines(gaps[0], gaps[1:])
