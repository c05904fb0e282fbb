"""`wj hook` leaves a note and starts one importer, whatever its input is."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from porcelain.exchange.live import poke as module
from porcelain.exchange.live.poke import poke
from porcelain.exchange.live.spool import Spool

NOW = 1_000_000.0


class Hook:
    """Calls the hook with an input, and keeps what was started."""

    def __init__(self, folder: Path) -> None:
        self.spool = Spool(str(folder / "live"))
        self.started: list[tuple[str, str]] = []

    def call(self, data: bytes, *words: str, now: float = NOW) -> None:
        reading, writing = os.pipe()
        saved = os.dup(0)
        os.dup2(reading, 0)
        os.close(reading)
        writer = threading.Thread(target=_write, args=(writing, data))
        writer.start()
        try:
            named = [*(words or ("claude",)), "--spool", self.spool.folder, "-R", "/repo"]
            assert poke(named, now, lambda *one: self.started.append(one))
        finally:
            os.dup2(saved, 0)
            os.close(saved)
            writer.join()


def _write(fd: int, data: bytes) -> None:
    with open(fd, "wb") as file:
        file.write(data)


@pytest.fixture
def hook(tmp_path: Path) -> Hook:
    return Hook(tmp_path)


def said(**more: object) -> bytes:
    return json.dumps({"session_id": "s1", "transcript_path": "/x/s1.jsonl", **more}).encode()


def test_a_note_has_the_place_and_never_the_text(hook: Hook) -> None:
    hook.call(said(last_assistant_message="the secret answer\n", prompt="the secret prompt"))

    for one in os.scandir(hook.spool.folder):
        assert b"secret" not in Path(one.path).read_bytes()
    (note,) = hook.spool.take_notes()
    assert note[:3] == ("claude", "/x/s1.jsonl", "s1")
    assert (note.digest, note.length) == (hook.spool.hash_of("the secret answer"), 17)
    assert hook.spool.take_marks() == ["claude"]
    assert hook.started == [(hook.spool.folder, "/repo")]


def test_other_agents_spell_it_in_their_way(hook: Hook) -> None:
    data = {"sessionId": "s2", "transcriptPath": "/x/events.jsonl", "stopReason": "end_turn"}
    hook.call(json.dumps(data).encode(), "copilot")
    assert hook.spool.take_notes() == [("copilot", "/x/events.jsonl", "s2", "", 0)]


def test_a_second_poke_starts_no_second_importer(hook: Hook) -> None:
    hook.call(said())
    hook.call(said(), now=NOW + 1)
    assert len(hook.started) == 1
    hook.call(said(), now=NOW + 60)  # the importer was killed
    assert len(hook.started) == 2


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "input that is no JSON of a hook"),
        (b"{", "input that is no JSON of a hook"),
        (b"[]", "input that is no JSON of a hook"),
        (b"{}", "input that is no JSON of a hook"),
        (b'{"session_id": 7, "transcript_path": null}', "input that is no JSON of a hook"),
        (b"[" * 100_000, "input that is no JSON of a hook"),
        (b"\xff\xfe", "input that is no JSON of a hook"),
        (said(transcript_path="/" * 5000), "input that is no JSON of a hook"),
        (said(more="x" * (17 << 20)), "input that is too large"),
    ],
)
def test_strange_input_is_dropped_and_counted(hook: Hook, data: bytes, reason: str) -> None:
    hook.call(data)
    assert hook.spool.take_notes() == []
    assert hook.spool.dropped() == {reason: 1}


def test_a_strange_agent_leaves_no_file_of_its_name(hook: Hook) -> None:
    hook.call(said(), "../../x")
    assert hook.spool.dropped() == {"an unknown agent": 1}
    assert hook.spool.take_marks() == []


def test_lone_surrogates_are_hashed_too(hook: Hook) -> None:
    hook.call(b'{"session_id": "s", "last_assistant_message": "\\ud800"}')
    (note,) = hook.spool.take_notes()
    assert note.length == 1


def test_a_spool_that_cannot_be_made_fails_nobody(hook: Hook, tmp_path: Path) -> None:
    (tmp_path / "live").write_text("a file")
    hook.call(b"x" * 1_000_000)  # and the agent can write all of it
    assert hook.started == []


def test_a_spool_full_of_notes_still_starts_an_importer(hook: Hook) -> None:
    hook.spool.make()
    for number in range(1000):
        Path(hook.spool.path(f"note-{number}")).write_bytes(b"")
    hook.call(said())
    assert len(hook.started) == 1


def test_an_agent_that_never_closes_its_end_is_not_waited_for(
    hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.05)
    reading, writing = os.pipe()
    saved = os.dup(0)
    os.dup2(reading, 0)
    try:
        poke(["claude", "--spool", hook.spool.folder], NOW, lambda *_: None)
    finally:
        os.dup2(saved, 0)
        for fd in (saved, reading, writing):
            os.close(fd)
    assert hook.spool.dropped() == {"no input": 1}


def test_without_a_spool_nothing_is_done(hook: Hook) -> None:
    assert not poke(["claude"], NOW, lambda *_: None)
