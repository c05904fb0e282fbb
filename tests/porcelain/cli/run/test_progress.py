"""Progress of long work: a line on a terminal after a second, and nothing anywhere else."""

from __future__ import annotations

import io
import sys
import time

import pytest

from porcelain.cli.run import progress
from porcelain.cli.run.output import Output
from porcelain.cli.run.progress import Progress, ticking
from porcelain.repo.repo import Repo
from tests.porcelain.cli.sandbox import Sandbox


class Terminal(io.StringIO):
    """A terminal that keeps what is written to it."""

    def isatty(self) -> bool:
        return True


def reached(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, patience: float) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(progress, "_PATIENCE", patience)
    monkeypatch.setattr(progress, "_PACE", 0)
    work = Progress(Output(lambda: "never", lambda: ()), "Reading")
    for done in (500, 1000, 1234):
        work.reach(done, 1234)
    work.stop()
    work.reach(1, 1234)
    return stream.getvalue()


def test_a_terminal_shows_how_far_it_is_and_nothing_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert reached(monkeypatch, Terminal(), 0) == (
        "\r\x1b[KReading [########            ] 500 of 1,234"
        "\r\x1b[KReading [################    ] 1,000 of 1,234\r\x1b[K"
    )


def test_short_work_and_a_pipe_show_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reached(monkeypatch, Terminal(), 3600) == ""
    assert reached(monkeypatch, io.StringIO(), 0) == ""


def ticked(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, seconds: float) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(progress, "_PATIENCE", 0)
    monkeypatch.setattr(progress, "_PACE", 0.005)
    with ticking(Output(lambda: "never", lambda: ()), "Checking"):
        time.sleep(seconds)
    return stream.getvalue()


def test_work_without_steps_shows_its_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = ticked(monkeypatch, Terminal(), 0.1)
    assert shown.startswith("\r\x1b[KChecking: 0 s")
    assert shown.endswith("\r\x1b[K")
    assert ticked(monkeypatch, io.StringIO(), 0.02) == ""


def test_long_commands_show_progress_on_a_terminal_alone(
    chat: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_PATIENCE", 0)
    monkeypatch.setattr(progress, "_PACE", 0.001)
    monkeypatch.setattr(Repo, "is_large", lambda *_: True)
    works = {
        "doctor": "Checking: 0 s",
        "describe -r root()+ -m x": "Rewriting: 0 s",
        "util gc": "Collecting garbage: 0 s",
    }
    for line, said in works.items():
        assert said in chat.run(*line.split(), terminal=True).err, line
        for more in ("--quiet", "--json"):
            assert said not in chat.run(*line.split(), more, terminal=True).err
        assert said not in chat.run(*line.split()).err
