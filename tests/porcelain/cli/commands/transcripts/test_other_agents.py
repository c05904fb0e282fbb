"""Import, export and redaction of other agents' conversations, lines and documents."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.harness.bare import fsck
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.documents.test_chatgpt import LINEAR, conversation, node
from tests.porcelain.transcript.documents.test_documents import oasst
from tests.porcelain.transcript.lines import test_codex, test_gemini_cli, test_pi
from tests.porcelain.transcript.lines.rows import lines

TIME = "2026-01-01T00:00:01.000Z"


def gemini(*texts: str, **more: Any) -> bytes:
    kinds = ("user", "gemini")
    messages = [
        {"id": f"m{place}", "timestamp": TIME, "type": kinds[place % 2], "content": text}
        for place, text in enumerate(texts)
    ]
    whole = {"sessionId": "g-1", "projectHash": "h", "startTime": TIME, "lastUpdated": TIME}
    return json.dumps({**whole, "messages": messages, **more}, indent=2).encode()


def codex(*numbers: int) -> bytes:
    rows = [test_codex.row("session_meta", **test_codex.META)]
    for number in numbers:
        rows += test_codex.turn(number)
    return lines(rows)


LINEAR_FILES = {
    "rollout.jsonl": codex(1, 2),
    "gemini.jsonl": lines([test_gemini_cli.HEADER, *test_gemini_cli.turn(1)]),
    "gemini.json": gemini("hello", "hi", "bye", "see you"),
    "pi.jsonl": lines([test_pi.HEADER, *test_pi.turn(1, None), *test_pi.turn(2, "a1")]),
    "conversations.json": json.dumps(conversation(*LINEAR)).encode(),
}


@pytest.mark.parametrize("name", LINEAR_FILES)
def test_an_unedited_file_is_exported_byte_for_byte(box: Sandbox, name: str) -> None:
    box.ok("init")
    box.file(name, LINEAR_FILES[name])
    box.ok(f"import {name}")
    box.ok("export -o out")
    assert (box.folder / "out").read_bytes() == LINEAR_FILES[name]
    assert box.wj(f"import {name}") == f"{name}: nothing new\n"
    fsck(box.repo)


def test_a_document_that_grew_adds_only_what_is_new(box: Sandbox) -> None:
    box.ok("init")
    box.file("chat.json", gemini("hello", "hi"))
    box.ok("import chat.json --session main")
    longer = gemini("hello", "hi", "bye", "see you", lastUpdated="later", summary="greetings")
    box.file("chat.json", longer)
    assert "1 change, 2 rows new" in box.wj("import chat.json")
    assert box.titles("::main ~ root()") == ["bye", "hello"]
    box.ok("export main -o out")
    assert (box.folder / "out").read_bytes() == longer


def test_turns_that_codex_rolled_back_are_a_branch(box: Sandbox) -> None:
    box.ok("init")
    marker = test_codex.event("thread_rolled_back", num_turns=1)
    rolled = codex(1, 2) + lines([marker, *test_codex.turn(3)])
    box.file("rollout.jsonl", rolled)
    box.ok("import rollout.jsonl --session main")
    assert box.titles("::main ~ root()") == ["q3", "q1"]
    assert box.titles("children(main-) ~ main") == ["q2"]


def test_an_import_says_what_a_file_leaves_to_another(box: Sandbox) -> None:
    box.ok("init")
    base = {"thread_id": "r-0", "end_ordinal_exclusive": 16, "end_byte_offset": 14880}
    meta = test_codex.row("session_meta", **test_codex.META, history_base=base)
    box.file("rollout.jsonl", lines([meta, *test_codex.turn(1)]))
    assert (
        "Warning: rollout.jsonl: it goes on from row 16 of the rollout r-0, which is neither "
        "imported nor near it; the rows before are not in the conversation"
        in box.wj("import rollout.jsonl")
    )


def test_answers_of_chatgpt_that_were_generated_again_are_branches(box: Sandbox) -> None:
    box.ok("init")
    again = node("a9", "u1", "assistant", "robin")
    box.file("c.json", json.dumps(conversation(*LINEAR, again, current_node="a2")).encode())
    box.ok("import c.json --session main")
    assert box.titles("::main ~ root()") == ["more", "name"]
    assert box.titles("heads(all())") == ["more", "name"]


def test_each_conversation_of_an_export_is_a_session(box: Sandbox) -> None:
    box.ok("init")
    first, second = conversation(*LINEAR), conversation(*LINEAR[:3], conversation_id="c-2")
    box.file("all.json", json.dumps([first]).encode())
    box.ok("import all.json")
    other = [node("r", None), node("x", "r", "user", "fish"), node("y", "x", "assistant", "cod")]
    second = conversation(*other, conversation_id="c-2")
    box.file("all.json", json.dumps([second, first]).encode())
    said = "all.json#c-2: 1 change, 3 rows new; started session c-2\n"
    assert box.wj("import all.json") == said
    assert box.wj("import all.json") == "all.json: nothing new\n"
    box.ok("export c-2 -o out")
    assert json.loads((box.folder / "out").read_bytes()) == second
    assert "Error: all.json: it holds several conversations" in box.wj(
        "import all.json --session x"
    )


def test_many_conversations_of_one_file_are_one_line(box: Sandbox) -> None:
    box.ok("init")
    asked = [node("u1", "root", "user", f"question {number}") for number in range(5)]
    many = [
        conversation(LINEAR[0], question, LINEAR[2], conversation_id=f"c-{number}")
        for number, question in enumerate(asked)
    ]
    box.file("all.json", json.dumps(many).encode())
    assert box.wj("import all.json").startswith(
        "all.json: 5 changes, 15 rows new; started 5 sessions\nWorking copy"
    )
    assert "import c-0, c-1, c-2, ...\n" in box.ok("op log -n 1")
    assert box.wj("import all.json") == "all.json: nothing new\n"


def test_a_redaction_reaches_the_text_around_the_messages(box: Sandbox) -> None:
    box.ok("init")
    secret = 'hunter2 "quoted"'
    box.file("chat.json", gemini("hello", f"it is {secret}", summary=f"about {secret}"))
    box.ok("import chat.json")
    box.ok("redact hunter2")
    box.ok("export -o out")
    found = json.loads((box.folder / "out").read_bytes())
    assert found["summary"] == 'about [redacted] "quoted"'
    assert found["messages"][1]["content"] == 'it is [redacted] "quoted"'
    assert "hunter2" not in box.wj("show @ --full")


def test_a_redacted_message_keeps_its_place_in_the_tree(box: Sandbox) -> None:
    box.ok("init")
    tree = conversation(*LINEAR, node("u3", "a1", "user", "fish"), current_node="a2")
    tree["mapping"]["a1"]["children"] = ["u2", "u3"]
    box.file("c.json", json.dumps(tree).encode())
    box.ok("import c.json --session main")
    box.ok("redact --message 2")
    assert box.wj("import c.json") == "c.json: nothing new\n"
    box.ok("export --source c.json -o out")
    found = json.loads((box.folder / "out").read_bytes())["mapping"]["a1"]
    assert found["message"]["content"] == {}
    assert found["message"]["author"] == {"role": "assistant"}
    assert (found["parent"], found["children"]) == ("u1", ["u2", "u3"])


def test_a_redaction_reaches_messages_inside_each_other(box: Sandbox) -> None:
    box.ok("init")
    secret = 'hunter2 "quoted"'
    inner = oasst("b", "assistant", "t", oasst("c", "prompter", "b"), extra=secret)
    tree = {"message_tree_id": "t", "prompt": oasst("t", "prompter", None, inner, extra=secret)}
    box.file("tree.jsonl", json.dumps(tree).encode())
    box.ok("import tree.jsonl")
    box.ok("redact '2 \"quoted\"'")
    box.ok("export -o out")
    found = json.loads((box.folder / "out").read_bytes())["prompt"]
    assert (found["extra"], found["replies"][0]["extra"]) == ("hunter[redacted]",) * 2
    assert found["replies"][0]["replies"][0]["text"] == "says c"
    box.ok("redact --message 1")
    box.ok("export -o out --force")
    found = json.loads((box.folder / "out").read_bytes())["prompt"]
    assert (found["message_id"], found["text"]) == ("t", "[redacted]")
    assert found["replies"][0]["text"] == "says b"


def test_a_message_cannot_be_added_where_no_writer_is(box: Sandbox) -> None:
    box.ok("init")
    box.file("c.json", json.dumps(conversation(*LINEAR)).encode())
    box.ok("import c.json")
    assert "Messages of the format chatgpt cannot be written" in box.wj("append -m more")


def test_a_message_is_added_in_the_agents_own_form(box: Sandbox) -> None:
    box.ok("init")
    box.file("rollout.jsonl", codex(1))
    box.file("chat.json", gemini("hello", "hi"))
    box.ok("import rollout.jsonl chat.json")
    for session, last in (("t-1", "payload"), ("g-1", "messages")):
        box.ok(f"edit {session}")
        box.ok("append -m more")
        box.ok(f"export {session} -o {session}")
        written = (box.folder / session).read_bytes()
        found = json.loads(written if session == "g-1" else written.splitlines()[-1])
        assert "more" in json.dumps(found[last])
