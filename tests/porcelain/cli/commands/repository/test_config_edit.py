"""`wj config edit`: the file in the user's editor."""

from __future__ import annotations

import pytest

from tests.porcelain.cli.sandbox import Sandbox


def write(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Make an editor that writes this text."""
    monkeypatch.setenv("WJ_EDITOR", f'sh -c \'printf "%s" "$0" > "$1"\' \'{text}\'')


def test_the_edited_text_replaces_the_file(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    box.ok("config set --user user.name Ada")
    write(monkeypatch, '[ui]\ncolor = "never"\n')
    assert "Changed " in box.wj("config edit --user")
    assert box.ok("config get ui.color") == "never\n"
    assert "user.name" not in box.ok("config list")
    assert "Nothing changed." in box.wj("config edit --user")


def test_a_faulty_text_replaces_nothing(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    box.ok("config set --user user.name Ada")
    for text, fault in (("[ui", "not valid TOML"), ("[ui]\ncolour = 1\n", "no such setting")):
        write(monkeypatch, text)
        done = box.run("config", "edit", "--user")
        assert done.code == 1
        assert fault in done.err
        assert "The edited text is kept in " in done.err
    monkeypatch.setenv("WJ_EDITOR", "false")
    assert box.run("config", "edit", "--user").code == 1
    assert box.ok("config get user.name") == "Ada\n"
    assert box.run("config", "edit").code == 2
