"""The formats of JSON documents, each with a message of every kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from porcelain.transcript.errors import CannotWrite, NoMessages
from porcelain.transcript.format_table import format_named
from porcelain.transcript.formats import detect, read_conversations, read_transcript
from porcelain.transcript.input import Input
from porcelain.transcript.reading.json_parts import sample
from store.errors import InvalidSession
from tests.porcelain.transcript.documents.samples import part_of, read
from tests.porcelain.transcript.lines.rows import lines, said, shape

TIME = "2026-01-01T00:00:01.000Z"
CALL = {"type": "tool_use", "id": "c", "name": "Read", "input": {"path": "a.py"}}
RESULT = {"type": "tool_result", "tool_use_id": "c", "content": [{"type": "text", "text": "x"}]}


def test_gemini_clis_older_sessions() -> None:
    document = {
        "sessionId": "s-1",
        "projectHash": "h",
        "startTime": TIME,
        "lastUpdated": TIME,
        "messages": [
            {"id": "1", "timestamp": TIME, "type": "user", "content": "hello"},
            {"id": "2", "timestamp": TIME, "type": "gemini", "content": "hi", "model": "m"},
            {"id": "3", "timestamp": TIME, "type": "info", "content": "update"},
            {"id": "4", "timestamp": TIME, "type": "user", "content": "bye"},
        ],
        "summary": "greetings",
    }
    found = read("gemini-cli", document)
    assert (found.native_id, found.facts.title) == ("s-1", "greetings")
    assert said(found.rows) == [("user", "hello"), ("assistant", "hi"), ("user", "bye")]
    assert shape(found) == [((0, 1, 2), None), ((3,), 0)]
    assert part_of(found, 0, 1) == {**document, "messages": document["messages"][:2]}
    assert part_of(found, 3) == {**document, "messages": document["messages"][3:]}


def test_claude_ai() -> None:
    def message(native: str, sender: str, text: str, parent: str | None = None) -> Any:
        return {"uuid": native, "sender": sender, "text": text, "content": [],
                "created_at": TIME, "parent_message_uuid": parent}  # fmt: skip

    tool = [CALL, {**RESULT, "content": "x"}, {"type": "text", "text": "it is x"}]
    messages = [
        message("1", "human", "read it\nplease"),
        {**message("2", "assistant", "", "1"), "content": tool},
        message("3", "human", "thanks", "2"),
        message("4", "human", "no, b.py", "2"),
    ]
    document = {"uuid": "c-1", "name": "Reading", "created_at": TIME, "chat_messages": messages}
    found = read("claude-ai", document)
    assert (found.native_id, found.facts.title) == ("c-1", "Reading")
    assert said(found.rows)[:2] == [("user", "read it\nplease"), ("assistant", "it is x")]
    assert shape(found) == [((0, 1), None), ((2,), 0), ((3,), 0)]
    shown = read("claude-ai", {**document, "current_leaf_message_uuid": "3"})
    assert shown.turns[-1].rows == (2,)
    several = lines([[document, {**document, "uuid": "c-2"}]])
    found_ids = [one.native_id for one in read_conversations(several, "x")]
    assert found_ids == ["c-1", "c-2"]


def test_opencodes_export() -> None:
    def message(native: str, role: str, *parts: Any, **info: Any) -> Any:
        about = {"id": native, "role": role, "time": {"created": 1_700_000_000_000}, **info}
        return {"info": about, "parts": list(parts)}

    state = {"status": "completed", "input": {"command": "ls"}, "output": "a.py"}
    document = {
        "info": {"id": "ses_1", "title": "List", "directory": "/srv/demo", "version": "1.18",
                 "parentID": "ses_0", "time": {"created": 1_700_000_000_000}},
        "messages": [
            message("m1", "user", {"type": "text", "text": "list it"},
                    {"type": "text", "text": "<reminder>", "synthetic": True}),
            message("m2", "assistant", {"type": "step-start"},
                    {"type": "tool", "tool": "bash", "callID": "c", "state": state},
                    modelID="m"),
            message("m3", "assistant", {"type": "reasoning", "text": "hm"}),
            message("m4", "user", {"type": "text", "text": "thanks"}),
        ],
    }  # fmt: skip
    found = read("opencode", document)
    assert (found.native_id, found.parent) == ("ses_1", "ses_0")
    assert found.facts[:4] == ("List", "/srv/demo", "", "1.18")
    assert found.facts.started_by == "ses_0"
    assert found.created_at == "2023-11-14T22:13:20.000Z"
    assert said(found.rows) == [
        ("user", "list it"),
        ("assistant", "bash(ls)"),
        ("assistant", "hm"),
        ("user", "thanks"),
    ]
    assert shape(found) == [((0, 1, 2), None), ((3,), 0)]


def cline(*messages: tuple[str, list[Any]]) -> list[Any]:
    return [{"role": role, "content": list(blocks), "ts": 1_700_000_000_000 + number}
            for number, (role, blocks) in enumerate(messages)]  # fmt: skip


def test_a_task_of_cline_as_a_list() -> None:
    def text(said: str) -> Any:
        return {"type": "text", "text": said}

    messages = cline(
        ("user", [text("<task>\nlist it\n</task>"), text("<environment_details>")]),
        ("assistant", [CALL]),
        ("user", [RESULT]),
        ("assistant", [text("<execute_command>ls</execute_command>")]),
        ("user", [text("[execute_command for 'ls'] Result:\na.py")]),
        ("user", [text("<feedback>\nthanks\n</feedback>")]),
    )
    found = read("cline", messages, "/x/tasks/1796043428175/api_conversation_history.json")
    assert found.native_id == "1796043428175"
    assert said(found.rows) == [
        ("user", "list it"),
        ("assistant", "Read(a.py)"),
        ("tool", "x"),
        ("assistant", "<execute_command>ls</execute_command>"),
        ("tool", "[execute_command for 'ls'] Result:\na.py"),
        ("user", "thanks"),
    ]
    assert shape(found) == [((0, 1, 2, 3, 4), None), ((5,), 0)]
    assert part_of(found, 0, 1) == messages[:2]


def test_a_session_of_cline_3() -> None:
    typed = {"type": "text", "text": '<user_input mode="act">list it</user_input>'}
    messages = cline(("user", [typed]), ("assistant", [{"type": "text", "text": "a.py"}]))
    messages[0]["id"], messages[1]["modelInfo"] = "m1", {"id": "mm"}
    document = {"version": 1, "sessionId": "1796043050593_6cgzi", "messages": messages,
                "origin": {"version": "3.0.65"}, "system_prompt": "You are Cline"}  # fmt: skip
    found = read("cline", document)
    assert (found.native_id, found.facts.version) == ("1796043050593_6cgzi", "3.0.65")
    assert said(found.rows) == [("user", "list it"), ("assistant", "a.py")]
    assert found.rows[1].model == "mm"


def test_open_webui() -> None:
    def message(native: str, parent: str | None, role: str, content: str) -> Any:
        return {"id": native, "parentId": parent, "childrenIds": [], "role": role,
                "content": content, "timestamp": 1_700_000_000}  # fmt: skip

    nodes = [
        message("u1", None, "user", "name one"),
        message("a1", "u1", "assistant", "wren"),
        message("a2", "u1", "assistant", "lark"),
    ]
    history = {"currentId": "a1", "messages": {one["id"]: one for one in nodes}}
    document = {"id": "c-1", "title": "Birds", "chat": {"history": history}}
    found = read("openwebui", document)
    assert (found.native_id, found.facts.title) == ("c-1", "Birds")
    assert shape(found) == [((0, 2), None), ((0, 1), None)]


def oasst(native: str, role: str, parent: str | None, *replies: Any, **more: Any) -> Any:
    name = {} if parent is None else {"parent_id": parent}
    return {"message_id": native, **name, "text": f"says {native}", "role": role, **more,
            "replies": list(replies)}  # fmt: skip


def test_a_tree_of_open_assistant() -> None:
    tree = oasst(
        "t", "prompter", None,
        oasst("a", "assistant", "t", oasst("c", "prompter", "a"), rank=1),
        oasst("b", "assistant", "t", rank=0),
    )  # fmt: skip
    found = read("oasst", {"message_tree_id": "t", "prompt": tree})
    assert found.native_id == "t"
    assert said(found.rows) == [
        ("user", "says t"),
        ("assistant", "says a"),
        ("user", "says c"),
        ("assistant", "says b"),
    ]
    assert shape(found) == [((0, 1), None), ((2,), 0), ((0, 3), None)]
    only = {**tree, "replies": [tree["replies"][1]]}
    assert part_of(found, 0, 3) == {"message_tree_id": "t", "prompt": only}
    assert part_of(found, 0) == {"message_tree_id": "t", "prompt": {**tree, "replies": []}}


def test_trees_of_open_assistant_one_a_line() -> None:
    one, other = (
        {"message_tree_id": native, "prompt": oasst(native, "prompter", None)} for native in "tu"
    )
    data = lines([one, other])
    assert detect(data, "-") == "oasst"
    assert [one.native_id for one in read_conversations(data, "x.jsonl")] == ["t", "u"]
    with pytest.raises(InvalidSession, match="2 conversations, not one"):
        read_transcript(data, "x.jsonl")


@pytest.mark.parametrize("is_nested", [True, False])
def test_librechat(is_nested: bool) -> None:
    def message(native: str, parent: str, is_user: bool, *children: Any) -> Any:
        whole = {"messageId": native, "parentMessageId": parent, "text": native,
                 "isCreatedByUser": is_user, "model": "m", "createdAt": TIME}  # fmt: skip
        return {**whole, "children": list(children)} if is_nested else whole

    root = "00000000-0000-0000-0000-000000000000"
    if is_nested:
        answers = message("a1", "u1", False), message("a2", "u1", False)
        messages = [message("u1", root, True, *answers)]
    else:
        pairs = (("u1", root, True), ("a1", "u1", False), ("a2", "u1", False))
        messages = [message(*one) for one in pairs]
    document = {"conversationId": "c-1", "title": "Birds", "messages": messages}
    found = read("librechat", document)
    assert (found.native_id, found.facts.title) == ("c-1", "Birds")
    assert said(found.rows) == [("user", "u1"), ("assistant", "a1"), ("assistant", "a2")]
    assert shape(found) == [((0, 1), None), ((0, 2), None)]
    part = part_of(found, 0, 2)["messages"]
    assert [one["messageId"] for one in part] == (["u1"] if is_nested else ["u1", "a2"])


def test_sessions_of_claude_code_on_the_web() -> None:
    def row(kind: str, content: Any) -> Any:
        return {"type": kind, "timestamp": TIME, "message": {"role": kind, "content": content}}

    document = {"loglines": [row("user", "read it"), row("assistant", [CALL]),
                             row("user", [RESULT]), row("user", "thanks")]}  # fmt: skip
    found = read("claude-code-web", document)
    assert said(found.rows) == [
        ("user", "read it"),
        ("assistant", "Read(a.py)"),
        ("tool", "x"),
        ("user", "thanks"),
    ]
    assert shape(found) == [((0, 1, 2), None), ((3,), 0)]


@pytest.mark.parametrize("place", [None, "messages", "history"])
def test_messages_of_openais_chat(place: str | None) -> None:
    function = {"name": "read", "arguments": '{"path": "a.py"}'}
    messages = [
        {"role": "developer", "content": "be brief"},
        {"role": "user", "content": [{"type": "text", "text": "read a.py"}]},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "c", "function": function}]},
        {"role": "tool", "tool_call_id": "c", "content": "x = 1"},
        {"role": "assistant", "content": None, "refusal": "no"},
        {"role": "assistant", "content": "", "function_call": function},
        {"role": "user", "content": "a demonstration", "is_demo": True},
        {"role": "user", "content": "thanks"},
    ]
    found = read("openai-chat", messages if place is None else {place: messages, "model": "m"})
    assert said(found.rows) == [
        ("system", "be brief"),
        ("user", "read a.py"),
        ("assistant", "read(a.py)"),
        ("tool", "x = 1"),
        ("assistant", "no"),
        ("assistant", "read(a.py)"),
        ("user", "a demonstration"),
        ("user", "thanks"),
    ]
    assert (found.rows[2].calls, found.rows[3].results) == (("c",), ("c",))
    assert shape(found) == [((0, 1, 2, 3, 4, 5, 6), None), ((7,), 0)]
    assert found.native_id == "x"


def test_a_message_of_openais_chat_is_written() -> None:
    writer = format_named("openai-chat").write_message
    assert writer is not None
    raw = writer([], "user", "zwei\nü", now="", new_uuid=str)
    assert json.loads(raw) == {"role": "user", "content": "zwei\nü"}
    with pytest.raises(CannotWrite):
        writer([], "tool", "x", now="", new_uuid=str)


def test_a_data_set_has_a_conversation_a_line() -> None:
    one = {"messages": [{"role": "user", "content": [{"type": "text", "value": "a\u2028b"}]}]}
    other = {"messages": [{"role": "user", "content": "bye"}], "id": "d-2"}
    data = lines([one, other])
    assert detect(data, "-") == "openai-chat"
    found = read_conversations(data, "/x/set.jsonl")
    assert [(one.native_id, one.rows[0].text) for one in found] == [
        ("set-1", "a\u2028b"),
        ("d-2", "bye"),
    ]
    with pytest.raises(InvalidSession, match="2 conversations, not one"):
        read_transcript(data, "set.jsonl")
    with pytest.raises(InvalidSession, match=r"set\.jsonl#3: .*no 'messages'"):
        read_conversations(data + b'{"x": 1}\n', "set.jsonl", "openai-chat")


def test_sharegpt() -> None:
    turns = [("system", "be brief"), ("human", "hi"), ("function_call", "{}"),
             ("observation", "ok"), ("gpt", "done"), ("human", "bye")]  # fmt: skip
    document = {"conversations": [{"from": who, "value": text} for who, text in turns]}
    found = read("sharegpt", [document])
    assert [role for role, _ in said(found.rows)] == [
        "system", "user", "assistant", "tool", "assistant", "user"]  # fmt: skip
    assert shape(found) == [((0, 1, 2, 3, 4), None), ((5,), 0)]


@pytest.mark.parametrize(
    "name",
    ["chatgpt", "claude-ai", "opencode", "cline", "openwebui", "sharegpt", "openai-chat"],
)
def test_what_is_no_message_cannot_be_added(name: str) -> None:
    with pytest.raises(InvalidSession, match=f"not a message of {name}"):
        format_named(name).check_row(b'{"x":1}')


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"messages": [{"role": "user"', "line 1 column"),
        (b'{"messages": 7}', "must be a list"),
        (b'{"other": []}', "has no 'messages'"),
        (b'{"messages": [{"role": "user", "content": "\xff"}]}', "not valid UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"messages": [] "x"}', "delimiter"),
        (b'{"messages": []} x', "unexpected text after the end"),
    ],
)
def test_a_broken_document_is_refused_with_its_place(data: bytes, reason: str) -> None:
    with pytest.raises(InvalidSession, match=reason) as caught:
        read_transcript(data, "x.json", "opencode")
    assert caught.value.source == "x.json"


def test_a_document_without_messages_is_nothing_to_import() -> None:
    with pytest.raises(NoMessages):
        read_transcript(b'{"messages": []}', "x.json", "openai-chat")


def test_elements_that_are_no_messages_are_kept() -> None:
    data = json.dumps({"messages": [7, {"role": "user", "content": "hi"}, None]}).encode()
    found = read_transcript(data, "x.json", "openai-chat")
    assert [row.kind for row in found.rows] == ["damaged", "user", "damaged"]
    assert found.to_bytes() == data


def test_the_beginning_of_a_large_document_tells_its_format(tmp_path: Path) -> None:
    chats = [{"uuid": f"c-{number}", "name": "n" * 1000, "chat_messages": [
        {"uuid": f"m-{number}", "sender": "human", "text": "q" * 2000}]}
        for number in range(4000)]  # fmt: skip
    path = tmp_path / "conversations.json"
    path.write_bytes(json.dumps(chats, indent=1).encode())
    with path.open("rb") as file:
        found = Input.opened(file, str(path))
    assert not found.is_in_memory
    assert detect(found, path.name) == "claude-ai"
    assert len(read_conversations(found, path.name)) == 4000


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b'{"a": {1: 2}}', {"a": {}}),
        (b"{", {}),
        (b'[{"a"', [{}]),
        (b'{"a": [1, {"b": tr', {"a": [1, {}]}),
        (b'{"a": null}\n{"b": 1}', None),
        (b"7", None),
    ],
)
def test_a_sample_of_what_is_cut_has_what_there_is(data: bytes, found: object) -> None:
    assert sample(data) == found
