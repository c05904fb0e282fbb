"""`wj config`: paths, values, edits, and broken files."""

from __future__ import annotations

from pathlib import Path

from tests.porcelain.cli.sandbox import Sandbox


def test_settings_are_set_listed_read_and_taken_out(box: Sandbox) -> None:
    box.ok("init")

    assert box.wj("config set --user user.name 'Ada Lovelace'") == ""
    box.ok("config set --repo revsets.log demo")
    box.ok("config set --user revsets.log all()")

    assert (
        box.wj("config list")
        == """\
user.name = "Ada Lovelace"
revsets.log = "demo"
"""
    )
    assert (
        box.wj("config list --include-overridden")
        == """\
user.name = "Ada Lovelace"
# revsets.log = "all()"
revsets.log = "demo"
"""
    )
    assert (
        box.wj("config list revsets --include-defaults")
        == """\
revsets.log = "demo"
"""
    )
    assert (
        box.wj("config list --user")
        == """\
user.name = "Ada Lovelace"
"""
    )
    assert box.wj("config get user.name") == "Ada Lovelace\n"
    assert box.wj("config get revsets.log") == "demo\n"
    box.ok("config unset --repo revsets.log")
    assert box.wj("config get revsets.log") == "all()\n"


def test_a_file_keeps_its_comments_and_its_order(box: Sandbox, home: Path) -> None:
    path = home / ".config/wajutsu/config.toml"
    path.parent.mkdir(parents=True)
    path.write_text('# mine\n[ui]\ncolor = "never" # always\n\n[user]\nname = "A"\n')

    box.ok("config set --user user.name B")

    assert path.read_text() == '# mine\n[ui]\ncolor = "never" # always\n\n[user]\nname = "B"\n'


def test_where_the_files_are(box: Sandbox, home: Path) -> None:
    assert box.wj("config path --user") == "~/.config/wajutsu/config.toml\n"
    assert box.wj("config path --repo") == "$DIR/conversations.git/config.toml\n"
    assert not (home / ".config").exists()


def test_what_cannot_be_set(box: Sandbox) -> None:
    box.ok("init")

    assert (
        box.wj("config set user.name x")
        == """\
Error: The file to change is missing
Usage: wj config set [OPTIONS] NAME VALUE
Hint: Give `--user` or `--repo`
Hint: For help, see `wj config set --help`
[exit 2]
"""
    )
    assert (
        box.wj("config set --user user.nane x")
        == """\
Config error: ~/.config/wajutsu/config.toml: user.nane: there is no such setting; did you mean user.name?
Hint: `wj config path` prints the paths of the files; `wj help config` explains them
[exit 1]
"""
    )
    assert (
        box.wj("config set --user ui.color purple")
        == """\
Config error: ~/.config/wajutsu/config.toml: ui.color: must be one of always, never, auto, debug, not "purple"
Hint: `wj config path` prints the paths of the files; `wj help config` explains them
[exit 1]
"""
    )
    assert (
        box.wj("config set --user user x")
        == """\
Config error: ~/.config/wajutsu/config.toml: user: is a table of settings, not a setting
Hint: `wj config path` prints the paths of the files; `wj help config` explains them
[exit 1]
"""
    )
    assert (
        box.wj("config set --repo aliases.x '[\"log\"]'")
        == """\
Config error: $DIR/conversations.git/config.toml: aliases.x: a repository cannot set it; set it in your own configuration
Hint: `wj config path` prints the paths of the files; `wj help config` explains them
[exit 1]
"""
    )
    assert (
        box.wj("config unset --user user.name")
        == """\
Config error: ~/.config/wajutsu/config.toml: user.name: is not set there
Hint: `wj config path` prints the paths of the files; `wj help config` explains them
[exit 1]
"""
    )
    assert (
        box.wj("config get user.name")
        == """\
Config error: user.name: is not set
Hint: `wj config path` prints the paths of the files; `wj help config` explains them
[exit 1]
"""
    )
    assert (
        box.wj("config get user.nane")
        == """\
Config error: user.nane: there is no such setting; did you mean user.name?
Hint: `wj config path` prints the paths of the files; `wj help config` explains them
[exit 1]
"""
    )
    assert (
        box.wj("config list user")
        == """\
Warning: No setting is set at or under user
"""
    )


def test_a_broken_file_stops_what_needs_it_and_nothing_else(box: Sandbox, home: Path) -> None:
    box.begin()
    path = home / ".config/wajutsu/config.toml"
    path.parent.mkdir(parents=True)
    path.write_text("[user\n")

    assert (
        box.wj("log")
        == """\
Config error: ~/.config/wajutsu/config.toml: is not valid TOML: Expected ']' at the end of a table declaration (at line 1, column 6)
Hint: `wj config path` prints the paths of the files; `wj help config` explains them
[exit 1]
"""
    )
    assert box.run("append", "-m", "x").code == 1
    assert box.run("init").code == 1
    assert box.run("help").code == box.run("version").code == box.run("--help").code == 0
    assert box.wj("config path --user") == "~/.config/wajutsu/config.toml\n"
    assert (
        box.wj("config list")
        == """\
Warning: ~/.config/wajutsu/config.toml: is not valid TOML: Expected ']' at the end of a table declaration (at line 1, column 6)
"""
    )
    assert box.run("config", "set", "--user", "user.name", "x").code == 1


def test_one_wrong_setting_is_named(box: Sandbox, home: Path) -> None:
    box.begin()
    path = home / ".config/wajutsu/config.toml"
    path.parent.mkdir(parents=True)
    path.write_text('[user]\nname = 42\nnane = "x"\n')

    assert (
        box.wj("log")
        == """\
Config error: ~/.config/wajutsu/config.toml: user.name: must be a string, not an integer
Hint: `wj config path` prints the paths of the files; `wj help config` explains them
[exit 1]
"""
    )
    assert (
        box.wj("config list")
        == """\
Warning: ~/.config/wajutsu/config.toml: user.name: must be a string, not an integer
Warning: ~/.config/wajutsu/config.toml: user.nane: there is no such setting; did you mean user.name?
"""
    )
    box.ok("config unset --user user.nane")
    box.ok("config set --user user.name Ada")
    assert box.run("log").code == 0


def test_what_a_repository_may_not_set_is_ignored_with_a_warning(box: Sandbox) -> None:
    box.begin()
    box.file("conversations.git/config.toml", b'[repository]\npath = "/elsewhere"\n')

    assert (
        box.wj("log -n 1")
        == """\
Warning: $DIR/conversations.git/config.toml: repository.path is ignored: a repository cannot set it
@  xrvpptnn claude-opus-4-5 2026-03-01 10:00:06 demo 6 messages c1......
│  q3
"""
    )
