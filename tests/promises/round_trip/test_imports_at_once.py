"""Promise: imports that run at the same time, or are killed, record every file once and whole."""

from __future__ import annotations

import copy
import os
import shutil
from pathlib import Path

import pytest

from tests.harness.bare import fsck
from tests.harness.faults import killed_at_every_step
from tests.harness.processes import together
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat

PROCESSES = 8
SESSIONS = [f"session-{number}" for number in range(5)]


def head(box: Sandbox) -> str:
    return str(box.json("op log -n 1")[0]["id"])


def write(box: Sandbox, chats: list[Chat]) -> None:
    for chat in chats:
        box.file(f"p/{chat.session}.jsonl", chat.data())


@pytest.fixture
def chats(box: Sandbox) -> list[Chat]:
    """Write a session, its fork by the agent, and three others, none imported yet."""
    box.ok("init")
    found = []
    for number, session in enumerate(SESSIONS):
        chat = Chat(session)
        for turn in (1, 2, 3):
            chat.user(f"{session} q{turn}", f"{number}u{turn}")
            chat.answer(f"r{turn}", f"{number}a{turn}")
        found.append(chat)
    found[1].rows = copy.deepcopy(found[0].rows[:4])
    for row in found[1].rows:
        row["sessionId"] = SESSIONS[1]
    found[1].last = "0a2"
    found[1].turn(9)
    write(box, found)
    return found


def is_whole(box: Sandbox, chats: list[Chat]) -> None:
    """Each file has one session and comes back, and another import records nothing."""
    assert sorted(box.sessions()) == SESSIONS
    for chat in chats:
        path = f"p/{chat.session}.jsonl"
        assert box.run("export", "--source", path).raw == chat.data()
        assert box.run("export", chat.session).raw == chat.data()
    before = head(box)
    box.ok("import p")
    assert head(box) == before
    fsck(box.repo)


def run_at_once(box: Sandbox, *lines: str) -> None:
    """Run command lines, each in a process."""

    def work(number: int, line: str) -> None:
        box.count += 1000 * number
        box.ok(line)

    together(*[lambda n=n, line=line: work(n, line) for n, line in enumerate(lines)])


def test_eight_imports_of_one_folder_record_each_file_once(box: Sandbox, chats: list[Chat]) -> None:
    run_at_once(box, *["import p"] * PROCESSES)
    is_whole(box, chats)
    assert len(box.json("leaves")) == len(chats)
    for chat in chats:
        chat.turn(10)
    write(box, chats)
    run_at_once(box, *["import p"] * PROCESSES)
    is_whole(box, chats)
    assert len(box.json("leaves")) == len(chats)


def test_eight_imports_of_different_files_and_groupings(box: Sandbox, chats: list[Chat]) -> None:
    files = [f"p/{session}.jsonl" for session in SESSIONS]
    lines = [f"import {path} --by {by}" for path in files for by in ("turn", "file")]
    run_at_once(box, *lines)
    is_whole(box, chats)


def test_an_import_into_a_past_state_is_joined_with_the_present_one(
    box: Sandbox, chats: list[Chat]
) -> None:
    box.ok("import p/session-0.jsonl p/session-1.jsonl")
    past = head(box)
    chats[0].turn(4)
    write(box, chats)
    box.ok("import p")
    chats[0].turn(5)
    write(box, chats)
    box.ok(f"import p --at-op {past}")
    assert sorted(one["name"] for one in box.json("session list")) == SESSIONS
    for chat in chats:
        assert box.run("export", "--source", f"p/{chat.session}.jsonl").raw == chat.data()
    before = head(box)
    box.ok("import p")
    assert head(box) == before


def test_two_copies_of_a_repository_import_the_same_files(box: Sandbox, chats: list[Chat]) -> None:
    box.ok("import p/session-0.jsonl")
    shutil.copytree(box.repo, box.folder / "copy.git")
    chats[0].turn(4)
    write(box, chats)
    for repo in ("copy.git", box.repo.name):
        box.patch.setenv("WJ_REPO", str(box.folder / repo))
        box.ok("import p")
        is_whole(box, chats)


@pytest.mark.parametrize("index", [True, False])
def test_an_import_without_the_index_finds_what_was_imported(
    box: Sandbox, chats: list[Chat], index: bool
) -> None:
    for chat in chats:
        write(box, chats)
        box.ok("import p")
        if not index:
            for leftover in box.repo.glob("store-index*"):
                leftover.unlink()
        chat.turn(11)
    write(box, chats)
    box.ok("import p")
    is_whole(box, chats)


@pytest.mark.parametrize("edited", [False, True])
def test_a_killed_import_leaves_all_or_nothing_and_the_next_one_completes_it(
    box: Sandbox, chats: list[Chat], edited: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.ok("import p")
    for chat in chats:
        chat.turn(12)
        if edited:
            chat.rows[3]["message"]["content"][0]["text"] = "edited"
    write(box, chats)
    template = shutil.copytree(box.repo, box.folder / "template.git")

    def make(step: int) -> Path:
        shutil.rmtree(box.repo)
        shutil.copytree(template, box.repo)
        return box.repo

    before = box.sessions()
    for _ in killed_at_every_step(make, lambda _: box.ok("import p"), every=7):
        shutil.rmtree(os.environ["XDG_STATE_HOME"], ignore_errors=True)
        after = box.sessions()
        assert after in (before, dict.fromkeys(before, "q12"))
        box.ok("import p")
        is_whole(box, chats)
