"""Tool calls and their results: which rows of a conversation belong together.

A call and everything up to its last result is one unit. Merges and cuts keep units whole,
because a provider refuses a conversation in which a call has lost its result. A call without
an answer is a unit by itself, and so is a result without a call.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import NamedTuple

from store.errors import InvalidSession
from store.session.message import Message


class Pairs(NamedTuple):
    """The ids of the tool calls that a message opens, and of those that it answers."""

    calls: tuple[str, ...] = ()
    results: tuple[str, ...] = ()


Pairing = Callable[[Message], Pairs]
"""Returns the calls that a message opens and answers: none for a message it cannot read."""

PairsOf = Callable[[Hashable], Pairs]
"""Returns the same for a message's id."""

NO_PAIRS = Pairs()


def pawan_pairs(message: Message) -> Pairs:
    """Return the pairs of a pawan message; rows of other formats have none."""
    try:
        value = message.value
    except InvalidSession:
        return NO_PAIRS
    if not isinstance(value, dict):
        return NO_PAIRS
    calls = value.get("tool_calls")
    asked = [c.get("id") for c in calls if isinstance(c, dict)] if isinstance(calls, list) else []
    result = value.get("tool_result")
    answer = result.get("tool_call_id") if isinstance(result, dict) else None
    return Pairs(
        tuple(call for call in asked if isinstance(call, str) and call),
        (answer,) if isinstance(answer, str) and answer else (),
    )


def unit_sizes(pairs: Iterable[Pairs]) -> list[int]:
    """Return the number of rows of each unit, in order, for rows with these pairs."""
    starts: list[int] = []
    called: dict[str, int] = {}
    count = 0
    for row, (calls, results) in enumerate(pairs):
        first = min((called[r] for r in results if r in called), default=row)
        starts.append(row)
        while starts[-1] > first:
            starts.pop()
        for call in calls:
            called[call] = row
        count = row + 1
    return [stop - start for start, stop in zip(starts, [*starts[1:], count], strict=False)]


def pair_edge(messages: Sequence[Message], count: int, pairing: Pairing = pawan_pairs) -> int:
    """Return the nearest cut at or before `count` that leaves no call without its result.

    A call that nothing answers does not hold a cut back.
    """
    edge = max(0, min(count, len(messages)))
    wanted = set(_dangling(pairing(messages[row]) for row in range(edge, len(messages))))
    return _edge(lambda row: pairing(messages[row]), edge, wanted)


def reach_back(
    added: Sequence[Message], before: Sequence[Message], pairing: Pairing = pawan_pairs
) -> int:
    """Return how many of the last messages of `before` belong to units that `added` continues."""
    wanted = set(_dangling(map(pairing, added)))
    return len(before) - _edge(lambda row: pairing(before[row]), len(before), wanted)


def whole_middle(
    start: int, end: int, lists: Sequence[Sequence[Hashable]], pairs_of: PairsOf
) -> tuple[int, int]:
    """Return how much of a common start and end can be left out without cutting a unit.

    `lists` share their first `start` and last `end` atoms; the result never exceeds these.
    """
    one = lists[0]
    while True:
        tail = _dangling(pairs_of(atom) for atom in one[len(one) - end :])
        wanted, called = set(tail), set[str]()
        for run in lists:
            middle = [pairs_of(atom) for atom in run[start : len(run) - end]]
            wanted.update(_dangling(middle))
            called.update(call for calls, _ in middle for call in calls)
        edge = _edge(lambda row: pairs_of(one[row]), start, wanted)
        called.update(call for row in range(edge, start) for call in pairs_of(one[row]).calls)
        cut = max((place + 1 for result, place in tail.items() if result in called), default=0)
        if edge == start and not cut:
            return start, end
        start, end = edge, end - cut


def _edge(pairs_at: Callable[[int], Pairs], edge: int, wanted: set[str]) -> int:
    """Return the last row at or before `edge` that no wanted call precedes, if it exists.

    The results between that row and `edge` make their own calls wanted, too.
    """
    between: set[str] = set()
    row = edge
    while wanted and row:
        row -= 1
        calls, results = pairs_at(row)
        found = not wanted.isdisjoint(calls)
        between = (between - set(calls)) | set(results)
        if found:
            edge, wanted, between = row, (wanted - set(calls)) | between, set()
    return edge


def _dangling(rows: Iterable[Pairs]) -> dict[str, int]:
    """Return the ids of results without an earlier call, each with its last row."""
    called: set[str] = set()
    found: dict[str, int] = {}
    for place, (calls, results) in enumerate(rows):
        found.update((result, place) for result in results if result not in called)
        called.update(calls)
    return found
