"""Commits that nothing leads to: what a session's ref showed before it was damaged.

A framework's saves hang on their session's ref alone until a command records them. A ref in a
copy that was made meanwhile may name a commit that the copy has not; what was written before
that one is there, and can be told by its document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from porcelain.log_examination import reachable
from porcelain.operation_log import is_keep_commit
from store.commit import Commit, read_commit
from store.errors import InvalidSession, ObjectError
from store.ids import CommitId
from store.inspection import all_commits
from store.layout import read_facts
from store.ref import list_refs
from store.repository import Repository


class LeftBehind:
    """The commits that no ref leads to, looked for when they are first asked for."""

    def __init__(self, repository: Repository) -> None:
        """Look at nothing yet."""
        self._repository = repository
        self._found: dict[CommitId, Commit] | None = None

    def newest(self, session: str, start: CommitId | None) -> CommitId | None:
        """Return the newest commit of a session's document; None if there is none.

        It continues `start`, where that is given, by commits of the document that `start`
        holds, else of one with the session's name as its id.
        """
        if self._found is None:
            self._found = dict(_unreachable(self._repository))
        document = session
        if start is not None:
            document = self._document(read_commit(self._repository, start)) or session
        own = {c for c, commit in self._found.items() if self._document(commit) == document}
        depths = self._depths(own, start)
        return max(depths, key=lambda c: (depths[c], self._time(c), c), default=None)

    def _depths(self, own: set[CommitId], start: CommitId | None) -> dict[CommitId, int]:
        """Return how many of the commits lie below each, for those that continue `start`."""
        assert self._found is not None
        children: dict[CommitId | None, list[CommitId]] = {}
        for commit_id in sorted(own):
            above: Iterable[CommitId | None] = self._found[commit_id].parents
            if start is None:
                above = [parent for parent in above if parent in own] or [None]
            for parent in above:
                children.setdefault(parent, []).append(commit_id)
        depths: dict[CommitId, int] = {}
        here, depth = children.get(start, []), 0
        while here:
            depth += 1
            depths.update(dict.fromkeys(here, depth))
            here = list({child for one in here for child in children.get(one, [])})
        return depths

    def _document(self, commit: Commit) -> str:
        try:
            return read_facts(self._repository, commit.tree).id
        except (ObjectError, InvalidSession):
            return ""  # an operation, or damaged

    def _time(self, commit_id: CommitId) -> int:
        assert self._found is not None
        return self._found[commit_id].committer.time


def _unreachable(repository: Repository) -> Iterator[tuple[CommitId, Commit]]:
    refs = list_refs(repository, "refs/", on_error=lambda _: None)
    starts = [CommitId(value) for value in refs.values() if repository.exists(value)]
    known = reachable(repository, starts)
    for commit_id in all_commits(repository):
        if commit_id in known:
            continue
        try:
            commit = read_commit(repository, commit_id)
        except ObjectError:
            continue
        if not is_keep_commit(commit) and all(repository.exists(p) for p in commit.parents):
            yield commit_id, commit
