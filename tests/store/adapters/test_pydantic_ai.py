"""Pydantic AI's conversation store: random operations on ours and on its in-memory one."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pydantic_ai", reason="adapters of agent frameworks (make adapters)")

from pydantic_ai import BinaryContent
from pydantic_ai.conversation import Conversation
from pydantic_ai.conversation_store import (
    ConversationConflict,
    ConversationStore,
    InMemoryConversationStore,
)
from pydantic_ai.exceptions import UserError
from pydantic_ai.messages import (
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.usage import RunUsage

import store
from store.adapters.pydantic_ai import GitConversationStore

NOW = datetime(2026, 1, 5, tzinfo=UTC)


def messages(rng: random.Random, count: int) -> list[Any]:
    """Return messages of several kinds."""
    made: list[Any] = []
    for _ in range(count):
        text = f"text {rng.randrange(1000)}"
        made.append(
            rng.choice(
                [
                    ModelRequest(parts=[UserPromptPart(text, timestamp=NOW)]),
                    ModelRequest(
                        parts=[
                            UserPromptPart(
                                [text, BinaryContent(text.encode() + b"\xff\0", media_type="x/y")],
                                timestamp=NOW,
                            )
                        ]
                    ),
                    ModelRequest(parts=[ToolReturnPart("t", {"n": text}, "c", timestamp=NOW)]),
                    ModelResponse(
                        parts=[TextPart(text), ToolCallPart("t", {"n": 1}, "c")], timestamp=NOW
                    ),
                ]
            )
        )
    return made


class Both:
    """The same operations on both stores; after each their answers must be equal."""

    def __init__(self, ours: ConversationStore, prefix: str, rng: random.Random) -> None:
        self.stores = (ours, InMemoryConversationStore())
        self.prefix, self.rng = prefix, rng
        self.held: list[dict[str, Any]] = [{}, {}]  # loaded conversations, perhaps stale
        self.count = 0

    def name(self) -> str:
        return f"{self.prefix}/c{self.rng.randrange(4)}"

    async def both(
        self, work: Callable[[ConversationStore, dict[str, Any]], Awaitable[Any]]
    ) -> None:
        answers = []
        for kept, held in zip(self.stores, self.held, strict=True):
            try:
                answers.append(await work(kept, held))
            except (UserError, ConversationConflict) as error:
                answers.append((type(error), str(error) if "at" in str(error)[:5] else ""))
        assert answers[0] == answers[1]

    async def step(self) -> None:
        kind = self.rng.choice(
            [self.save, self.save, self.load, self.branch, self.fork, self.delete]
        )
        await kind()

    async def look(self) -> None:
        for number in range(4):
            await self.both(lambda kept, _, n=number: self.seen(kept, f"{self.prefix}/c{n}"))  # type: ignore[misc]
        await self.both(lambda kept, _: self.listed(kept))

    async def seen(self, kept: ConversationStore, name: str) -> Any:
        found = await kept.load(name)
        record = await kept.read_record(name)
        if found is None or record is None:
            return found, record
        few = await kept.load(name, limit=2)
        assert few is not None
        left = [[e.message for e in await kept.read_history(tip)] for tip in record.branches]
        facts = (record.scope, record.forked_from, record.usage, record.forked_at is None)
        return found.messages, few.messages, left, facts

    async def listed(self, kept: ConversationStore) -> list[str]:
        own = [
            one.conversation_id
            for scope in (f"{self.prefix}/s0", f"{self.prefix}/s1")
            for one in await kept.list_conversations(scope=scope)
        ]
        return [
            *own,
            *(
                one.conversation_id
                for one in await kept.list_conversations(scope=f"{self.prefix}/s0", limit=2)
            ),
        ]

    async def save(self) -> None:
        name, added = self.name(), messages(self.rng, self.rng.randrange(3))
        how, cut = self.rng.choice(["held", "held", "new", "rewritten"]), self.rng.randrange(3)
        scope = f"{self.prefix}/s{self.rng.randrange(2)}"

        async def work(kept: ConversationStore, held: dict[str, Any]) -> Any:
            one = held.get(name)
            if one is None or how == "new":
                one = Conversation(messages=[], conversation_id=name)
            if how == "rewritten":
                one = Conversation(
                    messages=one.messages[: max(len(one.messages) - cut, 0)],
                    conversation_id=name,
                    revision=one.revision,
                )
            one.messages = [*one.messages, *added]
            one.usage = RunUsage(requests=len(one.messages))
            entries = await kept.save(one, scope=scope if one.revision is None else None)
            held[name] = one
            return [entry.message for entry in entries]

        await self.both(work)

    async def load(self) -> None:
        name = self.name()

        async def work(kept: ConversationStore, held: dict[str, Any]) -> bool:
            found = await kept.load(name)
            if found is not None:
                held[name] = found
            return found is not None

        await self.both(work)

    async def branch(self) -> None:
        name, at, tip = self.name(), self.rng.randrange(5), self.rng.randrange(2)

        async def work(kept: ConversationStore, held: dict[str, Any]) -> Any:
            record = await kept.read_record(name)
            revision = record.revision if record else "none"
            if tip and record and record.branches:
                made = await kept.branch(
                    name, from_entry=record.branches[0], expected_revision=revision
                )
            else:
                made = await kept.branch(name, at=at, expected_revision=revision)
            held[name] = made
            return made.messages

        await self.both(work)

    async def fork(self) -> None:
        name, new = self.name(), self.name()
        at = self.rng.choice([None, *range(4)])

        async def work(kept: ConversationStore, held: dict[str, Any]) -> Any:
            made = await kept.fork(name, at=at, new_conversation_id=new)
            held[new] = made
            return made.messages

        await self.both(work)

    async def delete(self) -> None:
        name = self.name()
        await self.both(lambda kept, _: kept.delete(name))


async def sequences(path: Path, count: int, steps: int) -> None:
    with GitConversationStore(path) as ours:
        for number in range(count):
            both = Both(ours, f"seq {number}", random.Random(number))
            for _ in range(steps):
                await both.step()
            await both.look()


def test_it_answers_as_the_vendors_store_in_memory(tmp_path: Path) -> None:
    asyncio.run(sequences(tmp_path / "a.git", 12, 10))


@pytest.mark.adapters
def test_it_answers_as_the_vendors_store_in_1000_sequences(tmp_path: Path) -> None:
    asyncio.run(sequences(tmp_path / "a.git", 1000, 6))


def test_a_second_process_finds_entries_of_histories_that_were_left(tmp_path: Path) -> None:
    async def leave() -> None:
        rng = random.Random(1)
        with GitConversationStore(tmp_path / "a.git") as one:
            talk = Conversation(messages=messages(rng, 4), conversation_id="a")
            entries = await one.save(talk)
            await one.branch("a", at=1, expected_revision=talk.revision or "")
        with GitConversationStore(tmp_path / "a.git") as two:
            assert (await two.read_entry(entries[2].id)).message == entries[2].message
            back = await two.fork("a", from_entry=entries[3].id, new_conversation_id="b")
            assert back.messages == [entry.message for entry in entries]
            tips = {tip.name: tip for tip in two.sessions.sessions()}
            (root,) = tips["b"].parents
            assert two.sessions.load(root).rows == 4  # a fork in git, too
            with pytest.raises(LookupError):
                await two.read_entry("gone")

    asyncio.run(leave())


def test_of_two_concurrent_saves_one_is_refused(tmp_path: Path) -> None:
    async def race() -> Any:
        rng = random.Random(2)
        first, second = (GitConversationStore(tmp_path / "a.git") for _ in range(2))
        await first.save(Conversation(messages=messages(rng, 1), conversation_id="a"))
        loaded = [await kept.load("a") for kept in (first, second)]
        for one in loaded:
            assert one is not None
            one.messages += messages(rng, 1)
        return await asyncio.gather(
            first.save(loaded[0]),  # type: ignore[arg-type]
            second.save(loaded[1]),  # type: ignore[arg-type]
            return_exceptions=True,
        )

    done = asyncio.run(race())
    assert sorted(type(one).__name__ for one in done) == ["ConversationConflict", "list"]


def test_the_shell_reads_it_as_a_chat(tmp_path: Path) -> None:
    with GitConversationStore(tmp_path / "a.git") as kept:
        talk = [
            ModelRequest(parts=[UserPromptPart("name a colour", timestamp=NOW)]),
            ModelResponse(parts=[TextPart("blue")], timestamp=NOW),
        ]
        asyncio.run(kept.save(Conversation(messages=list(talk), conversation_id="A 1")))
        session = kept.sessions.load(store.encode_name("A 1"))
        assert [(row.role, row.text) for row in session.messages] == [
            ("user", "name a colour"),
            ("assistant", "blue"),
        ]
        assert session.title == "name a colour"


def test_a_fork_that_wj_makes_is_no_conversation(tmp_path: Path) -> None:
    with GitConversationStore(tmp_path / "a.git") as kept:
        talk = Conversation(messages=messages(random.Random(3), 1), conversation_id="a")
        asyncio.run(kept.save(talk))
        kept.sessions.fork("a", "a-2")
        assert [one.conversation_id for one in asyncio.run(kept.list_conversations())] == ["a"]
