"""`wj browse` without what it needs says how to have it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from porcelain.cli.main import COMMANDS
from tests.porcelain.cli.sandbox import Sandbox


def test_without_textual_it_says_how_to_have_it(
    chat: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("porcelain.cli.commands.look.browse.find_spec", lambda _: None)

    assert chat.wj("browse") == (
        "Error: `wj browse` needs Textual, which is not installed\n"
        "Hint: `pip install 'wajutsu[tui]'` installs it\n"
        "Hint: `wj serve` shows the same in a browser, and `wj log` here\n"
        "[exit 1]\n"
    )


def test_it_needs_a_terminal(chat: Sandbox) -> None:
    assert "needs a terminal" in chat.wj("browse")


def test_no_command_imports_textual() -> None:
    modules = {
        f"porcelain.cli.commands.{place.partition(':')[0]}" for place, _ in COMMANDS.values()
    }
    code = f"import sys; {'; '.join(f'import {one}' for one in sorted(modules))}; print([m for m in sys.modules if m.split('.')[0] in ('textual', 'rich')])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
