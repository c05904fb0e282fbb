"""Progress of long work: a line on a terminal after a second, and nothing anywhere else."""

from __future__ import annotations

import io
import sys

import pytest

from porcelain.cli.run import progress
from porcelain.cli.run.output import Output
from porcelain.cli.run.progress import Progress


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
        "\r\x1b[KReading 500 of 1,234\r\x1b[KReading 1,000 of 1,234\r\x1b[K"
    )


def test_short_work_and_a_pipe_show_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reached(monkeypatch, Terminal(), 3600) == ""
    assert reached(monkeypatch, io.StringIO(), 0) == ""
