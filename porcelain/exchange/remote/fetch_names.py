"""Record the sessions and tags of a remote, as jj records what it fetches.

    tracked      the move is merged into the local name; a deletion deletes it
    untracked    only the remote's position is recorded

Commits that only an old position of the remote led to are hidden. Where one of them has a new
version at the remote, known by its change id, its descendants here are rebased onto that; else they
move to its parents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from porcelain.display import plain
from porcelain.exchange.remote.place import PARTS, Name, Place, commits_of
from porcelain.graph.visible_versions import visible_versions
from porcelain.index.view_rows import part_rows, parts, remote_part
from porcelain.model.view_merge import merge_value
from porcelain.model.view_value import (
    REMOTES,
    SESSIONS,
    TAGS,
    parse_target,
    target_commits,
)
from porcelain.transaction.transaction import Transaction
from store.errors import ObjectError
from store.ids import CommitId
from store.index.commit_index import Index
from store.objects.objects import ObjectReader
from store.remote.fetch import Received, RemoteRef

Wanted = Callable[[str, str], bool]
"""Tells of a part and a name whether it is wanted."""


class Moved(NamedTuple):
    """A name of a remote that moved; `before` and `after` are targets of it there, None for none."""

    part: str
    name: str
    remote: str
    before: str | None
    after: str | None
    tracked: bool


class Fetched(NamedTuple):
    """The result of a fetch; `refused` are names that lead to no commit that can be read."""

    moved: tuple[Moved, ...]
    abandoned: int
    rewritten: int
    refused: tuple[str, ...]


class Choice(NamedTuple):
    """Which names are fetched, and which of the new ones are tracked."""

    wanted: Wanted
    tracked: Wanted


class Listing(NamedTuple):
    """A place, the names that it has, and which of them are wanted."""

    place: Place
    names: Mapping[Name, RemoteRef]
    choice: Choice


def receive(received: Received, listing: Listing) -> None:
    """Receive the objects of wanted names, as far as they are missing."""
    received.fetch(listing.place.source, _wanted(listing).values())


def index_commits(index: Index, reader: ObjectReader, listing: Listing) -> tuple[str, ...]:
    """Add the commits of wanted names to the index; return the refs that lead to no readable one.

    Done before a transaction, so that other writers do not wait.
    """
    wanted = _wanted(listing)
    return tuple(_unreadable(index, reader, listing.place, wanted))


def _wanted(listing: Listing) -> dict[Name, CommitId]:
    return {
        name: commit
        for name, commit in commits_of(listing.names).items()
        if listing.choice.wanted(*name)
    }


def _unreadable(
    index: Index, reader: ObjectReader, place: Place, wanted: Mapping[Name, CommitId]
) -> Iterator[str]:
    try:
        index.ensure(reader, sorted({*wanted.values()}))
    except ObjectError:
        for (part, name), commit in wanted.items():
            try:
                index.ensure(reader, [commit])
            except ObjectError:
                yield place.ref(part, name)


def import_names(
    tx: Transaction, listings: Sequence[Listing], refused: Sequence[str] = ()
) -> Fetched:
    """Record the present names of remotes; see the module."""
    moved: list[Moved] = []
    for listing in listings:
        moved += _moves(tx, listing, {*refused})
    tx.add_heads(_hidden(tx, [one.after for one in moved]))
    for one in moved:
        _record(tx, one)
    abandoned, rewritten = _hide_unreachable(tx, moved)
    remotes = ", ".join(plain(listing.place.name) for listing in listings)
    tx.describe(f"git fetch {remotes}", "git")
    return Fetched(tuple(moved), abandoned, rewritten, tuple(refused))


def _moves(tx: Transaction, listing: Listing, refused: set[str]) -> list[Moved]:
    """Return the wanted names that moved, in byte order."""
    place, found = listing.place, commits_of(listing.names)
    moves = []
    for part in PARTS:
        known = dict(part_rows(tx.index, remote_part(place.name, part)))
        there = {name: commit for (kind, name), commit in found.items() if kind == part}
        for name in sorted({*known, *there}):
            if not listing.choice.wanted(part, name) or place.ref(part, name) in refused:
                continue
            state, _, before = known.get(name, "").partition(" ")
            tracked = state == "tracked" if state else listing.choice.tracked(part, name)
            after = there.get(name)
            if after != (before or None):
                moves.append(Moved(part, name, place.name, before or None, after, tracked))
    return moves


def _hidden(tx: Transaction, commits: Iterable[str | None]) -> list[CommitId]:
    found = dict.fromkeys(CommitId(one) for one in commits if one is not None)
    return [one for one in found if not _is_visible(tx, one)]


def _is_visible(tx: Transaction, commit_id: CommitId) -> bool:
    row = tx.index.row(commit_id)
    return row is not None and bool(row.visible)


def _record(tx: Transaction, one: Moved) -> None:
    state = "tracked" if one.tracked else "untracked"
    value = f"{state} {one.after}" if one.after is not None else None
    tx.set(remote_part(one.remote, one.part), one.name, value)
    if one.tracked:
        ours = tx.get(one.part, one.name)
        merged = merge_value(one.part, one.before, ours, one.after, tx.is_ancestor)
        tx.set(one.part, one.name, merged)
        if merged is not None:
            tx.add_heads(_hidden(tx, target_commits(one.part, merged)))
            if len(parse_target(merged)) > 1:
                kind, name = one.part[:-1], plain(one.name)
                tx.notes.append(
                    f"{kind.capitalize()} {name} is conflicted now; "
                    f"`wj {kind} set {name} -r REV` settles it"
                )


def _hide_unreachable(tx: Transaction, moved: Sequence[Moved]) -> tuple[int, int]:
    """Hide the commits that only old positions led to; return the abandoned and the rewritten."""
    olds = {side for one in moved for side in parse_target(one.before)[::2] if side is not None}
    left = [
        one
        for one in olds
        if tx.index.position(one) is not None
        and not any(
            one in parse_target(m.before)[::2]
            and m.after is not None
            and tx.is_ancestor(one, CommitId(m.after))
            for m in moved
        )
    ]
    if not left:
        return 0, 0
    gone = _unpinned(tx, left)
    rewritten = 0
    for commit_id in gone:
        news = [one for one in visible_versions(tx.index, commit_id) if one not in gone]
        if news:
            tx.rewrites.rewritten[commit_id] = tuple(news)
            rewritten += 1
        else:
            tx.abandon(commit_id)
    tx.finish_rewrites()
    return len(gone) - rewritten, rewritten


def _unpinned(tx: Transaction, starts: Iterable[CommitId]) -> dict[CommitId, None]:
    """Return the visible ones of commits and their ancestors to which no name leads."""
    index = tx.index
    pinned = index.reach(index.positions(_pinned(tx)).values())
    found: dict[CommitId, None] = {}
    pending = [position for one in starts if (position := index.position(one))]
    while pending:
        here = pending.pop()
        row = index.row_at(here)
        if here in pinned or not row.visible or row.id in found:
            continue
        found[row.id] = None
        pending += [parent for parent in index.parents(here) if parent]
    return found


def _pinned(tx: Transaction) -> set[CommitId]:
    """Return the commits that names point to; as in jj, `@` is no reason to keep a commit."""
    return {
        commit
        for part in parts(tx.index)
        if part in (SESSIONS, TAGS) or part.startswith(REMOTES)
        for _, value in part_rows(tx.index, part)
        for commit in target_commits(part, value)
    }
