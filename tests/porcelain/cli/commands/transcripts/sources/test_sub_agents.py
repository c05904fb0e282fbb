"""Files of sub-agents, which lie in a folder named for the session that started them."""

from __future__ import annotations

from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat

PARENTS = {"one": "first-session", "two": "other-session"}
AGENT = "a9c8b7"


def side(session: str, question: str) -> Chat:
    """Return a sub-agent's conversation, whose rows name the session that started it."""
    chat = Chat(session)
    chat.user(question, f"{session}-s1", isSidechain=True, agentId=AGENT)
    chat.answer("done", f"{session}-s2", isSidechain=True, agentId=AGENT)
    return chat


def projects(box: Sandbox) -> list[Chat]:
    """Write two projects with a sub-agent each, both of the same id."""
    found = []
    for folder, session in PARENTS.items():
        chat = Chat(session)
        chat.user(f"begin {folder}", f"{folder}-u")
        chat.answer("begun", f"{folder}-a")
        box.file(f"p/{folder}/{session}.jsonl", chat.data())
        agent = side(session, f"look into {folder}")
        box.file(f"p/{folder}/{session}/subagents/agent-{AGENT}.jsonl", agent.data())
        found += [chat, agent]
    return found


def test_sub_agents_with_one_id_are_kept_apart(box: Sandbox) -> None:
    box.ok("init")
    chats = projects(box)
    box.ok("import p")
    before = box.sessions()
    assert len(before) == 4
    exports = [box.run("export", name).raw for name in before]
    assert sorted(exports) == sorted(chat.data() for chat in chats)
    for _ in range(3):
        box.ok("import p")
    assert box.sessions() == before


def test_a_sub_agent_that_goes_on_moves_its_own_session(box: Sandbox) -> None:
    box.ok("init")
    projects(box)
    box.ok("import p")
    before = box.sessions()
    (name,) = [one for one, title in before.items() if title == "look into two"]
    agent = side("other-session", "look into two")
    agent.user("and further", "s3", isSidechain=True, agentId=AGENT)
    agent.answer("found it", "s4", isSidechain=True, agentId=AGENT)
    box.file(f"p/two/other-session/subagents/agent-{AGENT}.jsonl", agent.data())
    box.ok("import p")
    assert list(box.sessions()) == list(before)
    assert box.run("export", name).raw == agent.data()


def test_a_sub_agent_names_the_session_that_started_it(box: Sandbox) -> None:
    box.ok("init")
    projects(box)
    box.ok("import p/one")
    assert "first-session" in box.ok(f"show agent-{AGENT}")
