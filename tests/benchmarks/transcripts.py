"""Large transcripts, written row by row; nothing of them is stored."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

_WORDS = "the model reads a file, changes it, runs the tests and says what it found. "


def write_transcript(path: Path, turns: int, rows: int, size: int) -> int:
    """Write so many turns, each of an even number of rows of `size` bytes; return the bytes."""
    text = (_WORDS * (size // len(_WORDS) + 1))[: max(size - 420, 1)]
    last: str | None = None
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for _ in range(turns):
            for place in range(rows):
                count += 1
                uuid = str(UUID(int=count))
                minutes, second = divmod(count // 10, 60)
                row = {
                    "parentUuid": last,
                    "isSidechain": False,
                    "sessionId": "5b0f2c1e-7d4a-4c39-9e62-3f8a1d70b6c4",
                    "version": "2.1.32",
                    "cwd": "/home/dev/project",
                    "type": "assistant" if place % 2 else "user",
                    "message": _message(place, rows, f"{count} {text}", count),
                    "uuid": uuid,
                    "timestamp": f"2026-03-{1 + minutes // 1440:02}T"
                    f"{minutes // 60 % 24:02}:{minutes % 60:02}:{second:02}.000Z",
                }
                file.write(json.dumps(row) + "\n")
                last = uuid
    return path.stat().st_size


def _message(place: int, rows: int, text: str, number: int) -> dict[str, object]:
    """Return a prompt, then calls with their results, then an answer."""
    if place == 0:
        return {"role": "user", "content": text}
    if place + 1 == rows:
        block = {"type": "text", "text": text}
        return {"role": "assistant", "model": "claude-opus-4-5", "content": [block]}
    if place % 2:
        block = {"type": "tool_use", "id": f"toolu_{number}", "name": "Read", "input": text}
        return {"role": "assistant", "model": "claude-opus-4-5", "content": [block]}
    call = f"toolu_{number - 1}"
    result = {"type": "tool_result", "tool_use_id": call, "content": text}
    return {"role": "user", "content": [result]}


def write_conversations(path: Path, conversations: int, rows: int, size: int) -> int:
    """Write an export of ChatGPT with messages of `size` bytes; return the bytes.

    The first row of a conversation has no text, the others are questions and answers.
    """
    text = (_WORDS * (size // len(_WORDS) + 1))[: max(size - 360, 1)]
    with path.open("w", encoding="utf-8") as file:
        for number in range(conversations):
            first = number * rows
            ids = [str(UUID(int=first + row + 1)) for row in range(rows)]
            nodes = {
                own: {
                    "id": own,
                    "parent": ids[row - 1] if row else None,
                    "children": ids[row + 1 : row + 2],
                    "message": _said(own, row, f"{number} {row} {text}", first + row),
                }
                for row, own in enumerate(ids)
            }
            whole = {
                "title": f"Talk {number}",
                "create_time": 1_700_000_000.0 + first,
                "mapping": nodes,
                "current_node": ids[-1],
                "conversation_id": str(UUID(int=(1 << 64) + number)),
            }
            file.write((", " if number else "[") + json.dumps(whole))
        file.write("]")
    return path.stat().st_size


def _said(own: str, row: int, text: str, seconds: int) -> dict[str, object] | None:
    if not row:
        return None
    role = "user" if row % 2 else "assistant"
    return {
        "id": own,
        "author": {"role": role},
        "create_time": 1_700_000_000.0 + seconds,
        "content": {"content_type": "text", "parts": [text]},
        "recipient": "all",
        "metadata": {},
    }
