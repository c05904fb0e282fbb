"""Blocking calls off the event loop."""

from __future__ import annotations

import asyncio
import threading
from functools import partial

import pytest

from store.adapters.calls import OrderedCalls


def test_calls_are_made_in_order_and_off_the_loop() -> None:
    made: list[int] = []

    async def all_of_them() -> None:
        calls = OrderedCalls()
        here = threading.get_ident()
        await asyncio.gather(*(calls.run(partial(made.append, n)) for n in range(20)))
        assert await calls.run(threading.get_ident) != here
        calls.close()

    asyncio.run(all_of_them())
    assert made == list(range(20))


def test_a_cancelled_call_is_finished_first() -> None:
    begun, end = threading.Event(), threading.Event()
    done: list[str] = []

    def call() -> None:
        begun.set()
        end.wait(10)
        done.append("written")

    async def cancel() -> None:
        calls = OrderedCalls()
        task = asyncio.create_task(calls.run(call))
        await asyncio.to_thread(begun.wait, 10)
        for _ in range(3):
            task.cancel()
            await asyncio.sleep(0)
        assert not task.done()
        end.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        calls.close()

    asyncio.run(cancel())
    assert done == ["written"]


def test_an_error_reaches_the_caller_and_the_next_call_goes_on() -> None:
    async def twice() -> int:
        calls = OrderedCalls()
        with pytest.raises(ZeroDivisionError):
            await calls.run(lambda: 1 // 0)
        return await calls.run(lambda: 7)

    assert asyncio.run(twice()) == 7
