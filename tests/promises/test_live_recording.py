"""Agents' files beside a watch that is killed again and again are recorded, once and whole."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from porcelain.cli.main import main
from porcelain.cli.shared import watching
from porcelain.exchange.live import bursts
from tests.harness.processes import kill, start
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Return a user with a repository; torn rows are stored at once."""
    made = Sandbox(tmp_path, monkeypatch)
    made.ok("init")
    return made


class Agent:
    """An agent that writes one session file in its various ways; every prompt is new."""

    def __init__(self, folder: Path, number: int, chance: random.Random) -> None:
        native_id = f"11111111-2222-4333-8444-{number:012}"
        self.path = folder / f"{native_id}.jsonl"
        self.chat = Chat(native_id, f"{number}-")
        self.chance = chance
        self.prompts = 0
        self.whole = b""
        self.is_deleted = False

    def step(self) -> Iterator[None]:
        """Write one turn, with pauses between its pieces."""
        ways = [self.append, self.append, self.rewind, self.replace]
        yield from self.chance.choice(ways if self.prompts > 2 else ways[:1])()
        self.whole = self.path.read_bytes()

    def append(self) -> Iterator[None]:
        """Append a turn in pieces that end anywhere in a line."""
        before = len(self.chat.data())
        self._turn()
        yield from self._write(self.chat.data()[before:])

    def rewind(self) -> Iterator[None]:
        """Cut the file behind an earlier row, and go on from there."""
        kept = self.chance.randrange(2, len(self.chat.rows) - 1, 2)
        del self.chat.rows[kept:]
        self.chat.last = self.chat.rows[-1]["uuid"]
        os.truncate(self.path, len(self.chat.data()))
        before = len(self.chat.data())
        yield
        self._turn()
        yield from self._write(self.chat.data()[before:])

    def replace(self) -> Iterator[None]:
        """Edit the last answer, and replace the file by a new one."""
        self.chat.rows[-1]["message"]["content"][0]["text"] += f" edited {self.prompts}"
        staged = self.path.with_suffix(".new")
        staged.write_bytes(self.chat.data())
        yield
        os.replace(staged, self.path)

    def _turn(self) -> None:
        self.prompts += 1
        name = f"{self.path.stem[-2:]}-{self.prompts}"
        self.chat.user(f"prompt {name} {'x' * self.chance.randrange(2000)}", f"u{name}")
        self.chat.answer(f"answer {name}", f"a{name}")

    def _write(self, data: bytes) -> Iterator[None]:
        with self.path.open("ab", buffering=0) as file:
            while data:
                size = self.chance.randrange(1, len(data) + 1)
                file.write(data[:size])
                data = data[size:]
                yield


def watch(folder: Path) -> int:
    """Start a watch in another process, with short bursts."""

    def work() -> None:
        bursts.QUIET, bursts.LONGEST = 0.1, 0.5
        watching._PACE = 0.02
        for name in ("WJ_RANDOMNESS_SEED", "WJ_TIMESTAMP", "WJ_OP_TIMESTAMP"):
            os.environ.pop(name, None)  # each process is another run
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 2)
        main(["watch", str(folder), "--quiet"])

    return start(work)


def run(box: Sandbox, seed: int, seconds: float, lives: tuple[float, float]) -> None:
    chance = random.Random(seed)
    folder = box.folder / "sessions"
    folder.mkdir()
    agents = [Agent(folder, number, chance) for number in range(4)]
    end = time.monotonic() + seconds
    watcher, dies, kills = watch(folder), time.monotonic() + chance.uniform(*lives), 0
    try:
        while time.monotonic() < end:
            agent = chance.choice([one for one in agents if not one.is_deleted])
            for _ in agent.step():
                time.sleep(chance.choice([0.0, 0.002, 0.02]))
            if chance.random() < 0.02 and sum(one.is_deleted for one in agents) < 2:
                delete(box, agent)
            time.sleep(chance.choice([0.0, 0.01, 0.3]))
            if time.monotonic() >= dies:
                kill(watcher)
                kills += 1
                watcher, dies = watch(folder), time.monotonic() + chance.uniform(*lives)
    finally:
        kill(watcher)
    assert kills >= 1
    box.wj("watch --once sessions")
    check(box, agents)


def delete(box: Sandbox, agent: Agent) -> None:
    """Delete a file that is recorded by now, as an agent deletes one of last month."""
    deadline = time.monotonic() + 10
    while box.run("export", "--source", str(agent.path)).raw != agent.whole:
        if time.monotonic() > deadline:
            return  # the watch was killed just now
        time.sleep(0.2)
    agent.path.unlink()
    agent.is_deleted = True


def check(box: Sandbox, agents: list[Agent]) -> None:
    for agent in agents:
        assert box.run("export", "--source", str(agent.path)).raw == agent.whole
    titles = [title.split(" x")[0] for title in box.titles("~root()")]
    assert len(titles) == len(set(titles))
    assert len(box.sessions()) == len([one for one in agents if one.prompts])
    assert "no problems" in box.ok("doctor")


def test_a_watch_that_is_killed_loses_nothing_and_records_nothing_twice(box: Sandbox) -> None:
    run(box, 1, 3.0, (0.7, 1.2))


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 5))
def test_a_watch_that_is_killed_for_a_minute(box: Sandbox, seed: int) -> None:
    run(box, seed, 60.0, (0.3, 6.0))
