"""Trees of turns over rows in any order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from porcelain.transcript.reading.row_tree import live_tree, tree
from porcelain.transcript.row import Row, Turn, lineage_rows


def rows_of(parents: list[int], prompts: list[bool]) -> list[Row]:
    """Return rows that name an earlier row each, or none."""
    return [
        Row(
            b"",
            "user" if prompt else "assistant",
            str(place),
            prompt=prompt,
            native_id=str(place),
            native_parent=None if parent < 0 else str(parent),
        )
        for place, (parent, prompt) in enumerate(zip(parents, prompts, strict=True))
    ]


@st.composite
def trees(draw: st.DrawFn) -> list[Row]:
    count = draw(st.integers(1, 25))
    parents = [-1, *(draw(st.integers(0, place - 1)) for place in range(1, count))]
    prompts = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    return rows_of(parents, prompts)


def ancestors(rows: list[Row], row: int) -> list[int]:
    found = [row]
    while (parent := rows[found[-1]].native_parent) is not None:
        found.append(int(parent))
    return found[::-1]


def check(rows: list[Row], turns: tuple[Turn, ...]) -> None:
    """Check that each row ends a path of turns that holds it and its ancestors alone."""
    assert {row for turn in turns for row in turn.rows} == set(range(len(rows)))
    for number, turn in enumerate(turns):
        assert turn.parent is None or turn.parent < number
        path = list(lineage_rows(turns, number))
        assert path == ancestors(rows, path[-1])


@given(trees())
def test_every_path_of_turns_is_a_path_of_the_tree(rows: list[Row]) -> None:
    turns = tree(rows)
    check(rows, turns)
    assert turns[-1].rows[-1] == len(rows) - 1


@given(trees())
def test_more_rows_change_the_last_turn_alone(rows: list[Row]) -> None:
    whole = tree(rows)
    for count in range(1, len(rows)):
        part = tree(rows[:count])
        last = len(part) - 1
        assert part[:last] == whole[:last]
        assert whole[last].rows[: len(part[last].rows)] == part[last].rows
        assert whole[last].parent == part[last].parent


@given(trees(), st.data())
def test_the_order_of_a_document_does_not_matter(rows: list[Row], data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(rows))))
    live = data.draw(st.sampled_from(range(len(rows))))
    mixed = [rows[place] for place in order]
    turns = live_tree(mixed, str(live))
    named = tuple(Turn(tuple(order[row] for row in turn.rows), turn.parent) for turn in turns)
    check(rows, named)
    leaf = named[-1].rows[-1]
    assert live in ancestors(rows, leaf)
