"""Prefixes of ids: the id that a prefix names, and the shortest prefix of an id.

Commit, change and operation ids are all looked up here. Ids that a user is likely to mean
(the *short set*) get the short prefixes: a prefix is looked up among them first, and among
all ids only where none of them begins with it. The short set is a part of all ids, so a
prefix that is unique in one of the two never names another id in the other.

Both are given as an `IdSource`: a query where ids are many, `SortedIds` where they are few.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

Id = TypeVar("Id", bound=str)

LISTED_CANDIDATES = 10

_HEX = frozenset("0123456789abcdefABCDEF")
_REVERSE_HEX = frozenset("klmnopqrstuvwxyzKLMNOPQRSTUVWXYZ")


class Ambiguous(NamedTuple, Generic[Id]):
    """Several ids begin with a prefix, or it is empty; the first few of them, in order."""

    candidates: tuple[Id, ...]


if TYPE_CHECKING:

    class IdSource(Protocol[Id]):
        """A set of ids of one kind and length."""

        def candidates(self, prefix: str, limit: int) -> Sequence[Id]:
            """Return up to `limit` different ids that begin with `prefix`, in rising order."""

        def neighbours(self, full_id: Id) -> tuple[Id | None, Id | None]:
            """Return the nearest ids before and after `full_id`, which itself may be absent."""

        def holds(self, full_id: Id) -> bool:
            """Tell whether an id is in the set; False where that cannot be determined."""


class SortedIds(Generic[Id]):
    """An `IdSource` in memory; the ids may come in any order and more than once."""

    __slots__ = ("_ids",)

    def __init__(self, ids: Iterable[Id]) -> None:
        self._ids = sorted(set(ids))

    def candidates(self, prefix: str, limit: int) -> list[Id]:
        """Return up to `limit` different ids that begin with `prefix`, in rising order."""
        first = bisect_left(self._ids, prefix)
        return [one for one in self._ids[first : first + limit] if one.startswith(prefix)]

    def neighbours(self, full_id: Id) -> tuple[Id | None, Id | None]:
        """Return the nearest ids before and after `full_id`, which itself may be absent."""
        before, after = bisect_left(self._ids, full_id) - 1, bisect_right(self._ids, full_id)
        return (
            self._ids[before] if before >= 0 else None,
            self._ids[after] if after < len(self._ids) else None,
        )

    def holds(self, full_id: Id) -> bool:
        """Tell whether an id is in the set."""
        return bool(self.candidates(full_id, 1))


class PrefixIndex(Generic[Id]):
    """Resolves and shortens the ids of one kind.

    Prefixes are lower case, see `hex_prefix` and `change_prefix`. `whole` knows every id,
    those of hidden commits too; `short` is None where no ids are preferred. `is_name`
    tells whether a session or tag has exactly this name: names are resolved before ids,
    so a prefix that is one would never be read as an id.
    """

    __slots__ = ("_is_name", "_short", "_whole")

    def __init__(
        self,
        short: IdSource[Id] | None,
        whole: IdSource[Id],
        is_name: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._short = short
        self._whole = whole
        self._is_name = is_name

    def resolve(self, prefix: str) -> Id | Ambiguous[Id] | None:
        """Return the id that a prefix names, None if there is no such id.

        The empty prefix is ambiguous, even with one id. A prefix of one id in the short
        set names that id, or nothing if the whole set does not have it; a prefix of
        several there is ambiguous. Only one of none there is looked up in the whole set.
        Names are not looked at. An error in reading the short set is raised.
        """
        preferred: Sequence[Id] = ()
        if self._short is not None:
            preferred = self._short.candidates(prefix, LISTED_CANDIDATES)
        found = preferred or self._whole.candidates(prefix, LISTED_CANDIDATES)
        if len(found) > 1 or not prefix:
            return Ambiguous(tuple(found))
        if not found or (preferred and not self._whole.candidates(found[0], 1)):
            return None
        return found[0]

    def shortest(self, full_id: Id) -> int:
        """Return the length, 1 or more, of the shortest prefix that names an id.

        For an id of the short set: the shortest that no other id of that set begins with;
        for any other, the shortest that none of all ids does. Longer while it is a name;
        the whole id where every shorter prefix is one.
        """
        source = self._whole
        if self._short is not None and self._short.holds(full_id):
            source = self._short
        others = [other for other in source.neighbours(full_id) if other is not None]
        length = 1 + max((common_length(full_id, other) for other in others), default=0)
        while length < len(full_id) and self._is_name(full_id[:length]):
            length += 1
        return min(length, len(full_id))


def hex_prefix(text: str) -> str | None:
    """Return `text` in lower case if it may begin a commit or operation id, else None."""
    return text.lower() if _HEX.issuperset(text) else None


def change_prefix(text: str) -> str | None:
    """Return `text` in lower case if it may begin a change id, else None."""
    return text.lower() if _REVERSE_HEX.issuperset(text) else None


def common_length(one: str, other: str) -> int:
    """Return the number of characters with which both texts begin."""
    length = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        length += 1
    return length
