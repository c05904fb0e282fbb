"""The sandbox of the command line's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.porcelain.cli.sandbox import Sandbox


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Return a user without a repository."""
    return Sandbox(tmp_path, monkeypatch)


@pytest.fixture
def chat(box: Sandbox) -> Sandbox:
    """A conversation of four turns; `@` and the session are on the last."""
    box.begin(4)
    return box
