"""Patterns of users end within a time limit, in any thread."""

from __future__ import annotations

import gc
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from porcelain.errors import Refused
from porcelain.language import timed_regex
from porcelain.language.regex_worker import TookTooLong, limited
from porcelain.language.string_pattern import NamePattern
from porcelain.language.timed_regex import TimedRegex
from tests.harness.places import ROOT

ENDLESS = "a" * 60 + "b"


@pytest.fixture(autouse=True)
def _short_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timed_regex, "SECONDS", 0.2)


def here(call: Callable[[], object]) -> object:
    return call()


def in_a_thread(call: Callable[[], object]) -> object:
    """Return the result of a call in another thread, or raise its error."""
    results: list[object] = []

    def run() -> None:
        try:
            results.append(call())
        except Exception as error:  # noqa: BLE001 - raised below, in the test's own thread
            results.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(results[0], Exception):
        raise results[0]
    return results[0]


@pytest.mark.parametrize("run", [here, in_a_thread])
@pytest.mark.parametrize(
    "pattern", ["regex:(a+)+$", "regex:(?x)(a |a)+ $", "regex:(?:a|a)*c", "{a,a}" * 60]
)
def test_a_pattern_that_would_take_years_is_refused(
    run: Callable[[Callable[[], object]], object], pattern: str
) -> None:
    parsed = NamePattern.parse(pattern)

    with pytest.raises(Refused, match=r"takes more than 0\.2 seconds") as caught:
        run(lambda: parsed.matches(ENDLESS))

    assert caught.value.code == "pattern_timeout"
    assert "61 characters" in str(caught.value)
    assert run(lambda: parsed.matches("a")) is NamePattern.parse(pattern).matches("a")


@pytest.mark.parametrize("run", [here, in_a_thread])
@pytest.mark.parametrize("kind", ["regex-i", "glob-i"])
def test_a_pattern_that_takes_minutes_to_compile_is_refused(
    run: Callable[[Callable[[], object]], object], kind: str
) -> None:
    with pytest.raises(Refused, match=r"takes more than 0\.2 seconds"):
        run(lambda: NamePattern.parse(f"{kind}:" + "[a-\U0010ffff]" * 5000))


class Slow:
    """Garbage in a circle, whose end takes longer than any limit here."""

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        until = time.process_time() + 0.3
        while time.process_time() < until:
            pass


def test_the_limit_is_no_error_of_garbage_that_is_collected_meanwhile() -> None:
    def work() -> None:
        Slow()
        until = time.process_time() + 5
        while time.process_time() < until:
            assert [[None] for _ in range(1000)]

    with pytest.raises(TookTooLong):
        limited(0.05, work)
    gc.collect()


@pytest.mark.parametrize("run", [here, in_a_thread])
def test_a_long_pattern_that_is_invalid_is_told_as_such(
    run: Callable[[Callable[[], object]], object],
) -> None:
    with pytest.raises(Refused, match="Invalid name pattern"):
        run(lambda: NamePattern.parse("regex:" + "a" * 200 + "("))


@pytest.mark.parametrize("run", [here, in_a_thread])
def test_all_texts_of_a_pattern_share_the_limit(
    run: Callable[[Callable[[], object]], object],
) -> None:
    # Each text alone is fast enough: about two million steps.
    parsed = NamePattern.parse("regex:(a+)+$")
    with pytest.raises(Refused, match="takes more than"):
        run(lambda: [parsed.matches("a" * 18 + "b") for _ in range(10_000)])


def test_a_glob_with_many_stars_takes_no_step_twice() -> None:
    # In C, without a signal: a pattern that backtracks here would never end.
    assert not NamePattern.parse("*a" * 60).matches("a" * 59 + "b" * 100_000)
    assert NamePattern.parse("*a" * 60).matches("a" * 100_000)


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_a_glob_agrees_with_one_that_backtracks(glob: str, name: str) -> None:
    backtracking = "".join({"*": ".*", "?": "."}.get(one, one) for one in glob)

    fits = NamePattern.parse(f"glob:{glob}").matches(name)

    assert fits == (re.fullmatch(backtracking, name) is not None)


def test_another_thread_finds_what_the_main_one_finds() -> None:
    regex = TimedRegex(re.compile(r"(?i)(?:a|b)+(c)?", re.DOTALL), "x")
    texts = ["", "xABcx\udc80abab", "é" * 20_000 + "ab"]

    assert in_a_thread(lambda: [regex.spans(text) for text in texts]) == [
        regex.spans(text) for text in texts
    ]
    assert regex.spans("xABcx") == [(1, 4)]


def test_the_hosts_timer_and_handler_are_left_alone() -> None:
    def handler(_number: int, _frame: object) -> None: ...

    before = signal.signal(signal.SIGVTALRM, handler)
    try:
        with pytest.raises(Refused):
            NamePattern.parse("regex:(a+)+$").matches(ENDLESS)
        assert signal.getsignal(signal.SIGVTALRM) is handler
        assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0)
    finally:
        signal.signal(signal.SIGVTALRM, before)


def test_a_killed_worker_is_replaced() -> None:
    regex = TimedRegex(re.compile("(?:a)+"), "x")
    assert in_a_thread(lambda: regex.search("ba")) is True
    process = timed_regex._worker()._process
    assert process is not None
    process.kill()
    process.wait()

    assert in_a_thread(lambda: regex.search("ba")) is True


def test_a_process_with_a_worker_ends_silently() -> None:
    code = (
        "import re, threading\n"
        "from porcelain.language.timed_regex import TimedRegex\n"
        "regex = TimedRegex(re.compile('(?:a)+'), 'x')\n"
        "thread = threading.Thread(target=lambda: print(regex.search('ba')))\n"
        "thread.start()\n"
        "thread.join()\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert (done.stdout, done.stderr) == ("True\n", "")
