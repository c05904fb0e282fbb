"""Titles, folders, versions and ids that agents record, where listings and revsets use them."""

from __future__ import annotations

import json

from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat

BIRDS = "aaaaaaaa-0000-4000-8000-000000000001"
TREES = "bbbbbbbb-0000-4000-8000-000000000002"


def chats(box: Sandbox) -> None:
    """Import two conversations of different projects; the first has a title."""
    birds = Chat(BIRDS)
    birds.turn(1)
    birds.side("custom-title", customTitle="three birds", sessionId=BIRDS)
    birds.turn(2)
    trees = Chat(TREES)
    trees.user("plant", cwd="/home/dev/garden", gitBranch="spring", version="2.2.0")
    box.file("birds.jsonl", birds.data())
    box.file("trees.jsonl", trees.data())
    box.ok("init")
    box.ok("import birds.jsonl trees.jsonl")


def test_a_sessions_title_is_shown_with_its_name(box: Sandbox) -> None:
    chats(box)
    lines = box.ok("session list --sort name -T builtin_session_list_compact").splitlines()
    assert [line.split("...... ")[1] for line in lines] == ["three birds", "plant"]
    log = box.ok(f"log -r {BIRDS} --no-graph").splitlines()
    assert f'{BIRDS[:8]} "three birds" 4 messages' in log[0]
    assert log[1] == "q2"
    box.ok(f"describe {BIRDS} -m 'my words'")
    assert "my words" in box.ok("session list --sort name -T builtin_session_list_compact")


def test_show_tells_what_the_agent_knew(box: Sandbox) -> None:
    chats(box)
    shown = box.ok(f"show {BIRDS}")
    for line in (
        f"Native ID: {BIRDS}",
        "Title    : three birds",
        "Project  : /home/dev/project",
        "Branch   : main",
        "Agent    : claude-code 2.1.32",
    ):
        assert f"{line}\n" in shown
    data = box.one(TREES)
    assert data["native_id"] == TREES
    assert (data["session_title"], data["project"]) == (None, "/home/dev/garden")
    assert (data["git_branch"], data["agent_version"]) == ("spring", "2.2.0")


def test_a_title_that_is_given_later_is_taken_over(box: Sandbox) -> None:
    chat = box.begin()
    assert box.one("demo")["session_title"] is None
    chat.side("custom-title", customTitle="late", sessionId="demo")
    chat.turn(4)
    box.file("chat.jsonl", chat.data())
    box.ok("import chat.jsonl")
    assert box.one("demo")["session_title"] == "late"
    assert box.ok("session list --sort name -T builtin_session_list_compact").endswith(" late\n")


def test_revsets_choose_by_project_agent_and_native_id(box: Sandbox) -> None:
    chats(box)
    box.file("p.json", json.dumps(PAWAN).encode())
    box.ok("save p.json")
    for revset, titles in {
        "project(garden)": ["plant"],
        'project("/home/dev/*")': ["plant", "q2", "q1"],
        "project(substring-i:PROJ)": ["q2", "q1"],
        "agent(claude-code)": ["plant", "q2", "q1"],
        'agent("claude-code 2.2.*")': ["plant"],
        "agent(pawan)": ["hello"],
        f'native("{BIRDS}")': ["q2", "q1"],
        "native(p1)": ["hello"],
        "native(unknown)": [],
    }.items():
        assert box.titles(revset) == titles, revset


def test_an_agents_id_of_a_conversation_is_a_revision(box: Sandbox) -> None:
    chats(box)
    box.ok(f"session rename {BIRDS} birds")
    assert box.one(BIRDS)["title"] == "q2"
    assert box.titles(f"::{BIRDS} ~ root()") == ["q2", "q1"]
    box.ok(f"fork {BIRDS} wings")
    box.ok("session delete birds wings")
    box.ok("edit 'root()+ & native(bbbbbbbb-0000-4000-8000-000000000002)'")
    assert box.one(BIRDS)["title"] == "q2"


def test_an_agents_id_of_several_sessions_is_ambiguous(box: Sandbox) -> None:
    chats(box)
    box.ok(f"session create other -r {BIRDS}-")
    box.ok(f"session rename {BIRDS} birds")
    done = box.run("show", BIRDS)
    assert done.code == 1
    assert f"The agent's id `{BIRDS}` stands for several commits" in done.err


def test_an_agents_id_of_a_row_is_a_revision(box: Sandbox) -> None:
    birds = Chat(BIRDS)
    for number in range(3):
        birds.user(f"q{number}", f"cccccccc-0000-4000-8000-00000000000{number}")
        birds.answer(f"r{number}", f"dddddddd-0000-4000-8000-00000000000{number}")
    birds.user("another way", ROW, parent="dddddddd-0000-4000-8000-000000000000")
    box.file("birds.jsonl", birds.data())
    box.ok("init")
    box.ok("import birds.jsonl")
    for _ in range(2):
        assert box.one("cccccccc-0000-4000-8000-000000000001")["title"] == "q1"
        assert box.one("dddddddd-0000-4000-8000-000000000002")["title"] == "q2"
        assert box.one(ROW)["title"] == "another way"
        (box.repo / "store-index.sqlite").unlink()
    assert box.titles(f'native("{ROW}")') == ["another way"]
    assert sorted(box.titles(f'native("{BIRDS}")')) == ["another way", "q0", "q1", "q2"]
    box.ok(f"describe {ROW} -m 'by hand'")
    assert box.one(ROW)["title"] == "by hand"
    assert box.run("show", "cccccccc-0000-4000-8000-000000000009").code == 1


def test_the_ids_of_rows_that_the_agents_sdk_copied_are_revisions_too(box: Sandbox) -> None:
    birds, copy = Chat(BIRDS), Chat(TREES)
    birds.turn(1)
    birds.turn(2)
    for number, row in enumerate(birds.rows):
        ids = {"uuid": f"77777777-0000-4000-8000-00000000000{number}", "sessionId": TREES}
        origin = {"sessionId": BIRDS, "messageUuid": row["uuid"]}
        parent = copy.rows[-1]["uuid"] if copy.rows else None
        copy.rows.append({**row, **ids, "parentUuid": parent, "forkedFrom": origin})
    copy.user("another way", ROW, parent=copy.rows[1]["uuid"])
    box.file("birds.jsonl", birds.data())
    box.file("copy.jsonl", copy.data())
    box.ok("init")
    box.ok("import birds.jsonl copy.jsonl")
    assert box.one("77777777-0000-4000-8000-000000000002")["title"] == "q2"
    assert box.one(ROW)["title"] == "another way"
    assert "from the first 3 messages of " in box.ok(
        "fork --at 77777777-0000-4000-8000-000000000002"
    )


def test_a_fork_begins_behind_a_row_of_any_conversation(box: Sandbox) -> None:
    chats(box)
    box.ok(f"edit {TREES}")
    chat = Chat("eeeeeeee-0000-4000-8000-000000000003")
    chat.user("first", ROW)
    chat.turn(2)
    box.file("third.jsonl", chat.data())
    box.ok("import third.jsonl")
    assert "from the first 1 message of " in box.ok(f"fork --at {ROW}")
    assert box.titles("::@ ~ root()") == ["first", "first"]
    assert box.one("@")["session_id"] != chat.session
    done = box.run("fork", "--at", "ffffffff-0000-4000-8000-000000000003")
    assert done.code == 1
    assert "No commit has a row with the agent's id ffffffff" in done.err


def test_a_fork_begins_behind_the_row_with_an_agents_id(box: Sandbox) -> None:
    box.begin()
    assert "from the first 3 messages of " in box.ok("fork demo --at u2")
    assert box.titles("::@ ~ root()") == ["q2", "q1"]
    done = box.run("fork", "demo", "--at", "nobody")
    assert done.code == 1
    assert "has no row with the agent's id nobody" in done.err
    assert box.run("fork", "demo", "--at", "-1").code == 2


ROW = "99999999-0000-4000-8000-000000000009"
PAWAN = {
    "id": "p1",
    "model": "m",
    "created_at": "2026-03-01T10:00:00+00:00",
    "updated_at": "2026-03-01T10:00:00+00:00",
    "messages": [{"role": "user", "content": "hello", "tool_calls": []}],
}


def test_a_redacted_title_does_not_come_back_with_a_grown_file(box: Sandbox) -> None:
    chat = box.chat(2)
    chat.side("custom-title", customTitle="my secret plan", sessionId="demo")
    box.file("chat.jsonl", chat.data())
    box.ok("init")
    box.ok("import chat.jsonl")
    box.ok("redact secret")
    for number in (3, 4):
        assert box.one("demo")["session_title"] == "my [redacted] plan"
        chat.turn(number)
        box.file("chat.jsonl", chat.data())
        box.ok("import chat.jsonl")
    assert "secret" not in box.ok(
        "session list --sort name -T builtin_session_list_compact"
    ) + box.ok("show demo")
    data = box.one("demo")
    assert (data["session_title"], data["project"]) == ("my [redacted] plan", "/home/dev/project")
    chat.side("custom-title", customTitle="new", sessionId="demo")
    chat.turn(5)
    box.file("chat.jsonl", chat.data())
    box.ok("import chat.jsonl")
    assert box.one("demo")["session_title"] == "new"
