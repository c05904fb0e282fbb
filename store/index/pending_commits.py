"""New commits for the index: read from git, parents first, and handed to the writer of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from store.errors import ObjectError, WrongObjectKind
from store.ids import CommitId
from store.objects.commit import UNLISTED, Commit, read_commit
from store.objects.objects import ObjectReader
from store.objects.tag import peel_to_commit
from store.objects.topological import topological_order

if TYPE_CHECKING:
    from store.index.row_builder import RowWriter
    from store.tree_layout.append import Growth


class Known(Protocol):
    """The part of an index that says which commits it has."""

    def unknown(self, wanted: Sequence[CommitId]) -> dict[CommitId, None]:
        """Return those commits that the index lacks, in their order."""
        ...


def read_pending(
    reader: ObjectReader,
    wanted: Iterable[CommitId],
    unknown: Callable[[Sequence[CommitId]], Iterable[CommitId]],
    read: Mapping[CommitId, Commit] | None = None,
) -> list[tuple[CommitId, Commit, bool]]:
    """Return commits and those of their ancestors that are `unknown`, each once.

    Also tell for each whether another of them continues it. Parents come first, otherwise the
    oldest. `read` holds commits that need not be read again; with it, unrelated commits come in
    the order of `wanted` instead.

    Raises:
        ObjectNotFound, CorruptObject, WrongObjectKind
    """
    commits: dict[CommitId, Commit] = {}
    rank = {commit_id: number for number, commit_id in enumerate(wanted)}
    generation: Iterable[CommitId] = rank
    while generation:
        above: dict[CommitId, None] = {}
        for commit_id in generation:
            found = read.get(commit_id) if read else None
            commit = found or read_commit(reader, commit_id)
            if UNLISTED not in commit.headers:
                commits[commit_id] = commit
                above.update(dict.fromkeys(commit.parents))
        generation = [*unknown([one for one in above if one not in commits])]
    children: dict[CommitId, list[CommitId]] = {commit_id: [] for commit_id in commits}
    for commit_id, commit in commits.items():
        for parent in {*commit.parents} & commits.keys() if commit.parents else ():
            children[parent].append(commit_id)

    def order(commit_id: CommitId) -> tuple[int, int, CommitId]:
        time = 0 if read else commits[commit_id].committer.time
        return time, rank.get(commit_id, len(rank)), commit_id

    ordered = topological_order(children, order)
    return [(one, commits[one], bool(children[one])) for one in ordered]


def add_commits(
    index: Known,
    rows: RowWriter,
    unknown: Mapping[CommitId, None],
    read: Mapping[CommitId, Commit] | None = None,
    grown: Mapping[CommitId, Growth | None] | None = None,
) -> None:
    """Add commits that the index lacks, and their ancestors; errors as `read_pending`.

    `grown` has the facts of commits that were just written, which then need not be read.
    """
    known = grown or {}
    pending = read_pending(rows.reader, unknown, index.unknown, read)
    with rows.expecting(len(pending)):
        for commit_id, commit, continued in pending:
            rows.insert(commit_id, commit, known.get(commit_id), continued=continued)


def add_history(index: Known, rows: RowWriter, ids: Sequence[str]) -> None:
    """Add all new history of refs at once, the oldest first, if none of it is missing.

    Otherwise nothing is added: each ref is then read alone, to find the damaged one.
    """
    unknown = index.unknown([CommitId(one) for one in ids])
    with suppress(ObjectError):
        try:
            add_commits(index, rows, unknown)
        except WrongObjectKind:
            peeled = [peel_to_commit(rows.reader, one) for one in unknown]
            commits = [one for one in peeled if one is not None]
            add_commits(index, rows, index.unknown(commits))
