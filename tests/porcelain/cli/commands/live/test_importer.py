"""The importer that a hook starts takes what hooks left, and ends."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from porcelain.actions.importing import import_transcript, known_rows
from porcelain.actions.importing.find_source import FileRows, Found
from porcelain.actions.importing.known_rows import KnownRows
from porcelain.cli.shared import single_importer, watching
from porcelain.cli.shared.live_import import LiveImport, Told
from porcelain.exchange.live.read_files import ReadFiles
from porcelain.exchange.live.spool import Note, Spool
from porcelain.transaction.transaction import Transaction
from porcelain.transcript.input import Input
from store.errors import StoreLocked
from tests.porcelain.cli.commands.live.agent_files import ONE, TWO, Session
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.documents.test_opencode_database import Database


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an importer end soon after the last poke."""
    monkeypatch.setattr(watching, "_POKED", 0.6)
    monkeypatch.setattr(watching, "_TICK", 0.02)
    monkeypatch.setattr(watching, "_PACE", 0.01)
    monkeypatch.setattr(single_importer, "_PATIENCE", 0.05)


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
def test_a_poke_of_a_database_takes_what_its_journal_has(
    box: Sandbox, home: Path, spool: Spool
) -> None:
    folder = home / ".local" / "share" / "opencode"
    folder.mkdir(parents=True)
    database = Database(folder / "opencode.db")
    database.file.execute("PRAGMA journal_mode=WAL")
    os.utime(database.path, (1_700_000_000,) * 2)
    database.session("ses_1", "hello", "hi")  # is in the journal alone, as in a long run
    box.ok("init")
    spool.mark("opencode")
    spool.put(Note("opencode", "", "ses_1"), 1)
    importer(box, spool)
    assert box.titles("~root()") == ["hello"]


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
    box.ok("doctor --fix")
    assert "dropped" not in box.ok("doctor")


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


@pytest.mark.usefixtures("brief")
def test_a_locked_repository_is_tried_again_beside_other_files(
    box: Sandbox, home: Path, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = Session(home), Session(home, TWO)
    box.ok("init")
    monkeypatch.setattr(watching, "_RETRY", 0.3)
    run = LiveImport.run
    tried: list[str] = []

    def fail_once(self: LiveImport) -> None:
        tried.extend(file.path for file in self.files)
        if len(tried) == 1:
            spool.put(Note("claude", str(second.path), TWO), 2)
            raise StoreLocked(str(box.repo), 1.0)
        run(self)

    monkeypatch.setattr(LiveImport, "run", fail_once)
    spool.put(Note("claude", str(first.path), ONE), 1)
    importer(box, spool)
    assert tried == [str(first.path), str(second.path), str(first.path)]
    assert set(box.sessions()) == {ONE, TWO}


@pytest.mark.usefixtures("brief")
def test_a_repository_that_is_gone_is_named(box: Sandbox, home: Path, spool: Spool) -> None:
    Session(home)
    assert "Error" in importer(box, spool)
    assert spool.failure()


@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize("is_edited", [False, True])
def test_of_a_large_file_that_grows_an_importer_reads_the_tail_and_an_import_the_whole(
    box: Sandbox, home: Path, spool: Spool, monkeypatch: pytest.MonkeyPatch, is_edited: bool
) -> None:
    session = Session(home)
    session.chat.user("x" * 100_000, "large")
    session.chat.answer("y", "small")
    session.path.write_bytes(session.chat.data())
    session.settle(1)
    sizes = [session.path.stat().st_size]
    starts: list[int] = []
    compared: list[int] = []
    lines, tell, restore = Input.lines, LiveImport.tell, known_rows.restore_damaged

    def watched(data: Input, start: int = 0) -> object:
        if data.name == str(session.path):
            starts.append(start)
        return lines(data, start)

    def grow(work: LiveImport, told: Told) -> None:
        tell(work, told)
        if len(sizes) == 1:
            if is_edited:
                with session.path.open("r+b") as file:
                    data = file.read()
                    file.seek(data.index(b"x" * 9))
                    file.write(b"y")
            with session.path.open("ab") as file:
                session.chat.turn(7)
                file.write(b"".join(line + b"\n" for line in session.chat.lines()[-2:]))
            sizes.append(session.path.stat().st_size)
            spool.put(Note("claude", str(session.path), ONE, spool.hash_of("r7"), 2), 2)

    def compare(tx: Transaction, file: FileRows, found: Found, rows: KnownRows) -> int:
        compared.append(len(file.ids))
        return restore(tx, file, found, rows)

    box.ok("init")
    monkeypatch.setattr(import_transcript, "restore_damaged", compare)
    monkeypatch.setattr(Input, "lines", watched)
    monkeypatch.setattr(LiveImport, "tell", grow)
    monkeypatch.setattr(watching, "ReadFiles", lambda: ReadFiles(in_memory=-1))
    spool.mark("claude")
    importer(box, spool)
    assert starts[:2] == [0, sizes[0]]
    assert not compared
    live = session.path.read_bytes()
    stored = live.replace(b"y" + b"x" * 9, b"x" * 10) if is_edited else live

    def source() -> bytes:
        box.ok(f"export --source {session.path} -o out --force")
        return (box.folder / "out").read_bytes()

    assert source() == stored
    box.ok(f"import {session.path}")
    assert compared
    assert source() == live
