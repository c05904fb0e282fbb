"""One importer at a time for a repository: the lock of its spool, and who holds it."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from porcelain.cli.run.context import Context
from porcelain.errors import Refused
from porcelain.exchange.live.spool import Spool

_TICK = 0.25
_PATIENCE = 10.0
"""Seconds that the importer of a hook waits for another one, which may be at its end."""
_HANDING_OVER = 120.0
"""Seconds that a watch waits for the importer of a hook."""
_WATCH, _HOOKS = b"watch", b"hooks"


@contextmanager
def only_importer(context: Context, spool: Spool, *, is_watch: bool) -> Iterator[bool]:
    """Hold the lock of importers meanwhile; yield False if another one works for hooks.

    A watch asks an importer of hooks to end, and waits for it.

    Raises:
        Refused: a watch is running already.
    """
    spool.make()
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    handle = os.open(spool.path("lock"), flags, 0o600)
    try:
        held = _locked(context, spool, handle, is_watch=is_watch)
        if held:
            os.ftruncate(handle, 0)
            os.write(handle, b"%s %d\n" % (_WATCH if is_watch else _HOOKS, os.getpid()))
            with suppress(OSError):
                os.unlink(spool.path("stop"))
        yield held
    finally:
        os.close(handle)


def is_watched(spool: Spool) -> bool:
    """Tell whether a watch is running for this spool's repository."""
    try:
        handle = os.open(spool.path("lock"), os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        return not _try_lock(handle) and _holder(spool)[0] == _WATCH
    finally:
        os.close(handle)


def _locked(context: Context, spool: Spool, handle: int, *, is_watch: bool) -> bool:
    end = time.monotonic() + (_HANDING_OVER if is_watch else _PATIENCE)
    is_told = False
    while not _try_lock(handle):
        kind, process = _holder(spool)
        if is_watch and kind == _WATCH:
            raise Refused(
                f"`wj watch` is running already for this repository (process {process})",
                "One is enough: it follows all agents",
                code="already_watching",
            )
        if time.monotonic() >= end or (not is_watch and kind == _WATCH):
            if not is_watch:
                return False
            raise Refused(f"An import for hooks (process {process}) does not end", "Try it again")
        if is_watch and not is_told:
            is_told = True
            with open(spool.path("stop"), "wb"):
                pass
            context.output.status("Waiting for an import that a hook has started")
        time.sleep(_TICK)
    return True


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(spool: Spool) -> tuple[bytes, int]:
    kind, _, process = spool.read("lock", 64).partition(b" ")
    return kind, int(process) if process.strip().isdigit() else 0


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """End the block at SIGTERM, or when its terminal closes, as at Ctrl-C: a KeyboardInterrupt.

    A signal that the caller ignores, as `nohup` does, stays ignored.
    """

    def stop(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    signals = (signal.SIGTERM, signal.SIGHUP)
    before = {one: found for one in signals if (found := signal.getsignal(one)) != signal.SIG_IGN}
    for one in before:
        signal.signal(one, stop)
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
