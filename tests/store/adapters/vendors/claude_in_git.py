"""A pytest plugin: the Claude Agent SDK's own tests get our store for its in-memory one."""

from __future__ import annotations

import atexit
import itertools
import shutil
import tempfile
from typing import Any

import claude_agent_sdk
from claude_agent_sdk._internal import session_store

import store
from store.adapters.claude import ClaudeSessionStore

_FOLDER = tempfile.mkdtemp(prefix="wj-claude-")
_NUMBERS = itertools.count()
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)


class InMemorySessionStore(ClaudeSessionStore):
    """Our store in a folder of its own, with the helpers that their tests call on theirs."""

    def __init__(self) -> None:
        super().__init__(f"{_FOLDER}/{next(_NUMBERS)}.git")

    def get_entries(self, key: Any) -> list[Any]:
        name = store.encode_name(*(key[part] for part in key))
        return list(self._load(name) or [])

    @property
    def size(self) -> int:
        return sum(len(store.decode_name(tip.name or "")) == 2 for tip in self.sessions.sessions())

    def clear(self) -> None:
        with self.sessions.batch() as batch:
            for tip in self.sessions.sessions():
                batch.delete(tip.name or "")


claude_agent_sdk.InMemorySessionStore = InMemorySessionStore
session_store.InMemorySessionStore = InMemorySessionStore
