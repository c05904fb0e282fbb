"""A pytest plugin: the OpenAI Agents SDK's own tests get our session for its SQLite one."""

from __future__ import annotations

import atexit
import itertools
import shutil
import tempfile
from typing import Any

import agents

from store.adapters.openai import OpenAISession

_FOLDER = tempfile.mkdtemp(prefix="wj-openai-")
_NUMBERS = itertools.count()
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)


class SQLiteSession(OpenAISession):
    """Our session, opened as theirs is."""

    def __init__(
        self, session_id: str, db_path: Any = ":memory:", session_settings: Any = None
    ) -> None:
        own = f"{_FOLDER}/{next(_NUMBERS)}.git"
        path = own if db_path == ":memory:" else f"{db_path}.git"
        super().__init__(session_id, path, session_settings=session_settings)


agents.SQLiteSession = SQLiteSession
