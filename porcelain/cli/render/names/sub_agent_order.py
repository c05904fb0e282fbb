"""Sub-agents' sessions in a list, each behind the session that started it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from porcelain.graph.name_list import Listed
from porcelain.index.view_rows import get_row, remotes_of
from porcelain.model.view_value import SESSIONS
from porcelain.repo.reader import RepoReader

_ANY_STARTED = "SELECT 1 FROM conversations WHERE started_by != '' LIMIT 1"


def under_parents(repo: RepoReader, items: Iterable[Listed], *, lazily: bool) -> Iterable[Listed]:
    """Return sessions with each sub-agent's behind the listed one that started it, and indented.

    `lazily` reads `items`, which then have to be all sessions, no further than asked.
    """
    index = repo.index
    if not index.query(_ANY_STARTED):
        return items
    from porcelain.graph.sub_agents import sub_agent_sessions

    if not lazily or remotes_of(index, SESSIONS):
        return _regrouped(list(items), sub_agent_sessions(index))
    parents = sub_agent_sessions(index)
    below: dict[str, list[str]] = {}
    for child, parent in parents.items():
        below.setdefault(parent, []).append(child)

    def tree(item: Listed, seen: set[str]) -> Iterator[Listed]:
        yield item
        for child in below.get(item.name, ()):
            target = get_row(index, SESSIONS, child)
            if child not in seen:
                seen.add(child)
                yield from tree(Listed(child, target, None, (), item.depth + 1), seen)

    def top(name: str) -> str:
        seen = {name}
        while (above := parents.get(name)) is not None and above not in seen:
            seen.add(name := above)
        return name

    return (one for item in items if top(item.name) == item.name for one in tree(item, {item.name}))


def _regrouped(listed: list[Listed], parents: dict[str, str]) -> Iterable[Listed]:
    there = {item.name for item in listed if item.remote is None}
    below: dict[str, list[Listed]] = {}
    for item in listed:
        parent = parents.get(item.name) if item.remote is None else None
        if parent in there:
            assert parent is not None
            below.setdefault(parent, []).append(item)
    moved = {item.name for some in below.values() for item in some}
    found: dict[tuple[str, str | None], Listed] = {}

    def add(item: Listed, depth: int) -> None:
        if (item.name, item.remote) not in found:
            found[item.name, item.remote] = item._replace(depth=depth)
            for child in below.get(item.name, ()) if item.remote is None else ():
                add(child, depth + 1)

    for item in listed:
        if item.remote is not None or item.name not in moved:
            add(item, 0)
    for item in listed:  # those that started each other
        add(item, 0)
    return found.values()
