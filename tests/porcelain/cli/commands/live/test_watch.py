"""`wj watch`: bursts become operations of nobody's workspace."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from porcelain.cli.main import main
from porcelain.cli.shared import single_importer, watching
from porcelain.cli.shared.live_import import LiveImport
from porcelain.exchange.live.spool import Spool
from porcelain.transcript.row import Transcript
from store.session_store.folder_events import FolderEvents
from tests.harness.processes import finish, start
from tests.porcelain.cli.commands.live.agent_files import ONE, TWO, Session
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.documents.test_opencode_database import Database


def test_once_records_what_is_new_and_moves_nobody(box: Sandbox, home: Path) -> None:
    session = Session(home)
    box.ok("init")

    assert "started session" in box.ok("watch --once")
    assert box.ok("watch --once") == "Nothing new\n"
    assert box.position() == (None, None)
    session.grow()
    assert "1 change, 2 rows new; continued session" in box.ok("watch --once")
    assert box.titles("~root()") == ["q2", "q1"]
    (newest, *_) = box.json("op log")
    assert (newest["kind"], newest["workspace"]) == ("watch", "watch")
    assert newest["description"] == f"watch {ONE}"


def test_the_workspace_of_another_stays_and_follows_a_rewritten_commit(
    box: Sandbox, home: Path
) -> None:
    session = Session(home)
    box.ok("init")
    box.ok("watch --once")
    box.ok(f"edit {ONE}")
    session.grow()
    box.ok("watch --once")
    assert box.position() == ("q1", ONE)

    box.ok(f"edit {ONE}")
    session.chat.answer("and more", "m1")  # the turn goes on: its change is amended
    session.path.write_bytes(session.chat.data())
    box.ok("watch --once")
    assert box.position() == ("q2", ONE)
    assert box.one("@")["messages"] == 5


def test_undo_steps_over_a_watch_and_says_so(box: Sandbox, home: Path) -> None:
    session = Session(home)
    box.ok("init")
    box.ok("watch --once")
    box.ok("new root() -m mine")
    session.grow()
    box.ok("watch --once")

    said = box.ok("undo")
    assert "Stepped over 1 operation of `wj watch`, left in place" in said
    assert "Undid operation" in said
    assert box.titles("~root()") == ["q2", "q1"]
    assert "wj undo --by watch" in box.wj("undo")
    session.grow()
    box.ok("watch --once")
    assert "Redid operation" in box.ok("redo")  # a watch ends nobody's redo
    assert box.titles("~root()")[0] == "q3"


def test_a_burst_is_taken_back_comes_again_and_stays_away_once_abandoned(
    box: Sandbox, home: Path
) -> None:
    session = Session(home)
    box.ok("init")
    box.ok("watch --once")
    session.grow()
    box.ok("watch --once")

    assert "what `wj abandon` hides stays away" in box.ok("undo --by watch")
    assert box.titles("~root()") == ["q1"]
    box.ok("watch --once")
    assert box.titles("~root()") == ["q2", "q1"]
    box.ok(f"abandon {ONE}")
    assert "Nothing new" in box.ok("watch --once")
    assert box.titles("~root()") == ["q1"]


def test_all_bursts_are_taken_back(box: Sandbox, home: Path) -> None:
    session = Session(home)
    box.ok("init")
    for _ in range(3):
        box.ok("watch --once")
        session.grow()

    assert "Undid 3 operations" in box.ok("undo --by watch --all")
    assert box.titles("~root()") == []
    done = box.run("undo", "--all")
    assert done.code == 2
    assert "`--all` undoes all operations of one workspace" in done.err


def test_nobody_else_has_its_workspace(box: Sandbox) -> None:
    box.begin()
    assert "belongs to `wj watch`" in box.wj("workspace add watch")
    assert "belongs to `wj watch`" in box.wj("workspace rename watch")


def test_the_log_folds_operations_of_a_watch(box: Sandbox, home: Path) -> None:
    session = Session(home)
    box.ok("init")
    for _ in range(3):
        box.ok("watch --once")
        session.grow()
    folded = "and 2 earlier operations of `wj watch`; `wj op log --by watch` shows them"
    assert folded in box.ok("op log")
    assert folded in box.ok("op log -n 1")
    box.ok("new root()")
    box.ok("watch --once")
    assert box.ok("op log").count("watch@") == 2
    assert box.ok("op log --by watch").count("watch@") == 4
    assert len(box.json("op log")) == 6  # data has them all, and the root


def test_a_torn_row_is_left_to_its_agent_for_a_minute(box: Sandbox, home: Path) -> None:
    session = Session(home)
    box.ok("init")
    torn = session.chat.data() + b'{"type": "user", "mess'
    session.path.write_bytes(torn)
    box.ok("watch --once")
    exported = box.run("export", "--source", str(session.path)).raw
    assert exported == session.chat.data()

    session.settle(90)
    box.ok("watch --once")
    assert box.run("export", "--source", str(session.path)).raw == torn


def test_projects_are_chosen_by_folder(box: Sandbox, home: Path) -> None:
    Session(home, ONE, project="/code/open")
    Session(home, TWO, project="/code/secret/deep")
    box.ok("init")

    box.ok("watch --once --exclude /code/secret")
    assert set(box.sessions()) == {ONE}
    box.ok("config set --user watch.include '[\"/elsewhere\"]'")
    assert "Nothing new" in box.ok("watch --once")
    assert "Nothing new" in box.ok("watch --once --exclude /code/secret --include /code")
    box.ok("watch --once --include /code")
    assert set(box.sessions()) == {ONE, TWO}


def test_named_folders_are_followed_alone(box: Sandbox, home: Path) -> None:
    Session(home)
    box.chat(1, "mine/chat.jsonl")
    box.ok("init")
    box.ok("watch --once mine")
    assert set(box.sessions()) == {"demo"}
    assert "missing does not exist" in box.wj("watch missing")


def test_the_repository_around_the_current_folder_is_never_used(
    box: Sandbox, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Session(home)
    box.ok("init")
    monkeypatch.delenv("WJ_REPO")
    monkeypatch.chdir(box.repo)
    assert "There is no repository yet" in box.wj("watch --once")


def test_lines_of_json_name_operation_and_files(box: Sandbox, home: Path) -> None:
    Session(home)
    box.ok("init")
    done = box.run("watch", "--once", "--json")
    (line,) = done.raw.splitlines()
    data = json.loads(line)["data"]
    assert data["operation"] == box.json("op log -n 1")[0]["id"]
    assert data["files"][0]["session"] == ONE


def test_a_file_that_cannot_be_read_is_reported_and_others_are_recorded(
    box: Sandbox, home: Path
) -> None:
    Session(home)
    bad = home / ".claude" / "projects" / "-w" / f"{TWO}.jsonl"
    bad.mkdir()
    (bad.parent / "x.jsonl").write_bytes(b"\0\1\2 no transcript")
    box.ok("init")
    box.wj("watch --once")
    assert set(box.sessions()) == {ONE}


def play(monkeypatch: pytest.MonkeyPatch, *works: Callable[[], object]) -> None:
    """Let another program do a step whenever a watch waits for nothing; then stop the watch."""
    steps = iter(works)
    monkeypatch.setattr(watching, "_PACE", 0.0)
    wait = watching.Watching._wait

    def step(self: watching.Watching, now: float) -> None:
        if self.bursts.is_idle:
            try:
                next(steps)()
            except StopIteration:
                raise KeyboardInterrupt from None
        wait(self, now)

    monkeypatch.setattr(watching.Watching, "_wait", step)


@pytest.mark.parametrize("has_events", [True, False])
def test_a_watch_follows_until_it_is_stopped(
    box: Sandbox, home: Path, monkeypatch: pytest.MonkeyPatch, has_events: bool
) -> None:
    """The loop itself, with steps that another program would do between its waits."""
    session = Session(home)
    box.ok("init")
    if not has_events:
        monkeypatch.setattr(FolderEvents, "opened", lambda: None)
        monkeypatch.setattr(watching, "_POLLING", 0.05)
    play(monkeypatch, session.grow, lambda: session.path.rename(session.path.with_suffix(".x")))
    said = box.ok("watch")

    assert said.startswith("Watching 1 file")
    assert said.count("new; ") == 2
    assert said.endswith("Stopped\n")
    assert box.titles("~root()") == ["q2", "q1"]


def test_a_database_with_a_conversation_of_an_excluded_project_is_followed_on(
    box: Sandbox, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / ".local" / "share" / "opencode").mkdir(parents=True)
    database = Database(home / ".local" / "share" / "opencode" / "opencode.db")
    database.session("ses_1", "secret", "yes")
    box.ok("init")
    reads: list[str] = []
    parse = LiveImport.keep

    def keep(self: LiveImport, path: str, transcript: Transcript) -> Transcript | None:
        reads.append(transcript.native_id)
        return parse(self, path, transcript)

    def second() -> None:
        database.session("ses_2", "open", "yes")
        database.file.execute("UPDATE session SET directory = '/code' WHERE id = 'ses_2'")
        database.file.commit()

    monkeypatch.setattr(LiveImport, "keep", keep)
    monkeypatch.setattr(watching, "_FULL_LOOK", 0.05)
    play(monkeypatch, lambda: None, second, lambda: None, lambda: None)
    box.ok("watch --exclude /srv/demo")
    assert box.titles("~root()") == ["open"]
    assert reads == ["ses_1", "ses_1", "ses_2"]  # not again at each full look


@pytest.mark.parametrize(("cost", "pause"), [(0.001, 2.0), (0.1, 5.0), (1.0, 50.0)])
def test_without_reports_many_files_are_looked_at_less_often(cost: float, pause: float) -> None:
    nothing: Any = None
    watch = watching.Watching(nothing, nothing, nothing, nothing, until_idle=False)
    watch._plan_look(100.0, cost, is_full=False)
    assert watch._next_look == 100.0 + pause


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_watch_ends_cleanly_when_it_is_told_to(
    box: Sandbox, home: Path, spool: Spool, number: signal.Signals
) -> None:
    Session(home)
    box.ok("init")
    child = start(lambda: os._exit(main(["watch", "--quiet"])))
    end = time.monotonic() + 60
    while not box.sessions():
        assert time.monotonic() < end
        time.sleep(0.05)
    os.kill(child, number)
    finish(child)
    assert not os.path.exists(spool.path("lease"))
    assert single_importer.is_watched(spool) is False


def test_a_watch_of_a_past_state_is_refused(box: Sandbox) -> None:
    box.begin()
    assert box.run("watch", "--at-op", "@").code == 2
