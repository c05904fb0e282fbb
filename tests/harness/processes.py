"""Other processes for tests, forked from the test process, so that they start in milliseconds."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable

_HANGS_AFTER = 900  # seconds; a machine may be busy


class Gate:
    """An event that one process waits for and another one triggers, once."""

    def __init__(self) -> None:
        """Make it before the fork."""
        self._reading, self._writing = os.pipe()

    def open(self) -> None:
        """Let one waiting process go on."""
        os.write(self._writing, b"x")

    def wait(self) -> None:
        """Wait until it is opened; fail when all processes that could open it are gone."""
        os.close(self._writing)
        if os.read(self._reading, 1) != b"x":
            raise AssertionError("nobody is left to open the gate")

    def close(self) -> None:
        """Close the pipe."""
        for fd in (self._reading, self._writing):
            try:
                os.close(fd)
            except OSError:
                pass


def start(work: Callable[[], object]) -> int:
    """Run `work` in a forked child and return its process id; `finish` or `kill` it."""
    child = os.fork()
    if child:
        return child
    signal.alarm(_HANGS_AFTER)
    status = 1
    try:
        work()
        status = 0
    except BaseException:  # noqa: BLE001 - the child ends here, whatever happened
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(status)


def finish(child: int) -> None:
    """Wait for a child's end and fail unless its status is 0."""
    status = os.waitpid(child, 0)[1]
    assert status == 0, f"the child ended with status {status}"


def kill(child: int) -> None:
    """Kill a child and wait for its end."""
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def together(*works: Callable[[], object]) -> None:
    """Run all of them at once, each in a process, and wait for all."""
    for child in [start(work) for work in works]:
        finish(child)
