"""Budgets of recording beside agents: the room of bursts, and the cost of hooks."""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from porcelain.exchange.agents.table import AGENTS
from porcelain.exchange.hooks.table import hook_line
from porcelain.exchange.live.spool import Spool, spool_of
from store.maintenance.housekeeping import compact
from store.repository.repository import Repository
from tests.benchmarks.measure import report
from tests.harness.places import ROOT
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat

ID = "11111111-2222-4333-8444-000000000001"
TURNS = 120
POKES = 100


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    made = Sandbox(tmp_path, monkeypatch)
    made.ok("init")
    return made


def room(repository: Path) -> int:
    objects = repository / "objects"
    return sum(path.stat().st_size for path in objects.rglob("*") if path.is_file())


@pytest.mark.bench
def test_a_watched_session_takes_at_most_twice_its_room(box: Sandbox) -> None:
    chance = random.Random(1)
    words = [f"{chance.getrandbits(40):x}" for _ in range(3000)]
    chat = Chat(ID)
    path = box.folder / f"{ID}.jsonl"
    for number in range(TURNS):
        chat.user(f"q{number} " + " ".join(chance.choices(words, k=60)), f"u{number}")
        chat.answer(" ".join(chance.choices(words, k=200)), f"a{number}")
        path.write_bytes(chat.data())
        box.ok(f"watch --once {path}")
        if number % 16 == 15 or number == TURNS - 1:
            compact(Repository.open(str(box.repo)))
    watched = room(box.repo)
    box.ok("init once.git")
    box.ok(f"import {path} -R once.git")
    once = room(box.folder / "once.git")
    detail = f"{TURNS} bursts, {watched / 1e6:.2f} MB"
    report("room of a watched session", watched / once, 2.0, floor="one import", detail=detail)


def spent(work: Callable[[], object]) -> float:
    """Return the processor time of the processes that a work waits for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.bench
def test_a_poke_costs_a_shell_where_an_importer_looks(tmp_path: Path) -> None:
    spool = Spool(str(tmp_path / "spool"))
    spool.make()
    line = hook_line(AGENTS["claude"], ["/nothing"], spool.folder, "/repo")
    spool.lease(time.time() + 600)

    def pokes(line: str) -> Callable[[], None]:
        def run() -> None:
            for _ in range(POKES):
                subprocess.run(["sh", "-c", line], input=b"{}", check=True)

        return run

    poke, shell = (spent(pokes(one)) / POKES for one in (line, "sh -c 'cat >/dev/null'"))
    detail = f"{poke * 1000:.2f} ms"
    report("a poke of a hook, an importer running", poke / shell, 1.3, floor="sh", detail=detail)


@pytest.mark.bench
def test_a_thousand_pokes_a_minute_on_a_file_of_100_mb(box: Sandbox, home: Path) -> None:
    path = home / ".claude" / "projects" / "-w" / f"{ID}.jsonl"
    path.parent.mkdir(parents=True)
    chat = Chat(ID)
    turns = 0
    with path.open("wb") as file:
        while file.tell() < 100e6:
            turns += 1
            chat.rows.clear()
            chat.user(f"q{turns} {'x' * 2000}", f"u{turns}")
            chat.answer("y" * 8000, f"a{turns}")
            file.write(chat.data())
    box.ok("import --all")
    spool = spool_of(str(home / ".local" / "state" / "wajutsu"), str(box.repo))
    program = [sys.executable, "-m", "porcelain"]
    line = hook_line(AGENTS["claude"], program, spool.folder, str(box.repo))
    said = json.dumps({"session_id": ID, "transcript_path": str(path)}).encode()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for name in ("WJ_TIMESTAMP", "WJ_OP_TIMESTAMP", "WJ_RANDOMNESS_SEED"):
        environment.pop(name, None)
    used: dict[int, float] = {}
    begun = time.monotonic()
    for number in range(1000):
        if number % 50 == 0:
            turns += 1
            chat.rows.clear()
            chat.turn(turns)
            with path.open("ab") as file:
                file.write(chat.data())
        subprocess.run(["sh", "-c", line], input=said, env=environment, check=True)
        process = int((spool.read("lock", 64).split() or [b"0", b"0"])[1])
        used[process] = max(used.get(process, 0.0), _used_by(process))
        time.sleep(max(0.0, begun + (number + 1) * 0.06 - time.monotonic()))
    share = sum(used.values()) / (time.monotonic() - begun)
    Path(spool.path("stop")).touch()
    detail = "20 of them after a new turn"
    report("1,000 pokes a minute, 100 MB", share, 0.05, floor="one core", detail=detail)


def _used_by(process: int) -> float:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
