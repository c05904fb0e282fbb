"""Copies of databases do not outlive the process that made them, even if it is killed."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from porcelain.transcript.reading import private_folder as module
from porcelain.transcript.reading.database import opened
from porcelain.transcript.reading.private_folder import private_folder, remove_stale_folders
from tests.harness.processes import Gate, kill, start
from tests.porcelain.cli.sandbox import Sandbox


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[int]:
    """Return a process that reads a database, and has copied it."""
    path = tmp_path / "opencode.db"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE session (id text)")
    database.commit()
    is_open = Gate()

    def work() -> None:
        with opened(b"", str(path)):
            is_open.open()
            threading.Event().wait()

    child = start(work)
    is_open.wait()
    yield child
    is_open.close()


def test_a_copy_of_a_killed_process_is_removed_by_the_next_watch(
    temporary: Path, reader: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Sandbox(tmp_path, monkeypatch)
    box.ok("init")
    (copy,) = temporary.iterdir()
    assert copy.stat().st_mode & 0o777 == 0o700
    box.ok("watch --once")
    assert (copy / "copy.db").exists()  # its process lives

    kill(reader)
    box.ok("watch --once")
    assert list(temporary.iterdir()) == []


def test_a_copy_of_a_killed_process_is_removed_by_the_next_copy(
    temporary: Path, reader: int
) -> None:
    kill(reader)
    (old,) = temporary.iterdir()
    with private_folder() as folder:
        assert not old.exists()
        assert list(temporary.iterdir()) == [Path(folder)]
    assert list(temporary.iterdir()) == []


def test_what_is_not_ours_stays(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = temporary / "mine"
    kept.mkdir()
    (kept / "file").touch()
    (temporary / "wj-database-link").symlink_to(kept)
    (temporary / "wj-database-file").touch()
    (temporary / "wj-packs-folder").mkdir()
    remove_stale_folders()
    assert len(list(temporary.iterdir())) == 4
    assert (kept / "file").exists()

    (temporary / "wj-database-other").mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(os, "getuid", lambda: os.geteuid() + 1)
        remove_stale_folders()
    assert (temporary / "wj-database-other").exists()
    remove_stale_folders()
    assert not (temporary / "wj-database-other").exists()


def test_a_folder_that_was_taken_for_a_stale_one_is_made_again(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process may look between the making of a folder and its lock."""
    opened_folder = module._opened
    calls: list[str] = []

    def late(folder: str) -> int:
        calls.append(folder)
        handle = opened_folder(folder)
        if len(calls) == 1:
            os.rmdir(folder)
        return handle

    monkeypatch.setattr(module, "_opened", late)
    with private_folder() as folder:
        assert folder != calls[0]
        assert os.path.isdir(folder)
    assert list(temporary.iterdir()) == []
