"""Values of templates, and the pieces that print them.

The output of a template is a list of pieces: labels that describe a text, outermost first and
separated by blanks, and the text. The command line decides how a label looks. A text that comes
from a value is safe to show: control characters are escaped here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

from porcelain.display import columns_of, iso_time, local_time, plain

Piece = tuple[str, str]


class RenderFault(Exception):
    """A value cannot be computed for one subject; it is printed in the value's place."""


class Raw(str):
    """Text that reaches the terminal as it is; a template can make it of its literals alone."""

    __slots__ = ()


class FaultText(str):
    """Text that is printed in the place of a value that cannot be computed."""

    __slots__ = ()


class Id:
    """A commit, change or operation id; `unique` returns how many of its digits name it alone."""

    __slots__ = ("text", "unique")

    def __init__(self, text: str, unique: Callable[[], int]) -> None:
        self.text = text
        self.unique = unique

    def __str__(self) -> str:
        return self.text


class ShortestPrefix:
    """The beginning of an id: its unique prefix, and further digits that are shown beside it."""

    __slots__ = ("prefix", "rest")

    def __init__(self, prefix: str, rest: str) -> None:
        self.prefix = prefix
        self.rest = rest

    def pieces(self, labels: str) -> list[Piece]:
        """Return both parts, each with its label."""
        parts = ("prefix", self.prefix), ("rest", self.rest)
        return [(within(labels, name), text) for name, text in parts if text]

    def data(self) -> dict[str, object]:
        """Return both parts as data."""
        return {"prefix": self.prefix, "rest": self.rest}


class Timestamp:
    """A moment, in milliseconds since the epoch; `now` returns the present one."""

    __slots__ = ("milliseconds", "now", "utc")

    def __init__(self, milliseconds: int, now: Callable[[], int], *, utc: bool = False) -> None:
        self.milliseconds = milliseconds
        self.now = now
        self.utc = utc

    def written(self, form: str) -> str:
        """Return the moment in a form of `strftime`.

        Raises:
            RenderFault: no calendar has it, or the form is none.
        """
        moment = time.gmtime if self.utc else time.localtime
        try:
            return time.strftime(form, moment(self.milliseconds // 1000))
        except (ValueError, OverflowError, OSError):
            raise RenderFault("the time cannot be written so") from None

    def __str__(self) -> str:
        return self.written("%Y-%m-%d %H:%M:%S") if self.utc else local_time(self.seconds)

    @property
    def seconds(self) -> int:
        """Whole seconds since the epoch."""
        return self.milliseconds // 1000

    def data(self) -> str | None:
        """Return ISO 8601, in UTC; None for a time that no calendar has."""
        return iso_time(self.seconds)


class TimestampRange:
    """From one moment to a later one."""

    __slots__ = ("end", "start")

    def __init__(self, start: Timestamp, end: Timestamp) -> None:
        self.start = start
        self.end = end

    def __str__(self) -> str:
        return f"{self.start} - {self.end}"

    def data(self) -> dict[str, object]:
        """Return both moments as data."""
        return {"start": self.start.data(), "end": self.end.data()}


class Signature:
    """A person and a time, as a commit names its author."""

    __slots__ = ("email", "name", "timestamp")

    def __init__(self, name: str, email: str, timestamp: Timestamp) -> None:
        self.name = name
        self.email = email
        self.timestamp = timestamp

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"

    def data(self) -> dict[str, object]:
        """Return the parts as data."""
        return {"name": self.name, "email": self.email, "timestamp": self.timestamp.data()}


class SizeHint:
    """A number that may be known as a lower bound alone."""

    __slots__ = ("lower", "upper")

    def __init__(self, lower: int, upper: int | None) -> None:
        self.lower = lower
        self.upper = upper

    @property
    def exact(self) -> int | None:
        """The number, if it is known."""
        return self.lower if self.lower == self.upper else None

    def data(self) -> list[int | None]:
        """Return both bounds as data."""
        return [self.lower, self.upper]


class Trailer:
    """One `key: value` at the end of a description."""

    __slots__ = ("key", "value")

    def __init__(self, key: str, value: str) -> None:
        self.key = key
        self.value = value

    def __str__(self) -> str:
        return f"{self.key}: {self.value}"


class Printed:
    """A value that is output already."""

    __slots__ = ("made",)

    def __init__(self, made: Sequence[Piece]) -> None:
        self.made = made

    def pieces(self, labels: str) -> list[Piece]:
        """Return the output, all within the labels."""
        return (
            [(within(labels, inner), text) for inner, text in self.made] if labels else [*self.made]
        )


def within(labels: str, inner: str) -> str:
    """Return labels with others inside them."""
    return f"{labels} {inner}" if labels and inner else labels or inner


def clean(text: str) -> str:
    """Return a text, maybe of several lines, that can neither move the cursor nor cover lines."""
    if text.isascii() and text.isprintable():
        return text
    return plain(text, None, keep="\n\t")


def columns_in(pieces: Iterable[Piece]) -> int:
    """Return how many columns an output takes; what is raw is invisible."""
    return sum(0 if type(text) is Raw else columns_of(text) for _, text in pieces)


def printed(value: object, labels: str) -> list[Piece]:
    """Return the pieces that print a value."""
    if value is None:
        return []
    if isinstance(value, bool):
        return [(labels, "true" if value else "false")]
    if isinstance(value, list):
        return joined(value, [(labels, " ")], labels)
    own = getattr(value, "pieces", None)
    if own is not None:
        found: list[Piece] = own(labels)
        return found
    text = clean(str(value))
    return [(labels, text)] if text else []


def joined(items: Iterable[object], between: Sequence[Piece], labels: str) -> list[Piece]:
    """Return the pieces that print a list."""
    found: list[Piece] = []
    for number, item in enumerate(items):
        if number:
            found += between
        found += printed(item, labels)
    return found


def fault_pieces(fault: RenderFault, labels: str) -> list[Piece]:
    """Return the pieces that are printed in the place of a value that cannot be computed."""
    labels = within(labels, "error")
    return [
        (labels, FaultText("<")),
        (within(labels, "heading"), "Error: "),
        (labels, clean(f"{fault}>")),
    ]


def as_json(value: object) -> str:
    """Return a value as JSON of printable characters; of a subject what its `data` returns."""
    import json

    text = json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))
    if text == clean(text):
        return text
    return json.dumps(_plain(value), separators=(",", ":"))


def _plain(value: object) -> object:
    if isinstance(value, (Id, Trailer)):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    data = getattr(value, "data", None)
    return data() if callable(data) else value
