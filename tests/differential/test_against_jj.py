"""`wj` does what jj does: random sequences of commands in both, compared after each.

Everything is empty changes: their graph, `@`, names, divergence and what undo reaches. What
differs by design is in `deliberate` (refusals) and left out by `verbs` and `generator`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from tests.differential.generator import ALL, Generator
from tests.differential.lockstep import Difference, Lockstep
from tests.differential.shrinking import shrink
from tests.differential.tools.jj import Jujutsu, jj_program
from tests.differential.tools.shown import Void
from tests.differential.tools.wajutsu import Wajutsu

STEPS = 35
SEQUENCES = 25
MANY = 2_000
AT_ONCE = 5


def maker(folder: Path) -> Callable[[], Lockstep]:
    """Return what makes a fresh pair of repositories at each call."""
    numbers = count()

    def make() -> Lockstep:
        place = folder / str(next(numbers))
        place.mkdir()
        return Lockstep(Jujutsu(place, "first"), Wajutsu(place, "first"), ("jj", "wj"))

    return make


def compare(folder: Path, seed: int) -> bool:
    """Run the sequence of a seed; return whether it went to its end, or jj came to grief."""
    make = maker(folder)
    pair = make()
    try:
        Generator(seed).steps(pair, STEPS)
    except Void:
        return False
    except Difference as found:
        pytest.fail(f"seed {seed}: {shrink(pair.steps, make, found.what)}", pytrace=False)
    assert all(tool.is_divergent(commit) for tool, commit in _divergent(pair))
    return True


def _divergent(pair: Lockstep) -> list[tuple[Wajutsu, str]]:
    tool = pair.tools[1]
    assert isinstance(tool, Wajutsu)
    ids = [pair.pairing.commits[c.id][1] for c in pair.now.commits.values()]
    changes = [c.change for c in pair.now.commits.values()]
    return [
        (tool, i) for i, change in zip(ids, changes, strict=True) if change in pair.now.divergent
    ]


@pytest.mark.parametrize("first", range(0, SEQUENCES, AT_ONCE))
def test_wj_does_what_jj_does(first: int, tmp_path: Path) -> None:
    jj_program()
    ended = [compare(_folder(tmp_path, seed), seed) for seed in range(first, first + AT_ONCE)]

    assert any(ended)


@pytest.mark.soak
@pytest.mark.parametrize("first", range(SEQUENCES, SEQUENCES + MANY, 100))
def test_wj_does_what_jj_does_for_long(first: int, tmp_path: Path) -> None:
    jj_program()
    ended = [compare(_folder(tmp_path, seed), seed) for seed in range(first, first + 100)]

    assert sum(ended) > 90


def _folder(folder: Path, seed: int) -> Path:
    made = folder / f"seed{seed}"
    made.mkdir()
    return made


def test_everything_is_compared_by_default() -> None:
    assert {"rebase", "undo", "op revert", "at-op"} <= ALL
