"""The graph that a revset is evaluated on: commits as integers.

A *position* stands for a commit: parents have smaller positions than their children, and 0 is
the virtual root commit, the parent of every commit without others. So descending order is a
topological order, children first, and walks need no dates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from porcelain.language.revset.position_set import Selection, ancestors_of, explicit, heads, merged


class Text(Protocol):
    """A test of texts; `exact` is the one text that passes it, if there is only one."""

    @property
    def matches(self) -> Callable[[str], bool]:
        """The test."""

    @property
    def exact(self) -> str | None:
        """The one text, or None."""


class Signed(Protocol):
    """The author or committer of a commit, and a time."""

    @property
    def name(self) -> str:
        """The name."""

    @property
    def email(self) -> str:
        """The e-mail address."""

    @property
    def time(self) -> int:
        """Seconds since the epoch."""


class Facts(Protocol):
    """Facts about commits and names for functions; texts of the root are empty."""

    def email(self) -> str:
        """Return the e-mail address of the user."""

    def now(self) -> int:
        """Return the time in milliseconds."""

    def time(self, position: int) -> int:
        """Return the time at which a commit was written, in seconds."""

    def signatures(self, position: int) -> tuple[Signed, Signed]:
        """Return author and committer."""

    def description(self, position: int) -> str:
        """Return the description with a newline at its end, or ""; "" for a generated one."""

    def subject(self, position: int) -> str:
        """Return the description's first line, or ""."""

    def title(self, position: int) -> str:
        """Return the title that listings show for a commit."""

    def model(self, position: int) -> str:
        """Return the model of a conversation, or ""."""

    def session(self, position: int) -> str:
        """Return the id in a conversation's document, or ""."""

    def project(self, position: int) -> str:
        """Return the working folder of a conversation, or ""."""

    def agents(self, position: int) -> list[str]:
        """Return the formats of a conversation, each alone and with the agent's version."""

    def native(self, native_id: str) -> Callable[[int], bool]:
        """Return a test of commits: whether they belong to a conversation of this id."""

    def is_empty(self, position: int) -> bool:
        """Tell whether a commit adds nothing to its parents; False for the root."""

    def is_conflicted(self, position: int) -> bool:
        """Tell whether a commit holds a conflict."""

    def messages(self, position: int) -> int:
        """Return how many messages a conversation has; 0 for the root."""

    def has_words(self, words: str) -> Callable[[str], bool]:
        """Return the test of texts that `wj search` makes for words.

        Raises:
            Refused: there is no word in it.
        """

    def adds_words(self, words: str) -> Callable[[int], bool]:
        """Return the test whether a commit adds a message that `wj search` finds by words.

        Raises:
            Refused: there is no word in it.
        """

    def adds(self, kind: str, test: Callable[[str], bool]) -> Callable[[int], bool]:
        """Return the test whether a commit adds a message whose "text", "role" or "tool" fits."""

    def divergent(self) -> Iterator[int]:
        """Yield the visible commits whose change has several visible commits, descending."""

    def names(self, part: str, name: Text) -> list[int]:
        """Return the commits of the "sessions" or "tags" whose names fit, in any order."""

    def remote_names(self, part: str, name: Text, remote: Text, tracked: bool | None) -> list[int]:
        """Return the same for names of remotes; `tracked` None takes both kinds."""

    def working_copies(self) -> list[int]:
        """Return the current commits of all workspaces."""

    def positions_of(self, ids: Iterable[str]) -> list[int]:
        """Return the commits of these ids that exist here, in any order."""


class Graph(Protocol):
    """The repository at one operation, as the language needs it."""

    @property
    def aliases(self) -> Mapping[str, str]:
        """Declarations of aliases, and their definitions."""

    def facts(self) -> Facts:
        """Return the facts about commits, for one evaluation."""

    def past(self, operation: str) -> Graph:
        """Return the graph after an operation.

        Raises:
            OperationError: the expression does not name one operation.
        """

    def with_prefix(self, kind: str, prefix: str) -> list[int]:
        """Return the visible commits of the "change", or the "commit", that a prefix names.

        Raises:
            AmbiguousPrefix: several ids begin with it.
        """

    def commit_id(self, position: int) -> str:
        """Return a commit's id."""

    def resolve(self, symbol: str, remote: str = "") -> int:
        """Return the commit that a name, an id, a prefix or `change/offset` stands for.

        With `remote`, the commit that `symbol@remote` stands for.

        Raises:
            UnknownRevision: nothing has this name or id.
            AmbiguousPrefix, DivergentChange, ConflictedName: it could be several.
        """

    def workspace(self, name: str | None) -> int | None:
        """Return the current commit of a workspace, None if it has none or does not exist.

        `name` None asks for one's own.
        """

    def check_workspace(self, name: str | None) -> None:
        """Raise an error if the current commit of a workspace cannot be read."""
        ...

    def parents(self, position: int) -> Sequence[int]:
        """Return the parents, first parent first; none for 0."""

    def children(self, position: int) -> Sequence[int]:
        """Return the visible children, in any order."""

    def visible(self) -> Iterator[int]:
        """Yield the visible commits in descending order, 0 last."""

    def is_visible(self, position: int) -> bool:
        """Tell whether a commit is visible; 0 always is."""

    def heads(self) -> Iterable[int]:
        """Return the visible commits without visible children, in descending order."""

    def default_log(self) -> Sequence[int] | None:
        """Return the commits that the log shows by default; None for all visible ones."""


class Universe:
    """All commits that a revset can find: the visible ones, and those that it names itself.

    A hidden commit is found only if the revset names it (by id, say); it then brings its
    ancestors. So names must be added with `name` before anything is read.
    """

    def __init__(self, graph: Graph) -> None:
        """Begin with the visible commits."""
        self.graph = graph
        self.parents = graph.parents
        self.named: set[int] = set()
        self._hidden: dict[int, list[int]] | None = None
        self.all = Selection(self._positions, self.contains)

    def name(self, position: int) -> int:
        """Add a commit that the revset names, and return it."""
        if not self.graph.is_visible(position):
            self.named.add(position)
        return position

    def contains(self, position: int) -> bool:
        """Tell whether a commit can be found."""
        return self.graph.is_visible(position) or position in self._hidden_children()

    def children(self, position: int) -> Sequence[int]:
        """Return the children that can be found, in any order."""
        hidden = self._hidden_children().get(position, ())
        return (
            [*self.graph.children(position), *hidden] if hidden else self.graph.children(position)
        )

    def heads(self) -> Selection:
        """Return the commits without children; all others are their ancestors."""
        return Selection(self._heads)

    def _heads(self) -> Iterator[int]:
        visible = iter(self.graph.heads())
        if not self.named:
            return visible
        tips = Selection(lambda: merged([visible, iter(explicit(self.named))]))
        return heads(tips, self.parents).positions()

    def _positions(self) -> Iterator[int]:
        if not self.named:
            return self.graph.visible()
        hidden = [place for place in self._hidden_children() if not self.graph.is_visible(place)]
        return merged([self.graph.visible(), iter(explicit(hidden))])

    def _hidden_children(self) -> dict[int, list[int]]:
        """Return the hidden commits that can be found, and their parents, with their children.

        Only hidden children are listed: the graph knows the others.
        """
        if self._hidden is None:
            found: dict[int, list[int]] = {}
            for place in ancestors_of(iter(explicit(self.named)), self._hidden_parents):
                if not self.graph.is_visible(place):
                    found.setdefault(place, [])
                    for parent in self.parents(place):
                        found.setdefault(parent, []).append(place)
            self._hidden = found
        return self._hidden

    def _hidden_parents(self, position: int) -> Sequence[int]:
        return [p for p in self.parents(position) if not self.graph.is_visible(p)]
