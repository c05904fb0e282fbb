"""Sorts lists of sessions and tags: by name, or by author, committer and date."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from porcelain.cli.run.errors import Misuse
from porcelain.display import plain
from porcelain.graph.name_list import Listed
from porcelain.model.view_value import Target, parse_target
from porcelain.repo.reader import RepoReader
from store.errors import StoreError
from store.objects.commit import Commit, read_commit

_KEYS: dict[str, Callable[[Commit], object]] = {
    "author-name": lambda commit: commit.author.name,
    "author-email": lambda commit: commit.author.email,
    "author-date": lambda commit: commit.author.time,
    "committer-name": lambda commit: commit.committer.name,
    "committer-email": lambda commit: commit.committer.email,
    "committer-date": lambda commit: commit.committer.time,
}


def in_order(repo: RepoReader, items: list[Listed], keys: str) -> list[Listed]:
    """Sort entries that are in byte order by keys separated by commas, the first counts most.

    A key with `-` after it sorts downwards. Entries without a readable commit come first.

    Raises:
        Misuse: there is no such key.
    """
    wanted = [key.strip() for key in keys.split(",")]
    for key in wanted:
        if key.removesuffix("-") not in ("name", *_KEYS):
            names = ", ".join(("name", *_KEYS))
            raise Misuse(
                f"There is no sort key `{plain(key)}`", f"There are {names}, each with `-`"
            )
    commits = _commits(repo, items) if any(not key.startswith("name") for key in wanted) else []
    order = list(range(len(items)))
    for key in reversed(wanted):
        get = _getter(items, commits, key.removesuffix("-"))
        order.sort(key=get, reverse=key.endswith("-"))
    return [items[place] for place in order]


def _getter(
    items: Sequence[Listed], commits: Sequence[Commit | None], key: str
) -> Callable[[int], tuple[object, ...]]:
    if key == "name":
        return lambda place: (items[place].name, items[place].remote or "")
    read = _KEYS[key]

    def get(place: int) -> tuple[object, ...]:
        commit = commits[place]
        return () if commit is None else (read(commit),)

    return get


def _commits(repo: RepoReader, items: Sequence[Listed]) -> list[Commit | None]:
    return [_commit(repo, parse_target(item.target)) for item in items]


def _commit(repo: RepoReader, target: Target) -> Commit | None:
    """Return the first commit that a name points to, None if that cannot be read."""
    side = next((term for term in target[::2] if term is not None), None)
    try:
        return None if side is None else read_commit(repo.repository, side)
    except StoreError:
        return None
