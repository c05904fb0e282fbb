"""Which commits add a message that passes a test; found once, at the first question."""

from __future__ import annotations

from contextlib import closing

from porcelain.index.text.find import TextSearch, Wanted
from store.index.commit_index import Index


class SaidFacts:
    """The commits that add what is wanted."""

    def __init__(self, index: Index, wanted: Wanted) -> None:
        """Read nothing yet."""
        self._index = index
        self._wanted = wanted
        self._known: set[int] | None = None

    def adds(self, position: int) -> bool:
        """Tell whether a commit adds such a message.

        Raises:
            Refused: a pattern takes too long.
        """
        if not position:
            return False
        if self._known is None:
            self._known = self._found(self._wanted)
        if position in self._known:
            return True
        sql = "SELECT visible FROM commits WHERE pos = ?"
        if self._index.query(sql, (position,))[0][0]:
            return False
        only = self._wanted._replace(where=position.__eq__, hidden=(position,))
        return position in self._found(only)

    def _found(self, wanted: Wanted) -> set[int]:
        with closing(TextSearch(self._index)) as search:
            return {place.row.pos for found in search.find(wanted) for place in found.places}
