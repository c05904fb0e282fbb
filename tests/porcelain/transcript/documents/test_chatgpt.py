from __future__ import annotations

from typing import Any

import pytest

from porcelain.transcript.documents import chatgpt
from porcelain.transcript.formats import read_conversations, read_transcript
from porcelain.transcript.row import Row
from store.errors import InvalidSession
from tests.porcelain.transcript.documents.samples import part_of, read
from tests.porcelain.transcript.lines.rows import lines, said, shape


def node(native: str, parent: str | None, role: str = "", text: str = "", **more: Any) -> Any:
    message = None
    if role:
        message = {
            "id": native,
            "author": {"role": role},
            "create_time": 1_700_000_000.5,
            "content": {"content_type": "text", "parts": [text]},
            "recipient": "all",
            **more,
        }
    return {"id": native, "parent": parent, "children": [], "message": message}


def conversation(*nodes: Any, **fields: Any) -> dict[str, Any]:
    whole = {"title": "Birds", "create_time": 1_700_000_000.0, "update_time": 1_700_000_060.0}
    mapping = {one["id"]: one for one in nodes}
    return {**whole, "mapping": mapping, "conversation_id": "c-1", **fields}


LINEAR = (
    node("root", None),
    node("u1", "root", "user", "name\nthree"),
    node("a1", "u1", "assistant", "wren", metadata={"model_slug": "gpt-x"}),
    node("u2", "a1", "user", "more"),
    node("a2", "u2", "assistant", "lark"),
)


def test_a_conversation_of_one_line() -> None:
    found = read("chatgpt", conversation(*LINEAR, current_node="a2"))
    assert (found.native_id, found.facts.title) == ("c-1", "Birds")
    assert (found.created_at, found.updated_at) == (
        "2023-11-14T22:13:20.000Z",
        "2023-11-14T22:14:20.000Z",
    )
    assert said(found.rows) == [
        ("user", "name\nthree"),
        ("assistant", "wren"),
        ("user", "more"),
        ("assistant", "lark"),
    ]
    assert shape(found) == [((0, 1, 2), None), ((3, 4), 0)]
    assert [r.model for r in found.rows if r.model] == ["gpt-x"]


def test_an_edited_prompt_and_a_second_answer_are_branches() -> None:
    edited = node("u3", "a1", "user", "no, fish")
    again = node("a4", "u1", "assistant", "robin")
    found = read("chatgpt", conversation(*LINEAR, edited, again, current_node="a2"))
    assert shape(found) == [
        ((0, 1, 6), None),
        ((0, 1, 2), None),
        ((5,), 1),
        ((3, 4), 1),
    ]


def test_the_shown_conversation_is_the_last_one_wherever_its_nodes_stand() -> None:
    edited = node("u3", "a1", "user", "no, fish")
    found = read("chatgpt", conversation(*LINEAR, edited, current_node="u3"))
    assert found.turns[-1].rows == (5,)
    backwards = read("chatgpt", conversation(*reversed(LINEAR), current_node="a2"))
    assert shape(backwards) == [((4, 3, 2), None), ((1, 0), 0)]


def test_a_part_of_a_tree_is_a_list_of_its_nodes() -> None:
    found = read("chatgpt", conversation(*LINEAR, node("u3", "a1", "user", "fish")))
    assert part_of(found, 0, 1, 2) == list(LINEAR[:3])


def test_parents_in_a_circle_lose_no_node() -> None:
    found = read(
        "chatgpt", conversation(node("a", "b", "user", "x"), node("b", "a", "assistant", "y"))
    )
    assert sorted(row for turn in found.turns for row in turn.rows) == [0, 1]


def one(content: Any, role: str = "assistant", **more: Any) -> Row:
    return chatgpt.read_row(lines([node("n", "p", role, content=content, **more)]).strip())


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"content_type": "code", "text": "x = 1"}, "x = 1"),
        ({"content_type": "thoughts", "thoughts": [{"content": "hm"}]}, "hm"),
        ({"content_type": "tether_browsing_display", "result": "page"}, "page"),
        ({"content_type": "reasoning_recap", "content": "Thought for 5s"}, "Thought for 5s"),
        (
            {"content_type": "multimodal_text", "parts": ["see", {"content_type": "image"}]},
            "see\n\n[image]",
        ),
        ({"content_type": "hologram"}, ""),
    ],
)
def test_each_kind_of_content_has_its_text(content: Any, text: str) -> None:
    assert (one(content).text, one(content).kind) == (text, content["content_type"])


def test_settings_and_hidden_messages_are_no_prompts() -> None:
    settings = {"content_type": "user_editable_context", "user_instructions": "be brief"}
    assert not one(settings, "user").prompt
    text = {"content_type": "text", "parts": ["x"]}
    assert not one(text, "user", weight=0).prompt
    assert not one(text, "user", metadata={"is_visually_hidden_from_conversation": True}).prompt
    assert one(text, "user").prompt


def test_a_call_is_answered_by_the_node_behind_it() -> None:
    call = one({"content_type": "code", "text": "{}"}, recipient="browser.search")
    result = one({"content_type": "execution_output", "text": "page"}, "tool")
    assert (call.calls, result.results) == (("n",), ("p",))


def test_a_list_of_one_is_a_conversation_and_a_longer_one_is_several() -> None:
    assert read("chatgpt", [conversation(*LINEAR)]).native_id == "c-1"
    several = [conversation(*LINEAR), conversation(*LINEAR[:3], conversation_id="c-2")]
    data = lines([several])
    with pytest.raises(InvalidSession, match="2 conversations, not one"):
        read_transcript(data, "x.json")
    found = read_conversations(data, "x.json")
    assert [one.native_id for one in found] == ["c-1", "c-2"]
    assert all(one.to_bytes() in data for one in found)
