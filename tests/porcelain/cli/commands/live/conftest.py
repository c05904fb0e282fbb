"""The spool of the sandbox's repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from porcelain.exchange.live.spool import Spool, spool_of
from tests.porcelain.cli.sandbox import Sandbox


@pytest.fixture
def spool(box: Sandbox, home: Path) -> Spool:
    """Return the spool of the sandbox's repository."""
    made = spool_of(str(home / ".local" / "state" / "wajutsu"), str(box.repo))
    made.make()
    return made
