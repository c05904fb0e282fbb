"""The files that a watch follows, reports of the system, and whether a turn's answer is there."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from porcelain.exchange.agents.table import AGENTS, Places
from porcelain.exchange.live.followed import Followed, state_of
from porcelain.exchange.live.last_answer import has_answer
from store.session_store.folder_events import FolderEvents


@pytest.fixture
def projects(home: Path) -> Path:
    folder = home / ".claude" / "projects" / "-w"
    folder.mkdir(parents=True)
    return folder


def places(home: Path) -> Places:
    return Places(str(home), {})


def test_a_hook_names_only_files_of_its_agent(home: Path, projects: Path, tmp_path: Path) -> None:
    followed = Followed(places(home))
    own = projects / "one.jsonl"
    own.write_text("{}")
    (tmp_path / "secret.jsonl").write_text("{}")
    os.symlink(tmp_path / "secret.jsonl", projects / "link.jsonl")
    os.symlink(own, tmp_path / "to-own.jsonl")
    claude = AGENTS["claude"]

    assert followed.poked_file(claude, str(own)) == str(own)
    assert followed.poked_file(claude, str(tmp_path / "to-own.jsonl")) == str(own)
    assert followed.poked_file(claude, str(projects / "later.jsonl")) is not None
    for path in (
        str(projects / "link.jsonl"),
        str(tmp_path / "secret.jsonl"),
        f"{projects}/../../../secret.jsonl",
        str(projects / "notes.txt"),
        "one.jsonl",
        "",
        "/\0",
    ):
        assert followed.poked_file(claude, path) is None
    assert followed.poked_file(AGENTS["qwen"], str(own)) is None


def test_named_paths_replace_the_agents_folders(home: Path, projects: Path, tmp_path: Path) -> None:
    inside = tmp_path / "mine" / "deep" / "a.jsonl"
    inside.parent.mkdir(parents=True)
    inside.write_text("{}")
    (projects / "one.jsonl").write_text("{}")
    followed = Followed(places(home), [str(tmp_path / "mine")])

    assert list(followed.files()) == [str(inside)]
    assert followed.file_at(str(inside)) == str(inside)
    assert followed.file_at(str(projects / "one.jsonl")) is None
    assert followed.file_at(str(inside.parent / "picture.png")) is None


def test_a_named_file_is_followed_without_the_folders_beside_it(home: Path, tmp_path: Path) -> None:
    (tmp_path / "beside").mkdir()
    (tmp_path / "one.jsonl").write_text("{}")
    followed = Followed(places(home), [str(tmp_path / "one.jsonl")])
    assert list(followed.folders()) == [str(tmp_path)]
    assert followed.file_at(str(tmp_path / "one.jsonl")) is not None
    assert followed.file_at(str(tmp_path / "two.jsonl")) is None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="inotify")
def test_the_folder_of_an_agent_may_be_a_link(home: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "-w").mkdir(parents=True)
    (home / ".claude").mkdir()
    os.symlink(tmp_path / "elsewhere", home / ".claude" / "projects")
    followed = Followed(places(home))
    events = FolderEvents.opened()
    assert events is not None
    try:
        assert events.follow(followed.folders())
        path = home / ".claude" / "projects" / "-w" / "one.jsonl"
        path.write_text("{}")
        assert str(path) in events.wait(5).paths
        assert followed.file_at(str(path)) == str(path)
    finally:
        events.close()


def test_a_change_of_a_journal_is_one_of_its_database(home: Path) -> None:
    database = home / ".local" / "share" / "opencode" / "opencode.db"
    database.parent.mkdir(parents=True)
    database.write_bytes(b"x" * 10)
    followed = Followed(places(home))
    before = state_of(str(database))
    (database.parent / "opencode.db-wal").write_bytes(b"y")

    assert followed.file_at(f"{database}-wal") == str(database)
    assert state_of(str(database)) != before


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="inotify")
def test_the_system_reports_changes_also_in_folders_that_are_new(tmp_path: Path) -> None:
    events = FolderEvents.opened()
    assert events is not None
    try:
        assert events.follow([str(tmp_path)])
        assert events.wait(0).paths == frozenset()
        (tmp_path / "a.jsonl").write_text("x")
        (tmp_path / "new" / "deeper").mkdir(parents=True)
        (tmp_path / "new" / "deeper" / "b.jsonl").write_text("x")
        found = events.wait(5).paths
        assert str(tmp_path / "a.jsonl") in found
        assert str(tmp_path / "new" / "deeper" / "b.jsonl") in found | events.wait(0).paths
        (tmp_path / "new" / "deeper" / "b.jsonl").write_text("longer")
        assert str(tmp_path / "new" / "deeper" / "b.jsonl") in events.wait(5).paths
        os.replace(tmp_path / "a.jsonl", tmp_path / "c.jsonl")
        assert str(tmp_path / "c.jsonl") in events.wait(5).paths
    finally:
        events.close()


def test_the_last_answer_is_found_wherever_the_row_has_it(tmp_path: Path) -> None:
    def digest(text: str) -> str:
        return f"h{text}"

    path = tmp_path / "s.jsonl"
    row = {"message": {"content": [{"type": "text", "text": "yes, done\n"}]}}
    path.write_text("x" * 10 + "\n" + json.dumps(row) + '\n{"torn": ')

    assert has_answer(str(path), digest, "hyes, done", 9)
    assert not has_answer(str(path), digest, "hno", 2)
    assert not has_answer(str(tmp_path / "missing"), digest, "hyes, done", 9)
