"""The ids of commits and changes in the index, as sources for `porcelain.language.id_prefix`."""

from __future__ import annotations

from porcelain.model.ids import ChangeId
from store.ids import CommitId
from store.index.commit_index import Index

ROOT_CHANGE = ChangeId("z" * 32)
ROOT_COMMIT = CommitId("0" * 40)


class CommitIds:
    """The ids of commits, of visible ones or of all."""

    def __init__(self, index: Index, *, visible: bool) -> None:
        self.index = index
        self.source = "commits INDEXED BY commits_visible_id" if visible else "commits"
        self.condition = "AND visible = 1" if visible else ""

    def candidates(self, prefix: str, limit: int) -> list[CommitId]:
        """Return up to `limit` ids that begin with a prefix."""
        if len(prefix) > 40:
            return []
        low, high = (bytes.fromhex(prefix.ljust(40, digit)) for digit in "0f")
        sql = (
            f"SELECT id FROM {self.source} WHERE id BETWEEN ? AND ? {self.condition} "
            "ORDER BY id LIMIT ?"
        )
        found = [CommitId(row[0].hex()) for row in self.index.query(sql, (low, high, limit))]
        # The virtual root commit is visible in every repository.
        return [ROOT_COMMIT, *found][:limit] if ROOT_COMMIT.startswith(prefix) else found

    def holds(self, full_id: CommitId) -> bool:
        """Tell whether an id is one of them."""
        return bool(self.candidates(full_id, 1))

    def neighbours(self, full_id: CommitId) -> tuple[CommitId | None, CommitId | None]:
        """Return the ids before and after one."""
        one = (
            f"(SELECT id FROM {self.source} WHERE id %s ? {self.condition} ORDER BY id %s LIMIT 1)"
        )
        sql = f"SELECT {one % ('<', 'DESC')}, {one % ('>', 'ASC')}"
        before, after = self.index.query(sql, (bytes.fromhex(full_id),) * 2)[0]
        first = ROOT_COMMIT if full_id != ROOT_COMMIT else None
        return (
            CommitId(before.hex()) if before else first,
            CommitId(after.hex()) if after else None,
        )


class ChangeIds:
    """The ids of changes, of visible ones or of all."""

    def __init__(self, index: Index, *, visible: bool) -> None:
        self.index = index
        self.source = f"changes INDEXED BY {'changes_shown' if visible else 'changes_change'}"
        self.condition = "AND shown = 1" if visible else ""

    def candidates(self, prefix: str, limit: int) -> list[ChangeId]:
        """Return up to `limit` ids that begin with a prefix."""
        sql = (
            f"SELECT DISTINCT change FROM {self.source} WHERE change >= ? AND change < ? "
            f"{self.condition} ORDER BY change LIMIT ?"
        )
        found = [ChangeId(r[0]) for r in self.index.query(sql, (prefix, prefix + "{", limit))]
        # The virtual root commit is visible in every repository.
        if ROOT_CHANGE.startswith(prefix) and len(found) < limit:
            found.append(ROOT_CHANGE)
        return found

    def holds(self, full_id: ChangeId) -> bool:
        """Tell whether an id is one of them."""
        return bool(self.candidates(full_id, 1))

    def neighbours(self, full_id: ChangeId) -> tuple[ChangeId | None, ChangeId | None]:
        """Return the ids before and after one."""
        one = (
            f"(SELECT change FROM {self.source} WHERE change %s ? {self.condition} "
            "ORDER BY change %s LIMIT 1)"
        )
        sql = f"SELECT {one % ('<', 'DESC')}, {one % ('>', 'ASC')}"
        before, after = self.index.query(sql, (full_id, full_id))[0]
        last = ROOT_CHANGE if full_id != ROOT_CHANGE else None
        return (
            ChangeId(before) if before else None,
            ChangeId(after) if after else last,
        )
