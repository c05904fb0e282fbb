"""Immutable commits, and the refusal to rewrite them.

The commits that `immutable_heads()` names, their ancestors and the root are immutable. By
default these heads are the tags and the untracked sessions of remotes. Whether a commit is
immutable is found by a walk from it to its descendants, which sqlite ends at the first name, so
the cost does not depend on the number of names. If no such name exists, there is no walk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from porcelain.display import counted, plain
from porcelain.errors import ConfigError, ExpressionError, Refused, RevisionError
from porcelain.graph.repo_graph import RepoGraph
from porcelain.index.view_rows import conflicted_names, remote_part, remotes_of
from porcelain.model.view_value import REMOTES, SESSIONS, TAGS, parse_target
from store.ids import CommitId
from store.index.commit_index import Index

HEADS = "immutable_heads()"
_BUILT_IN = (
    "immutable_heads",
    "builtin_immutable_heads",
    "trunk",
    "tags",
    "untracked_remote_sessions",
)
_UP = (
    "WITH RECURSIVE up(pos) AS (VALUES(?) UNION SELECT child FROM up CROSS JOIN edges "
    "WHERE edges.parent = up.pos) "
)
_FEW = 256


class Rule(NamedTuple):
    """The reason why commits are immutable: the beginning of a sentence, and the head it names."""

    text: str
    head: int


class Immutability:
    """The immutable commits in one state of a repository.

    `expression` names the heads; `describe` returns the line that an error shows for a commit.
    """

    def __init__(
        self,
        graph: RepoGraph,
        expression: str = HEADS,
        describe: Callable[[int], str] | None = None,
    ) -> None:
        """Look nothing up yet."""
        self._graph = graph
        self._expression = expression
        self._describe = describe
        self._heads: _Named | _Configured | None = None
        self._known: dict[int, bool] = {}

    def is_immutable(self, position: int) -> bool:
        """Tell whether a commit is immutable; cheapest if its children were asked about before.

        Raises:
            ConfigError: the configured expression cannot be evaluated.
        """
        if not position:
            return True
        if not self._rules().exist():
            return False
        if position not in self._known:
            self._find_out(position)
        return self._known[position]

    def refuse(self, commits: Iterable[CommitId], ignore: bool = False) -> None:
        """Refuse to rewrite these commits if any is immutable; with `ignore` only the root counts.

        Raises:
            Refused: with code `immutable_commit`, or `root_commit`.
            ConfigError: the configured expression cannot be evaluated.
        """
        places = {self._graph.position_of(commit) for commit in commits}
        positions = sorted((place for place in places if place is not None), reverse=True)
        if 0 in positions:
            raise Refused(
                f"The root commit {self._graph.commit_id(0)[:12]} is immutable",
                "Every conversation begins there; `wj new 'root()'` begins one",
                code="root_commit",
            )
        if ignore:
            return
        found = [position for position in positions if self.is_immutable(position)]
        if found:
            rule = self._rules().above(found[0])
            assert rule is not None
            raise self._refusal(found, rule)

    def _refusal(self, found: Sequence[int], rule: Rule) -> Refused:
        first = found[0]
        commit_id = self._graph.commit_id(first)[:12]
        hints = [f"Could not modify commit: {self._describe(first)}"] if self._describe else []
        what = "it" if rule.head == first else "what continues it"
        named = f"{rule.text} names {what}"
        if rule.head != first:
            named += f", commit {self._graph.commit_id(rule.head)[:12]}"
        way_on = (
            f"`wj new {commit_id}` continues it, and `wj duplicate {commit_id}` makes a copy "
            "that can be changed; `--ignore-immutable` rewrites it all the same"
        )
        hints += [
            named,
            f"This operation would rewrite {counted(len(found), 'immutable commit')}",
            way_on,
        ]
        return Refused(f"Commit {commit_id} is immutable", *hints, code="immutable_commit")

    def _rules(self) -> _Named | _Configured:
        if self._heads is None:
            own = self._expression != HEADS or _is_changed(self._graph)
            self._heads = self._configured() if own else _Named(self._graph.index)
        return self._heads

    def _configured(self) -> _Configured:
        try:
            return _Configured(self._graph, self._expression)
        except (ExpressionError, RevisionError, Refused) as error:
            key = f'revset-aliases."{self._expression}"'
            raise ConfigError("", key, f"cannot be evaluated: {error}") from error

    def _find_out(self, position: int) -> None:
        """Find out about a commit from its children, which are remembered too."""
        known, rules = self._known, self._rules()
        stack = [position]
        for _ in range(_FEW):
            here = stack[-1]
            above = [row[0] for row in self._graph.index.query(_CHILDREN, (here,))]
            if any(known.get(child) for child in above) or rules.at(here) is not None:
                # All that it descends from, the stack, is immutable too.
                known.update(dict.fromkeys(stack, True))
                return
            unknown = next((child for child in above if child not in known), None)
            if unknown is not None:
                stack.append(unknown)
                continue
            known[here] = False
            stack.pop()
            if not stack:
                return
        known[position] = rules.above(position) is not None


def _is_changed(graph: RepoGraph) -> bool:
    """Tell whether the configuration changes any part of the default."""
    if not graph.aliases:
        return False
    from porcelain.language.revset.aliases import Aliases

    return any(map(Aliases(graph.aliases).is_configured, _BUILT_IN))


_CHILDREN = "SELECT child FROM edges WHERE parent = ?"


class _Named:
    """Tags and untracked sessions of remotes, looked up by the commit that they name."""

    def __init__(self, index: Index) -> None:
        self._index = index
        # Each part with the text before the commit id in its values.
        remotes = [
            (remote_part(one, SESSIONS), "untracked ") for one in remotes_of(index, SESSIONS)
        ]
        sql = "SELECT 1 FROM view_rows WHERE part = ? AND value >= ? AND value < ? LIMIT 1"
        self._parts = [
            (part, start)
            for part, start in [(TAGS, ""), *remotes]
            if index.query(sql, (part, start, start + "~"))
        ]
        self._conflicted: dict[int, Rule] = {}
        for part, name, value in self._conflicts():
            self._take_sides(part, name, value)

    def _conflicts(self) -> list[tuple[str, str, str]]:
        """Return part, name and target of conflicted names, which are few."""
        sql = (
            "SELECT part, key, substr(value, 11) FROM view_rows INDEXED BY view_remote_several "
            "WHERE part GLOB 'remotes/*' AND length(value) > 50 AND value GLOB 'untracked *'"
        )
        tags = [(TAGS, *row) for row in conflicted_names(self._index, TAGS)]
        remotes = dict(self._parts)
        return tags + [row for row in self._index.query(sql) if row[0] in remotes]

    def _take_sides(self, part: str, name: str, value: str) -> None:
        for side in parse_target(value)[::2]:
            position = None if side is None else self._index.position(side)
            if position is not None:
                self._conflicted[position] = Rule(_name_text(part, name), position)

    def exist(self) -> bool:
        """Tell whether there are any heads."""
        return bool(self._parts)

    def at(self, position: int) -> Rule | None:
        """Return the rule that names the commit itself."""
        return self._look(f"WITH up(pos) AS (VALUES(?)) {_NAME}", position) or (
            self._conflicted.get(position)
        )

    def above(self, position: int) -> Rule | None:
        """Return a rule that names the commit or one of its descendants."""
        found = self._look(f"{_UP}{_NAME}", position)
        if found is None and self._conflicted:
            rows = self._index.query(f"{_UP}SELECT pos FROM up", (position,))
            found = next((self._conflicted[p] for (p,) in rows if p in self._conflicted), None)
        return found

    def _look(self, sql: str, position: int) -> Rule | None:
        for part, start in self._parts:
            rows = self._index.query(sql, (position, part, start))
            if rows:
                name, head = rows[0]
                return Rule(_name_text(part, name), head)
        return None


_NAME = (
    "SELECT key, up.pos FROM up CROSS JOIN commits ON commits.pos = up.pos "
    "CROSS JOIN view_rows ON part = ? AND value = ? || lower(hex(id)) LIMIT 1"
)


def _name_text(part: str, name: str) -> str:
    if part == TAGS:
        return f"The tag `{plain(name)}`"
    remote = part[len(REMOTES) :].rpartition("/")[0]
    return f"The session `{plain(name)}@{plain(remote)}`, which is not tracked,"


class _Configured:
    """The commits that the user's own expression names, all of them read."""

    def __init__(self, graph: RepoGraph, expression: str) -> None:
        from porcelain.language.revset.aliases import Aliases
        from porcelain.language.revset.evaluate import evaluate
        from porcelain.language.revset.parser import parse

        self._index = graph.index
        self._positions = frozenset(evaluate(parse(expression), graph).positions())
        definition = Aliases(graph.aliases).definition("immutable_heads", 0)
        shown = f"configured as `{plain(definition)}`," if definition else "as it is configured,"
        self._text = f"`{HEADS}`, {shown}" if expression == HEADS else f"`{plain(expression)}`"

    def exist(self) -> bool:
        return bool(self._positions)

    def at(self, position: int) -> Rule | None:
        return Rule(self._text, position) if position in self._positions else None

    def above(self, position: int) -> Rule | None:
        rows = self._index.query(f"{_UP}SELECT pos FROM up", (position,))
        found = next((p for (p,) in rows if p in self._positions), None)
        return None if found is None else Rule(self._text, found)
