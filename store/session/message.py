"""Messages: rows of a conversation as their stored bytes, parsed on demand.

A loaded message knows its blob's id and reads the blob on demand, so a conversation of any
length can be passed on, compared and saved again without being read.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, cast

from store.document.json_scanner import Json, decode_text, parse, write_value
from store.document.json_spacing import Style, compact, expand
from store.document.pawan_schema import check_message
from store.document.row_format import PAWAN, Format
from store.document.separators import Separators
from store.errors import CorruptObject, InvalidSession, ObjectNotFound
from store.ids import BlobId
from store.objects.objects import ObjectReader, blob_id, read_blob

Rule = Literal["", "pawan", "json", "line"]
"""The check that a message's bytes have passed: pawan's rules, any JSON, one line, or none."""

_UNREAD: object = object()


class Message:
    """One row of a conversation. Immutable; equal when its bytes are.

    `verbatim` says that the bytes are spaced as in their file, not compact, because no style
    reproduces them; `rule` is the check that they have passed.
    """

    __slots__ = ("_blob_id", "_number", "_raw", "_read", "_reader", "_value", "rule", "verbatim")

    def __init__(self, raw: bytes | None, *, verbatim: bool = False, rule: Rule = "") -> None:
        """Create a message from its bytes, unchecked unless `rule` names a check."""
        self._raw = raw
        self._blob_id: BlobId | None = None
        self._reader: ObjectReader | None = None
        self._read: Callable[[], bytes] | None = None
        self._number = 0
        self._value = _UNREAD
        self.verbatim = verbatim
        self.rule = rule

    @classmethod
    def of(cls, item: Message | bytes | object) -> Message:
        """Return a message made from a message, its raw bytes, or any other JSON value.

        Raises:
            InvalidSession: a value that JSON has no form for.
        """
        if isinstance(item, Message):
            return item
        return cls(item if isinstance(item, bytes) else write_value(item).encode())

    @classmethod
    def stored(
        cls, reader: ObjectReader, blob: BlobId, number: int, rule: Rule, verbatim: bool
    ) -> Message:
        """Return message `number` of a tree, to be read on demand."""
        message = cls(None, verbatim=verbatim, rule=rule)
        message._blob_id = blob
        message._reader = reader
        message._number = number
        return message

    @classmethod
    def held(cls, read: Callable[[], bytes], blob: BlobId, rule: Rule) -> Message:
        """Return a message whose bytes `read` returns at each use, and are never kept.

        They have the id `blob` and follow `rule`, without a check.
        """
        message = cls(None, rule=rule)
        message._blob_id = blob
        message._read = read
        return message

    @property
    def is_stored(self) -> bool:
        """Whether the message came from a repository, so that a tree there may hold it."""
        return self._reader is not None

    @property
    def raw(self) -> bytes:
        """The stored bytes, read on demand.

        Raises:
            CorruptObject: they are missing from the repository.
        """
        if self._raw is None:
            if self._read is not None:
                return self._read()
            assert self._reader is not None
            assert self._blob_id is not None
            try:
                self._raw = read_blob(self._reader, self._blob_id)
            except ObjectNotFound as error:
                reason = f"message {self._number} is missing from the repository"
                raise CorruptObject(error.id, reason) from None
        return self._raw

    @property
    def blob_id(self) -> BlobId:
        """The id of the blob that holds the bytes."""
        if self._blob_id is None:
            self._blob_id = blob_id(self.raw)
        return self._blob_id

    @property
    def value(self) -> Json:
        """The JSON value, which callers must not change.

        Raises:
            InvalidSession: the bytes are not JSON (possible in formats other than pawan's).
        """
        if self._value is _UNREAD:
            try:
                self._value = json.loads(self.raw)
            except (ValueError, RecursionError) as error:
                raise InvalidSession(f"not JSON: {error}") from None
        return cast(Json, self._value)

    @property
    def role(self) -> str | None:
        """The member `role`; None where there is none, as in formats other than pawan's."""
        role = self.value.get("role") if isinstance(self.value, dict) else None
        return role if isinstance(role, str) else None

    @property
    def text(self) -> str:
        """The member `content` where that is text, else ""."""
        content = self.value.get("content") if isinstance(self.value, dict) else None
        return content if isinstance(content, str) else ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and self.blob_id == other.blob_id

    def __hash__(self) -> int:
        return hash(self.blob_id)

    def __reduce__(self) -> tuple[object, ...]:
        """Support pickle: the bytes are read and go along."""
        return _remake, (self.raw, self.verbatim, self.rule)

    def __copy__(self) -> Message:
        return self

    def __deepcopy__(self, memo: object) -> Message:
        return self

    def __repr__(self) -> str:
        return f"Message({self.blob_id[:8]})"


def _remake(raw: bytes, verbatim: bool, rule: Rule) -> Message:
    return Message(raw, verbatim=verbatim, rule=rule)


def messages_of(items: Iterable[object]) -> list[Message]:
    """Return messages made from messages, their raw bytes, or other JSON values.

    Raises:
        InvalidSession: one text, byte string, mapping or message in place of a sequence of
            them; or an item that JSON has no form for.
    """
    if isinstance(items, (str, bytes, bytearray, memoryview, Mapping, Message)):
        given = type(items).__name__
        raise InvalidSession(f"messages must be a sequence of messages, not one {given}")
    return [Message.of(item) for item in items]


class LazyMessages(Sequence[Message]):
    """Messages created on demand; `rule` is the one that all of them follow, "" when mixed."""

    rule: Rule

    def fits(self, format_: Format, lines: bool) -> bool:
        """Tell whether a conversation of that format can hold them without a check."""
        if not isinstance(format_, str) or self.verbatim:
            return False
        return self.rule == rule_of(format_, lines)

    @abstractmethod
    def plus(self, tail: tuple[Message, ...], rule: Rule) -> LazyMessages:
        """Return these messages followed by `tail`, which follows `rule`."""

    @abstractmethod
    def ids(self) -> list[BlobId]:
        """Return the blob ids in order."""

    @property
    @abstractmethod
    def verbatim(self) -> tuple[tuple[int, int], ...]:
        """The ranges (start, stop) of verbatim messages."""


def rule_of(format_: str, lines: bool) -> Rule:
    """Return the rule for a format's messages, in a file of lines or in a document."""
    if format_ == PAWAN:
        return "pawan"
    return "line" if lines else "json"


def check(
    message: Message, number: int, format_: str, lines: Separators | None, style: Style
) -> Message:
    """Return the message in the form in which a conversation stores it.

    `style` is its document's: a verbatim message that the style reproduces becomes compact,
    as if it had been read from that document. `lines` is the text between the rows where that is
    kept; between lines, JSON on several lines becomes compact.

    Raises:
        InvalidSession: it is not a message of that format; with the JSON path.
    """
    rule = rule_of(format_, lines is not None)
    if message.rule == rule and not message.verbatim:
        return message
    path = f"$.messages[{number}]"
    if lines is not None and rule == "line":
        return _check_line(message, path, lines)
    text = decode_text(message.raw)
    value = parse(text, path, depth=2)
    if rule == PAWAN:
        check_message(value, path)
    small = compact(text)
    if message.verbatim and lines is None and expand(small, style, 2) != text:
        return message if message.rule == rule else Message(message.raw, verbatim=True, rule=rule)
    return Message(small.encode(), rule=rule)


def _check_line(message: Message, path: str, lines: Separators) -> Message:
    raw = message.raw
    if not raw.strip(b" \t\r\n"):
        raise InvalidSession("a row must be one line of text", path)
    if b"\n" not in raw:
        return Message(raw, rule="line")
    if not lines.end_rows:
        return Message(raw, verbatim=True, rule="line")
    try:
        parse(raw, path, depth=2)
    except InvalidSession:
        raise InvalidSession("a row must be one line of text", path) from None
    return Message(compact(decode_text(raw)).encode(), rule="line")


def replace(
    old: Sequence[Message],
    new: Sequence[Message],
    names: Sequence[str],
    lines: Separators | None,
    style: Style,
) -> Sequence[Message]:
    """Return `new` as a conversation stores it, lazy where it begins with `old`.

    `names` are the formats of the new messages, equal to the old ones' at the start.

    Raises:
        InvalidSession: a message that its format does not allow; with the JSON path.
    """
    kept = 0
    for mine, other in zip(old, new, strict=False):
        if mine is not other:
            break
        kept += 1
    tail = tuple(check(new[n], n, names[n], lines, style) for n in range(kept, len(new)))
    start = old[:kept]
    if not isinstance(start, LazyMessages):
        return (*start, *tail)
    rules = {rule_of(name, lines is not None) for name in names[kept:]}
    return start.plus(tail, rules.pop() if len(rules) == 1 else "")


def verbatim_ranges(messages: Sequence[Message]) -> tuple[tuple[int, int], ...]:
    """Return the ranges (start, stop) of verbatim messages, in order."""
    if isinstance(messages, LazyMessages):
        return messages.verbatim
    return join_ranges((n, n + 1) for n, message in enumerate(messages) if message.verbatim)


def join_ranges(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Join adjacent ranges, given in order."""
    joined: list[tuple[int, int]] = []
    for start, stop in ranges:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((start, stop))
    return tuple(joined)


def message_ids(messages: Sequence[Message]) -> list[BlobId]:
    """Return the blob ids, without creating messages where they are lazy."""
    if isinstance(messages, LazyMessages):
        return messages.ids()
    return [message.blob_id for message in messages]
