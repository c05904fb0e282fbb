"""No waiting for the disk: what is compared is not what survives a power cut."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", _nothing)


def _nothing(descriptor: int) -> None:
    """Stand in for fsync."""
