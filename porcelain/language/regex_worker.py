"""Runs regular expressions with a time limit; as a script, a worker for processes with threads.

The script is started by its path and may import the standard library only.
"""

from __future__ import annotations

import contextlib
import gc
import marshal
import re
import signal
import sys
from collections.abc import Callable
from functools import partial
from typing import TypeVar

T = TypeVar("T")


class TookTooLong(Exception):
    """The time limit was reached."""


def limited(seconds: float, call: Callable[[], T]) -> tuple[T, float]:
    """Return the result of a call, and how many seconds of the processor are left.

    Works in the main thread alone, where signals are handled. The engine of regular expressions
    asks for signals while it backtracks. Garbage is left to later: an error that is raised while
    an object is finalized would be ignored, and the call would go on.

    Raises:
        TookTooLong: the call did not end in time.
        ValueError: this is another thread.
    """

    def stop(_number: int, _frame: object) -> None:
        raise TookTooLong

    collects = gc.isenabled()
    gc.disable()
    before = signal.signal(signal.SIGVTALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        try:
            result = call()
        finally:
            left = signal.setitimer(signal.ITIMER_VIRTUAL, 0)[0]
    finally:
        signal.signal(signal.SIGVTALRM, before or signal.SIG_DFL)
        if collects:
            gc.enable()
    return result, left


def apply(pattern: re.Pattern[str], method: str, text: str) -> list[tuple[int, int]]:
    """Return where a pattern matches a text: by `search`, `fullmatch` or `finditer`."""
    if method == "compile":
        return []
    found = getattr(pattern, method)(text)
    if method == "finditer":
        return [match.span() for match in found]
    return [] if found is None else [found.span()]


def _compile_and_apply(
    expression: str, flags: int, method: str, text: str
) -> list[tuple[int, int]]:
    try:
        pattern = re.compile(expression, flags)
    except (re.error, OverflowError, RecursionError):
        return []  # the other process finds the same
    return apply(pattern, method, text)


def serve() -> None:
    """Answer requests on stdin until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            expression, flags, method, text, seconds = marshal.load(sys.stdin.buffer)  # noqa: S302
        except EOFError:
            return
        answer: tuple[list[tuple[int, int]], float] | None = None
        with contextlib.suppress(TookTooLong):
            answer = limited(seconds, partial(_compile_and_apply, expression, flags, method, text))
        marshal.dump(answer, sys.stdout.buffer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    serve()
