"""Promise: what is on disk outlives every version (design: repositories that 0.1.0 wrote).

`tests/fixtures/version_1` holds repositories as 0.1.0 left them, with its answers in
`expected.json`: all operation ids and visible commits, newest first, and for each session the
SHA-256 of its export. A later version gives the same answers, and goes on writing in them.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.harness.bare import fsck
from tests.harness.places import ROOT
from tests.porcelain.cli.sandbox import Sandbox

FOLDER = ROOT / "tests" / "fixtures" / "version_1"
EXPECTED: dict[str, dict[str, Any]] = json.loads((FOLDER / "expected.json").read_text())
WITH_SESSIONS = [name for name in EXPECTED if name != "empty"]


def unpack(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Return a user whose repository is a copy of a fixture."""
    with tarfile.open(FOLDER / f"{name}.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    box = Sandbox(folder, monkeypatch)
    (folder / f"{name}.git").rename(box.repo)
    return box


def lines(box: Sandbox, *words: str) -> list[str]:
    done = box.run(*words)
    assert done.code == 0, done.both
    return done.raw.decode().split()


def answers(box: Sandbox, sessions: list[str]) -> dict[str, Any]:
    """Return what the fixture's expectations hold."""
    exports = {name: box.run("export", name).raw for name in sessions}
    return {
        "operations": lines(box, "op", "log", "--no-graph", "-T", 'id ++ "\\n"'),
        "commits": lines(
            box, "log", "-r", "all() ~ root()", "--no-graph", "-T", 'commit_id ++ "\\n"'
        ),
        "sessions": {name: hashlib.sha256(data).hexdigest() for name, data in exports.items()},
    }


@pytest.mark.parametrize("keeps_index", [True, False])
@pytest.mark.parametrize("name", EXPECTED)
def test_a_repository_of_version_1_answers_as_version_1_did(
    name: str, keeps_index: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = unpack(name, tmp_path, monkeypatch)
    if not keeps_index:
        for file in box.repo.glob("store-index.sqlite*"):
            file.unlink()

    assert answers(box, list(EXPECTED[name]["sessions"])) == EXPECTED[name]
    assert "rror" not in box.ok("doctor")


@pytest.mark.parametrize("name", WITH_SESSIONS)
def test_a_repository_of_version_1_is_written_on_and_undone(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = unpack(name, tmp_path, monkeypatch)
    session = "talk"

    box.ok(f"fork {session} later")
    box.ok("append -m further")
    assert b"further" in box.run("export", "later").raw
    box.ok("undo")
    box.ok("undo")

    now = answers(box, list(EXPECTED[name]["sessions"]))
    assert now["sessions"] == EXPECTED[name]["sessions"]
    assert set(now["commits"]) == set(EXPECTED[name]["commits"])
    assert now["operations"][-len(EXPECTED[name]["operations"]) :] == EXPECTED[name]["operations"]
    fsck(box.repo)


def test_redacted_text_of_version_1_is_in_no_visible_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = unpack("redacted", tmp_path, monkeypatch)

    assert b"hunter2" not in box.run("export", "talk").raw
    box.ok("redact --purge --yes hunter2")
    assert b"[redacted]" in box.run("export", "talk").raw
    fsck(box.repo)
