"""The commits that an operation keeps alive: those that it newly names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from porcelain.model.view import Edits
from porcelain.model.view_value import HEADS, target_commits
from store.errors import ObjectError
from store.ids import CommitId
from store.index.commit_index import Index
from store.objects.commit import Commit


def named_commits(
    created: Mapping[CommitId, Sequence[CommitId]], revealed: Sequence[CommitId], edits: Edits
) -> Iterator[CommitId]:
    """Yield new commits, those that they replace, and those that the view newly names."""
    yield from (*created, *revealed)
    for replaced in created.values():
        yield from replaced
    for part, values in edits.items():
        if part == HEADS:
            yield from (CommitId(key) for key, value in values.items() if value is not None)
            continue
        for value in values.values():
            if value is not None:
                yield from target_commits(part, value)


def heads_among(
    index: Index, commits: Iterable[CommitId], read: Callable[[CommitId], Commit]
) -> list[CommitId]:
    """Return the commits that are no parent of another of them; those not in the index are read.

    More distant ancestors and unreadable commits are returned too, which does no harm.
    """
    wanted = dict.fromkeys(commits)
    known = index.positions(wanted)
    sql = "SELECT DISTINCT parent FROM edges WHERE child IN ({})"
    above = {row[0] for row in index.query_among(sql, known.values())}
    inner = {one for one, position in known.items() if position in above}
    for one in wanted.keys() - known.keys():
        try:
            inner.update(read(one).parents)
        except ObjectError:
            continue
    return [one for one in wanted if one not in inner]
