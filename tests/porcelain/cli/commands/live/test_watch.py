"""`wj watch`: bursts become operations of nobody's workspace."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

from porcelain.cli.main import main
from porcelain.cli.shared import single_importer, watching
from porcelain.cli.shared.live_import import LiveImport
from porcelain.exchange.live.folder_events import FolderEvents
from porcelain.exchange.live.spool import Note, Spool, spool_of
from tests.harness.processes import finish, start
from tests.porcelain.cli.commands.live.agent_files import ONE, TWO, Session
from tests.porcelain.cli.sandbox import Sandbox


@pytest.fixture
def spool(box: Sandbox, home: Path) -> Spool:
    """Return the spool of the sandbox's repository."""
    made = spool_of(str(home / ".local" / "state" / "wajutsu"), str(box.repo))
    made.make()
    return made


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an importer end soon after the last poke."""
    monkeypatch.setattr(watching, "_POKED", 0.6)
    monkeypatch.setattr(watching, "_TICK", 0.02)
    monkeypatch.setattr(watching, "_PACE", 0.01)
    monkeypatch.setattr(single_importer, "_PATIENCE", 0.05)


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
    assert "Stepped over 1 operation of `wj watch`, which stay" in said
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


def importer(box: Sandbox, spool: Spool) -> str:
    return box.wj(f"watch --for-hooks {spool.folder}")


@pytest.mark.usefixtures("brief")
def test_an_importer_takes_what_hooks_left_and_ends(box: Sandbox, home: Path, spool: Spool) -> None:
    session = Session(home)
    other = Session(home, TWO)
    box.ok("init")
    digest = spool.hash_of("r1")
    spool.put(Note("claude", str(session.path), ONE, digest, 2), 1)
    importer(box, spool)
    assert set(box.sessions()) == {ONE}  # the other one was not named
    assert not os.path.exists(spool.path("lease"))

    other.settle(3)
    spool.mark("claude")  # a mark alone stands for what was written lately
    importer(box, spool)
    assert set(box.sessions()) == {ONE, TWO}
    assert box.position() == (None, None)


@pytest.mark.usefixtures("brief")
def test_an_importer_waits_for_a_file_and_the_last_answer_in_it(
    box: Sandbox, home: Path, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session(home)
    whole = session.path.read_bytes()
    session.path.unlink()
    box.ok("init")
    monkeypatch.setattr(watching, "_POKED", 60.0)
    spool.put(Note("claude", str(session.path), ONE, spool.hash_of("r1"), 2), 1)
    without = whole.splitlines(keepends=True)[0]
    pieces: list[bytes | None] = [None, without, None, whole]
    look = watching.Watching._look_for_answers

    def step(self: watching.Watching, now: float) -> None:
        data = pieces.pop(0) if pieces else None
        if data is not None:
            session.path.write_bytes(data)
        look(self, now)

    def stop(self: watching.Watching, now: float) -> bool:
        return not self._awaited and self.bursts.is_idle

    monkeypatch.setattr(watching.Watching, "_look_for_answers", step)
    monkeypatch.setattr(watching.Watching, "_is_over", stop)
    importer(box, spool)
    assert box.one("~root()")["messages"] == 2
    assert len(box.json("op log")) == 2  # one import, of the whole turn


@pytest.mark.usefixtures("brief")
def test_a_second_poke_changes_nothing(box: Sandbox, home: Path, spool: Spool) -> None:
    session = Session(home)
    box.ok("init")
    for number in (1, 2):
        spool.put(Note("claude", str(session.path), ONE), number)
        spool.mark("claude")
        importer(box, spool)
    assert len(box.json("op log")) == 2


@pytest.mark.usefixtures("brief")
def test_strange_notes_are_dropped_and_counted_for_doctor(
    box: Sandbox, home: Path, spool: Spool
) -> None:
    Session(home)
    box.ok("init")
    for number, note in enumerate(
        (
            Note("nobody", "/x.jsonl"),
            Note("claude", "/etc/passwd"),
            Note("claude", str(home / ".claude" / "projects" / "-w" / "later.jsonl")),
        )
    ):
        spool.put(note, number)
    spool.mark("nobody")
    importer(box, spool)

    assert box.sessions() == {}
    said = box.ok("doctor")
    assert "Note: 2 pokes of agents' hooks dropped: an unknown agent" in said
    assert "Note: 1 poke of agents' hooks dropped: a path outside the agent's folders" in said
    assert "2 pokes of hooks dropped" in box.ok("agent status claude")


@pytest.mark.usefixtures("brief")
def test_a_failure_is_kept_for_the_user(
    box: Sandbox, home: Path, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session(home)
    box.ok("init")
    monkeypatch.setattr(watching, "_RETRY", 0.01)
    monkeypatch.setattr(watching, "_MOST_RETRIES", 2)
    spool.put(Note("claude", str(session.path), ONE), 1)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(LiveImport, "run", fail)
        importer(box, spool)
    assert "No space left on device" in box.ok("agent status")
    assert "The last import for a hook failed" in box.ok("doctor")

    spool.put(Note("claude", str(session.path), ONE), 1)
    importer(box, spool)
    assert set(box.sessions()) == {ONE}
    assert "No space" not in box.ok("doctor")


def hold(spool: Spool, text: bytes) -> int:
    handle = os.open(spool.path("lock"), os.O_RDWR | os.O_CREAT, 0o600)
    assert single_importer._try_lock(handle)
    os.write(handle, text)
    return handle


@pytest.mark.usefixtures("brief")
def test_there_is_one_at_a_time(box: Sandbox, home: Path, spool: Spool) -> None:
    session = Session(home)
    box.ok("init")
    handle = hold(spool, b"watch 4711\n")
    try:
        done = box.run("watch")
        assert done.code == 1
        assert "running already for this repository (process 4711)" in done.err
        assert "running already" in box.ok("watch --once")
        spool.put(Note("claude", str(session.path), ONE), 1)
        assert importer(box, spool) == ""
        assert box.sessions() == {}
        assert box.json("agent status")["watching"]
    finally:
        os.close(handle)
    importer(box, spool)  # what was left is taken by the next one
    assert set(box.sessions()) == {ONE}


@pytest.mark.usefixtures("brief")
def test_a_watch_asks_an_importer_of_hooks_to_end(
    box: Sandbox, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.ok("init")
    handle = hold(spool, b"hooks 4711\n")
    monkeypatch.setattr(single_importer, "_HANDING_OVER", 0.05)
    try:
        assert "does not end" in box.wj("watch")
        assert os.path.exists(spool.path("stop"))
    finally:
        os.close(handle)
    began = time.monotonic()
    importer(box, spool)  # a request for an importer that is gone means nothing
    assert time.monotonic() - began >= 0.5


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
    steps = iter([session.grow, lambda: os.rename(session.path, session.path.with_suffix(".x"))])
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
    said = box.ok("watch")

    assert said.startswith("Watching 1 file")
    assert said.count("new; ") == 2
    assert said.endswith("Stopped\n")
    assert box.titles("~root()") == ["q2", "q1"]


def test_a_watch_ends_cleanly_when_it_is_told_to(box: Sandbox, home: Path, spool: Spool) -> None:
    Session(home)
    box.ok("init")
    child = start(lambda: os._exit(main(["watch", "--quiet"])))
    end = time.monotonic() + 60
    while not box.sessions():
        assert time.monotonic() < end
        time.sleep(0.05)
    os.kill(child, signal.SIGTERM)
    finish(child)
    assert not os.path.exists(spool.path("lease"))
    assert single_importer.is_watched(spool) is False


def test_a_watch_of_a_past_state_is_refused(box: Sandbox) -> None:
    box.begin()
    assert box.run("watch", "--at-op", "@").code == 2
