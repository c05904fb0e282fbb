from __future__ import annotations

import json
import sqlite3

import pytest

from porcelain.transcript.errors import NoMessages
from porcelain.transcript.formats import detect, read_conversations, read_transcript, to_session
from store.errors import InvalidSession
from tests.porcelain.transcript.lines.rows import said, shape

SCHEMA = """
    CREATE TABLE "conversations" ("id" TEXT PRIMARY KEY, "name" TEXT, "model" TEXT);
    CREATE TABLE "responses" ("id" TEXT PRIMARY KEY, "model" TEXT, "prompt" TEXT, "system" TEXT,
        "response" TEXT, "conversation_id" TEXT, "datetime_utc" TEXT);
    CREATE TABLE "tool_calls" ("id" INTEGER PRIMARY KEY, "response_id" TEXT, "name" TEXT,
        "arguments" TEXT, "tool_call_id" TEXT);
    CREATE TABLE "tool_results" ("id" INTEGER PRIMARY KEY, "response_id" TEXT, "name" TEXT,
        "output" TEXT, "tool_call_id" TEXT);
"""


class Logs:
    """A database of `llm` in the making."""

    def __init__(self) -> None:
        self.file = sqlite3.connect(":memory:")
        self.file.executescript(SCHEMA)
        self.count = 0

    def conversation(self, native: str, name: str) -> None:
        self.file.execute("INSERT INTO conversations VALUES (?,?,'m')", (native, name))
        self.file.commit()

    def response(
        self, native: str, conversation: str, prompt: str, said: str, system: str | None = None
    ) -> None:
        self.count += 1
        time = f"2026-01-01T00:00:{self.count:02}.000000+00:00"
        row = (native, "mm", prompt, system, said, conversation, time)
        self.file.execute("INSERT INTO responses VALUES (?,?,?,?,?,?,?)", row)
        self.file.commit()

    def tool(self, table: str, response: str, text: str) -> None:
        row = (response, "read", text, "c-1")
        self.file.execute(f"INSERT INTO {table} VALUES (NULL,?,?,?,?)", row)
        self.file.commit()

    def data(self) -> bytes:
        return self.file.serialize()


def test_each_conversation_is_a_document() -> None:
    logs = Logs()
    logs.conversation("c-1", "Read it")
    logs.response("r-1", "c-1", "read a.py", "", "be brief")
    logs.tool("tool_calls", "r-1", '{"path": "a.py"}')
    logs.tool("tool_results", "r-2", "x = 1")
    logs.response("r-2", "c-1", "", "it is one", "be brief")
    logs.response("r-3", "c-1", "thanks", "welcome")
    logs.conversation("c-2", "Other")
    logs.response("r-4", "c-2", "hello", "hi")
    logs.conversation("c-3", "Empty")
    assert detect(logs.data(), "-") == "llm"
    first, second = read_conversations(logs.data(), "logs.db")
    assert (first.native_id, second.native_id, first.facts.title) == ("c-1", "c-2", "Read it")
    assert said(first.rows) == [
        ("system", "be brief"),
        ("user", "read a.py"),
        ("assistant", "read(a.py)"),
        ("tool", "x = 1"),
        ("assistant", "it is one"),
        ("user", "thanks"),
        ("assistant", "welcome"),
    ]
    assert (first.rows[2].calls, first.rows[3].results) == (("c-1",), ("c-1",))
    assert shape(first) == [((0, 1, 2, 3, 4), None), ((5, 6), 0)]
    assert first.rows[6].model == "mm"
    assert len({row.key for row in first.rows}) == len(first.rows)
    document = json.loads(to_session(first).to_bytes())
    assert [one["role"] for one in document["messages"]][:2] == ["system", "user"]
    with pytest.raises(InvalidSession, match="2 conversations, not one"):
        read_transcript(logs.data(), "logs.db")


def test_a_database_without_conversations_and_one_of_another_schema() -> None:
    with pytest.raises(NoMessages):
        read_transcript(Logs().data(), "logs.db")
    other = Logs()
    other.conversation("c-1", "x")
    other.file.executescript("ALTER TABLE responses RENAME COLUMN prompt TO asked")
    with pytest.raises(InvalidSession, match="cannot be read: no such column"):
        read_conversations(other.data(), "logs.db")
