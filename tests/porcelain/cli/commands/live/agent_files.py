"""Sessions of Claude Code in the user's home, growing as the agent writes them."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.porcelain.transcript.claude_rows import Chat

ONE = "11111111-2222-4333-8444-000000000001"
TWO = "11111111-2222-4333-8444-000000000002"


class Session:
    """A session file, and the conversation in it."""

    def __init__(
        self, home: Path, native_id: str = ONE, *, turns: int = 1, project: str = "/w"
    ) -> None:
        folder = home / ".claude" / "projects" / project.replace("/", "-")
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{native_id}.jsonl"
        self.project = project
        self.chat = Chat(native_id, f"{native_id[-1]}-")
        self.turns = 0
        self.grow(turns)

    def grow(self, turns: int = 1) -> None:
        """Add turns, as long ago as a quiet file's."""
        for _ in range(turns):
            self.turns += 1
            self.chat.turn(self.turns, cwd=self.project)
        self.path.write_bytes(self.chat.data())
        self.settle()

    def settle(self, seconds: float = 30) -> None:
        """Set the file's time back."""
        then = time.time() - seconds
        os.utime(self.path, (then, then))
