"""The settings that the code reads are those that exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from porcelain.cli.config.keys import KEYS, find_key, parse_name
from porcelain.cli.run.settings import DEFAULTS
from tests.harness.places import ROOT
from tests.porcelain.cli.sandbox import Sandbox

_TABLES = "|".join(sorted({re.escape(key.name[0]) for key in KEYS}))
_NAME = re.compile(rf"(?<![\w.-])(?:{_TABLES})(?:\.[a-z][a-z_-]*){{1,3}}(?![\w.])")


def mentioned() -> Iterator[str]:
    """Yield the name of each setting that a text in the code of the command line mentions."""
    for path in (ROOT / "porcelain" / "cli").rglob("*.py"):
        if path.name not in ("keys.py", "main.py"):  # these define settings and name modules
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield from _NAME.findall(node.value)


def test_every_setting_that_the_code_names_exists() -> None:
    assert [name for name in mentioned() if find_key(parse_name(name)) is None] == []


def test_every_setting_with_one_name_is_read_somewhere() -> None:
    names = {".".join(key.name) for key in KEYS if key.name[-1] != "*"}

    assert names - set(mentioned()) == set()


def test_the_defaults_that_need_no_module_are_those_of_the_settings() -> None:
    known = {".".join(key.name): key.default for key in KEYS}

    assert {name: known[name] for name in DEFAULTS} == DEFAULTS


@pytest.mark.parametrize("line", ["describe", "commit", "squash --editor", "split --at 1 --editor"])
def test_an_editor_opens_with_any_configuration(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    box.begin()
    monkeypatch.delenv("WJ_EDITOR", raising=False)
    monkeypatch.setenv("VISUAL", "sh -c 'echo from VISUAL > $1' sh")
    box.ok("config set --user user.name Ada")

    assert "there is no such setting" not in box.wj(line)
    box.ok("describe")
    assert box.titles("@") == ["from VISUAL"]


def test_the_editor_of_the_users_configuration_goes_before_the_environments(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.begin()
    monkeypatch.delenv("WJ_EDITOR", raising=False)
    monkeypatch.setenv("VISUAL", "false")
    box.ok("config set --user ui.editor \"sh -c 'echo from setting > $1' sh\"")

    box.ok("describe")

    assert box.titles("@") == ["from setting"]


def test_a_repository_names_no_editor(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    box.begin()
    monkeypatch.delenv("WJ_EDITOR", raising=False)
    monkeypatch.setenv("VISUAL", "true")
    box.file("conversations.git/config.toml", b'[ui]\neditor = "touch ran"\n')

    box.run("describe")

    assert not (box.folder / "ran").exists()
    assert "a repository cannot set it" in box.wj("config set --repo ui.editor vi")
