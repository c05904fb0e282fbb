"""The state that a tool shows of its repository, in one form for both tools.

Commits, changes and operations have the tool's own ids here; `naming` gives them names that
both tools have in common.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

ROOT = "0" * 40
"""The virtual commit below all others, in both tools."""


class Void(Exception):
    """A sequence that says nothing, because jj came to grief by itself."""


class Commit(NamedTuple):
    """A commit; parents in order, `ROOT` where it has none."""

    id: str
    change: str
    title: str
    parents: tuple[str, ...]


class Target(NamedTuple):
    """Where a name points: one commit in `adds`, or the sides of a conflict, sorted."""

    adds: tuple[str, ...]
    removes: tuple[str, ...] = ()


class Shown(NamedTuple):
    """A repository's newest state.

    `visible` are the ids of visible commits, `commits` has these and those that names point
    to. `ROOT` is in neither.
    """

    operation: str
    commits: dict[str, Commit]
    visible: frozenset[str]
    at: str | None
    bookmarks: dict[str, Target]
    tags: dict[str, Target]


class Answer(NamedTuple):
    """How a command ended, what it wrote, and the line of a shell script that repeats it."""

    status: int
    text: str
    line: str

    @property
    def is_done(self) -> bool:
        """Whether it was not refused."""
        return self.status == 0


class Tool(Protocol):
    """One of the two tools, on a repository of its own."""

    def begin(self, words: list[str]) -> Callable[[], Answer]:
        """Start a command; call what is returned to wait for its end."""
        ...

    def shown(self) -> Shown:
        """Read the newest state.

        Raises:
            Void: it cannot be read.
        """
        ...


def closure(heads: list[str], read: Callable[[str], Commit]) -> dict[str, Commit]:
    """Return commits and all their ancestors, without the root."""
    found: dict[str, Commit] = {}
    pending = list(heads)
    while pending:
        commit_id = pending.pop()
        if commit_id != ROOT and commit_id not in found:
            found[commit_id] = read(commit_id)
            pending += found[commit_id].parents
    return found
