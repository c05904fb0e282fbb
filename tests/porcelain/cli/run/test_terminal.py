"""On a terminal: the pager, automatic colours, and exports with control characters."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.porcelain.cli.sandbox import Sandbox

_RUN = "import sys; from porcelain.cli.main import main; sys.exit(main(sys.argv[1:]))"


def on_a_terminal(*words: str) -> bytes:
    """Run a command with a terminal for stdout and return what it shows."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", _RUN, *words], stdin=slave, stdout=slave, stderr=slave
    )
    os.close(slave)
    shown = b""
    while True:
        try:
            data = os.read(master, 65536)
        except OSError:
            break  # the other end is closed
        if not data:
            break
        shown += data
    os.close(master)
    assert process.wait() == 0, shown
    return shown.replace(b"\r\n", b"\n")


@pytest.fixture
def pager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a pager of our own the one to use; it marks what goes through it."""
    path = tmp_path / "pager"
    path.write_text("#!/bin/sh\nsed 's/^/> /'\n")
    path.chmod(0o755)
    monkeypatch.setenv("WJ_PAGER", str(path))
    return path


def test_the_log_is_coloured_and_paged(box: Sandbox, pager: Path) -> None:
    box.begin(1)
    assert pager.exists()

    shown = on_a_terminal("log").decode()

    assert all(line.startswith("> ") for line in shown.splitlines())
    assert "\x1b[" in shown
    assert "\x1b[" not in on_a_terminal("log", "--color", "never").decode()


def test_no_pager_where_it_is_not_wanted(box: Sandbox, pager: Path) -> None:
    box.begin(1)
    assert pager.exists()

    for words in (("log", "--no-pager"), ("status",), ("log", "--json")):
        assert b"> " not in on_a_terminal(*words)


def test_a_pager_that_cannot_be_started_is_a_warning(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.begin(1)
    monkeypatch.setenv("WJ_PAGER", "no-such-pager -x")

    shown = on_a_terminal("log", "--color", "never").decode()

    assert "Warning: The pager `no-such-pager` cannot be started" in shown
    assert "q1" in shown


def test_a_pager_that_is_left_early_is_no_failure(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.begin(3)
    monkeypatch.setenv("WJ_PAGER", "true")

    assert on_a_terminal("log") == b""


def test_an_exported_conversation_is_shown_safely(box: Sandbox, pager: Path) -> None:
    box.ok("init")
    box.ok("append -m 'bell \x9b31m'")
    assert pager.exists()

    shown = on_a_terminal("export").decode()

    assert "\x9b" not in shown
    assert "\\x9b31m" in shown
