"""The graph that revsets are evaluated on, answered from the index.

Names resolve as in jj: a workspace, a tag, a session, the prefix of a commit id, the prefix of a
change id with an optional `/N`; then the short form of a session's name that is a UUID, and an
agent's id of a conversation. A prefix is looked up in the short set first: the visible
commits, or those that a configured revset names (see `porcelain.graph.short_prefixes`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn

from porcelain.index.id_sources import ROOT_CHANGE, ROOT_COMMIT, ChangeIds, CommitIds
from porcelain.index.view_rows import (
    change_id_at,
    get_row,
    part_rows,
    require_readable,
    versions,
    workspace_row,
)
from porcelain.language.id_prefix import Ambiguous, PrefixIndex, change_prefix, hex_prefix
from porcelain.model.ids import ChangeId
from porcelain.model.view_value import REMOTES, SESSIONS, TAGS, WORKSPACES, parse_target
from store.document.numbers import read_number
from store.ids import CommitId
from store.index.commit_index import Index

if TYPE_CHECKING:
    from porcelain.graph.commit_facts import CommitFacts
    from porcelain.language.id_prefix import IdSource

_AT_ONCE = 200


def _no_past(operation: str) -> NoReturn:
    from porcelain.errors import Refused

    raise Refused(f"Operation {operation} cannot be looked at from here")


def _refuse_unknown(symbol: str, similar: Sequence[str] = ()) -> NoReturn:
    from porcelain.errors import UnknownRevision

    raise UnknownRevision(symbol, similar)


class Preferences:
    """The settings and the context that a user's expressions depend on.

    `aliases` are the configured declarations and definitions. `short` is the revset of the short
    set: None means all visible commits, blank text none. `email` returns the user's address,
    `now` the time in milliseconds, `past` the graph after an operation that an expression names;
    `warn` takes the text of a warning.
    """

    __slots__ = ("_warned", "aliases", "email", "now", "past", "short", "warn")

    def __init__(
        self,
        aliases: Mapping[str, str] | None = None,
        short: str | None = None,
        *,
        email: Callable[[], str] = str,
        now: Callable[[], int] = int,
        past: Callable[[str], RepoGraph] = _no_past,
        warn: Callable[[str], object] = bool,
    ) -> None:
        """Keep the arguments; the defaults are those without configuration."""
        self.aliases = aliases or {}
        self.short = short
        self.email = email
        self.now = now
        self.past = past
        self.warn = warn
        self._warned: set[str] = set()

    def warn_once(self, text: str) -> None:
        """Warn, unless that was said before."""
        if text not in self._warned:
            self._warned.add(text)
            self.warn(text)


class RepoGraph:
    """Commits as positions; 0 is the virtual root commit."""

    def __init__(
        self, index: Index, workspace_key: str, preferences: Preferences | None = None
    ) -> None:
        """Use the state that the index shows; `workspace_key` is the user's own workspace."""
        self.index = index
        self.workspace_key = workspace_key
        self.preferences = preferences or Preferences()
        self._names: bool | None = None
        self.prefer(*self._preferred())

    @property
    def aliases(self) -> Mapping[str, str]:
        """The configured names of revsets."""
        return self.preferences.aliases

    def facts(self) -> CommitFacts:
        """Return the facts that functions ask for, for one evaluation."""
        from porcelain.graph.commit_facts import CommitFacts

        return CommitFacts(self.index, self.preferences.email, self.preferences.now)

    def past(self, operation: str) -> RepoGraph:
        """Return the graph after an operation; the same ids as here are preferred in it.

        Raises:
            OperationError: the expression does not name one operation.
        """
        graph = self.preferences.past(operation)
        graph.prefer(*self.preferred)
        return graph

    def prefer(
        self, commits: IdSource[CommitId] | None, changes: IdSource[ChangeId] | None
    ) -> None:
        """Look prefixes up among these ids first."""
        index, names = self.index, self._is_name
        self.preferred = commits, changes
        self.commit_ids = PrefixIndex(commits, CommitIds(index, visible=False), names)
        self.change_ids = PrefixIndex(changes, ChangeIds(index, visible=False), names)

    def _preferred(self) -> tuple[IdSource[CommitId] | None, IdSource[ChangeId] | None]:
        short = self.preferences.short
        if short is None:
            return CommitIds(self.index, visible=True), ChangeIds(self.index, visible=True)
        if not short.strip():
            return None, None
        from porcelain.graph.short_prefixes import ShortSet

        short_set = ShortSet(self.index, short, self._evaluated, self.preferences.warn_once)
        return short_set.commits, short_set.changes

    def _evaluated(self, revset: str) -> Iterator[int]:
        """Yield the positions of a revset whose own prefixes are looked up among all ids."""
        from porcelain.language.revset.evaluate import evaluate
        from porcelain.language.revset.parser import parse

        plain = RepoGraph(self.index, self.workspace_key, self.preferences)
        plain.prefer(None, None)
        return evaluate(parse(revset), plain).positions()

    def resolve(self, symbol: str, remote: str = "") -> int:
        """Return the position that a symbol names; see `porcelain.language.revset.graph_protocol`."""
        if remote:
            return self._remote(symbol, remote)
        for part in (TAGS, SESSIONS):
            value = get_row(self.index, part, symbol)
            if value is not None:
                return self._named(symbol, value)
        found = self._commit(symbol)
        found = self._change(symbol) if found is None else found
        if found is None:
            found = self._short_name(symbol)
        if found is None:
            from porcelain.graph.native_ids import position_by_native_id

            found = position_by_native_id(self.index, symbol)
        if found is None:
            from porcelain.language.scanner import similar_names

            names = [k for part in (TAGS, SESSIONS) for k, _ in part_rows(self.index, part)[:2000]]
            _refuse_unknown(symbol, similar_names(symbol, names))
        return found

    def with_prefix(self, kind: str, prefix: str) -> list[int]:
        """Return the commits whose "commit" or "change" id begins with a prefix.

        A change has all its visible commits; the list is empty if no id has the prefix.

        Raises:
            AmbiguousPrefix: several ids begin with it.
        """
        index: PrefixIndex[CommitId] | PrefixIndex[ChangeId] = self.commit_ids
        if kind == "change":
            index = self.change_ids
        match = index.resolve(prefix)
        if isinstance(match, Ambiguous):
            self._refuse_ambiguous(kind, prefix, match.candidates)
        if match is None:
            return []
        if kind == "commit":
            position = self.position_of(CommitId(match))
            return [] if position is None else [position]
        found = versions(self.index, ChangeId(match)) if match != ROOT_CHANGE else [0]
        return [position for position in found if self.is_visible(position)]

    def workspace(self, name: str | None) -> int | None:
        """Return the position of a workspace's `@`; None if it has none, or none that can be read."""
        key = self._workspace_key(name)
        commit = workspace_row(self.index, key).commit
        return None if commit is None else self.index.position(commit)

    def check_workspace(self, name: str | None) -> None:
        """Raise `CorruptOperation` if the position of a workspace cannot be read."""
        require_readable(self.index, WORKSPACES, self._workspace_key(name))

    def _workspace_key(self, name: str | None) -> str:
        key = self.workspace_key
        return key if name is None else f"{key.partition('/')[0]}/{name}"

    def parents(self, position: int) -> Sequence[int]:
        """Return parent positions, first parent first."""
        return self.index.parents(position) if position else ()

    def children(self, position: int) -> Sequence[int]:
        """Return the positions of visible children."""
        return self.index.children(position, "visible")

    def visible(self) -> Iterator[int]:
        """Yield visible positions, descending, 0 last."""
        yield from self._falling("commits WHERE visible = 1")
        yield 0

    def has_visible(self, count: int) -> bool:
        """Tell whether at least so many commits are visible; reads as many at most."""
        sql = "SELECT 1 FROM commits WHERE visible = 1 LIMIT 1 OFFSET ?"
        return bool(self.index.query(sql, (count - 1,)))

    def is_visible(self, position: int) -> bool:
        """Tell whether a position is visible."""
        if not position:
            return True
        return bool(
            self.index.query("SELECT visible FROM commits WHERE pos = ?", (position,))[0][0]
        )

    def heads(self) -> Iterator[int]:
        """Yield the positions of visible heads, descending; the root's if there are none."""
        heads = self._falling("roots WHERE mark = 'visible'")
        yield next(heads, 0)
        yield from heads

    def default_log(self) -> Sequence[int] | None:
        """Return the positions that the log shows by default; None for all visible ones."""
        from porcelain.index.default_log import default_log

        return default_log(self.index, self.workspace(None)).positions

    def _falling(self, rows: str) -> Iterator[int]:
        """Yield the positions of some rows, descending; reads a few hundred at a time."""
        sql = f"SELECT pos FROM {rows} AND pos < ? ORDER BY pos DESC LIMIT ?"
        below, count = 1 << 60, 16
        while found := self.index.query(sql, (below, count)):
            yield from (position for (position,) in found)
            below, count = found[-1][0], _AT_ONCE

    def commit_id(self, position: int) -> CommitId:
        """Return the commit id at a position."""
        return self.index.row_at(position).id if position else ROOT_COMMIT

    def change_id(self, position: int) -> ChangeId:
        """Return the change id at a position."""
        return change_id_at(self.index, position) if position else ROOT_CHANGE

    def position_of(self, commit_id: CommitId) -> int | None:
        """Return the position of a commit, or None if the index does not have it."""
        return 0 if commit_id == ROOT_COMMIT else self.index.position(commit_id)

    def may_be_immutable(self) -> bool:
        """Tell whether any name can make commits other than the root immutable."""
        if self._names is None:
            sql = (
                "SELECT 1 FROM view_rows WHERE part = ? UNION ALL "
                "SELECT 1 FROM view_rows WHERE part > ? AND part < 'remotes0' LIMIT 1"
            )
            self._names = bool(self.aliases or self.index.query(sql, (TAGS, REMOTES)))
        return self._names

    def offset(self, position: int) -> int:
        """Return which version of its change a commit is, 0 the newest."""
        sql = "SELECT count(*) FROM changes WHERE change = ? AND pos > ?"
        found: int = self.index.query(sql, (self.change_id(position), position))[0][0]
        return found

    def is_divergent(self, position: int) -> bool:
        """Tell whether other visible commits have the same change id."""
        sql = "SELECT count(*) FROM changes WHERE change = ? AND shown = 1"
        return bool(self.index.query(sql, (self.change_id(position),))[0][0] > 1)

    def _named(self, name: str, value: str) -> int:
        target = parse_target(value)
        if len(target) > 1:
            from porcelain.errors import ConflictedName

            raise ConflictedName(name, [term[:12] for term in target[::2] if term])
        return self._position(CommitId(value))

    def _position(self, commit_id: CommitId) -> int:
        position = self.index.position(commit_id)
        return _refuse_unknown(commit_id) if position is None else position

    def _remote(self, name: str, remote: str) -> int:
        for part in (TAGS, SESSIONS):
            value = get_row(self.index, f"{REMOTES}{remote}/{part}", name)
            if value is not None:
                return self._named(f"{name}@{remote}", value.partition(" ")[2])
        _refuse_unknown(f"{name}@{remote}")

    def _commit(self, symbol: str) -> int | None:
        prefix = hex_prefix(symbol)
        if prefix is None:
            return None
        match = self.commit_ids.resolve(prefix)
        if isinstance(match, Ambiguous):
            self._refuse_ambiguous("commit", symbol, match.candidates)
        return None if match is None else self.position_of(match)

    def _short_name(self, symbol: str) -> int | None:
        """Return the commit of the session whose name, a UUID, has this short form."""
        from porcelain.index.short_names import names_short_for

        names = names_short_for(self.index, symbol)
        if len(names) > 1:
            from porcelain.errors import AmbiguousPrefix

            raise AmbiguousPrefix("session", symbol, names)
        return (
            self._named(names[0], get_row(self.index, SESSIONS, names[0]) or "") if names else None
        )

    def _change(self, symbol: str) -> int | None:
        text, slash, offset = symbol.partition("/")
        prefix = change_prefix(text)
        number = read_number(offset)
        if not prefix or (slash and number is None):
            return None
        match = self.change_ids.resolve(prefix)
        if isinstance(match, Ambiguous):
            self._refuse_ambiguous("change", text, match.candidates)
        if match is None:
            return None
        if match == ROOT_CHANGE:
            return 0 if offset in ("", "0") else None
        found = versions(self.index, match)
        if number is not None:
            return found[number] if number < len(found) else None
        visible = [n for n, position in enumerate(found) if self.is_visible(position)]
        if len(visible) > 1:
            from porcelain.errors import DivergentChange

            raise DivergentChange(text, visible)
        return found[visible[0]] if visible else None

    def _refuse_ambiguous(self, kind: str, prefix: str, found: Sequence[str]) -> NoReturn:
        from porcelain.errors import AmbiguousPrefix

        raise AmbiguousPrefix(kind, prefix, [one[:12] for one in found])

    def _is_name(self, text: str) -> bool:
        sql = "SELECT 1 FROM view_rows WHERE part IN (?, ?) AND key = ? LIMIT 1"
        return bool(self.index.query(sql, (TAGS, SESSIONS, text)))
