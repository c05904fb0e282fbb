"""Promise: `colors.*` change how labelled text looks, by jj's rules."""

from __future__ import annotations

import pytest

from porcelain.cli.config.styles import Style
from porcelain.cli.run.colors import Painter
from tests.porcelain.cli.sandbox import Sandbox

E = "\x1b["


@pytest.mark.parametrize(
    ("rules", "labels", "shown"),
    [
        ({"x": {"fg": "red"}}, "x", f"{E}38;5;1mt{E}39m"),
        ({"x": {"fg": "bright red"}}, "a x b", f"{E}38;5;9mt{E}39m"),
        ({"x": {"fg": "#ff8000"}}, "x", f"{E}38;2;255;128;0mt{E}39m"),
        ({"x": {"bg": "ansi-color-81"}}, "x", f"{E}48;5;81mt{E}49m"),
        ({"x": {"underline": "true"}}, "x", f"{E}4mt{E}24m"),
        ({"x": {"italic": "true", "bold": "true"}}, "x", f"{E}1m{E}3mt{E}0m"),
        # the deepest labels win, for each attribute on its own
        (
            {"x": {"fg": "red", "bold": "true"}, "y": {"fg": "blue"}},
            "x y",
            f"{E}1m{E}38;5;4mt{E}0m",
        ),
        ({"y x": {"fg": "red"}}, "x y", "t"),
        ({"x y": {"fg": "red"}, "y": {"fg": "blue"}}, "x z y", f"{E}38;5;1mt{E}39m"),
        # a built-in rule is replaced by a colour, and completed by a table
        ({"role": {"fg": "red"}}, "role", f"{E}38;5;1mt{E}39m"),
        ({"match": {"fg": "red", "bold": "false"}}, "match", f"{E}38;5;1mt{E}39m"),
        ({"timestamp": {"fg": "default"}}, "timestamp", "t"),
    ],
)
def test_rules(rules: dict[str, dict[str, str]], labels: str, shown: str) -> None:
    assert Painter(lambda: rules).paint([(labels, "t")], "always") == shown


def test_the_configuration_has_colours_and_tables(box: Sandbox) -> None:
    box.begin(1)
    box.ok("config set --user colors.change_id '#010203'")
    box.ok("config set --user \"colors.'working_copy timestamp'\" '{ bg = \"red\", bold = false }'")

    shown = box.ok("log --color always")

    assert f"{E}38;2;1;2;3m" in shown
    assert f"{E}48;5;1m" in shown
    assert 'colors."working_copy timestamp" = { bg = "red", bold = false }' in box.ok("config list")
    box.ok("config set --user \"colors.'working_copy timestamp'\" yellow")
    assert box.ok("config get \"colors.'working_copy timestamp'\"") == "yellow\n"
    box.ok("config unset --user \"colors.'working_copy timestamp'\"")


@pytest.mark.parametrize(
    "value", ["purple", "#12345", "ansi-color-256", '{ fg = "purple" }', "{ blink = true }", "{}"]
)
def test_what_is_no_style_is_refused(box: Sandbox, value: str) -> None:
    done = box.run("config", "set", "--user", "colors.x", value)

    assert done.code == 1
    assert "must be a colour" in done.err


def test_a_table_is_written_as_toml() -> None:
    assert str(Style('{ fg = "red" }')) == '{ fg = "red" }'
