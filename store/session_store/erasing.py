"""Erasing a session: what it alone holds leaves the repository for good."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from store.errors import EraseRefused, NotErased, ObjectError, UnknownId
from store.gitdir.git_process import find_git
from store.ids import CommitId, RefName
from store.maintenance.housekeeping import gc
from store.maintenance.verify import named_by
from store.repository.deleted_ref import deleted_sessions
from store.repository.ref_name import SESSIONS, session_ref
from store.repository.ref_read import list_refs, read_ref
from store.repository.ref_update import RefEdit, update_refs
from store.repository.repository import Repository

OPERATION_LOG = "refs/wj/op"


class Erased(NamedTuple):
    """The result of `SessionStore.erase`.

    `objects` are gone. `shared` objects are still there, because the refs in `held_by` lead to
    them: a common beginning of two conversations, or an equal message.
    """

    name: str
    objects: int
    shared: int
    held_by: tuple[str, ...]


def erase(repository: Repository, name: str) -> Erased:
    """Delete a session, and all objects that only it holds; see `SessionStore.erase`."""
    _refuse(repository, name)
    with repository.locked():
        _refuse(repository, name)
        own = [(one.ref, one.id) for one in deleted_sessions(repository) if one.name == name]
        tip = read_ref(repository, session_ref(name))
        if tip is not None:
            own.append((session_ref(name), CommitId(tip)))
        if not own:
            raise UnknownId(name)
        held = _reach(repository, [value for _, value in own])
        gone_refs = {ref for ref, _ in own}
        others = {
            ref: value
            for ref, value in list_refs(repository, "refs/").items()
            if ref not in gone_refs
        }
        kept, held_by = _holders(repository, held, others)
        update_refs(repository, [RefEdit(ref, None, value) for ref, value in own])
    gc(repository, prune="now")
    repository.refresh()
    left = [one for one in held - kept if repository.exists(one)]
    if left:
        raise NotErased(name, len(left))
    return Erased(name, len(held - kept), len(kept), tuple(held_by))


def _refuse(repository: Repository, name: str) -> None:
    if read_ref(repository, OPERATION_LOG) is not None:
        hint = "`wj redact --purge` removes a text from every version and the log"
        raise EraseRefused(name, "the operation log keeps it, so that it can be undone", hint)
    if find_git() is None:
        raise EraseRefused(name, "git, which collects the objects, is not installed", "install git")


def _holders(
    repository: Repository, held: set[str], refs: Mapping[RefName, str]
) -> tuple[set[str], list[str]]:
    """Return those of the objects that other refs hold, and these refs' names."""
    leads = dict.fromkeys(held, True)
    kept: set[str] = set()
    names = []
    for ref, value in refs.items():
        for object_id, below in _after(repository, value, leads):
            leads[object_id] = any(leads.get(one, False) for one in below)
        if leads.get(value, False):
            names.append(ref.removeprefix(SESSIONS))
    if names:
        kept = held & _reach(repository, refs.values())
    return kept, names


def _after(
    repository: Repository, start: str, known: dict[str, bool]
) -> Iterator[tuple[str, list[str]]]:
    """Yield the objects that are not known, each after those that it names."""
    stack: list[tuple[str, list[str] | None]] = [(start, None)]
    while stack:
        object_id, below = stack.pop()
        if below is not None:
            if object_id not in known:
                yield object_id, below
        elif object_id not in known:
            below = _named(repository, object_id)
            stack.append((object_id, below))
            stack += [(one, None) for one in below]


def _reach(repository: Repository, starts: Iterable[str]) -> set[str]:
    pending = [*starts]
    seen = set(pending)
    while pending:
        fresh = [one for one in _named(repository, pending.pop()) if one not in seen]
        seen.update(fresh)
        pending += fresh
    return seen


def _named(repository: Repository, object_id: str) -> list[str]:
    try:
        kind, data = repository.read(object_id)
        return [*named_by(kind, data, object_id)]
    except ObjectError:
        return []  # missing or damaged before
