"""Progress of long work: one line on a terminal, which is gone when the work is done."""

from __future__ import annotations

import math
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from porcelain.cli.run.output import Output

_PATIENCE = 1.0  # seconds before the first line
_PACE = 0.1  # seconds between two lines
_WIDTH = 79
_BAR = 20


class Progress:
    """Says on stderr how far work has come that takes more than a second.

    Says nothing where stderr is no terminal, and with `--quiet` or `--json`. Used as a context,
    it takes its line back at the end.
    """

    def __init__(self, output: Output, what: str, total: int = 0) -> None:
        """Take a word for the work, such as `Reading`, and the number of steps."""
        self._output = output
        self._what = what
        self._total = total
        self._done = 0
        self._next = time.monotonic() + _PATIENCE
        self._shown = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._take_back()

    def step(self, name: str) -> None:
        """Begin the next step, and say its name."""
        self._done += 1
        bar = "#" * (_BAR * self._done // max(self._total, self._done))
        self._say(f"{self._what} [{bar:<{_BAR}}] {self._done} of {self._total}: {name}")

    def reach(self, done: int, total: int) -> None:
        """Say how many steps are done, of how many; at the end take the line back."""
        if done >= total:
            self._take_back()
        else:
            bar = "#" * (_BAR * done // total)
            self._say(f"{self._what} [{bar:<{_BAR}}] {done:,} of {total:,}")

    def say(self, text: str) -> None:
        """Say how far another program has come, in its own words."""
        self._say(f"{self._what}: {text}" if text else self._what)

    def stop(self) -> None:
        """Take the line back, and say nothing more: results are shown now."""
        self._take_back()
        self._next = math.inf

    def _say(self, text: str) -> None:
        output = self._output
        if output.quiet or output.json or not sys.stderr.isatty():
            return
        now = time.monotonic()
        if now >= self._next:
            width = min(_WIDTH, (output.columns or _WIDTH + 1) - 1)  # a wrapped line stays
            sys.stderr.write(f"\r\x1b[K{output.safe(text)[:width]}")
            sys.stderr.flush()
            self._next, self._shown = now + _PACE, True

    def _take_back(self) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = False


@contextmanager
def ticking(output: Output, what: str) -> Iterator[None]:
    """Say on a terminal for how many seconds work lasts that cannot tell how far it has come."""
    if output.quiet or output.json or not sys.stderr.isatty():
        yield
        return
    ended = threading.Event()
    begun = time.monotonic()

    def tick() -> None:
        with Progress(output, what) as progress:
            while not ended.wait(_PACE):
                progress.say(f"{time.monotonic() - begun:.0f} s")

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
