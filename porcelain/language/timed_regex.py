"""Regular expressions of users, which cannot hang.

Python's engine backtracks: `(a+)+$` takes years for 50 letters, and it holds the interpreter
meanwhile. In the main thread a timer's signal ends that. Signals reach no other thread, so there
a worker process does the matching; it is started once, and only for patterns and texts that
could be slow.
"""

from __future__ import annotations

import atexit
import marshal
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from porcelain.display import counted, plain
from porcelain.errors import Refused
from porcelain.language import regex_worker
from porcelain.language.regex_worker import TookTooLong, apply, limited

SECONDS = 5.0
_SECONDS_PER_CHARACTER = 1e-6
_FEW_STEPS = 10_000

Spans = list[tuple[int, int]]


class TimedRegex:
    """A regular expression with a time limit for all texts that it is applied to.

    It may use `SECONDS` of the processor, and a second more for each million characters.
    """

    def __init__(self, pattern: re.Pattern[str], shown: str) -> None:
        """Take the compiled expression, and the text that errors show for it."""
        self.pattern = pattern
        self._shown = shown
        self._left = SECONDS
        expression = pattern.pattern
        choices = sum(map(expression.count, "*+?{|"))
        # The number of steps grows with the length of the text to the power of this.
        self._power = None if choices and "(" in expression else choices + 1

    def search(self, text: str) -> bool:
        """Tell whether the expression matches anywhere in a text."""
        return bool(self._apply("search", text))

    def fullmatch(self, text: str) -> bool:
        """Tell whether the expression matches a whole text."""
        return bool(self._apply("fullmatch", text))

    def spans(self, text: str) -> Spans:
        """Return where the expression matches in a text, from left to right."""
        return self._apply("finditer", text)

    def _apply(self, method: str, text: str) -> Spans:
        """Return the spans of the matches.

        Raises:
            Refused: it takes too long.
        """
        if self._power is not None and (len(text) + 2) ** self._power <= _FEW_STEPS:
            return apply(self.pattern, method, text)
        seconds = self._left + len(text) * _SECONDS_PER_CHARACTER
        length = f", at last on a text of {counted(len(text), 'character')}"
        with _refused_if_slow(self._shown, seconds, length):
            if _handles_signals():
                found, left = limited(seconds, lambda: apply(self.pattern, method, text))
            else:
                found, left = _worker().apply(
                    self.pattern.pattern, self.pattern.flags, method, text, seconds
                )
        self._left = min(SECONDS, left)
        return found


def timed_compile(expression: str, flags: int, shown: str) -> re.Pattern[str]:
    """Compile an expression; a set of many characters takes 50 ms, and there may be thousands.

    Raises:
        Refused: it takes too long.
        re.error, OverflowError, RecursionError: it is invalid.
    """
    with _refused_if_slow(shown, SECONDS, ""):
        if _handles_signals():
            return limited(SECONDS, lambda: re.compile(expression, flags))[0]
        _worker().apply(expression, flags, "compile", "", SECONDS)
    return re.compile(expression, flags)


def _handles_signals() -> bool:
    return threading.current_thread() is threading.main_thread()


@contextmanager
def _refused_if_slow(shown: str, seconds: float, where: str) -> Iterator[None]:
    """Turn the end of the time, or of the worker, into an error about a pattern."""
    try:
        yield
    except TookTooLong:
        raise Refused(
            f"The pattern `{plain(shown)}` takes more than {seconds:.3g} seconds{where}",
            "Write it without repetitions that contain others, such as `(a+)+`",
            code="pattern_timeout",
        ) from None
    except (OSError, EOFError) as error:
        raise Refused(
            f"The pattern `{plain(shown)}` cannot be tested in this thread: its process ended "
            f"({plain(str(error))})",
            code="pattern_timeout",
        ) from None


class _Worker:
    """A process that applies patterns, for the threads of this one."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def apply(
        self, expression: str, flags: int, method: str, text: str, seconds: float
    ) -> tuple[Spans, float]:
        """Return the spans of the matches and the seconds left, as `limited` does."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._process = self._started()
            pipe_in, pipe_out = self._process.stdin, self._process.stdout
            assert pipe_in is not None
            assert pipe_out is not None
            marshal.dump((expression, int(flags), method, text, seconds), pipe_in)
            pipe_in.flush()
            answer: tuple[Spans, float] | None = marshal.load(pipe_out)  # noqa: S302 - our own
        if answer is None:
            raise TookTooLong
        return answer

    def _started(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-I", "-S", regex_worker.__file__]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        atexit.register(self._stop, process)
        return process

    def _stop(self, process: subprocess.Popen[bytes]) -> None:
        if os.getpid() == self.owner:
            process.kill()
            process.communicate()


_workers: list[_Worker] = []
_guard = threading.Lock()


def _worker() -> _Worker:
    """Return the worker of this process; a forked child must not use that of its parent."""
    with _guard:
        if not _workers or _workers[-1].owner != os.getpid():
            _workers[:] = [_Worker()]
        return _workers[-1]
