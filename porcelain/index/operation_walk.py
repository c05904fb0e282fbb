"""The operation log, read from the index lazily, newest first.

FAST: nothing here loads libgit2.
"""

from __future__ import annotations

from collections.abc import Iterator

from porcelain.index.view_rows import operation_rows
from porcelain.model.ids import OperationId
from porcelain.model.operation import ROOT_OPERATION, Operation
from store.index.commit_index import Index

_FIRST_PAGE = 32
_PAGE = 500
_OURS, _THEIRS = 1, 2
_STALE = 7  # comes before a common one


def walk_operations(
    index: Index, where: str = "1 = 1", arguments: tuple[object, ...] = ()
) -> Iterator[Operation]:
    """Yield the operations that the index shows, children before parents, lazily.

    `where` is a condition on the columns of the table `operations`.
    """
    # Pages are asked for by `seq`: each begins below the end of the last one.
    sql = f"seq < ? AND ({where}) ORDER BY seq DESC LIMIT ?"
    below, size = 1 << 60, _FIRST_PAGE
    while found := operation_rows(index, sql, (below, *arguments, size)):
        yield from found
        below = index.query("SELECT seq FROM operations WHERE id = ?", (found[-1].id,))[0][0]
        size = _PAGE


def only_before(index: Index, one: OperationId, other: OperationId) -> Iterator[Operation]:
    """Yield an operation and those before it that are neither `other` nor before it.

    Newest first. Both are walked together by their place in the log, so their common past is
    not read to its end.
    """
    waiting: dict[int, tuple[bool, Operation]] = {}

    def add(operation_id: OperationId, *, wanted: bool) -> None:
        for (seq,) in index.query("SELECT seq FROM operations WHERE id = ?", (operation_id,)):
            if seq in waiting:
                waiting[seq] = (wanted and waiting[seq][0], waiting[seq][1])
            else:
                waiting[seq] = (wanted, operation_rows(index, "seq = ?", (seq,))[0])

    add(one, wanted=True)
    add(other, wanted=False)
    while any(wanted for wanted, _ in waiting.values()):
        wanted, operation = waiting.pop(max(waiting))
        if wanted:
            yield operation
        for parent in operation.data.parents:
            add(parent, wanted=wanted)


def is_before(index: Index, one: OperationId, other: OperationId) -> bool:
    """Tell whether an operation of the log is the other one or comes before it."""
    return one in (other, ROOT_OPERATION) or one in common_operations(index, one, other)


def common_operations(index: Index, one: OperationId, other: OperationId) -> list[OperationId]:
    """Return the last operations that come before both, or are one of them; sorted."""
    found: list[OperationId] = []
    sides: dict[int, int] = {}

    def mark(operation_id: OperationId, side: int) -> None:
        for (seq,) in index.query("SELECT seq FROM operations WHERE id = ?", (operation_id,)):
            sides[seq] = sides.get(seq, 0) | side

    mark(one, _OURS)
    mark(other, _THEIRS)
    while any(side != _STALE for side in sides.values()):
        seq = max(sides)
        side = sides.pop(seq)
        operation = operation_rows(index, "seq = ?", (seq,))[0]
        if side == _OURS | _THEIRS:
            found.append(operation.id)
            side = _STALE
        for parent in operation.data.parents:
            mark(parent, side)
    return sorted(found)
