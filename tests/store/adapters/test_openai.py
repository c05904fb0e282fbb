"""The OpenAI Agents SDK's session, and its branches."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("agents", reason="adapters of agent frameworks (make adapters)")

from agents.memory import Session, SessionSettings

import store
from store.adapters.openai import OpenAISession


def said(*texts: str) -> list[Any]:
    """Return a question and an answer for each text."""
    return [
        {"role": role, "content": f"{role} {text}"}
        for text in texts
        for role in ("user", "assistant")
    ]


def test_it_is_a_session_of_the_sdk(tmp_path: Path) -> None:
    assert isinstance(OpenAISession("a b", tmp_path / "a.git"), Session)


def test_limits_are_the_newest_items_oldest_first(tmp_path: Path) -> None:
    async def ask() -> None:
        settings = SessionSettings(limit=3)
        with OpenAISession("a", tmp_path / "a.git", session_settings=settings) as kept:
            await kept.add_items(said("1", "2"))
            assert await kept.get_items() == said("1", "2")[1:]
            assert await kept.get_items(2) == said("2")
            assert await kept.get_items(99) == said("1", "2")
            assert await kept.get_items(0) == []

    asyncio.run(ask())


def test_first_writers_of_one_conversation_all_succeed(tmp_path: Path) -> None:
    with store.SessionStore.init(tmp_path / "a.git") as shared:

        async def write() -> list[Any]:
            writers = [OpenAISession("a", shared) for _ in range(4)]
            await asyncio.gather(*(one.add_items(said(str(n))) for n, one in enumerate(writers)))
            return await writers[0].get_items()

        found = asyncio.run(write())

    pairs = [found[n : n + 2] for n in range(0, 8, 2)]
    assert sorted(pairs, key=str) == [said(str(n)) for n in range(4)]


def test_branches_fork_before_a_turn_and_share_what_is_before(tmp_path: Path) -> None:
    async def branch() -> None:
        kept = OpenAISession("a", tmp_path / "a.git")
        await kept.add_items(said("red", "green", "blue"))
        assert await kept.create_branch_from_content("GREEN", "b") == "b"
        await kept.add_items(said("violet"))
        assert await kept.get_items() == said("red", "violet")
        assert await kept.get_items(branch_id="main") == said("red", "green", "blue")
        assert [turn["turn"] for turn in await kept.get_conversation_turns()] == [1, 2]
        await kept.switch_to_branch("main")
        made = await kept.create_branch_from_turn(1)
        assert await kept.get_items() == []
        assert {one["branch_id"] for one in await kept.list_branches()} == {"main", "b", made}
        await kept.delete_branch(made, force=True)
        assert await kept.get_items() == said("red", "green", "blue")
        kept.close()

    asyncio.run(branch())


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        (lambda kept: kept.create_branch_from_turn(9), "does not contain a user message"),
        (lambda kept: kept.create_branch_from_turn(1, " "), "cannot be empty"),
        (lambda kept: kept.create_branch_from_turn(1, "main"), "already been used"),
        (lambda kept: kept.create_branch_from_turn(1, "b"), "already been used"),
        (lambda kept: kept.create_branch_from_content("no such"), "No user turns found"),
        (lambda kept: kept.switch_to_branch("gone"), "does not exist"),
        (lambda kept: kept.delete_branch("main"), "Cannot delete the 'main'"),
        (lambda kept: kept.delete_branch("gone"), "does not exist"),
    ],
)
def test_wrong_branches_are_refused(tmp_path: Path, call: Any, fault: str) -> None:
    async def refused() -> None:
        kept = OpenAISession("a", tmp_path / "a.git")
        await kept.add_items(said("red"))
        await kept.create_branch_from_turn(1, "b")
        await kept.switch_to_branch("main")
        with pytest.raises(ValueError, match=fault):
            await call(kept)
        assert await kept.get_items() == said("red")
        kept.close()

    asyncio.run(refused())


def test_another_instance_clears_the_branch_that_one_is_on(tmp_path: Path) -> None:
    async def clear() -> None:
        one, two = (OpenAISession("a", tmp_path / "a.git") for _ in range(2))
        await one.add_items(said("red"))
        await one.create_branch_from_turn(1, "b")
        await two.clear_session()
        assert await one.get_items() == []
        await one.add_items(said("blue"))
        assert await two.get_items() == said("blue")
        assert await one.pop_item() == said("blue")[1]

    asyncio.run(clear())


def test_a_branch_that_was_deleted_elsewhere_is_left_for_good(tmp_path: Path) -> None:
    async def ask() -> None:
        with (
            OpenAISession("a", tmp_path / "a.git") as one,
            OpenAISession("a", tmp_path / "a.git") as other,
        ):
            await one.add_items(said("1", "2"))
            await one.create_branch_from_turn(2, "try")
            await other.delete_branch("try")
            await one.add_items(said("3"))
            assert await other.get_items() == said("1", "2", "3")
            await other.create_branch_from_turn(1, "try")
            await one.add_items(said("4"))
            assert await one.get_items() == said("1", "2", "3", "4")
            assert await other.get_items() == []

    asyncio.run(ask())
