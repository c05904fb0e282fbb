"""Small Claude Code transcripts for tests, written row by row."""

from __future__ import annotations

import json
from typing import Any


class Chat:
    """A session file in the making; a row continues the one before it unless `parent` is given."""

    def __init__(
        self, session: str = "11111111-2222-4333-8444-555555555555", mark: str = ""
    ) -> None:
        """Begin a session; `mark` is put before all row ids, which are an agent's own everywhere."""
        self.session = session
        self.mark = mark
        self.rows: list[dict[str, Any]] = []
        self.last: str | None = None
        self.clock = 0

    def put(self, kind: str, uuid: str | None, *, parent: str | None = "", **more: Any) -> str:
        """Add a graph row, by default with a new uuid."""
        uuid = self.mark + (uuid or f"r{len(self.rows)}")
        parent = self.mark + parent if parent else parent
        self.clock += 1
        row = {
            "parentUuid": self.last if parent == "" else parent,
            "isSidechain": False,
            "userType": "external",
            "cwd": "/home/dev/project",
            "sessionId": self.session,
            "version": "2.1.32",
            "gitBranch": "main",
            "type": kind,
            "uuid": uuid,
            "timestamp": f"2026-03-01T10:{self.clock // 60:02}:{self.clock % 60:02}.000Z",
            **more,
        }
        self.rows.append(row)
        self.last = uuid
        return uuid

    def user(self, content: Any, uuid: str | None = None, **more: Any) -> str:
        """Add a prompt."""
        return self.put("user", uuid, message={"role": "user", "content": content}, **more)

    def answer(
        self, text: str, uuid: str | None = None, model: str = "claude-opus-4-5", **more: Any
    ) -> str:
        """Add a text block of a response."""
        return self._assistant({"type": "text", "text": text}, uuid, model, **more)

    def call(self, tool: str, uuid: str | None = None, **more: Any) -> str:
        """Add a tool call with the id `tool`."""
        block = {"type": "tool_use", "id": tool, "name": "Read", "input": {"file_path": "a.py"}}
        return self._assistant(block, uuid, "claude-opus-4-5", **more)

    def result(self, tool: str, uuid: str | None = None, **more: Any) -> str:
        """Add the result of the tool call with the id `tool`."""
        block = {"type": "tool_result", "tool_use_id": tool, "content": f"result of {tool}"}
        return self.user([block], uuid, **more)

    def progress(self, uuid: str | None = None, **more: Any) -> str:
        """Add a progress report."""
        return self.put("progress", uuid, data={"type": "bash_progress"}, **more)

    def side(self, kind: str, **fields: Any) -> None:
        """Add a row that is not in the graph."""
        self.rows.append({"type": kind, **fields})

    def turn(self, number: int, **more: Any) -> None:
        """Add a prompt `q<number>` and its answer, with uuids u<number> and a<number>."""
        self.user(f"q{number}", f"u{number}", **more)
        self.answer(f"r{number}", f"a{number}")

    def _assistant(self, block: dict[str, Any], uuid: str | None, model: str, **more: Any) -> str:
        message = {
            "id": more.pop("response", f"msg_{len(self.rows)}"),
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": [block],
            "stop_reason": None,
        }
        return self.put("assistant", uuid, message=message, **more)

    def lines(self) -> list[bytes]:
        """Return the rows as lines without newline."""
        return [json.dumps(row, separators=(",", ":")).encode() for row in self.rows]

    def data(self, newline: bytes = b"\n") -> bytes:
        """Return the file."""
        return b"".join(line + newline for line in self.lines())
