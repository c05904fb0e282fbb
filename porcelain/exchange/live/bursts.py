"""Bursts: changed files wait until their agent pauses, and costly ones until they are paid for.

A burst of a file ends after a second without a change, or ten seconds after its first change. A
file may cost three hundredths of one processor core on average, and half a second at once; one
that cost more waits. So a session of hundreds of megabytes is read about once a minute, and delays
no other one.

Pure: times are arguments, in seconds of a clock that never goes back.
"""

from __future__ import annotations

from typing import NamedTuple

from porcelain.index.source_rows import FileState

QUIET = 1.0
LONGEST = 10.0
_SHARE = 0.03
_AT_ONCE = 0.5


class _Burst(NamedTuple):
    """The times of a file's first change and of its last one."""

    first: float
    last: float


class Bursts:
    """The files that have changed and wait for their import."""

    def __init__(self) -> None:
        """Know no file yet."""
        self._seen: dict[str, FileState | None] = {}
        self._waiting: dict[str, _Burst] = {}
        self._credit: dict[str, tuple[float, float]] = {}

    def see(self, path: str, state: FileState | None, now: float) -> bool:
        """Note the present state of a file, None if it is gone; a new state continues a burst.

        Return whether the file waits for its import.
        """
        if self._seen.get(path) != state:
            self._seen[path] = state
            first = self._waiting.get(path, _Burst(now, now)).first
            self._waiting[path] = _Burst(first, now)
        if state is None:
            self._waiting.pop(path, None)
        return path in self._waiting

    def hurry(self, path: str, now: float) -> None:
        """End the burst of a file now, also if no change was seen."""
        self._waiting[path] = _Burst(now - LONGEST, now - QUIET)

    def take_due(self, now: float) -> list[str]:
        """Remove the files whose bursts have ended, and return them in the order of first changes."""
        due = [path for path in self._waiting if self._due_at(path, now) <= now]
        due.sort(key=lambda path: self._waiting[path].first)
        for path in due:
            del self._waiting[path]
        return due

    def next_due(self, now: float) -> float | None:
        """Return the seconds until the next burst ends; None if no file waits."""
        times = [self._due_at(path, now) - now for path in self._waiting]
        return max(0.0, min(times)) if times else None

    def spend(self, sizes: dict[str, int], cost: float, now: float) -> None:
        """Charge files, by size, with the seconds of processor time that their import took."""
        whole = sum(sizes.values()) or 1
        for path, size in sizes.items():
            left = self._credit_of(path, now) - cost * size / whole
            self._credit[path] = (left, now)
        self._forget_paid(now)

    @property
    def is_idle(self) -> bool:
        """Whether no file waits."""
        return not self._waiting

    def owes(self, now: float) -> bool:
        """Tell whether a file has cost more than it may."""
        return any(self._credit_of(path, now) < 0 for path in self._credit)

    def _due_at(self, path: str, now: float) -> float:
        burst = self._waiting[path]
        ended = min(burst.last + QUIET, burst.first + LONGEST)
        debt = -min(0.0, self._credit_of(path, now))
        return max(ended, now + debt / _SHARE)

    def _credit_of(self, path: str, now: float) -> float:
        left, then = self._credit.get(path, (_AT_ONCE, now))
        return min(_AT_ONCE, left + (now - then) * _SHARE)

    def _forget_paid(self, now: float) -> None:
        self._credit = {
            path: one for path, one in self._credit.items() if self._credit_of(path, now) < _AT_ONCE
        }
