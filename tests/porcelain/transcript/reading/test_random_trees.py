"""Random trees of turns, written as each agent does, are read as the same trees."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from porcelain.transcript.formats import read_conversations
from porcelain.transcript.row import Transcript, heads, lineage_rows
from tests.porcelain.transcript.claude_rows import Chat
from tests.porcelain.transcript.documents.test_chatgpt import conversation, node
from tests.porcelain.transcript.lines import test_codex, test_gemini_cli, test_pi
from tests.porcelain.transcript.lines import test_qwen_code as qwen
from tests.porcelain.transcript.lines.rows import lines

Parents = Sequence[int | None]
"""For each turn the turn that it continues, in the order in which they were written."""


@st.composite
def trees(draw: st.DrawFn) -> list[int | None]:
    """Return a tree: each turn goes on from the last one, or somebody went back before it."""
    parents: list[int | None] = [None]
    for turn in range(1, draw(st.integers(1, 7))):
        back = draw(st.booleans())
        parents.append(draw(st.integers(0, turn - 1)) if back else turn - 1)
    return parents


def path(parents: Parents, turn: int | None) -> list[int]:
    found: list[int] = []
    while turn is not None:
        found.append(turn)
        turn = parents[turn]
    return found[::-1]


def ends(parents: Parents) -> list[list[str]]:
    """Return the prompts of each line of conversation."""
    leaves = {*range(len(parents))} - {*parents}
    return sorted([f"q{turn}" for turn in path(parents, leaf)] for leaf in leaves)


def found_ends(transcript: Transcript) -> list[list[str]]:
    found = []
    for end in heads(transcript.turns):
        rows = [transcript.rows[row] for row in lineage_rows(transcript.turns, end)]
        found.append([row.title for row in rows if row.prompt])
    return sorted(found)


def claude(parents: Parents) -> bytes:
    chat = Chat()
    for turn, parent in enumerate(parents):
        chat.user(f"q{turn}", f"u{turn}", parent=None if parent is None else f"a{parent}")
        chat.answer(f"r{turn}", f"a{turn}")
    return chat.data()


def pi(parents: Parents) -> bytes:
    rows = [test_pi.HEADER]
    for turn, parent in enumerate(parents):
        rows += test_pi.turn(turn, None if parent is None else f"a{parent}")
    return lines(rows)


def qwen_code(parents: Parents) -> bytes:
    rows: list[Any] = []
    for turn, parent in enumerate(parents):
        rows += qwen.turn(turn, None if parent is None else f"a{parent}")
    return lines(rows)


def chatgpt(parents: Parents) -> bytes:
    nodes = [node("root", None)]
    for turn, parent in enumerate(parents):
        above = "root" if parent is None else f"a{parent}"
        nodes.append(node(f"u{turn}", above, "user", f"q{turn}"))
        nodes.append(node(f"a{turn}", f"u{turn}", "assistant", f"r{turn}"))
    return json.dumps(conversation(*nodes, current_node=f"a{len(parents) - 1}")).encode()


def codex(parents: Parents) -> bytes:
    rows = [test_codex.row("session_meta", **test_codex.META)]
    live: list[int] = []
    for turn, parent in enumerate(parents):
        wanted = path(parents, parent)
        if live != wanted:
            rows.append(test_codex.event("thread_rolled_back", num_turns=len(live) - len(wanted)))
        rows += test_codex.turn(turn)
        live = [*wanted, turn]
    return lines(rows)


def gemini(parents: Parents) -> bytes:
    rows: list[Any] = [test_gemini_cli.HEADER]
    live: list[int] = []
    for turn, parent in enumerate(parents):
        wanted = path(parents, parent)
        if live != wanted:
            rows.append({"$rewindTo": f"u{live[len(wanted)]}"})
        rows += test_gemini_cli.turn(turn)
        live = [*wanted, turn]
    return lines(rows)


ANYWHERE: dict[str, Callable[[Parents], bytes]] = {
    "claude-code": claude, "pi": pi, "qwen-code": qwen_code, "chatgpt": chatgpt}  # fmt: skip
"""Formats whose rows name their parents: somebody may go back into any branch."""

BACK: dict[str, Callable[[Parents], bytes]] = {"codex": codex, "gemini-cli": gemini}
"""Formats in which one can only go back on the live line."""


@pytest.mark.parametrize("name", [*ANYWHERE, *BACK])
@given(parents=trees())
@settings(max_examples=25, deadline=None, derandomize=True)
def test_a_tree_is_read_as_it_was_written(name: str, parents: list[int | None]) -> None:
    if name in BACK:
        parents = on_the_live_line(parents)
    data = (ANYWHERE | BACK)[name](parents)
    (transcript,) = read_conversations(data, "x.jsonl", name)
    assert found_ends(transcript) == ends(parents)
    assert transcript.to_bytes() == data


def on_the_live_line(parents: Parents) -> list[int | None]:
    """Return the tree with each step back into another branch as one to the same depth."""
    found: list[int | None] = []
    live: list[int] = []
    for turn, parent in enumerate(parents):
        depth = len(path(parents, parent))
        live = live[:depth]
        found.append(live[-1] if live else None)
        live = [*live, turn]
    return found
