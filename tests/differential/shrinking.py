"""Make a sequence that shows a difference as short as it gets, by delta debugging."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.differential.lockstep import Difference, Lockstep, Step, run
from tests.differential.tools.shown import Void


def shrink(
    steps: Sequence[Step], make: Callable[[], Lockstep], what: str, most: int = 120
) -> Difference:
    """Return the same difference (`what`, by the same command) of as few steps as possible.

    Halves, quarters, … down to single steps are left out, as long as it stays the same;
    at most `most` runs are made.

    Raises:
        Difference: the whole sequence shows another one: it does not always do the same.
    """
    best = _difference(steps, make)
    if best is None or best.what != what:
        raise best or AssertionError("a second run showed no difference")
    kept, size, runs = list(steps), max(1, len(steps) // 2), 0
    while runs < most:
        at, before = 0, len(kept)
        while at < len(kept) and runs < most:
            runs += 1
            fewer = kept[:at] + kept[at + size :]
            found = _difference(fewer, make)
            if found is not None and _alike(found, best):
                kept, best = fewer, found
            else:
                at += size
        if size == 1 and len(kept) == before:
            break
        size = max(1, size // 2)
    return best


def _alike(one: Difference, other: Difference) -> bool:
    return (one.what, one.step.words[:1]) == (other.what, other.step.words[:1])


def _difference(steps: Sequence[Step], make: Callable[[], Lockstep]) -> Difference | None:
    try:
        run(steps, make())
    except Difference as found:
        return found
    except Void:
        return None
    return None
