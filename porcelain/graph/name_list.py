"""Lists of sessions and tags, local and remote, chosen by pattern, target and state.

The index has all answers, so reading commands load nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import merge
from typing import NamedTuple

from porcelain.index.newest_names import newest_names
from porcelain.index.view_rows import get_row, part_rows, remote_part, remotes_of
from porcelain.language.string_pattern import NamePattern
from porcelain.model.view_value import parse_target
from store.ids import CommitId
from store.index.commit_index import Index


class RemoteName(NamedTuple):
    """The last known position of a name at a remote; `target` is the text of a target."""

    remote: str
    name: str
    tracked: bool
    target: str


class Listed(NamedTuple):
    """One entry of a list: a local name with remote names below it, or a remote name alone.

    `target` is None if the local name is deleted; `remote` is None for a local entry. `depth` is
    1 for a sub-agent's session that is listed under the one that started it.
    """

    name: str
    target: str | None
    remote: str | None
    below: tuple[RemoteName, ...]
    depth: int = 0


class Matched(NamedTuple):
    """The names that match patterns, in byte order, and the exact patterns that match none."""

    names: tuple[str, ...]
    unmatched: tuple[str, ...]


class Wanted(NamedTuple):
    """The entries that a list shows.

    A name is shown if `patterns` or `targets` (commits) match it, or if both are None.
    `remotes` are patterns for remotes. If `among` is given, names outside it are left out.
    """

    patterns: Sequence[NamePattern] | None = None
    targets: Callable[[CommitId], bool] | None = None
    conflicted: bool = False
    remotes: Sequence[NamePattern] | None = None
    all_remotes: bool = False
    tracked: bool = False
    among: frozenset[str] | None = None


def remote_names(index: Index, part: str, name: str) -> list[RemoteName]:
    """Return the positions of a name at each remote that has it."""
    values = (
        (one, get_row(index, remote_part(one, part), name)) for one in remotes_of(index, part)
    )
    return [_remote_name(one, name, value) for one, value in values if value is not None]


def match_names(
    index: Index, part: str, patterns: Iterable[NamePattern], *, with_remotes: bool = False
) -> Matched:
    """Return the names that match any of the patterns, with `with_remotes` remote names too."""
    parts = [part]
    if with_remotes:
        parts += [remote_part(one, part) for one in remotes_of(index, part)]
    found: set[str] = set()
    unmatched, open_ones = [], []
    for pattern in patterns:
        if not pattern.is_exact:
            open_ones.append(pattern)
        elif any(get_row(index, one, pattern.text) is not None for one in parts):
            found.add(pattern.text)
        else:
            unmatched.append(pattern.text)
    if open_ones:
        names = (name for one in parts for name, _ in part_rows(index, one))
        found.update(name for name in names if fits(open_ones, name))
    return Matched(tuple(sorted(found)), tuple(dict.fromkeys(unmatched)))


def match_remote_names(
    index: Index,
    part: str,
    patterns: Sequence[NamePattern],
    remotes: Sequence[NamePattern] | None = None,
) -> list[RemoteName]:
    """Return the remote names that match any pattern, of remotes that match any of `remotes`."""
    return [
        _remote_name(remote, name, value)
        for remote in remotes_of(index, part)
        if remotes is None or fits(remotes, remote)
        for name, value in part_rows(index, remote_part(remote, part))
        if fits(patterns, name)
    ]


def fits(patterns: Iterable[NamePattern], name: str) -> bool:
    """Tell whether any of the patterns matches a name."""
    return any(pattern.matches(name) for pattern in patterns)


def list_names(
    index: Index, part: str, wanted: Wanted, *, newest: bool = False
) -> Iterator[Listed]:
    """Yield the entries of a list in byte order of the names, arranged as in jj.

    `newest` lists names with newer commits first, as far as it is read.

    A tracked remote name is listed below its local one if they differ, or if the list is about
    remotes; an untracked one has an entry of its own in lists about remotes.
    """
    about_remotes = wanted.tracked or wanted.all_remotes or wanted.remotes is not None
    local_alone = not wanted.tracked and wanted.remotes is None
    with_untracked = not wanted.tracked and about_remotes
    for name, target, everywhere in _together(index, part, wanted, newest=newest):
        if not _is_wanted(wanted, name, target):
            continue
        chosen = [r for r in everywhere if wanted.remotes is None or fits(wanted.remotes, r.remote)]
        below = [r for r in chosen if r.tracked and (about_remotes or r.target != target)]
        if below or (local_alone and target is not None):
            yield Listed(name, target, None, tuple(below))
        if with_untracked:
            for one in chosen:
                if not one.tracked:
                    yield Listed(name, one.target, one.remote, ())


def _is_wanted(wanted: Wanted, name: str, target: str | None) -> bool:
    if wanted.conflicted and (target is None or " " not in target):
        return False
    if wanted.among is not None and name not in wanted.among:
        return False
    if wanted.patterns is None and wanted.targets is None:
        return True
    if wanted.patterns is not None and fits(wanted.patterns, name):
        return True
    sides = parse_target(target)[::2] if wanted.targets is not None else ()
    return wanted.targets is not None and any(side and wanted.targets(side) for side in sides)


def _together(
    index: Index, part: str, wanted: Wanted, *, newest: bool = False
) -> Iterator[tuple[str, str | None, list[RemoteName]]]:
    """Yield each name with its local target and its remote names.

    With `newest`, names that only remotes have come last.
    """
    remotes = remotes_of(index, part)
    if newest:
        yield from _by_age(index, part, wanted, bool(remotes))
        return
    streams = [_rows(index, part, None, wanted)]
    streams += [_rows(index, remote_part(one, part), one, wanted) for one in remotes]
    if not remotes:
        for name, _, value in streams[0]:
            yield name, value, []
        return
    now: tuple[str, str | None, list[RemoteName]] | None = None
    for name, remote, value in merge(*streams, key=lambda row: row[:2]):
        if now is None or now[0] != name:
            if now is not None:
                yield now
            now = (name, None, [])
        if remote:
            now[2].append(_remote_name(remote, name, value))
        else:
            now = (name, value, now[2])
    if now is not None:
        yield now


def _by_age(
    index: Index, part: str, wanted: Wanted, has_remotes: bool
) -> Iterator[tuple[str, str | None, list[RemoteName]]]:
    everywhere = {}
    if has_remotes:
        everywhere = {one[0]: one for one in _together(index, part, wanted)}
    for name, value in newest_names(index, part):
        yield everywhere.pop(name, (name, value, []))
    yield from everywhere.values()


def _rows(
    index: Index, part: str, remote: str | None, wanted: Wanted
) -> Iterable[tuple[str, str, str]]:
    patterns = wanted.patterns
    if patterns is not None and wanted.targets is None and all(p.is_exact for p in patterns):
        # Only these can match, so that the other names need not be read.
        names = sorted({pattern.text for pattern in patterns})
        values = [(name, get_row(index, part, name)) for name in names]
        rows = [(name, value) for name, value in values if value is not None]
    else:
        rows = part_rows(index, part)
    return ((name, remote or "", value) for name, value in rows)


def _remote_name(remote: str, name: str, value: str) -> RemoteName:
    state, _, target = value.partition(" ")
    return RemoteName(remote, name, state == "tracked", target)


def unmatched_names(index: Index, part: str, patterns: Iterable[NamePattern]) -> tuple[str, ...]:
    """Return the exact patterns that match no name, local or remote."""
    return match_names(
        index, part, [p for p in patterns if p.is_exact], with_remotes=True
    ).unmatched
