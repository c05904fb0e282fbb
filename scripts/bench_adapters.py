"""Times of the adapters beside each vendor's own store on SQLite, in one run: a table.

    make bench-adapters

Both sides take turns in one loop, on files in one folder, and the medians are compared. Where a
vendor ships no store on SQLite, its side is a table with one row a message, written here.
"""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from agents.extensions.memory import AdvancedSQLiteSession
from langgraph.checkpoint.base import create_checkpoint, empty_checkpoint
from langgraph.checkpoint.sqlite import SqliteSaver
from pydantic_ai.conversation import Conversation
from pydantic_ai.conversation_store import ConversationStore, InMemoryConversationStore
from pydantic_ai.messages import ModelRequest, UserPromptPart

from store.adapters.claude import ClaudeSessionStore
from store.adapters.langgraph import GitSaver
from store.adapters.openai import OpenAISession
from store.adapters.pydantic_ai import GitConversationStore

Work = Callable[[], Awaitable[object]]
_RANDOM = random.Random(1)


class Row(NamedTuple):
    """One line of the table: medians in milliseconds, or bytes."""

    framework: str
    what: str
    ours: float
    theirs: float


def text() -> str:
    """Return 2 KB of words."""
    return " ".join(f"{_RANDOM.getrandbits(30):x}" for _ in range(230))[:2000]


def item(role: str = "user") -> Any:
    """Return a message of a chat."""
    return {"role": role, "content": text()}


async def compare(framework: str, what: str, ours: Work, theirs: Work, rounds: int = 15) -> Row:
    """Time both in turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for side, work in enumerate((ours, theirs)):
            began = time.perf_counter()
            await work()
            times[side].append((time.perf_counter() - began) * 1000)
    row = Row(framework, what, *map(statistics.median, times))
    print(f"{framework}: {what}: {row.ours:.1f} / {row.theirs:.1f}", file=sys.stderr)
    return row


def size(*paths: Path) -> int:
    """Return the bytes of files and folders."""
    files = [one for path in paths for one in ([path] if path.is_file() else path.rglob("*"))]
    return sum(one.stat().st_size for one in files if one.is_file())


async def openai(folder: Path) -> list[Row]:
    """Measure the OpenAI Agents SDK: its session with branches."""
    rows = []
    repository, database = folder / "openai.git", folder / "openai.db"
    for count in (10, 1000, 4000):
        name = f"s{count}"
        ours = OpenAISession(name, repository)
        theirs = AdvancedSQLiteSession(session_id=name, db_path=database, create_tables=True)
        for kept in (ours, theirs):
            await kept.add_items([item(("user", "assistant")[n % 2]) for n in range(count)])
        if count < 4000:
            rows.append(
                await compare(
                    "OpenAI",
                    f"append 2 KB at {count:,}",
                    lambda ours=ours: ours.add_items([item()]),  # type: ignore[misc]
                    lambda theirs=theirs: theirs.add_items([item()]),  # type: ignore[misc]
                )
            )
        if count == 1000:
            rows.append(await compare("OpenAI", "load 1,000", ours.get_items, theirs.get_items))
        if count > 10:
            numbers = iter(range(1000))

            async def fork(kept: Any, count: int = count, numbers: Any = numbers) -> None:
                await kept.create_branch_from_turn(count // 2 - 1, f"b{next(numbers)}")
                await kept.switch_to_branch("main")

            rows.append(
                await compare(
                    "OpenAI",
                    f"fork at {count:,}",
                    lambda ours=ours: fork(ours),  # type: ignore[misc]
                    lambda theirs=theirs: fork(theirs),  # type: ignore[misc]
                    rounds=7,
                )
            )
        ours.close()
        theirs.close()
    return rows


async def langgraph(folder: Path) -> list[Row]:
    """Measure LangGraph: a thread whose messages grow by one with each checkpoint."""
    rows = []
    repository, database = folder / "langgraph.git", folder / "langgraph.db"
    with GitSaver(repository) as ours, SqliteSaver.from_conn_string(str(database)) as theirs:
        kept: list[tuple[Any, list[Any]]] = [
            (one, [{"configurable": {"thread_id": "t", "checkpoint_ns": ""}}])
            for one in (ours, theirs)
        ]
        talk: list[Any] = []

        async def put(side: int) -> None:
            saver, last = kept[side]
            made = create_checkpoint(empty_checkpoint(), None, len(talk))
            made["channel_values"] = {"messages": [*talk]}
            last[0] = saver.put(last[0], made, {"step": len(talk)}, {})

        for count in range(1, 1001):
            talk.append(item())
            if count in (10, 1000):
                what = f"put at {count:,}"
                rows.append(await compare("LangGraph", what, lambda: put(0), lambda: put(1)))
            else:
                await put(0)
                await put(1)
        last = size(database, *folder.glob("langgraph.db-*"))
        rows.append(Row("LangGraph", "bytes after 1,000 messages", size(repository), last))

        async def load(side: int) -> object:
            return kept[side][0].get_tuple({"configurable": {"thread_id": "t"}})

        rows.append(await compare("LangGraph", "load 1,000", lambda: load(0), lambda: load(1)))
        for saver, last_config in kept:
            config: Any = {"configurable": {"thread_id": "h", "checkpoint_ns": ""}}
            for step in range(1500):
                made = create_checkpoint(empty_checkpoint(), None, step)
                made["channel_values"] = {"n": step}
                config = saver.put(config, made, {"step": step}, {})
            last_config[0] = config

        async def history(side: int) -> object:
            return list(kept[side][0].list({"configurable": {"thread_id": "h"}}))

        what = "history of 1,500 checkpoints"
        rows.append(
            await compare("LangGraph", what, lambda: history(0), lambda: history(1), rounds=5)
        )
    return rows


class Table:
    """Rows in SQLite, for a vendor that ships no store of its own."""

    def __init__(self, path: Path) -> None:
        """Open the file, with the durability of ours."""
        self.base = sqlite3.connect(path)
        self.base.execute("PRAGMA journal_mode=WAL")
        self.base.execute("PRAGMA synchronous=FULL")
        self.base.execute("CREATE TABLE rows (session TEXT, number INTEGER PRIMARY KEY, row TEXT)")
        self.base.execute("CREATE TABLE sessions (session TEXT PRIMARY KEY, time REAL)")
        self.base.execute("CREATE INDEX by_session ON rows (session, number)")

    async def append(self, key: Any, entries: list[Any]) -> None:
        """Add rows."""
        name = key["session_id"]
        with self.base:
            made = [(name, json.dumps(entry)) for entry in entries]
            self.base.executemany("INSERT INTO rows (session, row) VALUES (?, ?)", made)
            self.base.execute("REPLACE INTO sessions VALUES (?, julianday('now'))", (name,))

    async def load(self, key: Any) -> list[Any]:
        """Return the rows of a session."""
        sql = "SELECT row FROM rows WHERE session = ? ORDER BY number"
        return [json.loads(row) for (row,) in self.base.execute(sql, (key["session_id"],))]

    async def list_sessions(self, _: str) -> list[Any]:
        """Return sessions and times."""
        return self.base.execute("SELECT session, time FROM sessions").fetchall()


async def claude(folder: Path) -> list[Row]:
    """Measure the Claude Agent SDK beside a table of rows."""
    rows = []
    database = folder / "claude.db"
    ours, theirs = ClaudeSessionStore(folder / "claude.git"), Table(database)
    numbers = iter(range(1 << 30))

    def entries(count: int) -> list[Any]:
        return [
            {"type": "user", "uuid": str(next(numbers)), "message": item()} for _ in range(count)
        ]

    for count in (10, 1000):
        key: Any = {"project_key": "p", "session_id": f"s{count}"}
        for kept in (ours, theirs):
            await kept.append(key, entries(count))
        what = f"append 2 KB at {count:,}"
        rows.append(
            await compare(
                "Claude",
                what,
                lambda key=key: ours.append(key, entries(1)),  # type: ignore[misc]
                lambda key=key: theirs.append(key, entries(1)),  # type: ignore[misc]
            )
        )
    rows.append(
        await compare("Claude", "load 1,000", lambda: ours.load(key), lambda: theirs.load(key))
    )
    for number in range(1000):
        for kept in (ours, theirs):
            await kept.append({"project_key": "q", "session_id": str(number)}, entries(1))
    rows.append(
        await compare(
            "Claude",
            "list 1,000 sessions",
            lambda: ours.list_sessions("q"),
            lambda: theirs.list_sessions("q"),
        )
    )
    ours.close()
    return rows


async def pydantic_ai(folder: Path) -> list[Row]:
    """Measure Pydantic AI beside its store in memory, the only one that it ships."""
    rows = []
    with GitConversationStore(folder / "pydantic.git") as ours:
        both: tuple[ConversationStore, ...] = (ours, InMemoryConversationStore())

        def messages(count: int) -> list[Any]:
            return [ModelRequest(parts=[UserPromptPart(text())]) for _ in range(count)]

        for count in (10, 1000):
            held = []
            for kept in both:
                one = Conversation(messages=messages(count), conversation_id=f"c{count}")
                await kept.save(one)
                held.append(one)

            async def save(side: int, held: list[Conversation] = held) -> None:
                held[side].messages += messages(1)
                await both[side].save(held[side])

            what = f"append 2 KB at {count:,}"
            rows.append(await compare("Pydantic AI", what, lambda: save(0), lambda: save(1)))
        names = iter(range(1000))

        async def load(side: int) -> object:
            return await both[side].load("c1000")

        async def fork(side: int) -> object:
            return await both[side].fork("c1000", new_conversation_id=f"f{next(names)}")

        rows.append(await compare("Pydantic AI", "load 1,000", lambda: load(0), lambda: load(1)))
        rows.append(
            await compare(
                "Pydantic AI", "fork at 1,000", lambda: fork(0), lambda: fork(1), rounds=7
            )
        )
    return rows


def table(rows: list[Row]) -> Iterator[str]:
    """Yield the lines of the table for docs/performance.md."""
    yield "| framework | work | here | theirs | ratio |"
    yield "|---|---|---|---|---|"
    for row in rows:
        unit = " bytes" if "bytes" in row.what else " ms"
        ours, theirs = (
            f"{value:,.0f}{unit}" if unit == " bytes" else f"{value:.1f}{unit}"
            for value in (row.ours, row.theirs)
        )
        what = row.what.removeprefix("bytes ")
        yield f"| {row.framework} | {what} | {ours} | {theirs} | {row.ours / row.theirs:.2f} |"


async def main() -> None:
    """Print the table."""
    folder = Path(tempfile.mkdtemp(prefix="wj-bench-"))
    rows: list[Row] = []
    try:
        for measure in (openai, langgraph, claude, pydantic_ai):
            rows += await measure(folder)
    finally:
        shutil.rmtree(folder)
    print("\n".join(table(rows)))


if __name__ == "__main__":
    asyncio.run(main())
