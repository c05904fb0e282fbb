"""Rewriting: what follows when commits are replaced or abandoned.

A commit is a whole transcript, a change is what it adds to its parent's (or removes from
it). Moving a commit to another parent replays that: the new parent's transcript, less
what the change removes, plus what it adds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from porcelain.errors import Refused
from store.commit import Commit, Signature, read_commit
from store.ids import CommitId
from store.index import Index
from store.objects import ObjectWriter
from store.replay import replay


class Rewrites:
    """What a transaction does to commits.

    `created` maps each new commit to those that it replaces ([] for a new one),
    `rewritten` each replaced one to its successors, `abandoned` each to its parents.
    """

    def __init__(self) -> None:
        """Start with nothing."""
        self.created: dict[CommitId, tuple[CommitId, ...]] = {}
        self.rewritten: dict[CommitId, tuple[CommitId, ...]] = {}
        self.abandoned: dict[CommitId, tuple[CommitId, ...]] = {}

    def __bool__(self) -> bool:
        """Whether any commit is being hidden."""
        return bool(self.rewritten or self.abandoned)

    def gone(self) -> list[CommitId]:
        """Return the commits that are being hidden."""
        revived = {new for news in self.rewritten.values() for new in news}
        both = [*self.rewritten, *self.abandoned]
        return [c for c in dict.fromkeys(both) if c not in revived]

    def successor(self, commit_id: CommitId | None) -> CommitId | None:
        """Return what a name on a commit moves to; the commit itself if it stays."""
        seen: set[CommitId] = set()
        while commit_id is not None and commit_id not in seen:
            seen.add(commit_id)
            news = self.rewritten.get(commit_id)
            if news is not None and len(news) == 1:
                commit_id = news[0]
            elif commit_id in self.abandoned:
                commit_id = next(iter(self.abandoned[commit_id]), None)
            else:
                break
        return commit_id

    def new_parents(self, parents: tuple[CommitId, ...]) -> tuple[CommitId, ...]:
        """Return where children of these parents belong now, in order, without repeats."""
        return tuple(dict.fromkeys(self._resolve(parents, set())))

    def _resolve(self, parents: tuple[CommitId, ...], seen: set[CommitId]) -> Iterator[CommitId]:
        for parent in parents:
            if parent in seen:
                continue
            news = self.rewritten.get(parent)
            if news is not None and len(news) == 1:
                yield from self._resolve(news, seen | {parent})
            elif parent in self.abandoned:
                yield from self._resolve(self.abandoned[parent], seen | {parent})
            else:
                yield parent


class Rewriting(Protocol):
    """What rewriting needs of the transaction that it happens in."""

    rewrites: Rewrites

    @property
    def index(self) -> Index:
        """The index, edits included."""
        ...

    @property
    def objects(self) -> ObjectWriter:
        """Where objects are staged."""
        ...

    def signature(self) -> Signature:
        """Return the acting user's signature, now."""
        ...

    def write(self, commit: Commit, replaces: Sequence[CommitId] = ()) -> CommitId:
        """Stage a commit that takes the place of others."""
        ...


def rebase_descendants(tx: Rewriting) -> int:
    """Rebase the visible descendants of what a transaction hides; return how many.

    Parents before children; change ids, authors and descriptions are kept.
    """
    count = 0
    for commit_id in _descendants(tx):
        if commit_id in tx.rewrites.rewritten or commit_id in tx.rewrites.abandoned:
            continue
        commit = read_commit(tx.objects, commit_id)
        parents = tx.rewrites.new_parents(commit.parents)
        if parents != commit.parents:
            rebase(tx, commit_id, commit, parents)
            count += 1
    return count


def rebase(
    tx: Rewriting, commit_id: CommitId, commit: Commit, parents: tuple[CommitId, ...]
) -> CommitId:
    """Replay one commit on other parents and let the result replace it."""
    old_base = read_commit(tx.objects, commit.parents[0]).tree if commit.parents else None
    new_base = read_commit(tx.objects, parents[0]).tree if parents else None
    tree = replay(tx.objects, commit.tree, old_base, new_base)
    who = tx.signature()
    headers = commit.headers or _header_of(tx, commit_id)
    rebased = Commit(tree, parents, commit.author, who, commit.message, headers)
    return tx.write(rebased, [commit_id])


def keep_change(tx: Rewriting, commit_id: CommitId, commit: Commit) -> Commit:
    """Return `commit` with the change id that the commit it replaces has."""
    if commit.header("change-id"):
        return commit
    return commit._replace(headers=_header_of(tx, commit_id))


def _header_of(tx: Rewriting, commit_id: CommitId) -> tuple[tuple[str, str], ...]:
    rows = tx.index.query(
        "SELECT change FROM changes JOIN commits USING (pos) WHERE id = ?",
        (bytes.fromhex(commit_id),),
    )
    if not rows:
        raise Refused(f"Commit {commit_id[:12]} is not part of this repository")
    return (("change-id", rows[0][0]),)


def _descendants(tx: Rewriting) -> list[CommitId]:
    """Return the visible descendants of hidden commits, parents first."""
    index = tx.index
    found: set[int] = set()
    pending = [index.position(commit_id) for commit_id in tx.rewrites.gone()]
    while pending:
        position = pending.pop()
        if position is None:
            continue
        for child in index.children(position, "visible"):
            if child not in found:
                found.add(child)
                pending.append(child)
    return [index.row_at(position).id for position in sorted(found)]
