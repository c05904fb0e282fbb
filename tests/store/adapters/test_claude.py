"""The Claude Agent SDK's session store: its own contracts, and ours beside them."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("claude_agent_sdk", reason="adapters of agent frameworks (make adapters)")

from claude_agent_sdk.testing import run_session_store_conformance

import store
from store.adapters.claude import ClaudeSessionStore

KEY: Any = {"project_key": "-home-A", "session_id": "S/1"}


def rows(*ids: str) -> Any:
    return [
        {"type": "user", "uuid": one, "message": {"role": "user", "content": one}} for one in ids
    ]


def test_the_vendors_fourteen_contracts(tmp_path: Path) -> None:
    numbers = itertools.count()
    asyncio.run(
        run_session_store_conformance(lambda: ClaudeSessionStore(tmp_path / f"{next(numbers)}.git"))
    )


def test_two_processes_that_repeat_rows_add_them_once(tmp_path: Path) -> None:
    one, two = (ClaudeSessionStore(tmp_path / "a.git") for _ in range(2))

    async def both() -> list[Any] | None:
        for start in range(0, 20, 2):
            batch = rows(*(str(n) for n in range(start, start + 3)))
            await asyncio.gather(one.append(KEY, batch), two.append(KEY, batch))
        return await one.load(KEY)

    found = asyncio.run(both()) or []
    assert [row["uuid"] for row in found] == [str(n) for n in range(21)]


def test_wj_reads_what_the_sdk_wrote(tmp_path: Path) -> None:
    with ClaudeSessionStore(tmp_path / "a.git") as kept:
        asyncio.run(kept.append(KEY, rows("a", "b")))
        asyncio.run(kept.append({**KEY, "subpath": "subagents/agent-1"}, rows("c")))
        names = [tip.name or "" for tip in kept.sessions.sessions(order="name")]
        assert [store.decode_name(name)[1:] for name in names] == [
            ("S/1",),
            ("S/1", "subagents/agent-1"),
        ]
        session = kept.sessions.load(names[0])
        assert (session.format, session.title, session.message_count) == ("claude-code", "b", 2)


def test_a_deleted_session_can_be_loaded_by_its_commit(tmp_path: Path) -> None:
    with ClaudeSessionStore(tmp_path / "a.git") as kept:
        asyncio.run(kept.append(KEY, rows("a")))
        (tip,) = kept.sessions.sessions()
        asyncio.run(kept.delete(KEY))
        assert asyncio.run(kept.load(KEY)) is None
        assert kept.sessions.load(tip.id).rows == 1
        asyncio.run(kept.append(KEY, rows("a")))  # the id is free again
        assert len(asyncio.run(kept.load(KEY)) or []) == 1


def test_a_row_that_is_no_object_changes_nothing(tmp_path: Path) -> None:
    with ClaudeSessionStore(tmp_path / "a.git") as kept:
        bad: Any = [*rows("a"), float("nan")]
        with pytest.raises(store.InvalidSession):
            asyncio.run(kept.append(KEY, bad))
        assert asyncio.run(kept.load(KEY)) is None
