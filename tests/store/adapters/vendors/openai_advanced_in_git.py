"""A pytest plugin: the SDK's tests of its session with branches get ours.

Their tests of what is in their file, of their private members and of token usage, which ours does
not keep, are left out. Some of these would wait for ever: they hold a private function of theirs
in a thread, or start processes that wait for each other and have our class not.
"""

from __future__ import annotations

import atexit
import inspect
import itertools
import re
import shutil
import tempfile
from typing import Any

import agents.extensions.memory as theirs
import pytest

from store.adapters.openai import OpenAISession

_FOLDER = tempfile.mkdtemp(prefix="wj-openai-")
_NUMBERS = itertools.count()
_PRIVATE = re.compile(
    r"sqlite3|multiprocessing|_gate_worker|create_tables=False|\w\._(?!current_branch_id\b)\w"
    r"|usage|by_turns|get_tool"
)
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)


class AdvancedSQLiteSession(OpenAISession):
    """Our session, opened as theirs is."""

    def __init__(self, *, session_id: str, db_path: Any = ":memory:", **given: Any) -> None:
        own = f"{_FOLDER}/{next(_NUMBERS)}.git"
        path = own if db_path == ":memory:" else f"{db_path}.git"
        super().__init__(session_id, path, session_settings=given.get("session_settings"))

    @property
    def _current_branch_id(self) -> str:
        return self._branch


theirs.AdvancedSQLiteSession = AdvancedSQLiteSession  # type: ignore[misc, assignment]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests that look at what is private."""
    private = [one for one in items if _PRIVATE.search(inspect.getsource(one.function))]  # type: ignore[attr-defined]
    config.hook.pytest_deselected(items=private)
    items[:] = [one for one in items if one not in private]
