"""A commit as templates see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from porcelain.cli.render.commit import Commits
from porcelain.display import plain
from porcelain.language.template.value import RenderFault, Timestamp
from porcelain.model.view_value import SESSIONS, TAGS
from porcelain.repo.reader import RepoReader
from store.errors import StoreError
from store.index.commit_row import CommitRow
from store.objects.commit import read_commit


class CommitTerms:
    """A commit as templates see it."""

    def __init__(self, repo: RepoReader, position: int, commits: Commits | None = None) -> None:
        """Look nothing up yet; `commits` keeps facts that all commits share."""
        self._repo = repo
        self._position = position
        self._commits = commits or Commits(repo)

    @property
    def commit_id(self) -> str:
        """The whole commit id."""
        return self._repo.graph.commit_id(self._position)

    @property
    def change_id(self) -> str:
        """The whole change id."""
        return self._repo.change_id(self._position)

    @property
    def description(self) -> str:
        """The description with a newline at its end; empty for a generated one.

        Raises:
            RenderFault: the commit's object cannot be read.
        """
        if not self._position or self._repo.row(self._position).generated:
            return ""
        try:
            message = read_commit(self._repo.repository, self._repo.row(self._position).id).message
        except StoreError as error:
            raise RenderFault(plain(str(error))) from None
        return f"{message.rstrip()}\n" if message.strip() else ""

    def fact(self, name: str) -> Any:
        """Return a fact by the name of its keyword."""
        return _FACTS[name](self._commits, self._position)

    def data(self) -> dict[str, object]:
        """Return the commit as `--json` has it."""
        return self._commits.data(self._position)

    @property
    def immutable(self) -> bool:
        """Whether the commit must not be rewritten."""
        return self._repo.is_immutable(self._position)

    def commit_prefix(self) -> int:
        """Return how many digits of the commit id name it alone."""
        return self._repo.graph.commit_ids.shortest(self._repo.graph.commit_id(self._position))

    def change_prefix(self) -> int:
        """Return how many letters of the change id name it alone."""
        return self._repo.graph.change_ids.shortest(self._repo.change_id(self._position))


_Get = Callable[[Commits, int], Any]


def _of_row(get: Callable[[Commits, CommitRow], Any], root: Any) -> _Get:
    """Return what gets a fact from a commit's row; the root commit has none."""
    return lambda commits, position: get(commits, commits.repo.row(position)) if position else root


def _timestamp(commits: Commits, position: int) -> Timestamp:
    time = commits.repo.row(position).time if position else 0
    return Timestamp(time * 1000, commits.repo.preferences.now)


def _parents(commits: Commits, position: int) -> list[CommitTerms]:
    return [CommitTerms(commits.repo, one, commits) for one in commits.graph.parents(position)]


def _shown_names(part: str) -> Callable[[Commits, CommitRow], list[str]]:
    return lambda commits, row: ["".join(t for _, t in one) for one in commits.shown(row, part)]


_FACTS: dict[str, _Get] = {
    "title": _of_row(lambda commits, row: commits.title(row), ""),
    "model": _of_row(lambda _, row: row.model or "", ""),
    "agent": _of_row(lambda _, row: row.format or "", ""),
    "project": _of_row(lambda commits, row: commits.conversation(row).facts.project, ""),
    "session_title": _of_row(lambda commits, row: commits.conversation(row).facts.title, ""),
    "messages": _of_row(lambda _, row: row.messages or 0, 0),
    "timestamp": _timestamp,
    "sessions": _of_row(_shown_names(SESSIONS), []),
    "bookmarks": _of_row(_shown_names(SESSIONS), []),
    "tags": _of_row(_shown_names(TAGS), []),
    "working_copies": _of_row(lambda commits, row: commits.places(row), []),
    "parents": _parents,
    "change_offset": lambda commits, position: commits.graph.offset(position) if position else 0,
    "current_working_copy": _of_row(lambda commits, row: row.id == commits.current, False),
    "root": lambda _, position: not position,
    "empty": _of_row(lambda _, row: bool(row.empty), True),
    "hidden": _of_row(lambda _, row: not row.visible, False),
    "divergent": lambda commits, position: bool(position) and _is_divergent(commits, position),
    "conflict": _of_row(lambda _, row: bool(row.conflict), False),
}


def _is_divergent(commits: Commits, position: int) -> bool:
    return bool(commits.repo.row(position).visible) and commits.graph.is_divergent(position)
