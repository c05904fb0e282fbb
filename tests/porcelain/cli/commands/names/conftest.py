"""Sessions for the tests of names."""

from __future__ import annotations

import pytest

from tests.porcelain.cli.sandbox import Sandbox


@pytest.fixture
def forked(box: Sandbox) -> Sandbox:
    """Return a repository where `demo` ends with q3 and its fork `try-b` with `other`."""
    box.begin()
    box.ok("fork @- try-b")
    box.ok("append -m other")
    return box
