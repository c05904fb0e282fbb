"""Longest paths in a graph without cycles, compared with trying all paths."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from porcelain.maintenance.longest_path import distances

GRAPHS = st.lists(st.lists(st.integers(0, 11), max_size=4), max_size=12)


def ways(start: int, after: dict[int, list[int]], length: int = 0) -> list[tuple[int, int]]:
    """Return (end, length) of every path from a start."""
    found = [(start, length)]
    for one in after.get(start, ()):
        found += ways(one, after, length + 1)
    return found


@given(GRAPHS, st.lists(st.integers(0, 3), max_size=3))
def test_it_is_the_longest_of_all_ways(links: list[list[int]], starts: list[int]) -> None:
    after = {here: [one for one in above if one > here] for here, above in enumerate(links)}
    expected: dict[int, int] = {}
    for start in starts:
        for end, length in ways(start, after):
            expected[end] = max(expected.get(end, 0), length)

    assert distances(starts, after) == expected


def test_many_diamonds_in_a_row_take_no_time() -> None:
    after: dict[int, list[int]] = {}
    for number in range(0, 60_000, 3):
        after |= {number: [number + 1, number + 3], number + 1: [number + 2]}
        after[number + 2] = [number + 3]

    assert distances([0], after)[60_000] == 60_000
