"""Promise: settings in a scope hold where its conditions do."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.porcelain.cli.sandbox import Sandbox


def configured(box: Sandbox, text: str) -> Sandbox:
    """Write the user's configuration file."""
    path = Path(os.environ["XDG_CONFIG_HOME"], "wajutsu", "config.toml")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return box


def scope(condition: str) -> str:
    return f'ui.graph.style = "curved"\n[[--scope]]\n{condition}\nui.graph.style = "ascii"\n'


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ('--when.commands = ["log"]', True),
        ('--when.commands = ["op log", "log"]', True),
        ('--when.commands = ["op"]', False),
        ('--when.commands = ["lo"]', False),
        ('--when.platforms = ["unix"]', True),
        ('--when.platforms = ["windows"]', False),
        ('--when.repositories = ["REPO"]', True),
        ('--when.repositories = ["FOLDER"]', True),
        ('--when.repositories = ["REPOx", "/nowhere"]', False),
        ('--when.repositories = ["~/elsewhere"]', False),
        ('--when = { commands = ["log"], platforms = ["windows"] }', False),
        ("--when = {}", True),
    ],
)
def test_a_scope_holds_where_all_its_conditions_do(
    box: Sandbox, condition: str, holds: bool
) -> None:
    if sys.platform != "linux" and "platforms" in condition:
        pytest.skip("the platform is another")
    box.begin(1)
    named = condition.replace("REPO", str(box.repo)).replace("FOLDER", str(box.folder))
    configured(box, scope(named))

    assert box.ok("log -r 'root() | @'").split("\n")[1].startswith("|") is holds


def test_conditions_of_a_file_are_for_all_of_it(box: Sandbox) -> None:
    box.begin(1)
    configured(box, '--when.commands = ["evolog"]\nui.graph.style = "ascii"\n')

    assert "│" in box.ok("log -r 'root() | @'")
    assert box.ok("config get ui.graph.style") == "curved\n"


def test_a_group_of_commands_can_be_named(box: Sandbox) -> None:
    box.begin(1)
    configured(box, scope('--when.commands = ["op"]'))

    assert "│" in box.ok("log -r 'root() | @'")
    assert "|" in box.ok("op log")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('--when.weather = ["rain"]\n', "there is no such condition"),
        ('--when.commands = "log"\n', "must be an array of strings"),
        ("--when = 3\n", "must be a table of conditions"),
        ("[--scope]\n", "must be written as `[[--scope]]`"),
        ('[[--scope]]\nui.nothing = "x"\n', "there is no such setting"),
    ],
)
def test_a_faulty_scope_is_an_error(box: Sandbox, text: str, reason: str) -> None:
    box.begin(1)
    configured(box, text)

    done = box.run("log")

    assert done.code == 1
    assert reason in done.err


def test_an_edit_is_refused_where_a_scope_is_faulty(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.begin(1)
    faulty = '[[--scope]]\n--when.commands = ["never"]\nui.nothing = "x"\n'
    monkeypatch.setenv("WJ_EDITOR", f"sh -c 'printf %s \"$0\" > \"$1\"' '{faulty}'")

    assert "there is no such setting" in box.run("config", "edit", "--user").both
