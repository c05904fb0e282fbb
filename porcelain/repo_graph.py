"""The repository as revsets see it, answered from the index.

Names resolve as in jj: a workspace's form, a tag, a session, a commit id's prefix, a
change id's prefix with an optional `/N`. Visible commits are the short set: a prefix is
looked up among them first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from porcelain.id_prefix import Ambiguous, OneMatch, PrefixIndex, change_prefix, hex_prefix
from porcelain.ids import ChangeId
from porcelain.view_rows import change_id_at, get_row, part_rows, versions, workspace_row
from porcelain.view_value import REMOTES, SESSIONS, TAGS, parse_target
from store.ids import CommitId
from store.index import Index

ROOT_CHANGE = ChangeId("z" * 32)
ROOT_COMMIT = CommitId("0" * 40)
_AT_ONCE = 200


class RepoGraph:
    """Commits as positions; 0 is the virtual root commit."""

    def __init__(self, index: Index, workspace_key: str) -> None:
        """Answer for what the index shows; `workspace_key` is one's own workspace."""
        self.index = index
        self.workspace_key = workspace_key
        names = self._is_name
        self.commit_ids = PrefixIndex[CommitId](
            _CommitIds(index, visible=True), _CommitIds(index, visible=False), names
        )
        self.change_ids = PrefixIndex[ChangeId](
            _ChangeIds(index, visible=True), _ChangeIds(index, visible=False), names
        )

    def resolve(self, symbol: str, remote: str = "") -> int:
        """Return the position that a symbol stands for; see `porcelain.revset.graph`."""
        if remote:
            return self._remote(symbol, remote)
        for part in (TAGS, SESSIONS):
            value = get_row(self.index, part, symbol)
            if value is not None:
                return self._named(symbol, value)
        found = self._commit(symbol)
        if found is None:
            found = self._change(symbol)
        if found is None:
            from porcelain.syntax import similar_names  # noqa: PLC0415 - only this failure

            names = [k for part in (TAGS, SESSIONS) for k, _ in part_rows(self.index, part)[:2000]]
            from porcelain.errors import UnknownRevision  # noqa: PLC0415 - only this failure

            raise UnknownRevision(symbol, similar_names(symbol, names))
        return found

    def workspace(self, name: str | None) -> int | None:
        """Return the position of a workspace's `@`."""
        key = self.workspace_key
        if name is not None:
            key = f"{key.partition('/')[0]}/{name}"
        commit = workspace_row(self.index, key).commit
        return None if commit is None else self.index.position(commit)

    def parents(self, position: int) -> Sequence[int]:
        """Return parent positions, first parent first."""
        return self.index.parents(position) if position else ()

    def children(self, position: int) -> Sequence[int]:
        """Return the positions of visible children."""
        return self.index.children(position, "visible")

    def visible(self) -> Iterator[int]:
        """Yield visible positions, descending, 0 last; reads a few hundred at a time."""
        sql = "SELECT pos FROM commits WHERE visible = 1 AND pos < ? ORDER BY pos DESC LIMIT ?"
        below, count = 1 << 60, 16
        while rows := self.index.query(sql, (below, count)):
            for (position,) in rows:
                yield position
            below, count = rows[-1][0], _AT_ONCE
        yield 0

    def is_visible(self, position: int) -> bool:
        """Tell whether a position is visible."""
        if not position:
            return True
        return bool(
            self.index.query("SELECT visible FROM commits WHERE pos = ?", (position,))[0][0]
        )

    def heads(self) -> Iterator[int]:
        """Yield the positions of visible heads, descending; the root's where there is none."""
        sql = "SELECT pos FROM roots WHERE mark = 'visible' AND pos < ? ORDER BY pos DESC LIMIT ?"
        below, count = 1 << 60, 16
        while rows := self.index.query(sql, (below, count)):
            for (position,) in rows:
                yield position
            below, count = rows[-1][0], _AT_ONCE
        if below == 1 << 60:
            yield 0

    def commit_id(self, position: int) -> CommitId:
        """Return the commit id at a position."""
        return self.index.row_at(position).id if position else ROOT_COMMIT

    def change_id(self, position: int) -> ChangeId:
        """Return the change id at a position."""
        return change_id_at(self.index, position) if position else ROOT_CHANGE

    def offset(self, position: int) -> int:
        """Return which version of its change a commit is, 0 the newest."""
        return versions(self.index, self.change_id(position)).index(position)

    def is_divergent(self, position: int) -> bool:
        """Tell whether other visible commits have the same change id."""
        change = self.change_id(position)
        found = versions(self.index, change)
        return len(found) > 1 and sum(self.is_visible(other) for other in found) > 1

    def _named(self, name: str, value: str) -> int:
        target = parse_target(value)
        if len(target) > 1:
            from porcelain.errors import ConflictedName  # noqa: PLC0415 - only this failure

            raise ConflictedName(name, [term[:12] for term in target[::2] if term])
        return self._position(CommitId(value))

    def _position(self, commit_id: CommitId) -> int:
        position = self.index.position(commit_id)
        if position is None:
            from porcelain.errors import UnknownRevision  # noqa: PLC0415 - only this failure

            raise UnknownRevision(commit_id)
        return position

    def _remote(self, name: str, remote: str) -> int:
        for part in (TAGS, SESSIONS):
            value = get_row(self.index, f"{REMOTES}{remote}/{part}", name)
            if value is not None:
                return self._named(f"{name}@{remote}", value.partition(" ")[2])
        from porcelain.errors import UnknownRevision  # noqa: PLC0415 - only this failure

        raise UnknownRevision(f"{name}@{remote}")

    def _commit(self, symbol: str) -> int | None:
        prefix = hex_prefix(symbol)
        if prefix is None:
            return None
        if prefix == ROOT_COMMIT:
            return 0
        match = self.commit_ids.resolve(prefix)
        if isinstance(match, Ambiguous):
            from porcelain.errors import AmbiguousPrefix  # noqa: PLC0415 - only this failure

            raise AmbiguousPrefix("commit", symbol, [c[:12] for c in match.candidates])
        return self.index.position(match.id) if isinstance(match, OneMatch) else None

    def _change(self, symbol: str) -> int | None:
        text, slash, offset = symbol.partition("/")
        prefix = change_prefix(text)
        if not prefix or (slash and not offset.isdigit()):
            return None
        if prefix == ROOT_CHANGE:
            return 0
        match = self.change_ids.resolve(prefix)
        if isinstance(match, Ambiguous):
            from porcelain.errors import AmbiguousPrefix  # noqa: PLC0415 - only this failure

            raise AmbiguousPrefix("change", text, [c[:12] for c in match.candidates])
        if not isinstance(match, OneMatch):
            return None
        found = versions(self.index, match.id)
        if slash:
            return found[int(offset)] if int(offset) < len(found) else None
        visible = [n for n, position in enumerate(found) if self.is_visible(position)]
        if len(visible) > 1:
            from porcelain.errors import DivergentChange  # noqa: PLC0415 - only this failure

            raise DivergentChange(text, visible)
        return found[visible[0]] if visible else None

    def _is_name(self, text: str) -> bool:
        sql = "SELECT 1 FROM view_rows WHERE part IN (?, ?) AND key = ? LIMIT 1"
        return bool(self.index.query(sql, (TAGS, SESSIONS, text)))


class _CommitIds:
    def __init__(self, index: Index, *, visible: bool) -> None:
        self.index = index
        self.condition = "AND visible = 1" if visible else ""

    def candidates(self, prefix: str, limit: int) -> list[CommitId]:
        if len(prefix) > 40:
            return []
        low, high = (bytes.fromhex(prefix.ljust(40, digit)) for digit in "0f")
        sql = (
            f"SELECT id FROM commits WHERE id BETWEEN ? AND ? {self.condition} ORDER BY id LIMIT ?"
        )
        return [CommitId(row[0].hex()) for row in self.index.query(sql, (low, high, limit))]

    def neighbours(self, full_id: CommitId) -> tuple[CommitId | None, CommitId | None]:
        one = f"(SELECT id FROM commits WHERE id %s ?1 {self.condition} ORDER BY id %s LIMIT 1)"
        sql = f"SELECT {one % ('<', 'DESC')}, {one % ('>', 'ASC')}"
        before, after = self.index.query(sql, (bytes.fromhex(full_id),))[0]
        return (
            CommitId(before.hex()) if before else None,
            CommitId(after.hex()) if after else None,
        )


class _ChangeIds:
    def __init__(self, index: Index, *, visible: bool) -> None:
        self.index = index
        self.source = "changes JOIN commits USING (pos)" if visible else "changes"
        self.condition = "AND visible = 1" if visible else ""

    def candidates(self, prefix: str, limit: int) -> list[ChangeId]:
        sql = (
            f"SELECT DISTINCT change FROM {self.source} WHERE change >= ? AND change < ? "
            f"{self.condition} ORDER BY change LIMIT ?"
        )
        found = [ChangeId(r[0]) for r in self.index.query(sql, (prefix, prefix + "{", limit))]
        # The virtual root commit is visible in every repository.
        if ROOT_CHANGE.startswith(prefix) and len(found) < limit:
            found.append(ROOT_CHANGE)
        return found

    def neighbours(self, full_id: ChangeId) -> tuple[ChangeId | None, ChangeId | None]:
        one = (
            f"(SELECT change FROM {self.source} WHERE change %s ?1 {self.condition} "
            "ORDER BY change %s LIMIT 1)"
        )
        sql = f"SELECT {one % ('<', 'DESC')}, {one % ('>', 'ASC')}"
        before, after = self.index.query(sql, (full_id,))[0]
        last = ROOT_CHANGE if full_id != ROOT_CHANGE else None
        return (
            ChangeId(before) if before else None,
            ChangeId(after) if after else last,
        )
