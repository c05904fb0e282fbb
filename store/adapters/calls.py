"""Blocking calls for asynchronous frameworks: one after the other, off the event loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_Result = TypeVar("_Result")


class OrderedCalls:
    """Runs blocking calls in one thread of its own, in the order in which they were made.

    Where no asyncio loop runs, as under trio, a call is made in place.
    """

    def __init__(self) -> None:
        """Start no thread before the first call."""
        self._worker = ThreadPoolExecutor(1, "wajutsu")
        self._pid = os.getpid()

    async def run(self, call: Callable[[], _Result]) -> _Result:
        """Return the result of a call.

        If the caller is cancelled, the call is finished all the same before `CancelledError` is
        raised: a write is then done or refused, and never still under way.
        """
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return call()
        if self._pid != os.getpid():  # a forked child has no threads
            self._worker, self._pid = ThreadPoolExecutor(1, "wajutsu"), os.getpid()
        work = asyncio.wrap_future(self._worker.submit(call))
        cancelled: asyncio.CancelledError | None = None
        while not work.done():
            try:
                await asyncio.wait({work})
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            work.exception()  # marks it as seen
            raise cancelled
        return work.result()

    def close(self) -> None:
        """End the thread once the calls that were made are done."""
        if self._pid == os.getpid():
            self._worker.shutdown()
