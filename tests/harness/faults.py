"""Injected faults: a process that dies, or a disk that fails, at the Nth write step.

A step is one call of the `os` functions that change or open files. A write of more than one byte
counts twice: before it, and with half of its bytes written. Writes by Python's own file objects
between two steps take effect with the later step.

    for step, repo in killed_at_every_step(make, work):   # work(repo) is killed, forked
        ...                                               # repo as the killed process left it
"""

from __future__ import annotations

import errno
import itertools
import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")

_WRITES = ("write", "pwrite")
_STEPS = (
    *_WRITES,
    *("open", "rename", "replace", "link", "symlink", "unlink", "remove", "mkdir", "rmdir"),
    *("fsync", "ftruncate", "truncate", "chmod", "utime"),
)
_HANGS_AFTER = 900  # seconds; a machine may be busy

Before = Callable[[str, tuple[Any, ...]], None]


def run_killed(work: Callable[[], object], step: int) -> bool:
    """Run `work` in a forked child that kills itself at its `step`th write step (from 1).

    Returns whether it came that far; False means that `work` ran to its end. An exception
    in the child fails here with its traceback.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _run_in_child(work, step, writing)
    os.close(writing)
    with open(reading, "rb") as pipe:
        report = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    if report or status:
        raise AssertionError(f"step {step}: the child ended with status {status}\n{report}")
    return False


def killed_at_every_step(
    make: Callable[[int], T], work: Callable[[T], object], *, every: int = 1
) -> Iterator[tuple[int, T]]:
    """Yield (step, value) after `work(value)` was killed at that step, for all steps.

    `make(step)` gives each run a value of its own. The last pair is of a run that was not
    killed. `every` skips steps where the work is long.
    """
    for step in itertools.count(1, every):
        value = make(step)
        reached = run_killed(lambda value=value: work(value), step)  # type: ignore[misc]
        yield step, value
        if not reached:
            return


def run_killed_after(work: Callable[[], object], seconds: float) -> bool:
    """Run `work` in a forked child that is killed after a while, with all that it started.

    Returns whether it was killed; False means that `work` had ended, and that well.
    """
    child = os.fork()
    if not child:
        os.setpgid(0, 0)
        _run_in_child(work, 0, 2)
    try:
        os.setpgid(child, child)
    except (PermissionError, ProcessLookupError):
        pass  # the child has done it, and may be gone
    time.sleep(seconds)
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        pass
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    assert status == 0, f"the child ended with status {status}"
    return False


@contextmanager
def failing_at(
    step: int, code: int = errno.ENOSPC, *, lasting: bool = False, every_call: bool = False
) -> Iterator[list[str]]:
    """Make the `step`th call that needs space or a healthy disk raise an OSError.

    Yields a list that holds the name of the call once it was made to fail. `lasting` makes
    all later ones fail as well, as a disk does that is full. `every_call` counts calls too that
    a full disk does not refuse.
    """
    failed: list[str] = []
    countdown = itertools.count(1)

    def before(name: str, arguments: tuple[Any, ...]) -> None:
        if not (every_call or _needs_disk(name, arguments)) or (failed and not lasting):
            return
        if next(countdown) < step:
            return
        failed.append(name)
        raise OSError(code, os.strerror(code))

    with intercepted(before):
        yield failed


def _only_reads(arguments: tuple[Any, ...]) -> bool:
    """Tell whether a file, and not a folder, is opened for reading alone."""
    path, flags = arguments[:2]
    return not flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and not os.path.isdir(path)


@contextmanager
def intercepted(before: Before) -> Iterator[None]:
    """Call `before(name, arguments)` ahead of every write step in this process."""
    real = {name: getattr(os, name) for name in _STEPS}

    def wrap(name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if name != "open" or not _only_reads(arguments):
                before(name, arguments)
            return real[name](*arguments, **named)

        return call

    try:
        for name in _STEPS:
            setattr(os, name, wrap(name))
        yield
    finally:
        for name, function in real.items():
            setattr(os, name, function)


def _needs_disk(name: str, arguments: tuple[Any, ...]) -> bool:
    if name == "open":
        return bool(arguments[1] & os.O_CREAT)
    return name not in ("unlink", "remove", "rmdir", "ftruncate", "truncate", "chmod", "utime")


def _run_in_child(work: Callable[[], object], step: int, writing: int) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(_HANGS_AFTER)
    real_write = os.write
    countdown = itertools.count(1)

    def before(name: str, arguments: tuple[Any, ...]) -> None:
        if next(countdown) == step:
            _die()
        if name in _WRITES and len(arguments[1]) > 1 and next(countdown) == step:
            half = bytes(arguments[1])[: len(arguments[1]) // 2]
            os.lseek(arguments[0], arguments[2], os.SEEK_SET) if name == "pwrite" else None
            real_write(arguments[0], half)
            _die()

    status = 0
    try:
        with intercepted(before):
            work()
    except BaseException:  # noqa: BLE001 - it is handed to the parent
        status = 1
        real_write(writing, traceback.format_exc().encode())
    finally:
        os._exit(status)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
