"""A naive pairing of tool calls and results, for comparison."""

from __future__ import annotations

from collections.abc import Sequence

from porcelain.transcript.row import Row


def call_pairs(rows: Sequence[Row]) -> tuple[tuple[int, int], ...]:
    """Pair each row that opens tool calls with the last row that answers one of them.

    An id that is opened again (some agents number calls afresh in each turn) is another call.
    Calls without a result have no pair.
    """
    opened: dict[str, int] = {}
    last: dict[int, int] = {}
    for index, row in enumerate(rows):
        for call in row.results:
            if call in opened:
                last[opened[call]] = index
        for call in row.calls:
            opened[call] = index
    return tuple(sorted(last.items()))
