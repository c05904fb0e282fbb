"""LangGraph's checkpointer: its own conformance suite, and ours beside it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("langgraph.checkpoint", reason="adapters of agent frameworks (make adapters)")

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.base import create_checkpoint, empty_checkpoint

import store
from store.adapters.langgraph import GitSaver


def at(thread: str = "t", checkpoint: Any = None, ns: str = "") -> Any:
    own = {"thread_id": thread, "checkpoint_ns": ns}
    return {"configurable": own | ({"checkpoint_id": checkpoint} if checkpoint else {})}


def put(saver: GitSaver, config: Any, values: dict[str, Any], **metadata: Any) -> Any:
    made = create_checkpoint(empty_checkpoint(), None, metadata.get("step", 0))
    made["channel_values"] = values
    versions: Any = dict.fromkeys(values, 1)
    made["channel_versions"] = versions
    facts: Any = metadata
    return saver.put(config, made, facts, versions)


def found(saver: GitSaver, config: Any) -> Any:
    one = saver.get_tuple(config)
    return one and one.checkpoint["channel_values"]


def test_the_vendors_suite_with_all_capabilities(tmp_path: Path) -> None:
    conformance = pytest.importorskip("langgraph.checkpoint.conformance")
    numbers = itertools.count()

    async def saver() -> AsyncIterator[GitSaver]:
        with GitSaver(tmp_path / f"{next(numbers)}.git") as made:
            yield made

    registered = conformance.checkpointer_test(name="GitSaver")(saver)
    report = asyncio.run(conformance.validate(registered))
    failed = {name: one for name, one in report.results.items() if not one.passed}
    assert failed == {}
    assert len(report.results) == 8


def test_going_back_forks_in_git_and_lists_of_messages_are_stored_once(tmp_path: Path) -> None:
    with GitSaver(tmp_path / "a.git") as saver:
        talk: list[Any] = [HumanMessage("name a colour", id="1")]
        first = put(saver, at(), {"messages": list(talk), "n": 1}, step=0)
        talk.append(AIMessage("blue", id="2"))
        second = put(saver, first, {"messages": list(talk), "n": 1}, step=1)
        other = put(saver, first, {"messages": [*talk[:1], AIMessage("red", id="3")], "n": 2})

        assert found(saver, second) == {"messages": talk, "n": 1}
        assert found(saver, other)["messages"][1].content == "red"
        tips = {tip.name: tip for tip in saver.sessions.sessions(order="name")}
        assert len(tips) == 2
        (root,) = {tip.parents for tip in tips.values()}
        assert len(root) == 1
        name = store.encode_name("langgraph", "t", "")
        rows = saver.sessions.load(name).messages
        assert [row.text for row in rows if row.role] == ["name a colour", "blue"]
        assert len(rows) == 3  # the number is stored once as well


def test_another_process_sees_what_was_written_and_hidden(tmp_path: Path) -> None:
    with GitSaver(tmp_path / "a.git") as one, GitSaver(tmp_path / "a.git") as two:
        first = put(one, at(), {"n": 1}, run_id="r1")
        assert found(two, at()) == {"n": 1}
        second = put(two, first, {"n": 2}, run_id="r2")
        two.put_writes(second, [("n", 3)], "task")
        assert found(one, at()) == {"n": 2}
        latest = one.get_tuple(second)
        assert latest is not None
        assert latest.pending_writes == [("task", "n", 3)]
        one.delete_for_runs(["r2"])
        assert found(two, at()) == {"n": 1}
        assert two.get_tuple(second) is None
        two.delete_thread("t")
        assert list(one.list(None)) == []
        put(one, at(), {"n": 4})
        assert found(two, at()) == {"n": 4}


def test_writes_count_once_and_special_ones_take_the_place_of_earlier(tmp_path: Path) -> None:
    with GitSaver(tmp_path / "a.git") as saver:
        config = put(saver, at(), {"n": 1})
        for value in (1, 2):
            saver.put_writes(config, [("n", value)], "a")
            saver.put_writes(config, [("__error__", f"e{value}")], "b")
        one = saver.get_tuple(config)
        assert one is not None
        assert one.pending_writes == [("a", "n", 1), ("b", "__error__", "e2")]


def test_concurrent_processes_lose_no_checkpoint(tmp_path: Path) -> None:
    savers = [GitSaver(tmp_path / "a.git") for _ in range(2)]
    first = put(savers[0], at(), {"n": 0})

    async def write() -> None:
        async def line(saver: GitSaver, number: int) -> None:
            config = first
            for step in range(5):
                made = create_checkpoint(empty_checkpoint(), None, step)
                made["channel_values"] = {"n": number * 10 + step}
                config = await saver.aput(config, made, {"step": step}, {})
                await saver.aput_writes(config, [("n", step)], f"task {number}")

        await asyncio.gather(*(line(saver, number) for number, saver in enumerate(savers)))

    asyncio.run(write())
    values = sorted(one.checkpoint["channel_values"]["n"] for one in savers[0].list(at()))
    assert values == sorted([0, *range(5), *range(10, 15)])
    assert all(one.pending_writes for one in savers[1].list(at()) if one.parent_config)


def test_an_unknown_strategy_changes_nothing(tmp_path: Path) -> None:
    with GitSaver(tmp_path / "a.git") as saver:
        put(saver, at(), {"n": 1})
        with pytest.raises(ValueError, match="keep_latest"):
            saver.prune(["t"], strategy="all")
        assert found(saver, at()) == {"n": 1}


def test_a_line_that_is_moved_back_from_outside_is_followed(tmp_path: Path) -> None:
    with GitSaver(tmp_path / "a.git") as saver:
        first = put(saver, at(), {"n": 1})
        second = put(saver, first, {"n": 2})
        saver.put_writes(second, [("n", 3)], "task")
        name = store.encode_name("langgraph", "t", "")
        root = saver.sessions.lineage(name)
        *_, oldest = root
        with store.SessionStore.open(tmp_path / "a.git") as outside:
            tip = outside.load(oldest.id)
            outside.delete(name)
            outside.fork(oldest.id, tip.with_id(name))
        assert found(saver, at()) == {"n": 1}
        assert saver.get_tuple(second) is None
        third = put(saver, first, {"n": 4})
        assert found(saver, at()) == {"n": 4}
        assert saver.get_tuple(third) is not None


def test_a_put_that_another_process_outran_stores_its_values_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with GitSaver(tmp_path / "a.git") as saver, GitSaver(tmp_path / "a.git") as other:
        first = put(saver, at(), {"n": 1})
        append = saver.sessions.append

        def outrun(*words: Any, **options: Any) -> Any:
            monkeypatch.undo()
            put(other, first, {"n": 2})
            return append(*words, **options)

        monkeypatch.setattr(saver.sessions, "append", outrun)
        mine = put(saver, first, {"n": 3, "said": ["a", "b"]})
        assert found(saver, mine) == {"n": 3, "said": ["a", "b"]}
        assert found(other, mine) == {"n": 3, "said": ["a", "b"]}
        assert {one.checkpoint["channel_values"]["n"] for one in other.list(at())} == {1, 2, 3}


def test_sessions_that_wj_forks_of_a_thread_are_no_lines_of_it(tmp_path: Path) -> None:
    with GitSaver(tmp_path / "a.git") as saver:
        put(saver, at(), {"n": 1})
        name = store.encode_name("langgraph", "t", "")
        saver.sessions.fork(name, f"{name}-2")
        assert found(saver, at()) == {"n": 1}
        assert len(list(saver.list(None))) == 1
