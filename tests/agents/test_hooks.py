"""Real agents with our hook: each turn is recorded, and ends as without the hook, come what may."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from porcelain.exchange.live.spool import Spool
from tests.agents.hooked_agents import HookedAgent
from tests.agents.model_server import model_server
from tests.harness.places import ROOT
from tests.harness.small_disk import fill, on_small_disk

PROGRAMS = [word.split("=", 1) for word in os.environ.get("AGENTS_HOOKED", "").split(":") if word]
PATIENCE = 60


class Recorder:
    """The user's `wj`, as the hooks run it."""

    def __init__(self, home: Path, state: Path | None = None) -> None:
        self.home = home
        self.repo = (state or home) / "repo.git"
        self.environment = {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "WJ_REPO": str(self.repo),
            **({"XDG_STATE_HOME": str(state)} if state is not None else {}),
        }

    def run(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "porcelain", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    def break_program(self, agent: str) -> None:
        """Let an agent's hook call a program that prints and fails, as no importer runs."""
        path = Path(
            json.loads(self.run("agent", "status", agent, "--json"))["data"]["agents"][0][
                "settings"
            ]
        )
        broken = self.home / "broken"
        broken.write_text("#!/bin/sh\necho broken\necho broken >&2\nexit 2\n")
        broken.chmod(0o755)
        text = path.read_text()
        program = str(Path(sys.executable).parent / "wj")
        assert program in text
        path.write_text(text.replace(program, str(broken)))
        spool = Spool(
            next(str(one.parent) for one in self.home.glob(".local/state/wajutsu/live/*/lock"))
        )
        Path(spool.path("stop")).touch()
        while spool.is_leased(time.time()):
            time.sleep(0.05)

    def wait_for(self, text: str) -> float:
        """Return the seconds until the newest change has a text."""
        start = time.monotonic()
        while text not in self.run("log", "-n", "1"):
            assert time.monotonic() - start < PATIENCE, self.run("agent", "status")
            time.sleep(0.05)
        return time.monotonic() - start


@pytest.fixture(params=PROGRAMS or [["absent", ""]], ids=lambda one: one[0])
def agent(request: pytest.FixtureRequest, home: Path) -> Iterator[HookedAgent]:
    """Return each installed agent in turn, with a home of its own."""
    name, program = request.param
    if not program:
        pytest.skip("agents' hooks (`make agents-test`)")
    with model_server() as model:
        yield HookedAgent(name, Path(program), home, model.address)


@pytest.mark.agents
def test_three_turns_are_recorded_when_they_end(agent: HookedAgent, home: Path) -> None:
    wj = Recorder(home)
    wj.run("init", str(wj.repo))
    assert "is set up" in wj.run("agent", "setup", agent.name, "--yes")
    for number in range(3):
        prompt = f"turn-{number}-{number * 7}"
        started = agent.turn(prompt, first=number == 0)
        assert started.code == 0, started.said
        assert f"answer to {prompt}" in started.said
        sys.stdout.write(f"{agent.name}: recorded after {wj.wait_for(prompt):.2f} s\n")
    assert wj.run("show", "-r", "heads(all())").count("answer to turn-") >= 1
    assert len(wj.run("session", "list").splitlines()) == 1


@pytest.mark.agents
def test_a_broken_program_and_a_locked_repository_change_nothing(
    agent: HookedAgent, home: Path
) -> None:
    wj = Recorder(home)
    wj.run("init", str(wj.repo))
    wj.run("agent", "setup", agent.name, "--yes")
    with open(wj.repo / "store.lock", "ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        started = agent.turn("turn-1-1", first=True)
        assert (started.code, "answer to turn-1-1" in started.said) == (0, True), started.said
    wj.wait_for("turn-1-1")  # once the lock is free

    wj.break_program(agent.name)
    started = agent.turn("turn-2-2", first=False)
    assert (started.code, "answer to turn-2-2" in started.said) == (0, True), started.said
    assert "broken" not in started.said

    state = wj.home / ".local" / "state" / "wajutsu"
    state.rename(wj.home / "away")
    state.write_text("a file in the way")
    started = agent.turn("turn-3-3", first=False)
    assert (started.code, "answer to turn-3-3" in started.said) == (0, True), started.said


@pytest.mark.agents
def test_a_full_disk_changes_nothing(agent: HookedAgent, home: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()

    def work() -> None:
        wj = Recorder(home, disk)
        wj.run("init", str(wj.repo))
        assert "is set up" in wj.run("agent", "setup", agent.name, "--yes")
        ballast = fill(disk, 0)
        started = agent.turn("turn-1-1", first=True)
        assert (started.code, "answer to turn-1-1" in started.said) == (0, True), started.said
        ballast.unlink()
        agent.turn("turn-2-2", first=False)
        wj.wait_for("turn-2-2")

    if not on_small_disk(disk, 8192, work):
        pytest.skip("a small disk of one's own")
