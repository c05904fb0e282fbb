"""Commits that nothing leads to: what a session's ref showed before it was damaged.

A framework's saves hang on their session's ref alone until a command records them. A ref in a
copy that was made meanwhile may name a commit that the copy has not; what was written before
that one is there, and can be told by its document. Commits with a change id are none of these:
what commands made is in the operation log, unless somebody took it out of there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from porcelain.maintenance.check_log import reachable
from porcelain.maintenance.longest_path import distances
from porcelain.model.change_id import CHANGE_ID_HEADER
from porcelain.model.operation_store import is_keep_commit
from store.errors import InvalidSession, ObjectError
from store.ids import CommitId
from store.maintenance.leftovers import all_commits
from store.maintenance.verify import verify_session
from store.objects.commit import Commit, read_commit
from store.objects.tag import peel_to_commit
from store.repository.ref_read import list_refs
from store.repository.repository import Repository
from store.tree_layout.facts import read_facts

_Parent = CommitId | None


class LeftBehind:
    """The commits that no ref leads to, looked for when they are first asked for."""

    def __init__(self, repository: Repository) -> None:
        """Look at nothing yet."""
        self._repository = repository
        self._found: dict[CommitId, Commit] | None = None
        self._by_document: dict[str, list[CommitId]] = {}

    def newest(self, session: str, start: CommitId | None) -> CommitId | None:
        """Return the newest commit of a session's document that can be read; None if none can.

        It continues `start`, where that is given, by commits of the document that `start`
        holds, else of one with the session's name as its id.
        """
        found = self._look()
        document = session
        if start is not None:
            document = self._document(read_commit(self._repository, start)) or session
        own = self._by_document.get(document, [])
        depths = _depths({commit_id: found[commit_id] for commit_id in own}, start)
        best = sorted(depths, key=lambda c: (depths[c], found[c].committer.time, c), reverse=True)
        return next((c for c in best if not any(verify_session(self._repository, c))), None)

    def _look(self) -> dict[CommitId, Commit]:
        if self._found is None:
            self._found = dict(_unreachable(self._repository))
            for commit_id, commit in self._found.items():
                self._by_document.setdefault(self._document(commit), []).append(commit_id)
        return self._found

    def _document(self, commit: Commit) -> str:
        try:
            return read_facts(self._repository, commit.tree).id
        except (ObjectError, InvalidSession):
            return ""  # an operation, or damaged


def _depths(own: dict[CommitId, Commit], start: CommitId | None) -> dict[CommitId, int]:
    """Return how many of the commits lie below each, for those that continue `start`."""
    after: dict[_Parent, list[_Parent]] = {}
    for commit_id, commit in own.items():
        above: Iterable[_Parent] = commit.parents
        if start is None:
            above = [parent for parent in above if parent in own] or [None]
        for parent in above:
            after.setdefault(parent, []).append(commit_id)
    far = distances([start], after)
    return {one: depth for one, depth in far.items() if one is not None and one != start}


def _unreachable(repository: Repository) -> Iterator[tuple[CommitId, Commit]]:
    known = reachable(repository, _starts(repository))
    for commit_id in all_commits(repository):
        if commit_id in known:
            continue
        try:
            commit = read_commit(repository, commit_id)
        except ObjectError:
            continue
        ours = is_keep_commit(commit) or commit.header(CHANGE_ID_HEADER) is not None
        if not ours and all(repository.exists(parent) for parent in commit.parents):
            yield commit_id, commit


def _starts(repository: Repository) -> Iterator[CommitId]:
    for value in list_refs(repository, "refs/", on_error=lambda _: None).values():
        try:
            commit_id = peel_to_commit(repository, value)
        except ObjectError:
            continue
        if commit_id is not None:
            yield commit_id
