"""The short set of a configured revset: the ids that have the shortest prefixes.

It is evaluated once for a graph, when a prefix is first looked up or shortened. If the revset
cannot be evaluated, looking up a prefix is an error, and shortening an id a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic

from porcelain.display import plain
from porcelain.errors import PorcelainError, Refused
from porcelain.language.id_prefix import Id, SortedIds
from porcelain.model.ids import ChangeId
from store.ids import CommitId
from store.index.commit_index import Index

SETTING = "revsets.short-prefixes"
_ROOT = (CommitId("0" * 40), ChangeId("z" * 32))

_Found = tuple[SortedIds[CommitId], SortedIds[ChangeId]]


class ShortSet:
    """The commits that a revset names, as two sets of ids: `commits` and `changes`."""

    def __init__(
        self,
        index: Index,
        revset: str,
        evaluate: Callable[[str], Iterable[int]],
        warn: Callable[[str], object],
    ) -> None:
        """Evaluate nothing yet; `evaluate` returns the positions that a revset names.

        `warn` may be called with the same text several times.
        """
        self._index = index
        self._revset = revset
        self._evaluate = evaluate
        self._warn = warn
        self._found: _Found | None = None
        self._failure: Refused | None = None
        self.commits = _Members(lambda: self._ids()[0], self._tell)
        self.changes = _Members(lambda: self._ids()[1], self._tell)

    def _ids(self) -> _Found:
        if self._failure is not None:
            raise self._failure
        if self._found is None:
            try:
                self._found = self._read(list(self._evaluate(self._revset)))
            except PorcelainError as error:
                named = f"The setting `{SETTING}` or `revsets.log` is `{plain(self._revset)}`"
                self._failure = Refused(
                    f"Cannot tell which ids are preferred: {error}", named, code="short_prefixes"
                )
                raise self._failure from error
        return self._found

    def _read(self, positions: list[int]) -> _Found:
        commits, changes = [], []
        if 0 in positions[-1:]:
            commits, changes = [_ROOT[0]], [_ROOT[1]]
        sql = "SELECT id, change FROM commits JOIN changes USING (pos) WHERE pos IN ({})"
        for commit_id, change in self._index.query_among(sql, positions):
            commits.append(CommitId(commit_id.hex()))
            changes.append(ChangeId(change))
        return SortedIds(commits), SortedIds(changes)

    def _tell(self, failure: Refused) -> None:
        self._warn(str(failure))


class _Members(Generic[Id]):
    """An `IdSource` whose ids are found at the first question."""

    def __init__(self, find: Callable[[], SortedIds[Id]], tell: Callable[[Refused], None]) -> None:
        self._find = find
        self._tell = tell

    def candidates(self, prefix: str, limit: int) -> Sequence[Id]:
        return self._find().candidates(prefix, limit)

    def neighbours(self, full_id: Id) -> tuple[Id | None, Id | None]:
        return self._find().neighbours(full_id)

    def holds(self, full_id: Id) -> bool:
        try:
            return self._find().holds(full_id)
        except Refused as failure:
            self._tell(failure)
            return False
