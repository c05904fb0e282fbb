"""Session files of Claude Code as bytes, and everything that happens to such files.

Each function takes the content of a file and returns the new one. `Writer` gives every message a
word and every row an id that occur nowhere else.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

Fields = dict[str, Any]

WORD = re.compile(r"w\d{4}w")
_JOINT = re.compile(rb'(?<=\})[ \t\r]*(?=\{"parentUuid")|(?<=\0)(?=\{)')
_BLOCK = b"\0" * 24


class Writer:
    """An agent that never writes the same word or id twice."""

    def __init__(self) -> None:
        self.count = 0

    def word(self) -> str:
        """Return an unused word."""
        self.count += 1
        return f"w{self.count:04}w"

    def id(self) -> str:
        """Return an unused id of a row or a session."""
        self.count += 1
        return f"{self.count:08x}-1111-4111-8111-111111111111"

    def begin(self) -> tuple[str, bytes]:
        """Return the id and the content of a new session."""
        session = self.id()
        return session, self.turn(session, None)

    def grow(self, data: bytes, *, tool: bool = False) -> bytes:
        """Add a turn to the end, as the agent does after it has read the file."""
        return data + self.turn(last_session(data), last_id(data), tool=tool)

    def answer(self, data: bytes) -> bytes:
        """Add a further answer to the last turn."""
        text = [{"type": "text", "text": self.word()}]
        return data + _line(self._row("assistant", last_session(data), last_id(data), text))

    def rewind(self, data: bytes, pick: int) -> bytes:
        """Go back to before a prompt, and type another one."""
        prompts = [row for row in rows_of(data) if is_prompt(row)]
        if not prompts:
            return data
        parent = prompts[pick % len(prompts)].get("parentUuid")
        return whole(data) + self.turn(last_session(data), parent)

    def half(self, data: bytes) -> tuple[bytes, bytes]:
        """Return the first and second half of a row that continues the content."""
        row = self._row("user", last_session(data), last_id(data), self.word())
        line = _line(row)
        return line[: len(line) // 2], line[len(line) // 2 :]

    def edit(self, data: bytes, pick: int) -> bytes:
        """Change the text of one message."""
        lines = data.split(b"\n")
        places = [place for place, line in enumerate(lines) if WORD.search(line.decode())]
        if not places:
            return data
        place = places[pick % len(places)]
        lines[place] = WORD.sub(self.word(), lines[place].decode(), count=1).encode()
        return b"\n".join(lines)

    def own_fork(self, data: bytes, *, marked: bool) -> tuple[str, bytes]:
        """Copy the live conversation with the same row ids into a new session.

        `/branch` marks each row with its origin, `--fork-session` does not.
        """
        session = self.id()
        copied = []
        for row in live_rows(data):
            source = {"sessionId": row["sessionId"], "messageUuid": row["uuid"]}
            more: Fields = {"forkedFrom": source} if marked else {}
            copied.append(_line({**row, "sessionId": session, **more}))
        return session, b"".join(copied)

    def sdk_fork(self, data: bytes) -> tuple[str, bytes]:
        """Copy the live conversation under new row ids into a new session."""
        session = self.id()
        ids: dict[str | None, str | None] = {None: None}
        copied = []
        for row in live_rows(data):
            ids[row["uuid"]] = self.id()
            source = {"sessionId": row["sessionId"], "messageUuid": row["uuid"]}
            own = {"uuid": ids[row["uuid"]], "parentUuid": ids.get(row["parentUuid"])}
            copied.append(_line({**row, **own, "sessionId": session, "forkedFrom": source}))
        title = {"type": "custom-title", "customTitle": "a fork", "sessionId": session}
        return session, b"".join([*copied, _line(title)])

    def turn(self, session: str, parent: str | None, *, tool: bool = False) -> bytes:
        """Return the rows of a prompt and its answer, with a tool call in between if wanted."""
        rows = [self._row("user", session, parent, self.word())]
        if tool:
            call = self.id()
            use = {"type": "tool_use", "id": call, "name": "Read", "input": {"path": self.word()}}
            done = {"type": "tool_result", "tool_use_id": call, "content": self.word()}
            rows.append(self._row("assistant", session, rows[-1]["uuid"], [use]))
            rows.append(self._row("user", session, rows[-1]["uuid"], [done]))
        text = [{"type": "text", "text": self.word()}]
        rows.append(self._row("assistant", session, rows[-1]["uuid"], text))
        return b"".join(map(_line, rows))

    def _row(self, kind: str, session: str, parent: str | None, content: Any) -> Fields:
        message: Fields = {"role": kind, "content": content}
        if kind == "assistant":
            message = {"id": f"msg_{self.id()}", "type": "message", "model": "m", **message}
        return {
            "parentUuid": parent,
            "isSidechain": False,
            "sessionId": session,
            "type": kind,
            "uuid": self.id(),
            "timestamp": f"2026-05-0{1 + self.count // 80000}T{_time(self.count)}.000Z",
            "cwd": "/home/dev/project",
            "version": "2.1.332",
            "gitBranch": "main",
            "message": message,
        }


class Cut(NamedTuple):
    """The content without its end, and the end."""

    data: bytes
    rest: bytes


def cut(data: bytes, pick: int) -> Cut:
    """Cut the content after one of its lines."""
    lines = data.splitlines(keepends=True)
    kept = pick % len(lines) + 1 if lines else 0
    return Cut(b"".join(lines[:kept]), b"".join(lines[kept:]))


def remove(data: bytes, pick: int) -> bytes:
    """Take one line out; the first stays, which names the session."""
    lines = data.splitlines(keepends=True)
    if len(lines) > 2:
        del lines[1 + pick % (len(lines) - 1)]
    return b"".join(lines)


def glue(data: bytes, pick: int) -> bytes:
    """Take out the newline between two lines."""
    lines = data.splitlines(keepends=True)
    if len(lines) > 1:
        place = pick % (len(lines) - 1)
        lines[place] = lines[place].removesuffix(b"\n")
    return b"".join(lines)


def blank_out(data: bytes, pick: int) -> bytes:
    """Put a run of NUL bytes before a line, or at the end."""
    lines = data.splitlines(keepends=True)
    lines.insert(pick % (len(lines) + 1), _BLOCK + (b"\n" if pick % 2 else b""))
    return b"".join(lines)


def respace(data: bytes, pick: int) -> bytes:
    """Write other line ends: none at the end, an empty line, a blank, or those of Windows."""
    if pick % 4 == 0:
        return data.removesuffix(b"\n")
    if pick % 4 == 1:
        return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return data.replace(b"\n", (b" \n", b"\n\n")[pick % 2], 1 + pick // 4)


def rows_of(data: bytes) -> list[Fields]:
    """Return the rows on lines that hold exactly one, which is what an agent reads."""
    found = []
    for line in data.split(b"\n"):
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            found.append(value)
    return found


def pieces(data: bytes) -> list[bytes]:
    """Return what stands on each line; rows that are glued together are two pieces."""
    lines = [line.strip() for line in data.split(b"\n")]
    return [piece for line in lines for piece in _JOINT.split(line) if piece]


def torn(data: bytes) -> bytes:
    """Return the last line if it is no whole row and has no end."""
    last = data.rpartition(b"\n")[2]
    return b"" if rows_of(last) else last


def live_rows(data: bytes) -> list[Fields]:
    """Return the rows from which the last one descends, and the last one, oldest first."""
    by_id = {row["uuid"]: row for row in rows_of(data) if "uuid" in row}
    found = []
    here = by_id.get(last_id(data) or "")
    while here is not None and here not in found:
        found.append(here)
        here = by_id.get(here["parentUuid"] or "")
    return found[::-1]


def last_id(data: bytes) -> str | None:
    """Return the id of the last row that has one."""
    return next((row["uuid"] for row in reversed(rows_of(data)) if "uuid" in row), None)


def last_session(data: bytes) -> str:
    """Return the session that the last row names."""
    named = (str(row["sessionId"]) for row in reversed(rows_of(data)) if "sessionId" in row)
    return next(named, "nobody")


def is_prompt(row: Fields) -> bool:
    """Tell whether a user typed the row."""
    return row["type"] == "user" and isinstance(row["message"]["content"], str)


def words(data: bytes) -> list[str]:
    """Return the words of a content, in order."""
    return WORD.findall(data.decode("utf-8", "replace"))


def live_words(data: bytes) -> list[str]:
    """Return the words of the live conversation, in order."""
    return [word for row in live_rows(data) for word in words(json.dumps(row).encode())]


def whole(data: bytes) -> bytes:
    """Return the content with a newline at its end."""
    return data if not data or data.endswith(b"\n") else data + b"\n"


def is_sound(data: bytes) -> bool:
    """Tell whether every line is one whole row that descends from a row before it."""
    lines = data.split(b"\n")
    rows = rows_of(data)
    seen: set[str | None] = {None}
    for row in rows:
        if row.get("parentUuid") not in seen:
            return False
        seen.add(row.get("uuid"))
    return lines[-1] == b"" and len(rows) == len(lines) - 1


def _line(row: Fields) -> bytes:
    return json.dumps(row, separators=(",", ":")).encode() + b"\n"


def _time(count: int) -> str:
    minutes, second = divmod(count, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour % 24:02}:{minute:02}:{second:02}"
