"""`wj resume` writes for agents other than Claude Code, from their own and others' conversations."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from porcelain.exchange.agents.table import AGENTS, Agent, Places
from porcelain.exchange.resume.resumed import writer_of
from porcelain.exchange.resume.said_messages import messages_in
from porcelain.transcript.conversion.codec import Target
from porcelain.transcript.conversion.convert import convert
from porcelain.transcript.conversion.said import Call, Result, Said, Text
from porcelain.transcript.format_table import format_named
from porcelain.transcript.formats import read_transcript
from tests.harness.bare import fsck
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat
from tests.porcelain.transcript.documents.test_opencode_database import Database

NOW = "2026-01-02T03:04:05.000Z"
OTHERS = ["codex", "gemini", "qwen", "copilot", "pi"]
ONE = "11111111-2222-4333-8444-000000000001"
TWO_TURNS = [
    Said("user", (Text("q1"),), time=NOW),
    Said("assistant", (Call("c1", "run", {"command": "ls"}),), time=NOW),
    Said("tool", (Result("c1", (Text("a file"),), name="run"),), time=NOW),
    Said("assistant", (Text("a1"),), time=NOW),
    Said("user", (Text("q2"),), time=NOW),
    Said("assistant", (Text("a2"),), time=NOW),
]


@pytest.fixture
def project(box: Sandbox) -> Path:
    folder = box.folder / "proj"
    folder.mkdir()
    box.ok("init")
    return folder


def begin(
    box: Sandbox, home: Path, project: Path, agent: Agent, said: Sequence[Said] = TWO_TURNS
) -> Path:
    """Write a session of an agent where it would, and import it as `house`."""
    format_, writer = format_named(agent.format), writer_of(agent)
    assert writer is not None
    native_id = format_.fresh_native_id("x", lambda count: b"\7" * count)
    target = Target(native_id, str(project), "", "", NOW)
    top = agent.sessions_folder(Places(str(home), {}))
    path = Path(writer.place(top, native_id, str(project), NOW))
    path.parent.mkdir(parents=True)
    path.write_bytes(convert(said, agent.format, target, complete=False).data)
    box.ok(f"import {path} --session house")
    return path


def messages(path: Path, agent: Agent) -> list[tuple[str, tuple[Any, ...]]]:
    found = messages_in(path.read_bytes(), agent.format)
    assert found is not None
    return list(found)  # type: ignore[arg-type]


def texts(path: Path, agent: Agent) -> list[str]:
    return [part.text for _, parts in messages(path, agent) for part in parts if type(part) is Text]


def goes_on(path: Path, agent: Agent, *said: tuple[str, str]) -> None:
    """Add messages to a file as the agent does."""
    write = format_named(agent.format).write_message
    assert write is not None
    for number, (role, text) in enumerate(said):
        rows = path.read_bytes().splitlines()
        fresh = partial(str, f"{number:08d}-{ONE[9:]}")
        row = write(rows, role, text, now=NOW, new_uuid=fresh)
        path.write_bytes(path.read_bytes() + row + b"\n")


@pytest.mark.parametrize("name", OTHERS)
def test_the_agents_own_file_is_resumed_as_it_is(
    box: Sandbox, home: Path, project: Path, name: str
) -> None:
    path = begin(box, home, project, AGENTS[name])

    made = box.json("resume")

    assert (made["written"], made["path"], made["remarks"]) == (False, str(path), [])
    assert name == "gemini" or made["folder"] == str(project)  # its files name no folder
    assert made["command"][0] == name
    assert made["native_id"] in made["command"][-1] or made["command"][-1] == str(path)


@pytest.mark.parametrize("name", OTHERS)
def test_a_fork_gets_a_file_of_its_own_in_which_the_agent_goes_on(
    box: Sandbox, home: Path, project: Path, name: str
) -> None:
    agent = AGENTS[name]
    original = begin(box, home, project, agent)
    before = original.read_bytes()
    box.ok("fork @- barn")

    made = box.json("resume barn")
    path = Path(made["path"])

    assert made["written"] is True
    assert path.stat().st_mode & 0o777 == 0o600
    assert messages(path, agent) == messages(original, agent)[:4]
    assert read_transcript(path.read_bytes(), str(path)).native_id == made["native_id"]
    assert made["native_id"].encode() not in before
    assert original.read_bytes() == before
    assert box.json("resume barn")["path"] == str(path)

    goes_on(path, agent, ("user", "q3"), ("assistant", "a3"))
    box.ok(f"import {path}")
    assert box.titles("::barn ~ root()") == ["q3", "q1"]
    assert box.titles("::house ~ root()") == ["q2", "q1"]
    assert box.json("resume barn")["path"] == str(path)
    fsck(box.repo)


@pytest.mark.parametrize("name", OTHERS)
def test_a_conversation_of_claude_code_goes_on_in_another_agent_and_comes_back(
    box: Sandbox, home: Path, project: Path, name: str
) -> None:
    agent = AGENTS[name]
    chat = Chat(ONE)
    chat.turn(1, cwd=str(project))
    box.file("chat.jsonl", chat.data())
    box.ok("import chat.jsonl --session house")

    made = box.json(f"resume house --agent {name}")
    path = Path(made["path"])

    assert made["remarks"][0] == f"Converted from the format claude-code into {agent.format}"
    assert texts(path, agent)[0] == "q1"
    assert box.json(f"resume house --agent {name}")["path"] == str(path)

    goes_on(path, agent, ("user", "q2"), ("assistant", "a2"))
    box.ok(f"import {path}")
    assert box.titles("::house ~ root()") == ["q2", "q1"]
    assert box.json("resume house")["path"] == str(path)  # the agent of the last messages

    back = box.json("resume house --agent claude")
    said = [json.loads(line) for line in Path(back["path"]).read_bytes().splitlines()]
    assert [one["message"]["content"] for one in said if one["type"] == "user"
            and isinstance(one["message"]["content"], str)] == ["q1", "q2"]  # fmt: skip
    box.ok("export house --format openai-chat -o out.json")
    whole = json.loads((box.folder / "out.json").read_bytes())["messages"]
    assert [one["content"] for one in whole if one["role"] == "user"] == ["q1", "q2"]
    assert "The conversation is in several formats" in box.wj("export house")
    fsck(box.repo)


@pytest.mark.parametrize("first", ["claude", "codex"])
def test_two_agents_that_go_on_with_one_conversation_are_two_sessions_from_there(
    box: Sandbox, home: Path, project: Path, first: str
) -> None:
    agent = AGENTS["codex"]
    chat = Chat(ONE)
    chat.turn(1, cwd=str(project))
    box.file("chat.jsonl", chat.data())
    box.ok("import chat.jsonl --session house")
    path = Path(box.json("resume house --agent codex")["path"])
    names = {first: "house", {"claude": "codex", "codex": "claude"}[first]: "house-2"}
    files = {"claude": "chat.jsonl", "codex": str(path)}

    for round_ in ("1", "2"):
        goes_on(path, agent, ("user", f"x{round_}"), ("assistant", f"y{round_}"))
        chat.turn(int(round_) + 1, cwd=str(project))
        box.file("chat.jsonl", chat.data())
        for one, name in names.items():
            done = box.run("import", files[one])
            assert f"session {name}" in done.both
            parts = round_ == "1" and one != first
            assert ("went on in another file" in done.both) == parts
    lines = {"claude": ["q3", "q2", "q1"], "codex": ["x2", "x1", "q1"]}
    for one, name in names.items():
        assert box.titles(f"::{name} ~ root()") == lines[one]
    assert box.run("export", "--source", "chat.jsonl").raw == chat.data()
    assert box.run("export", "--source", str(path)).raw == path.read_bytes()
    assert "2 files: nothing new" in box.ok(f"import chat.jsonl {path}")
    fsck(box.repo)


def test_opencode_imports_a_document_with_fresh_ids(
    box: Sandbox, home: Path, project: Path
) -> None:
    agent = AGENTS["opencode"]
    original = begin(box, home, project, agent)

    made = box.json("resume")
    path = Path(made["path"])

    assert made["command"] == ["sh", "-c", made["command"][2], str(path)]
    assert made["command"][2] == (
        'opencode import "$0" && exec opencode --session "$(basename "$0" .json)"'
    )
    assert messages(path, agent) == messages(original, agent)
    was, now = (json.loads(one.read_bytes()) for one in (original, path))
    assert now["info"]["id"] == made["native_id"] == path.stem != was["info"]["id"]
    old = {part["id"] for one in was["messages"] for part in (one["info"], *one["parts"])}
    new = [part["id"] for one in now["messages"] for part in (one["info"], *one["parts"])]
    assert not old & {*new}
    assert len({*new}) == len(new)
    assert [one["id"] for one in (m["info"] for m in now["messages"])] == sorted(
        one["info"]["id"] for one in now["messages"]
    )


def test_a_rewound_codex_conversation_loses_markers_and_copied_headers(
    box: Sandbox, home: Path, project: Path
) -> None:
    agent = AGENTS["codex"]
    path = begin(box, home, project, agent)
    rows = [json.loads(line) for line in path.read_bytes().splitlines()]
    meta = dict(rows[0]["payload"])
    payload = {**meta, "history_mode": "paginated", "forked_from_id": "x", "session_id": meta["id"]}
    rows[0]["payload"] = payload
    rows.insert(1, {**rows[0], "payload": {**meta, "id": "x"}})
    rows.append({"timestamp": NOW, "type": "event_msg",
                 "payload": {"type": "thread_rolled_back", "num_turns": 1}})  # fmt: skip
    for number, row in enumerate(rows):
        row["ordinal"] = number
    path.write_bytes(b"".join(json.dumps(row).encode() + b"\n" for row in rows))
    box.ok(f"import {path} --session barn")
    box.ok("fork barn- attic")

    made = box.json("resume attic")

    written = [json.loads(line) for line in Path(made["path"]).read_bytes().splitlines()]
    assert [row["ordinal"] for row in written] == list(range(len(written)))
    assert [row["type"] for row in written].count("session_meta") == 1
    head = written[0]["payload"]
    assert head["id"] == head["session_id"] == made["native_id"]
    assert "forked_from_id" not in head
    assert all(row["payload"].get("type") != "thread_rolled_back" for row in written)


def test_a_conversation_without_an_agent_names_those_that_can_go_on(
    box: Sandbox, home: Path, project: Path
) -> None:
    box.file("chat.json", b'{"messages": [{"role": "user", "content": "hello"}]}')
    box.ok("import chat.json --session main")

    assert box.wj("resume main") == (
        "Error: No known agent resumes conversations in the format openai-chat\n"
        "Hint: `--agent NAME` converts it for one of these: "
        "claude, codex, gemini, opencode, qwen, copilot, pi, pawan\n[exit 1]\n"
    )
    made = box.json("resume main --agent pi")
    assert texts(Path(made["path"]), AGENTS["pi"]) == ["hello"]
    assert "Files of Cursor cannot be written" in box.wj("resume main --agent cursor")


def test_what_opencode_adds_in_its_database_continues_the_session(
    box: Sandbox, home: Path, project: Path
) -> None:
    chat = Chat(ONE)
    chat.turn(1, cwd=str(project))
    box.file("chat.jsonl", chat.data())
    box.ok("import chat.jsonl --session house")
    made = box.json("resume house --agent opencode")
    document = json.loads(Path(made["path"]).read_bytes())

    database = Database(home / ".local" / "share" / "opencode" / "opencode.db")
    native = made["native_id"]
    database.session(native)
    for place, message in enumerate(document["messages"]):
        info, (part,) = message["info"], message["parts"]
        data = {key: one for key, one in info.items() if key not in ("id", "sessionID")}
        assert data["model" if info["role"] == "user" else "providerID"]
        database.file.execute("INSERT INTO message VALUES (?,?,?,?)", (
            info["id"], native, place, json.dumps(dict(reversed(data.items())))))  # fmt: skip
        database.file.execute("INSERT INTO part VALUES (?,?,?)", (
            part["id"], info["id"], json.dumps({"type": "text", "text": part["text"]})))  # fmt: skip
    database.message(native, "msg_z", 9, {"role": "user"}, "q2")
    database.file.commit()

    box.ok("import --all")
    assert box.titles("::house ~ root()") == ["q2", "q1"]
    assert box.titles("heads(all())") == ["q2"]


@pytest.mark.parametrize("name", OTHERS)
def test_calls_without_results_are_left_out_and_named(
    box: Sandbox, home: Path, project: Path, name: str
) -> None:
    agent = AGENTS[name]
    begin(box, home, project, agent, TWO_TURNS[:2])
    box.ok("fork house barn")

    made = box.json("resume barn")

    assert made["remarks"] == ["Left out: 1 tool call without a result (message 2)"]
    assert [part for _, parts in messages(Path(made["path"]), agent) for part in parts] == [
        Text("q1")
    ]


def test_an_edited_conversation_of_pi_has_no_signatures(
    box: Sandbox, home: Path, project: Path
) -> None:
    path = begin(box, home, project, AGENTS["pi"])
    rows = [json.loads(line) for line in path.read_bytes().splitlines()]
    thought = {"type": "thinking", "thinking": "hm", "thinkingSignature": "signed"}
    rows[-1]["message"]["content"].insert(0, thought)
    path.write_bytes(b"".join(json.dumps(row).encode() + b"\n" for row in rows))
    box.ok(f"import {path}")
    assert box.json("resume house")["written"] is False
    box.ok("redact a2 -r house")

    made = box.json("resume house")

    assert b"signed" not in Path(made["path"]).read_bytes()
    assert b'"hm"' in Path(made["path"]).read_bytes()
