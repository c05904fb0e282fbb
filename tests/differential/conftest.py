"""No waiting for the disk: what is compared is not what survives a power cut."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.porcelain.cli.sandbox import Sandbox


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", _nothing)


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Return a user without a repository."""
    return Sandbox(tmp_path, monkeypatch)


def _nothing(descriptor: int) -> None:
    """Stand in for fsync."""
