"""The tree of turns costs as much as there are rows, whatever shape it has."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from porcelain.transcript.claude.lineage import lineages
from porcelain.transcript.row import Row
from tests.harness.work import lines_run

SHAPES: dict[str, Callable[[int], int | None]] = {
    "one line": lambda turn: 2 * turn - 1 if turn else None,
    "two lines in turns": lambda turn: 2 * (turn - 2) + 1 if turn > 1 else (1 if turn else None),
    "always back to the middle": lambda turn: 2 * (turn // 2) - 1 if turn > 1 else None,
    "always back to the first": lambda turn: 1 if turn else None,
}
"""The row that the prompt of a turn continues; turns have two rows."""


def rows(turns: int, parent_of: Callable[[int], int | None]) -> list[Row]:
    found = []
    for turn in range(turns):
        parent = parent_of(turn)
        prompt, answer = 2 * turn, 2 * turn + 1
        for number, role, above in ((prompt, "user", parent), (answer, "assistant", prompt)):
            found.append(
                Row(
                    b"{}", role, f"text {number}", prompt=role == "user", kind=role,
                    time=f"T{number}", native_id=f"r{number}", conversation="c",
                    native_parent=None if above is None else f"r{above}",
                )
            )  # fmt: skip
    return found


@pytest.mark.parametrize("shape", SHAPES)
def test_twice_as_many_turns_are_twice_the_work(shape: str) -> None:
    def work(turns: int) -> int:
        made = rows(turns, SHAPES[shape])
        return lines_run(lambda: lineages(made))

    assert work(800) < 2.3 * work(400)
