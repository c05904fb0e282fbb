"""The messages of a large file as a sequence that makes each one when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import overload

from store.ids import BlobId
from store.session.message import LazyMessages, Message, Rule


class HeldMessages(LazyMessages):
    """`count` messages that `message` makes, all of one rule, followed by a tail.

    `ids` returns the blob ids of all `count`, by default by making each message.
    """

    def __init__(
        self,
        message: Callable[[int], Message],
        count: int,
        rule: Rule,
        tail: tuple[Message, ...] = (),
        ids: Callable[[], list[BlobId]] | None = None,
    ) -> None:
        """Make none yet."""
        self.rule = rule
        self._message = message
        self._count = count
        self._own_rule = rule
        self._tail = tail
        self._known_ids = ids

    def __len__(self) -> int:
        return self._count + len(self._tail)

    @overload
    def __getitem__(self, place: int) -> Message: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Message]: ...
    def __getitem__(self, place: int | slice) -> Message | Sequence[Message]:
        """Return a message, or a slice: a lazy one where it begins at the first message."""
        if isinstance(place, slice):
            start, stop, step = place.indices(len(self))
            if start == 0 and step == 1:
                tail = self._tail[: max(stop - self._count, 0)]
                count = min(max(stop, 0), self._count)
                ids = self._known_ids if count == self._count else None
                made = HeldMessages(self._message, count, self._own_rule, tail, ids)
                made.rule = self.rule if tail else self._own_rule
                return made
            return tuple(self[number] for number in range(start, stop, step))
        number = place + len(self) if place < 0 else place
        if not 0 <= number < len(self):
            raise IndexError(place)
        if number >= self._count:
            return self._tail[number - self._count]
        return self._message(number)

    def plus(self, tail: tuple[Message, ...], rule: Rule) -> HeldMessages:
        """Return these messages followed by others."""
        longer = (*self._tail, *tail)
        made = HeldMessages(self._message, self._count, self._own_rule, longer, self._known_ids)
        made.rule = self.rule if not tail or rule == self.rule else ""
        return made

    def ids(self) -> list[BlobId]:
        """Return the blob ids in order."""
        if self._known_ids is None:
            return [message.blob_id for message in self]
        return [*self._known_ids(), *(message.blob_id for message in self._tail)]

    @property
    def verbatim(self) -> tuple[tuple[int, int], ...]:
        """No range: the messages of a file of lines are never verbatim."""
        return ()
