"""Combine the visible versions of a divergent change into one commit, after jj's `converge`.

Each field of a version is compared with the nearest version from which all evolved. A value that
one version changed is taken, and one that several changed alike. Transcripts that several changed
are merged message by message, which may leave conflicts; of different parents and descriptions
the user chooses one. The oldest version counts as ours.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from itertools import permutations
from typing import NamedTuple, TypeVar

from porcelain.actions.moving.destination import is_ancestor
from porcelain.errors import Refused
from porcelain.graph.evolution import walk_evolution
from porcelain.graph.visible_versions import visible_versions
from porcelain.index.view_rows import change_id_at
from porcelain.model.ids import ChangeId
from porcelain.transaction.rebase_descendants import (
    ROOT_COMMIT,
    Parents,
    is_generated,
    keep_change,
    rebase_descendants,
    renewed_message,
    replayed,
    starting_tree,
)
from porcelain.transaction.transaction import Transaction
from porcelain.transcript.format_table import pairing_of
from store.ids import CommitId, TreeId
from store.index.commit_index import Index
from store.merge.replay import merge_onto
from store.objects.commit import Commit, Signature, read_commit

_T = TypeVar("_T", bound=Hashable)
_SHOWN = 12


class Choices(NamedTuple):
    """The user's choices: the version whose parents or description to keep, or a description."""

    parents_of: CommitId | None = None
    description_of: CommitId | None = None
    description: str | None = None


NO_CHOICES = Choices()


class Converged(NamedTuple):
    """A change that is now one commit, and its former versions, the oldest first."""

    change: ChangeId
    commit: CommitId
    versions: tuple[CommitId, ...]


class Divergence(NamedTuple):
    """A divergent change: the versions to combine, the oldest first, and the others."""

    change: ChangeId
    versions: tuple[CommitId, ...]
    others: tuple[CommitId, ...]


def divergences(tx: Transaction, commits: Iterable[CommitId]) -> list[Divergence]:
    """Return the changes that have several visible versions among the commits, parents first."""
    groups: dict[ChangeId, set[CommitId]] = {}
    for commit_id in commits:
        row = tx.index.row(commit_id)
        if row is not None and row.visible:
            groups.setdefault(change_id_at(tx.index, row.pos), set()).add(commit_id)
    found = []
    for change, versions in groups.items():
        if len(versions) < 2:
            continue
        several = sorted(versions, key=lambda c: (tx.row(c).time, c))
        others = (c for c in visible_versions(tx.index, several[0]) if c not in versions)
        found.append(Divergence(change, tuple(several), tuple(others)))
    return sorted(found, key=lambda one: min(tx.row(c).pos for c in one.versions))


def converge(
    tx: Transaction, divergence: Divergence, choices: Choices = NO_CHOICES
) -> Converged | None:
    """Replace the versions of a change by one; descendants, sessions and workspaces follow.

    Returns None if the versions became one earlier in this transaction.

    Raises:
        Refused: a version is immutable, or a descendant of another; or the user has to choose
            between parents or descriptions. Nothing was changed then.
    """
    versions = divergence.versions
    tx.require_rewritable(versions)
    _check_apart(tx, versions)
    _check_choices(divergence, choices)
    now = dict.fromkeys(tx.rewrites.successor(c) or c for c in versions)
    if len(now) < 2:
        return None
    ours = [read_commit(tx.batch, commit_id) for commit_id in now]
    base_id = nearest_common_version(tx.index, versions)
    base = read_commit(tx.batch, base_id) if base_id is not None else None
    made = _Merge(tx, divergence, ours, base).commit(choices)
    first = next(iter(now))
    commit_id = tx.stage_commit(keep_change(tx, first, made), list(now))
    tx.rewrites.created[commit_id] = tuple(c for c in versions if c != commit_id)
    tx.show([commit_id])
    rebase_descendants(tx)
    return Converged(divergence.change, commit_id, versions)


def nearest_common_version(index: Index, versions: Sequence[CommitId]) -> CommitId | None:
    """Return the newest commit from which all of these evolved; it may be one of them."""
    every = (1 << len(versions)) - 1
    marks: dict[int, int] = {}
    places = {commit_id: place for place, commit_id in enumerate(versions)}
    # The walk yields a version before its predecessors, so its mark is complete by then.
    for version in walk_evolution(index, versions):
        mark = marks.pop(version.number, 0)
        if version.number < len(versions):
            mark |= 1 << places[version.commit]
        if mark == every:
            return version.commit
        for below in version.below:
            marks[below] = marks.get(below, 0) | mark
    return None


class _Merge:
    """The present versions of one change, and the version from which they evolved."""

    def __init__(
        self,
        tx: Transaction,
        divergence: Divergence,
        versions: Sequence[Commit],
        base: Commit | None,
    ) -> None:
        self.tx = tx
        self.divergence = divergence
        self.versions = versions
        self.base = base

    def commit(self, choices: Choices) -> Commit:
        """Return the combined commit.

        Raises:
            Refused: the user has to choose.
        """
        parents = self.parents(choices.parents_of)
        described = self.described(choices)
        tree = self.tree(parents)
        message = choices.description
        if message is None:
            message = renewed_message(self.tx, described, tree)
        return self.versions[0]._replace(
            tree=tree,
            parents=parents,
            message=message,
            author=self.author(),
            committer=self.tx.signature(),
        )

    def author(self) -> Signature:
        """Return the author and the time; the oldest version's where versions disagree."""
        authors = [one.author for one in self.versions]
        old = self.base.author if self.base else None
        who = _settled(old[:2] if old else None, [one[:2] for one in authors]) or authors[0][:2]
        when = _settled(old[2:] if old else None, [one[2:] for one in authors]) or authors[0][2:]
        return Signature(*who, *when)

    def parents(self, chosen: CommitId | None) -> Parents:
        if chosen is not None:
            return self.now(chosen).parents
        base = self._present(self.base.parents) if self.base else None
        found = _settled(base, [one.parents for one in self.versions])
        if found is None:
            raise self._undecided("have different parents", "--parents-of", "parents")
        return found

    def described(self, choices: Choices) -> Commit:
        """Return the version whose description to keep; any if the user gave a description."""
        if choices.description is not None:
            return self.versions[0]
        if choices.description_of is not None:
            return self.now(choices.description_of)
        said = [self._description(one) for one in self.versions]
        base = self._description(self.base) if self.base else ""
        found = _settled(base, said)
        if found is None:
            raise self._undecided(
                "are described differently", "--description-of", "description", " or -m"
            )
        return self.versions[said.index(found)]

    def tree(self, parents: Parents) -> TreeId:
        batch = self.tx.batch
        ground = starting_tree(batch, parents)

        def moved(commit: Commit) -> TreeId:
            start = starting_tree(batch, commit.parents)
            if start == ground:
                return commit.tree
            return replayed(batch, commit.tree, start, ground)

        base = moved(self.base) if self.base else ground
        trees = [moved(one) for one in self.versions]
        made = trees[0]
        for tree in trees[1:]:
            made = merge_onto(batch, base, made, tree, pairing_of())
        return made

    def now(self, version: CommitId) -> Commit:
        """Return a version as it is after earlier work in this transaction."""
        return read_commit(self.tx.batch, self.tx.rewrites.successor(version) or version)

    def _present(self, parents: Parents) -> Parents:
        """Return the present versions of a former version's parents."""
        found = []
        for parent in parents:
            visible = visible_versions(self.tx.index, parent) if parent != ROOT_COMMIT else []
            here = parent if parent in visible or len(visible) != 1 else visible[0]
            found.append(here)
        return self.tx.rewrites.new_parents(tuple(found))

    def _description(self, commit: Commit) -> str:
        return "" if is_generated(self.tx.batch, commit) else commit.message.strip("\n")

    def _undecided(self, how: str, option: str, what: str, more: str = "") -> Refused:
        """Return the error that lists the choices."""
        lines = []
        for version in self.divergence.versions:
            commit = self.now(version)
            above = ", ".join(p[:_SHOWN] for p in commit.parents) or "the root"
            said = self._description(commit).partition("\n")[0] or "(no description set)"
            lines.append(f"  {version[:_SHOWN]}: {above if what == 'parents' else said}")
        change = self.divergence.change[:_SHOWN]
        return Refused(
            f"The versions of change {change} {how}",
            "\n".join(["They are:", *lines]),
            f"`wj converge {change} {option} VERSION`{more} says which {what} to keep",
            code="undecided",
        )


def _settled(base: _T | None, values: Sequence[_T]) -> _T | None:
    """Return the one value that differs from the base, or None if there are several."""
    changed = dict.fromkeys(value for value in values if value != base)
    if not changed:
        return values[0]
    return next(iter(changed)) if len(changed) == 1 else None


def _check_apart(tx: Transaction, versions: Sequence[CommitId]) -> None:
    for one, other in permutations(versions, 2):
        if is_ancestor(tx, one, other):
            raise Refused(
                f"Version {other[:_SHOWN]} continues version {one[:_SHOWN]} of the same change",
                f"`wj metaedit --update-change-id {other[:_SHOWN]}` makes it a change of its own",
                code="nested_versions",
            )


def _check_choices(divergence: Divergence, choices: Choices) -> None:
    for chosen in (choices.parents_of, choices.description_of):
        if chosen is not None and chosen not in divergence.versions:
            shown = ", ".join(version[:_SHOWN] for version in divergence.versions)
            raise Refused(
                f"Commit {chosen[:_SHOWN]} is no version of change {divergence.change[:_SHOWN]}",
                f"Its versions are {shown}",
                code="no_version",
            )
