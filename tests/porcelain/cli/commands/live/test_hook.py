"""`wj hook` as a program: it prints nothing, ends with 0, and an import follows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from porcelain.exchange.live.spool import spool_of
from tests.harness.places import ROOT
from tests.porcelain.cli.commands.live.agent_files import ONE, Session
from tests.porcelain.cli.sandbox import Sandbox


def hook(*words: str, data: bytes = b"", **environment: str) -> tuple[int, bytes]:
    done = subprocess.run(
        [sys.executable, "-m", "porcelain", "hook", *words],
        input=data,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    "words", [[], ["claude"], ["--bogus"], ["claude", "--config", "x"], ["claude", "-R", "/none"]]
)
def test_nothing_is_printed_and_nothing_fails(tmp_path: Path, words: list[str]) -> None:
    assert hook(*words, data=b"{broken", HOME=str(tmp_path), WJ_REPO="/dev/null/x") == (0, b"")


def test_help_is_for_people() -> None:
    status, said = hook("--help")
    assert status == 0
    assert b"Usage: wj hook" in said


def test_a_poke_is_followed_by_an_import_in_the_background(box: Sandbox, home: Path) -> None:
    session = Session(home)
    box.ok("init")
    spool = spool_of(str(home / ".local" / "state" / "wajutsu"), str(box.repo))
    said = {"session_id": ONE, "transcript_path": str(session.path), "last_assistant_message": "r1"}

    words = ["claude", "--spool", spool.folder, "-R", str(box.repo)]
    assert hook(*words, data=json.dumps(said).encode()) == (0, b"")
    end = time.monotonic() + 60
    while ONE not in box.sessions():
        assert time.monotonic() < end, spool.failure()
        time.sleep(0.1)
    Path(spool.path("stop")).touch()  # so that the importer does not outlive the test
    while os.path.exists(spool.path("lease")):
        assert time.monotonic() < end
        time.sleep(0.05)
