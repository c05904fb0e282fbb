"""`wj fork --at`: a session that starts inside a conversation."""

from __future__ import annotations

from tests.porcelain.cli.sandbox import Sandbox


def test_a_fork_from_inside_takes_the_first_messages(box: Sandbox) -> None:
    box.begin()
    done = box.ok("fork --at 3")
    assert "Forked session demo-2 from the first 3 messages of " in done
    assert [one["number"] for one in box.json("show")[0]["added"]] == [3]
    assert box.titles("::@ ~ root()") == ["q2", "q1"]
    assert box.sessions() == {"demo": "q3", "demo-2": "q2"}
    box.ok("undo")
    assert box.sessions() == {"demo": "q3"}
    assert box.position() == ("q3", "demo")


def test_a_revision_and_a_name_go_with_it(box: Sandbox) -> None:
    box.begin()
    data = box.json("fork demo- try-b --at 2")
    assert (data["session"], data["rows"]) == ("try-b", 2)
    assert data["source"] == box.one("demo-")["commit_id"]
    assert data["created"][0]["commit_id"] == data["commit_id"] == box.one("@")["commit_id"]
    assert box.titles("try-b-") == ["q1"]


def test_a_fork_inside_of_a_tool_call_says_where_it_was_cut(box: Sandbox) -> None:
    chat = box.chat(1)
    chat.call("x")
    chat.result("x")
    box.file("chat.jsonl", chat.data())
    box.ok("init")
    box.ok("import chat.jsonl")
    assert "Hint: Cut at 2 instead of 3: a tool call stays with its result\n" in box.ok(
        "fork --at 3"
    )
    assert box.one("@")["messages"] == 2


def test_numbers_that_are_none_are_refused(box: Sandbox) -> None:
    box.begin()
    assert (
        box.wj("fork --at 7")
        == """\
Error: There is no message 7: the conversation has 6 messages
Hint: Numbers go from 1 to 6; `wj cat` shows them
[exit 1]
"""
    )
    assert "leaves nothing" in box.wj("fork --at 0")
    assert box.run("fork", "--at", "-1").code == 2
    assert len(box.json("op log")) == 2


def test_a_name_without_a_revision_shows_the_right_form(box: Sandbox) -> None:
    box.begin()
    done = box.run("fork", "try-b", "--at", "3")
    assert done.code == 2
    assert "`wj fork @ try-b --at 3`" in done.err
