"""Find everything that would keep redacted text in the repository after a purge.

The names and workspaces of the view; refs of others, HEADs and git's indexes; operations that cannot
be read; packs and alternates from which git removes no objects. Each is described together with what
a user can do about it.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from typing import NamedTuple

from porcelain.display import counted, plain
from porcelain.errors import Refused
from porcelain.index.view_rows import log_gaps, part_rows
from porcelain.maintenance.redacting.search import Found, Search
from porcelain.maintenance.rescued import RESCUED
from porcelain.model.operation_store import EXPORTED_REF, OPERATION_REF, REPLICAS
from porcelain.model.view_value import (
    HEADS,
    IMPORTS,
    REMOTES,
    SESSIONS,
    TAGS,
    WORKSPACES,
    target_commits,
)
from store.gitdir.git_process import run_git
from store.gitdir.own_files import read_regular
from store.ids import is_full_id
from store.index.commit_index import Index
from store.repository.object_scan import all_objects, pinned_objects
from store.repository.ref_read import list_refs
from store.repository.repository import Repository

_OURS = ("refs/sessions/", "refs/tags/", "refs/remotes/")
_MOST_HINTS = 8
_RENAMED = "another name for it keeps the word out"
_SETTLED = "`wj {} set NAME -r REV` settles its conflict"
_OTHERS = "once the program that it belongs to needs it no more, remove it"


class Keeper(NamedTuple):
    """A thing that keeps the text, and what a user can do about it."""

    name: str
    remedy: str


def refuse_kept(keepers: Collection[Keeper], verb: str) -> None:
    """Refuse a purge that would leave the text, where there are keepers.

    Raises:
        Refused: there are.
    """
    if not keepers:
        return
    names = ", ".join(keeper.name for keeper in list(keepers)[:_MOST_HINTS])
    more = ", …" if len(keepers) > _MOST_HINTS else ""
    hints = dict.fromkeys(f"{one.name}: {one.remedy}" for one in list(keepers)[:_MOST_HINTS])
    raise Refused(
        f"Nothing has been {verb}: the text would be kept by {names}{more}",
        *hints,
        code="text_kept",
    )


def find_keepers(
    repository: Repository, index: Index, search: Search, found: Found, moved: Collection[str] = ()
) -> list[Keeper]:
    """Return all that would keep the text; `moved` are tags that will be plain ones."""
    return [
        *named_in_view(index, search),
        *_view(index, found),
        *_operations(index),
        *_refs(repository, search, moved),
        *_worktrees(repository, search),
        *_pinned(repository, search),
    ]


def named_in_view(index: Index, search: Search) -> Iterator[Keeper]:
    """Yield the names in the present state that contain the text."""
    for part, key, value in _rows(index):
        if search.names_it(part, key, value):
            yield Keeper(f"{_noun(part)} {plain(key)}, by its name", _RENAMED)


def _view(index: Index, found: Found) -> Iterator[Keeper]:
    """Yield what leads to the text in the present state."""
    if found.visible:
        commits = counted(len(found.visible), "visible commit")
        yield Keeper(f"{commits} outside the given revisions", "without `-r` they are redacted too")
        return  # the names lead to these
    for part, key, value in _rows(index):
        if any(one in found.leading for one in target_commits(part, value)):
            yield Keeper(f"{_noun(part)} {plain(key)}", _remedy(part))


def _operations(index: Index) -> Iterator[Keeper]:
    """Yield operations that cannot be read: they and those before them may lead to it."""
    for operation_id, _ in log_gaps(index):
        yield Keeper(
            f"operation {operation_id[:12]}, which cannot be read",
            "`wj doctor --fix` removes it from the log",
        )


def _refs(repository: Repository, search: Search, moved: Collection[str]) -> Iterator[Keeper]:
    """Yield the refs of others that lead to it, and annotated tags that contain it."""
    known: dict[str, bool] = {}
    for name, value in list_refs(repository, "refs/").items():
        if name in (OPERATION_REF, EXPORTED_REF) or name.removeprefix("refs/tags/") in moved:
            continue
        if name.startswith((RESCUED, REPLICAS)):
            continue  # goes with the operations
        if search.ref_leads(value, known, only_tag=name.startswith(_OURS)):
            yield Keeper(plain(name, None), _OTHERS)


def _worktrees(repository: Repository, search: Search) -> Iterator[Keeper]:
    """Yield detached HEADs and git's indexes, of the repository and of its worktrees."""
    places = [""]
    trees = os.path.join(repository.path, "worktrees")
    if os.path.isdir(trees):
        places += [f"worktrees/{name}/" for name in sorted(os.listdir(trees))]
    for place in places:
        value = _read(os.path.join(repository.path, f"{place}HEAD"))
        if is_full_id(value) and search.ref_leads(value, {}, only_tag=False):
            yield Keeper(plain(f"{place}HEAD"), "let it name a branch, or another commit")
        if not os.path.exists(os.path.join(repository.path, f"{place}index")):
            continue
        listed = run_git(os.path.join(repository.path, place), ("ls-files", "-s", "-z"))
        lines = listed.stdout.split(b"\0") if listed is not None else []
        ids = {line.split(b" ")[1].decode() for line in lines if line.count(b" ") > 1}
        if any(search.ref_leads(one, {}, only_tag=False) for one in sorted(ids)):
            yield Keeper(plain(f"{place}index"), _OTHERS)


def _pinned(repository: Repository, search: Search) -> Iterator[Keeper]:
    """Yield packs and alternates that hold it, from which git removes nothing."""
    pinned = dict(pinned_objects(repository))
    if not pinned:
        return
    objects = (one for one in all_objects(repository) if one[0] in pinned)
    for place in sorted({pinned[one] for one in search.objects(objects)}):
        is_lent = os.path.isabs(place)
        yield Keeper(plain(place, None), "redact in that repository too" if is_lent else _OTHERS)


def _rows(index: Index) -> Iterator[tuple[str, str, str]]:
    """Yield the rows of the view that have names."""
    for (part,) in index.query("SELECT DISTINCT part FROM view_rows ORDER BY part"):
        if part != HEADS:
            for key, value in part_rows(index, part):
                yield part, key, value


def _noun(part: str) -> str:
    if part == IMPORTS:
        return "the imported file"
    return part.removesuffix("s").replace(REMOTES, "remote ")


def _remedy(part: str) -> str:
    if part in (SESSIONS, TAGS):
        return _SETTLED.format(part.removesuffix("s"))
    if part == WORKSPACES:
        return "`wj edit REV` in it moves it to another commit"
    return "once the remote has another version, fetch it and purge again"


def _read(path: str) -> str:
    try:
        return read_regular(path, 100).decode("ascii", "replace").strip()
    except OSError:
        return ""
