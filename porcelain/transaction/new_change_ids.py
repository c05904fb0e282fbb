"""Draw change ids for the commits of a transaction, so that each has a short unique prefix."""

from __future__ import annotations

from collections.abc import Callable

from porcelain.model.change_id import LONGEST_PREFIX, new_change_id
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

    def draw(self) -> ChangeId:
        """Return a new change id."""
        drawn = new_change_id(self._random, self._is_taken)
        self._taken.update(drawn[:length] for length in range(1, LONGEST_PREFIX + 1))
        return drawn

    def forget(self) -> None:
        """Look prefixes up again: commits were hidden, which may have set some free."""
        self._taken.clear()

    def _is_taken(self, prefix: str) -> bool:
        if prefix not in self._taken:
            if not self._index.query(_TAKEN, (prefix, prefix + "{")):
                return False
            self._taken.add(prefix)
        return True
