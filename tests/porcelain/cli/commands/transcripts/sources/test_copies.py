"""Two files of one session: each keeps its own line, and unchanged files change nothing."""

from __future__ import annotations

import copy

import pytest

from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.cli.saying import prompts
from tests.porcelain.transcript.claude_rows import Chat

HERE, THERE = "one/demo.jsonl", "two/demo.jsonl"


def head(box: Sandbox) -> str:
    return str(box.json("op log -n 1")[0]["id"])


@pytest.fixture
def parted(box: Sandbox) -> tuple[Chat, Chat]:
    """Import a session and a copy of it, which have gone on in different ways."""
    box.ok("init")
    here = box.chat(2, HERE)
    there = copy.deepcopy(here)
    here.turn(3)
    there.turn(4)
    box.file(HERE, here.data())
    box.file(THERE, there.data())
    box.ok("import one two")
    return here, there


def test_copies_that_parted_are_two_sessions_with_one_beginning(
    box: Sandbox, parted: tuple[Chat, Chat]
) -> None:
    assert sorted(box.sessions().values()) == ["q3", "q4"]
    assert box.titles("fork_point(sessions())") == ["q2"]
    for path, chat in zip((HERE, THERE), parted, strict=True):
        assert box.run("export", "--source", path).raw == chat.data()


@pytest.mark.parametrize("line", ["import one two", "import two one", f"import {HERE}"])
def test_unchanged_copies_change_nothing(
    box: Sandbox, parted: tuple[Chat, Chat], line: str
) -> None:
    before, operation = box.sessions(), head(box)
    for _ in range(3):
        box.ok(line)
    assert box.sessions() == before
    assert head(box) == operation


@pytest.mark.parametrize("which", [0, 1])
def test_each_copy_moves_its_own_session(
    box: Sandbox, parted: tuple[Chat, Chat], which: int
) -> None:
    before = box.sessions()
    parted[which].turn(5)
    box.file((HERE, THERE)[which], parted[which].data())
    box.ok("import one two")
    assert sorted(box.sessions()) == sorted(before)
    moved = [name for name, title in box.sessions().items() if title != before[name]]
    assert [before[name] for name in moved] == [("q3", "q4")[which]]
    assert prompts(box, *moved) == ["q1", "q2", ("q3", "q4")[which], "q5"]


def test_equal_copies_are_one_session_until_they_part(box: Sandbox) -> None:
    box.ok("init")
    here = box.chat(2, HERE)
    box.file(THERE, here.data())
    box.ok("import one two")
    assert list(box.sessions()) == ["demo"]
    operation = head(box)
    box.ok("import two one")
    assert head(box) == operation
    there = copy.deepcopy(here)
    there.turn(3)
    box.file(THERE, there.data())
    box.ok("import one two")
    assert box.sessions() == {"demo": "q3"}
    here.turn(4)
    box.file(HERE, here.data())
    box.ok("import one two")
    assert sorted(box.sessions().values()) == ["q3", "q4"]
    assert box.sessions()["demo"] == "q3"


def test_a_moved_file_stays_one_session(box: Sandbox) -> None:
    box.ok("init")
    chat = box.chat(2, HERE)
    box.ok("import one")
    (box.folder / HERE).unlink()
    chat.turn(3)
    box.file(THERE, chat.data())
    box.ok("import two")
    assert box.sessions() == {"demo": "q3"}
    assert len(box.json("leaves")) == 1


def test_a_copy_and_a_moved_file_come_back_under_their_own_paths(box: Sandbox) -> None:
    chat = box.begin(2)
    box.file("copy/chat.jsonl", chat.data())
    (box.folder / "chat.jsonl").rename(box.folder / "moved.jsonl")
    assert "2 files: nothing new" in box.ok("import copy/chat.jsonl moved.jsonl")
    for name in ("copy/chat.jsonl", "moved.jsonl"):
        assert box.run("export", "--source", name).raw == chat.data()
    assert "Nothing was imported from" in box.wj("export --source other.jsonl")
