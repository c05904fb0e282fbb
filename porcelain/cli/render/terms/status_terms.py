"""The position of a workspace as templates see it."""

from __future__ import annotations

from porcelain.cli.render.commit import Commits
from porcelain.cli.render.terms.commit_terms import CommitTerms
from porcelain.cli.render.terms.subject import Subject
from porcelain.cli.run.context import Context


class StatusTerms(Subject):
    """Where a workspace is; `position` is None without a current commit."""

    __slots__ = ("_commits", "_position")

    def __init__(self, context: Context, commits: Commits, position: int | None) -> None:
        """Look nothing up yet."""
        super().__init__(context)
        self._commits = commits
        self._position = position

    def get(self, name: str) -> object:
        """Return the value of a keyword."""
        repo = self._commits.repo
        if name == "session":
            return repo.workspace.session or ""
        if name == "workspace":
            return repo.workspace_name
        if name == "commit":
            return None if self._position is None else self._at(self._position)
        above = () if self._position is None else repo.graph.parents(self._position)
        return [self._at(one) for one in above]

    def _at(self, position: int) -> CommitTerms:
        return CommitTerms(self.context, self._commits, position)
