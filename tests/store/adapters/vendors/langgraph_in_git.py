"""A pytest plugin: LangGraph's own tests get our saver where they ask for the one on SQLite."""

from __future__ import annotations

import atexit
import itertools
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from store.adapters.langgraph import GitSaver

_FOLDER = tempfile.mkdtemp(prefix="wj-langgraph-")
_NUMBERS = itertools.count()
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)


@contextmanager
def _saver() -> Iterator[GitSaver]:
    with GitSaver(f"{_FOLDER}/{next(_NUMBERS)}.git") as saver:
        yield saver


@asynccontextmanager
async def _async_saver() -> AsyncIterator[GitSaver]:
    with GitSaver(f"{_FOLDER}/{next(_NUMBERS)}.git") as saver:
        yield saver


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Put our saver where their fixtures look, once their conftest has been imported."""
    if items:
        fixtures: Any = sys.modules["tests.conftest"]
        fixtures._checkpointer_sqlite = _saver
        fixtures._checkpointer_sqlite_aio = _async_saver
