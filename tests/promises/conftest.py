"""The user of the command line in these tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.porcelain.cli.sandbox import Sandbox


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Return a user without a repository."""
    return Sandbox(tmp_path, monkeypatch)
