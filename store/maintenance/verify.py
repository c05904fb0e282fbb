"""Verifies a repository: reads all that its refs reach, and names what is missing or damaged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from store.errors import CorruptRef, InvalidSession, ObjectError
from store.ids import CommitId, TreeId
from store.objects.commit import decode_commit
from store.objects.tree import GITLINK, decode_tree
from store.repository.ref_read import list_refs
from store.repository.repository import Repository
from store.tree_layout.layout import read_session


class Problem(NamedTuple):
    """A missing or damaged object, or a damaged ref."""

    name: str
    """The object's id, or the ref's name."""

    reason: str


def verify(repository: Repository) -> Iterator[Problem]:
    """Read all objects that the refs reach and yield every problem; nothing is changed.

    Objects are read whole, so libgit2 compares their hashes. Sessions must be well-formed.
    """
    problems: list[Problem] = []
    try:
        refs = list_refs(
            repository, "refs/", on_error=lambda e: problems.append(Problem(e.name, str(e)))
        )
    except CorruptRef as error:  # packed-refs: its refs are unknown
        yield Problem(error.name, str(error))
        return
    yield from problems
    sessions = [value for name, value in refs.items() if name.startswith("refs/sessions/")]
    yield from _verify_objects(repository, refs.values())
    for commit_id in dict.fromkeys(sessions):
        yield from verify_session(repository, CommitId(commit_id))


def verify_session(repository: Repository, commit_id: CommitId) -> Iterator[Problem]:
    """Read a commit's session with all its messages; yield the first problem."""
    try:
        commit = decode_commit(repository.read(commit_id)[1], commit_id)
        session = read_session(repository, TreeId(commit.tree))
        for message in session.messages:
            if session.format == "pawan":
                _ = message.value
    except (InvalidSession, ObjectError) as error:
        yield Problem(commit_id, str(error))


def _verify_objects(repository: Repository, starts: Iterable[str]) -> Iterator[Problem]:
    pending = list(dict.fromkeys(starts))
    seen = set(pending)
    while pending:
        object_id = pending.pop()
        try:
            kind, data = repository.read(object_id)
            found = list(named_by(kind, data, object_id))
        except ObjectError as error:
            yield Problem(object_id, str(error))
            continue
        fresh = [name for name in found if name not in seen]
        seen.update(fresh)
        pending += fresh


def named_by(kind: str, data: bytes, object_id: str) -> Iterator[str]:
    """Yield the ids of the objects that an object names; gitlinks are left out."""
    if kind == "commit":
        commit = decode_commit(data, object_id)
        yield commit.tree
        yield from commit.parents
    elif kind == "tree":
        for entry in decode_tree(data, object_id):
            if entry.mode != GITLINK:
                yield entry.id
    elif kind == "tag":
        yield data[7:47].decode("ascii", "replace")
