"""Refs that keep what deleted sessions held: `refs/wj/deleted/<commit>/<name>`.

`SessionStore.delete` leaves one, because a porcelain that has never seen the session could not
bring it back. The next writing command of porcelain records both the session and its deletion, and
removes the ref. The name is written as `encode_name` writes a key.
"""

from __future__ import annotations

from typing import NamedTuple

from store.errors import InvalidRefName
from store.ids import CommitId, RefName
from store.repository.key_name import decode_name, encode_name
from store.repository.ref_read import list_refs
from store.repository.repository import Repository

DELETED = "refs/wj/deleted/"


class DeletedSession(NamedTuple):
    """A session that was deleted, where it was then, and the ref that keeps it."""

    ref: RefName
    name: str
    id: CommitId


def deleted_ref(name: str, commit_id: CommitId) -> RefName:
    """Return the ref that keeps a commit of a deleted session."""
    return RefName(f"{DELETED}{commit_id}/{encode_name(name)}")


def deleted_sessions(repository: Repository) -> list[DeletedSession]:
    """Return the deleted sessions that are kept, by their refs."""
    found = []
    for ref, value in list_refs(repository, DELETED, on_error=lambda _: None).items():
        try:
            (name,) = decode_name(ref[len(DELETED) :].partition("/")[2])
        except (InvalidRefName, ValueError):
            continue  # not one of ours
        found.append(DeletedSession(ref, name, CommitId(value)))
    return found
