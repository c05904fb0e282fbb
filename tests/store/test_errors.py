"""Errors reach a parent process whole, and say what happened."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from store import errors
from store.errors import (
    AmbiguousId,
    InvalidSession,
    NotDurable,
    RefConflict,
    SessionExists,
    StorageFailure,
    StoreError,
    StoreLocked,
    UnknownId,
    UntrustedConfig,
    WrongObjectKind,
)

ONE, TWO = "1" * 40, "2" * 40
MADE: list[StoreError] = [
    AmbiguousId("ab", [ONE, TWO]),
    InvalidSession("is missing", "$.messages", "session.json"),
    NotDurable("a save", "/r", "it failed", {"id": ONE}),
    RefConflict("a", ONE, TWO, "load the tip"),
    SessionExists("a", "too close"),
    StorageFailure("/r", "No space left on device"),
    StoreLocked("/r/store.lock", 2.5),
    UntrustedConfig("/r", "core.pager", "remove it"),
    WrongObjectKind(ONE, "commit", "tree"),
]


@pytest.mark.parametrize("error", MADE, ids=lambda error: type(error).__name__)
def test_an_error_survives_pickle_and_copy(error: StoreError) -> None:
    for again in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error), copy.copy(error)):
        assert type(again) is type(error)
        assert (str(again), again.hint) == (str(error), error.hint)
        assert vars(again) == vars(error)


def fail() -> None:
    raise RefConflict("a", ONE, None, "the session was renamed or deleted")


def test_a_conflict_in_a_worker_process_reaches_the_parent() -> None:
    with (
        ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool,
        pytest.raises(RefConflict, match="renamed or deleted") as caught,
    ):
        pool.submit(fail).result(timeout=60)
    assert (caught.value.expected, caught.value.actual) == (ONE, None)


def test_a_conflict_at_the_expected_place_does_not_say_that_it_moved() -> None:
    text = str(RefConflict("a", ONE, ONE, "load the tip, or fork"))
    assert text == f"'a' is at {ONE[:12]}, and this does not continue it; load the tip, or fork"


def test_an_unknown_name_is_not_called_an_unknown_id_alone() -> None:
    assert str(UnknownId("try-a")) == "no session is called 'try-a', and no commit has this id"


def test_the_tree_of_errors_in_the_docstring_names_every_class() -> None:
    shown = errors.__doc__ or ""
    for name, value in vars(errors).items():
        if isinstance(value, type) and issubclass(value, StoreError):
            assert name in shown, name


@pytest.mark.parametrize(
    "kind",
    [RefConflict, SessionExists, UnknownId, AmbiguousId, errors.NotErased],
)
def test_what_a_caller_runs_into_says_a_next_step(kind: type[StoreError]) -> None:
    assert kind.hint


def test_a_system_that_is_not_supported_is_named() -> None:
    code = "import sys; sys.platform = 'win32'; import store"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "ImportError: store runs on Linux and macOS" in done.stderr
