"""The programs that `make agents-test` installs, and a user who has them."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agents.claude_program import ClaudeProgram
from tests.agents.model_server import model_server
from tests.porcelain.cli.sandbox import Sandbox

PROGRAMS = [path for path in os.environ.get("AGENTS_CLAUDE", "").split(":") if path]


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Return a user without a repository."""
    return Sandbox(tmp_path, monkeypatch)


@pytest.fixture(params=PROGRAMS or [""], ids=lambda path: Path(path).parent.name or "absent")
def claude(request: pytest.FixtureRequest, home: Path) -> Iterator[ClaudeProgram]:
    """Return each installed version of Claude Code in turn."""
    if not request.param:
        pytest.skip("the real Claude Code (`make agents-test`)")
    with model_server() as model:
        yield ClaudeProgram(Path(request.param), home, model)


@pytest.fixture
def sdk_python() -> str:
    """Return a Python that has claude-agent-sdk."""
    found = os.environ.get("AGENTS_SDK", "")
    if not found and importlib.util.find_spec("claude_agent_sdk") is None:
        pytest.skip("claude-agent-sdk (`make agents-test`)")
    return found or sys.executable
