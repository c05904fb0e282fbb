"""Recover the tip of a session whose ref is damaged, from unreachable commits.

Until a command records them, a framework's saves are reachable from their session's ref alone. In a
copy made meanwhile the ref may name a commit that the copy lacks; earlier saves are there and are
known by their document. Commits with a change id are not candidates: commands made them, so the
operation log has them unless somebody abandoned them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from porcelain.maintenance.damage import readable_ancestors
from porcelain.maintenance.longest_path import distances
from porcelain.maintenance.rescued import RESCUED
from porcelain.model.change_id import CHANGE_ID_HEADER
from porcelain.model.operation_store import is_keep_commit
from store.errors import InvalidRefName, InvalidSession, ObjectError
from store.ids import CommitId, RefName
from store.maintenance.leftovers import all_commits
from store.maintenance.verify import verify_session
from store.objects.commit import UNLISTED, Commit, read_commit
from store.objects.tag import peel_to_commit
from store.repository.ref_name import SESSIONS as REFS
from store.repository.ref_name import check_ref_name
from store.repository.ref_read import list_refs
from store.repository.ref_update import Expect, RefEdit, update_refs
from store.repository.repository import Repository
from store.tree_layout.facts import read_facts

_Parent = CommitId | None


class UnreachableCommits:
    """The commits that no ref reaches, found when they are first needed."""

    def __init__(self, repository: Repository) -> None:
        """Read nothing yet."""
        self._repository = repository
        self._found: dict[CommitId, Commit] | None = None
        self._by_document: dict[str, list[CommitId]] = {}

    def newest(self, session: str, start: CommitId | None) -> CommitId | None:
        """Return the newest readable commit of a session's document, or None.

        The document is the one in `start`, and the commit descends from `start`; without
        `start` the document is the one whose id is the session's name.
        """
        found = self._look()
        document = session
        if start is not None:
            document = self._document(read_commit(self._repository, start)) or session
        own = self._by_document.get(document, [])
        depths = _depths({commit_id: found[commit_id] for commit_id in own}, start)
        best = sorted(depths, key=lambda c: (depths[c], found[c].committer.time, c), reverse=True)
        return next((c for c in best if not any(verify_session(self._repository, c))), None)

    def tips(self) -> dict[str, CommitId]:
        """Return the commits that none of the same document continues, by names for sessions.

        A name is the document's id; of several commits of one document the newest has it, and
        the others have a number behind it.
        """
        found = self._look()
        named: dict[str, CommitId] = {}
        for document in sorted(self._by_document.keys() - {""}):
            own = self._by_document[document]
            inner = {parent for one in own for parent in found[one].parents}
            ends = [one for one in own if one not in inner]
            sound = [one for one in ends if not any(verify_session(self._repository, one))]
            sound.sort(key=lambda one: (found[one].committer.time, one), reverse=True)
            for number, one in enumerate(sound, 1):
                name = document if number == 1 else f"{document}-{number}"
                named.setdefault(name if _can_be_named(name) else f"recovered-{one[:12]}", one)
        return named

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


def restore_sessions(repository: Repository) -> int:
    """Give sessions that no ref leads to their names again; return how many. Call it locked."""
    count = 0
    for name, commit_id in UnreachableCommits(repository).tips().items():
        edit = RefEdit(RefName(f"{REFS}{name}"), commit_id, Expect.MISSING)
        try:
            update_refs(repository, [edit])
        except InvalidRefName:  # the name of another one is a part of it
            free = RefName(f"{REFS}recovered-{commit_id[:12]}")
            update_refs(repository, [edit._replace(name=free)])
        count += 1
    return count


def _can_be_named(name: str) -> bool:
    try:
        check_ref_name(f"{REFS}{name}")
    except InvalidRefName:
        return False
    return True


def _depths(own: dict[CommitId, Commit], start: CommitId | None) -> dict[CommitId, int]:
    """Return the length of the longest path from `start` to each of its descendants in `own`."""
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
    known = readable_ancestors(repository, _starts(repository))
    for commit_id in all_commits(repository):
        if commit_id in known:
            continue
        try:
            commit = read_commit(repository, commit_id)
        except ObjectError:
            continue
        ours = is_keep_commit(commit) or commit.header(CHANGE_ID_HEADER) is not None
        ours = ours or UNLISTED in commit.headers
        if not ours and all(repository.exists(parent) for parent in commit.parents):
            yield commit_id, commit


def _starts(repository: Repository) -> Iterator[CommitId]:
    for name, value in list_refs(repository, "refs/", on_error=lambda _: None).items():
        if name.startswith(RESCUED):
            continue
        try:
            commit_id = peel_to_commit(repository, value)
        except ObjectError:
            continue
        if commit_id is not None:
            yield commit_id
