"""Words and forms of other tools: hints, short options, the default command."""

from __future__ import annotations

import pytest

from tests.porcelain.cli.sandbox import Sandbox


def test_h_is_help(box: Sandbox) -> None:
    assert box.ok("-h") == box.ok("--help")
    assert box.ok("log -h").startswith("Usage: wj log")


def test_the_default_command_takes_its_options(box: Sandbox) -> None:
    box.begin()
    assert box.wj("-n 1") == box.wj("log -n 1")
    assert box.wj(f"-R {box.repo} -G --limit=1") == box.wj("log -G -n 1")
    box.ok('config set --user ui.default-command \'["log", "-G"]\'')
    assert box.wj("") == box.wj("log -G")
    assert box.wj("-n 2") == box.wj("log -G -n 2")


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("append hello", "`wj append -m TEXT`"),
        ("log demo", "`wj log -r REVSET`"),
        ("commit -a", "nothing to add"),
        ("log --all", "`wj log -r 'all()'`"),
        ("clone x", "`wj git clone URL`"),
        ("stash", "`wj new @-`"),
        ("merge a", "`wj new A B`"),
        ("checkout x", "`wj edit REV`"),
    ],
)
def test_what_other_tools_call_it_is_understood(box: Sandbox, line: str, hint: str) -> None:
    done = box.run(*line.split())
    assert done.code == 2
    assert hint in done.err


def test_names_that_read_as_expressions_are_refused(box: Sandbox) -> None:
    box.begin()
    for name in ("@", "@-", "foo@bar", ""):
        done = box.run("session", "create", name, "-r", "demo")
        assert done.code == 2, name
    assert box.sessions() == {"demo": "q3"}


def test_unknown_values_of_filters_are_refused(box: Sandbox) -> None:
    box.begin()
    assert "There are import" in box.wj("op log --kind imports")
    assert "No session is or was called `demos`" in box.wj("op log --session demos")
    assert "Did you mean `demo`" in box.wj("op log --session demos")
    assert "No operation has --by `nobody`" in box.wj("op log --by nobody")
    assert box.run("op", "log", "--since", "yesterday").code == 0
    assert box.run("op", "log", "--since", "yesterday 17:30").code == 0
    assert box.run("op", "log", "--since", "yesterdy").code == 2


def test_an_alias_that_hides_behind_a_command_is_named(box: Sandbox) -> None:
    box.begin()
    box.ok("config set --user aliases.log '[\"status\"]'")
    done = box.run("log", "-n", "1")
    assert done.code == 0
    assert "Warning: The alias `log` has no effect" in done.err


def test_init_says_how_to_use_a_path(box: Sandbox) -> None:
    assert "Hint: `wj -R " in box.wj(f"init {box.folder / 'other.git'}")
    assert "Hint" not in box.wj("init")


def test_abandon_says_where_sessions_went(box: Sandbox) -> None:
    box.begin()
    shown = box.wj("abandon demo")
    assert "Moved session demo to qrnzlsvs" in shown


def test_undo_names_the_operation_that_is_current_again(box: Sandbox) -> None:
    box.begin()
    box.ok("new")
    shown = box.wj("undo")
    assert "Restored to operation: " in shown
    assert "import demo" in shown
