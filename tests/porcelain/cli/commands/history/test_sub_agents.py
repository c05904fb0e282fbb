"""Sub-agents' conversations: named by, and listed under, the conversation that started them."""

from __future__ import annotations

from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat

MAIN = "aaaaaaaa-0000-4000-8000-000000000001"
OTHER = "bbbbbbbb-0000-4000-8000-000000000002"


def agent_file(parent: str, agent: str) -> bytes:
    chat = Chat(parent)
    chat.user("find it", f"{parent}-{agent}-u", isSidechain=True, agentId=agent)
    chat.answer("found", f"{parent}-{agent}-a", isSidechain=True, agentId=agent)
    return chat.data()


def main_file() -> bytes:
    chat = Chat(MAIN)
    chat.turn(1)
    chat.user("ask two others")
    chat.call("call-1", "first-call")
    chat.call("call-2", "second-call")
    chat.result("call-2", toolUseResult={"agentId": "b7"})
    chat.result("call-1", toolUseResult={"agentId": "a1b2"})
    return chat.data()


def begin(box: Sandbox) -> None:
    box.file(f"p/{MAIN}.jsonl", main_file())
    for agent in ("a1b2", "b7"):
        box.file(f"p/{MAIN}/subagents/agent-{agent}.jsonl", agent_file(MAIN, agent))
    box.file(f"p/{OTHER}/subagents/agent-a1b2.jsonl", agent_file(OTHER, "a1b2"))
    box.ok("init")
    box.ok("import p")


def test_sub_agents_are_listed_under_their_parent(box: Sandbox) -> None:
    begin(box)
    names = [
        line.partition(":")[0]
        for line in box.ok("session list --sort name -T builtin_session_list_compact").splitlines()
    ]
    inner = sorted(name for name in names if name.startswith("  "))
    assert names[0] == MAIN
    assert len(inner) == 2
    assert names[1:3] == inner
    assert not names[3].startswith(" ")  # its parent was never imported
    assert (
        box.ok("session list --sort name -T builtin_session_list_compact 'agent-*'").count(
            "  agent"
        )
        == 0
    )
    box.ok("session rename agent-b7 first")
    assert "\n  first: " in box.ok("session list --sort name -T builtin_session_list_compact")


def test_show_names_the_message_that_started_a_sub_agent(box: Sandbox) -> None:
    begin(box)
    child = next(one for one in box.json("session list") if one["name"] == "agent-b7")
    assert child["commit"]["started_by"] == MAIN
    (shown,) = box.json("show agent-b7")
    start = shown["started_at"]
    assert (start["session"], start["id"], start["number"]) == (MAIN, "second-call", 5)
    assert start["commit_id"] == box.one(MAIN)["commit_id"]
    assert f"Started  : by message 5 of {MAIN}, " in box.ok("show agent-b7")
    assert box.json(f"show {MAIN}")[0]["started_at"] is None


def test_a_parent_that_is_not_here_is_named_by_its_id(box: Sandbox) -> None:
    begin(box)
    (orphan,) = box.titles(f'native("{OTHER}/agent-a1b2")')
    assert orphan == "find it"
    shown = box.ok(f"show 'native(\"{OTHER}/agent-a1b2\")'")
    assert f"Started  : by {OTHER}, which is not here\n" in shown


def test_a_fork_of_a_sub_agents_conversation_is_the_users(box: Sandbox) -> None:
    begin(box)
    box.ok("fork agent-b7 mine")
    data = box.one("mine")
    assert (data["started_by"], data["native_id"]) == (None, data["session_id"])
    assert "\nmine: " in box.ok("session list --sort name -T builtin_session_list_compact")
