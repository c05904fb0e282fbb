"""Draw change ids for the commits of a transaction, so that each has a short unique prefix."""

from __future__ import annotations

from collections.abc import Callable

from porcelain.model.change_id import LONGEST_PREFIX, ROOT_CHANGE_ID, new_change_id
from porcelain.model.ids import ChangeId
from store.index.commit_index import Index

_TAKEN = "SELECT 1 FROM changes WHERE change >= ? AND change < ? AND shown = 1 LIMIT 1"


class NewChangeIds:
    """The prefixes that are known to be taken: by visible changes, and by ids drawn here."""

    def __init__(self, index: Index, random: Callable[[int], bytes]) -> None:
        """Begin without any known prefix."""
        self._index = index
        self._random = random
        self._taken: set[str] = set()
        self._free = _all_free()
        self._shortest = 1

    def draw(self) -> ChangeId:
        """Return a new change id."""
        while self._shortest < LONGEST_PREFIX and not self._free[self._shortest]:
            self._shortest += 1
        drawn = new_change_id(self._random, self._is_taken, self._shortest)
        for length in range(1, LONGEST_PREFIX + 1):
            self._take(drawn[:length])
        return drawn

    def forget(self) -> None:
        """Look prefixes up again: commits were hidden, which may have set some free."""
        self._taken.clear()
        self._free = _all_free()
        self._shortest = 1

    def _is_taken(self, prefix: str) -> bool:
        if prefix not in self._taken:
            if not self._index.query(_TAKEN, (prefix, prefix + "{")):
                return False
            self._take(prefix)
        return True

    def _take(self, prefix: str) -> None:
        if prefix not in self._taken:
            self._taken.add(prefix)
            self._free[len(prefix)] -= not ROOT_CHANGE_ID.startswith(prefix)


def _all_free() -> list[int]:
    """Return the number of prefixes of each length that may be free: all but the root's."""
    return [16**length - 1 for length in range(LONGEST_PREFIX + 1)]
