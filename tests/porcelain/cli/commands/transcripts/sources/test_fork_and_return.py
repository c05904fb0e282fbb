"""Fork, export the fork, let the agent go on in the file, import it: the fork is what moves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.cli.saying import prompts


def go_on(path: Path, *texts: str) -> bytes:
    """Play the agent: add a turn for each text to the end of a session file."""
    rows = [json.loads(line) for line in path.read_bytes().splitlines()]
    last = rows[-1]
    parent, session = last["uuid"], last["sessionId"]
    for text in texts:
        answer = [{"type": "text", "text": f"so {text}"}]
        for role, content in (("user", text), ("assistant", answer)):
            row = {
                "parentUuid": parent,
                "isSidechain": False,
                "sessionId": session,
                "type": role,
                "uuid": f"{text}-{role}",
                "timestamp": f"2026-05-04T12:00:{len(rows):02}.000Z",
                "message": {"role": role, "content": content},
            }
            rows.append(row)
            parent = row["uuid"]
            with path.open("ab") as file:
                file.write(json.dumps(row, separators=(",", ":")).encode() + b"\n")
    return path.read_bytes()


@pytest.fixture
def barn(box: Sandbox) -> Path:
    """Import a session, fork it, and export the fork."""
    box.begin(3)
    box.ok("fork demo barn")
    box.ok("export barn -o barn.jsonl")
    return box.folder / "barn.jsonl"


def test_a_fork_has_an_identity_of_its_own(box: Sandbox, barn: Path) -> None:
    sessions = {json.loads(line)["sessionId"] for line in barn.read_bytes().splitlines()}
    assert len(sessions) == 1
    assert "demo" not in sessions
    box.ok("export barn -o again.jsonl")
    assert (box.folder / "again.jsonl").read_bytes() == barn.read_bytes()
    assert prompts(box, "barn") == ["q1", "q2", "q3"]


def test_the_fork_moves_and_the_original_stays(box: Sandbox, barn: Path) -> None:
    data = go_on(barn, "f1")
    box.ok("import barn.jsonl")
    assert box.sessions() == {"barn": "f1", "demo": "q3"}
    assert box.run("export", "barn").raw == data
    for line in ("import chat.jsonl", "import barn.jsonl", "import chat.jsonl barn.jsonl"):
        assert "nothing new" in box.ok(line)
    assert box.sessions() == {"barn": "f1", "demo": "q3"}
    assert box.titles("fork_point(sessions())") == ["q3"]


def test_an_exported_fork_that_nobody_changed_moves_nothing(box: Sandbox, barn: Path) -> None:
    before = box.json("session list")
    box.ok("import barn.jsonl")
    assert [one["name"] for one in box.json("session list")] == ["barn", "demo"]
    assert prompts(box, "barn") == ["q1", "q2", "q3"]
    assert before[1] == box.json("session list")[1]
    go_on(barn, "f1")
    box.ok("import barn.jsonl")
    assert box.sessions() == {"barn": "f1", "demo": "q3"}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("rewind 1 --session barn", ["q1", "q2", "q3", "f1"]),
        ("session rename barn stable", ["q1", "q2", "q3", "f1"]),
        ("describe demo -m titled", ["q1", "q2", "q3", "f1"]),
        ("redact q2", ["q1", "[redacted]", "q3", "f1"]),
        ("redact q2 --purge --yes", ["q1", "[redacted]", "q3", "f1"]),
    ],
)
def test_the_fork_comes_back_to_its_session_after(
    box: Sandbox, barn: Path, line: str, expected: list[str]
) -> None:
    box.ok(line)
    go_on(barn, "f1")
    box.ok("import barn.jsonl")
    name = "stable" if "rename" in line else "barn"
    assert sorted(box.sessions()) == sorted([name, "demo"])
    assert prompts(box, name) == expected
    assert box.sessions()["demo"] in ("q3", "titled")


def test_fork_and_return_three_times_and_undo_it_all(box: Sandbox) -> None:
    box.begin(2)
    known, files = ["demo"], {"demo": box.folder / "chat.jsonl"}
    for number in (1, 2, 3):
        name = f"fork{number}"
        box.ok(f"fork {known[-1]} {name}")
        files[name] = box.folder / f"{name}.jsonl"
        box.ok(f"export {name} -o {name}.jsonl")
        go_on(files[name], f"f{number}")
        box.ok(f"import {name}.jsonl")
        known.append(name)
    assert box.sessions() == {"demo": "q2", "fork1": "f1", "fork2": "f2", "fork3": "f3"}
    assert prompts(box, "fork3") == ["q1", "q2", "f1", "f2", "f3"]
    for name, path in files.items():
        assert box.run("export", name).raw == path.read_bytes()
    assert "nothing new" in box.ok("import " + " ".join(path.name for path in files.values()))
    for number in (3, 2, 1):
        box.ok("undo")
        assert prompts(box, f"fork{number}") == ["q1", "q2", *[f"f{n}" for n in range(1, number)]]
        box.ok("undo")
        assert f"fork{number}" not in box.sessions()
    assert box.sessions() == {"demo": "q2"}


def test_the_fork_moves_also_where_the_originals_file_is_gone(box: Sandbox, barn: Path) -> None:
    (box.folder / "chat.jsonl").unlink()
    go_on(barn, "f1")
    box.ok("import barn.jsonl")
    assert box.sessions() == {"barn": "f1", "demo": "q3"}
