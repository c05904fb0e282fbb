"""Operations for the tests of the operation log."""

from __future__ import annotations

import pytest

from tests.porcelain.cli.sandbox import Sandbox


@pytest.fixture
def forked(box: Sandbox) -> Sandbox:
    """A conversation with a fork of one more message."""
    box.begin(2)
    box.ok("fork @- try-b")
    box.ok("append -m 'another way'")
    return box
