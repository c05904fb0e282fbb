"""Blocking calls off the event loop."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from functools import partial

import pytest

from store.adapters.calls import OrderedCalls
from tests.harness.processes import finish, start


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


def test_a_forked_child_calls_in_a_thread_of_its_own() -> None:
    calls = OrderedCalls()
    parent = asyncio.run(calls.run(threading.get_ident))

    def child() -> None:
        signal.alarm(20)  # without a thread of its own it would wait for ever
        assert asyncio.run(calls.run(os.getpid)) == os.getpid()
        calls.close()

    finish(start(child))
    assert asyncio.run(calls.run(threading.get_ident)) == parent
    calls.close()
