"""A clock for code that waits: a sleep takes no time and may run a callback."""

from __future__ import annotations

from collections.abc import Callable


class FakeTime:
    """Stands in for the module `time` in the module under test."""

    def __init__(self, on_sleep: Callable[[], object] = lambda: None) -> None:
        """Call `on_sleep` in each sleep."""
        self.start = self.now = 1_000.0
        self._on_sleep = on_sleep

    @property
    def waited(self) -> float:
        """How long all sleeps together would have taken."""
        return self.now - self.start

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self._on_sleep()
