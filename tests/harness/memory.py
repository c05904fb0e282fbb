"""Objects in memory, and small sessions to put there."""

from __future__ import annotations

from typing import Any

from store.errors import ObjectNotFound
from store.ids import TreeId
from store.objects.objects import Kind, hash_object
from store.objects.tree import find_entry
from store.session.session import Session
from store.tree_layout.layout import Layout

LAYOUTS: tuple[Layout, ...] = ("native", "single-file")


class Memory:
    """Objects in a dict, with lists of the reads and additions."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[Kind, bytes]] = {}
        self.reads: list[str] = []
        self.adds: list[str] = []
        self.version = 1

    def read(self, object_id: str) -> tuple[Kind, bytes]:
        self.reads.append(object_id)
        if object_id not in self.objects:
            raise ObjectNotFound(object_id)
        return self.objects[object_id]

    def add(self, kind: Kind, data: bytes) -> str:
        object_id = hash_object(kind, data)
        self.adds.append(object_id)
        self.objects[object_id] = (kind, data)
        return object_id

    def holds(self, object_id: str) -> bool:
        return False

    def needs_version(self, version: int) -> None:
        self.version = max(self.version, version)

    def forget(self) -> None:
        self.reads, self.adds = [], []


def text(number: int, role: str = "user") -> dict[str, Any]:
    return {"role": role, "content": f"message {number}", "tool_calls": []}


def new(rows: int, session_id: str = "s") -> Session:
    messages = [text(n, "assistant" if n % 2 else "user") for n in range(rows)]
    return Session.new(session_id, model="m", messages=messages, created_at="t0")


def claude(rows: int) -> Session:
    lines = [b'{"n": %d}' % n for n in range(rows)]
    return Session.from_lines(
        lines, id="c", format="claude-code", model="opus", title="T", message_count=rows // 2
    )


def document_of(memory: Memory, tree: TreeId) -> bytes:
    entry = find_entry(memory, tree, "session.json")
    assert entry is not None
    return memory.read(entry.id)[1]
