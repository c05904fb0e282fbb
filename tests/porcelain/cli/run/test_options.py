"""Global options, aliases, help, and the choice of repository and user."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from porcelain.cli.config.keys import KEYS
from porcelain.cli.main import ALIASES, COMMANDS, STUBS, make_root
from tests.harness.bare import git
from tests.porcelain.cli.sandbox import Sandbox


@pytest.mark.parametrize(
    "line", ["-R two.git status", "status -R two.git", "status --repository=two.git"]
)
def test_global_options_stand_before_or_after_the_command(box: Sandbox, line: str) -> None:
    box.begin()
    box.ok("init two.git")

    assert box.wj(line) == "This workspace has no current commit\n"


def test_of_an_option_given_twice_the_last_counts(box: Sandbox) -> None:
    box.begin()
    box.ok("init two.git")

    assert (
        box.ok("-R conversations.git status -R two.git") == "This workspace has no current commit\n"
    )
    assert box.titles("@") == ["q3"]
    assert len(box.json("log -n 1 -n 2")) == 2


def test_settings_of_the_command_line_count_in_their_order(box: Sandbox) -> None:
    box.begin()
    box.file("more.toml", b'[revsets]\nlog = "demo--"\n')

    assert [
        c["title"] for c in box.json("log --config revsets.log=demo --config-file more.toml")
    ] == ["q1"]
    assert [
        c["title"] for c in box.json("log --config-file more.toml --config revsets.log=demo")
    ] == ["q3"]
    assert [
        c["title"] for c in box.json("--config revsets.log=demo log --config-file more.toml")
    ] == ["q1"]


def test_a_bad_setting_on_the_command_line(box: Sandbox) -> None:
    box.begin()

    assert (
        box.wj("log --config nonsense")
        == """\
Config error: --config: nonsense: must have the form NAME=VALUE
Hint: `wj config path` prints the paths of the files; `wj help config` explains them
[exit 1]
"""
    )
    assert (
        box.wj("log --config ui.colour=always")
        == """\
Config error: --config: ui.colour: there is no such setting; did you mean ui.color?
Hint: `wj config path` prints the paths of the files; `wj help config` explains them
[exit 1]
"""
    )
    assert (
        box.wj("log --config-file nowhere.toml")
        == """\
Config error: nowhere.toml: there is no such file
Hint: `wj config path` prints the paths of the files; `wj help config` explains them
[exit 1]
"""
    )


def test_help_of_every_command_names_its_options(box: Sandbox) -> None:
    for name in COMMANDS:
        said = box.ok(f"help {name}")
        assert said.startswith(f"Usage: wj {name}")
        assert "--json" in said
        assert said.startswith(box.ok(f"{name} --help"))  # a topic may follow


def test_help_lists_the_commands(box: Sandbox) -> None:
    said = box.ok("help")

    assert said == box.ok("--help")
    assert [
        line.split()[0] for line in said.split("Commands:\n")[1].split("\n\n")[0].splitlines()
    ] == [*COMMANDS]


def test_every_command_and_group_says_what_it_does() -> None:
    import click

    root = make_root()
    ctx = click.Context(root)
    for name in root.list_commands(ctx):
        command = root.get_command(ctx, name)
        assert command is not None
        parts = [command, *getattr(command, "commands", {}).values()]
        for part in parts:
            assert part.help, part.name
            for param in part.params:
                if isinstance(param, click.Option) and not param.hidden:
                    assert param.help, (part.name, param.name)


def test_help_of_what_is_no_command(box: Sandbox) -> None:
    assert (
        box.wj("help nonsense")
        == """\
Error: There is no command or topic `nonsense`
Usage: wj help [OPTIONS] [COMMAND…|TOPIC]
Hint: `wj help` lists the commands, `wj help -k` the topics
Hint: For help, see `wj help --help`
[exit 2]
"""
    )
    assert box.wj("help config set").startswith("Usage: wj config set")


def test_other_names_of_commands(box: Sandbox) -> None:
    box.begin()

    for alias, name in ALIASES.items():
        assert (
            box.ok(f"{alias} --help").splitlines()[1:] == box.ok(f"{name} --help").splitlines()[1:]
        )


def test_stubs_name_commands_that_exist() -> None:
    for hint in STUBS.values():
        for part in hint.split("`wj ")[1:]:
            assert part.split("`")[0].split()[0] in COMMANDS


def test_the_users_own_commands(box: Sandbox) -> None:
    box.begin()
    box.ok("""config set --user aliases.tip '["log", "--no-graph", "-n", "1"]'""")
    box.ok("""config set --user aliases.two '["--quiet", "tip", "-n", "2"]'""")
    box.ok("""config set --user aliases.round '["trip"]'""")
    box.ok("""config set --user aliases.trip '["round"]'""")
    box.ok("config set --user aliases.nothing []")

    assert box.ok("tip").splitlines()[1] == "q3"
    assert box.ok("tip -r demo-").splitlines()[1] == "q2"
    assert len(box.ok("two").splitlines()) == 4
    assert box.ok("nothing") == box.ok("log")
    assert (
        box.wj("round")
        == """\
Error: Recursive alias definition involving `round`
Usage: wj [OPTIONS] COMMAND [ARGS]...
Hint: For help, see `wj --help`
[exit 2]
"""
    )
    assert "Did you mean `tip`" in box.wj("tipp")


def test_an_alias_never_hides_a_command(box: Sandbox) -> None:
    box.begin()
    box.ok("""config set --user aliases.log '["status"]'""")

    assert box.ok("log") != box.ok("status")


def test_a_repository_sets_no_alias(box: Sandbox) -> None:
    box.begin()
    box.file("conversations.git/config.toml", b'[aliases]\nevil = ["undo"]\n')

    assert "There is no command `evil`" in box.wj("evil")


# Which repository.


def test_the_repository_that_one_is_in(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    box.begin()
    monkeypatch.delenv("WJ_REPO")
    inside = box.repo / "refs" / "sessions"
    monkeypatch.chdir(inside)

    assert box.titles("@") == ["q3"]


def test_a_plain_bare_repository_with_sessions(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.begin()
    git(box.folder, "clone", "-q", "--mirror", "conversations.git", "copy.git")
    git(box.folder / "copy.git", "pack-refs", "--all")
    box.ok("util trust copy.git")
    monkeypatch.delenv("WJ_REPO")
    monkeypatch.chdir(box.folder / "copy.git")

    assert box.titles("demo") == ["q3"]


def test_never_a_projects_own_repository(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    git(box.folder, "init", "-q", "project")
    git(box.folder, "init", "-q", "--bare", "bare.git")
    monkeypatch.delenv("WJ_REPO")

    for folder in ("project", "project/.git", "bare.git"):
        monkeypatch.chdir(box.folder / folder)
        assert "There is no repository yet" in box.wj("log")

    box.ok("init")
    assert (home / ".local/share/wajutsu/repo/HEAD").exists()


def test_the_order_in_which_repositories_are_looked_for(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def titles() -> str:
        return "".join(box.titles("all() ~ root()"))

    monkeypatch.delenv("WJ_REPO")
    for name in ("default", "configured", "around", "environment", "option"):
        path = box.folder / f"{name}.git"
        box.ok(f"init {path}")
        box.ok(f"-R {path} append -m {name}")
    monkeypatch.setenv("XDG_DATA_HOME", str(box.folder / "data"))
    (box.folder / "data/wajutsu").mkdir(parents=True)
    (box.folder / "default.git").rename(box.folder / "data/wajutsu/repo")

    assert titles() == "default"
    box.ok(f"config set --user repository.path {box.folder / 'configured.git'}")
    assert titles() == "configured"
    monkeypatch.chdir(box.folder / "around.git")
    assert titles() == "around"
    monkeypatch.setenv("WJ_REPO", str(box.folder / "environment.git"))
    assert titles() == "environment"
    option = box.folder / "option.git"
    assert [c["title"] for c in box.json(f"log -r @ -R {option}")] == ["option"]


def test_init_makes_ones_own_repository_and_only_once(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.delenv("WJ_REPO")

    assert (
        box.wj("init")
        == """\
Initialized a repository in ~/.local/share/wajutsu/repo
"""
    )
    assert (
        box.wj("init")
        == """\
There is a repository already in ~/.local/share/wajutsu/repo
Nothing changed.
"""
    )
    assert not list(box.folder.iterdir())


def test_init_for_single_files(box: Sandbox) -> None:
    box.ok("init --layout single-file")
    document = b'{"id": "s", "model": "m", "created_at": "t", "updated_at": "t", "messages": []}'
    box.ok("save", stdin=document)

    assert git(box.repo, "show", "refs/sessions/s:session.json") == document


def test_what_begins_by_appending_has_the_repositorys_layout_too(box: Sandbox) -> None:
    box.ok("init --layout single-file")
    box.ok("append -m hello --session talk")

    document = json.loads(git(box.repo, "show", "refs/sessions/talk:session.json"))
    assert [message["content"] for message in document["messages"]] == ["hello"]


# Who.


def test_who_one_is(box: Sandbox, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    def author() -> str:
        box.ok("new root()")
        who = box.json("show")[0]["author"]
        return f"{who['name']} <{who['email']}>"

    box.ok("init")
    assert author() == "Ada <ada@example.org>"

    monkeypatch.delenv("WJ_USER")
    monkeypatch.delenv("WJ_EMAIL")
    assert author() == "ada <ada@host>"

    (home / ".config/git").mkdir(parents=True)
    monkeypatch.delenv("GIT_CONFIG_GLOBAL")
    (home / ".config/git/config").write_text("[user]\nname = Xdg\nemail = xdg@example.org\n")
    assert author() == "Xdg <xdg@example.org>"
    (home / ".gitconfig").write_text('[user]\n\tname = "Git" ; me\n')
    assert author() == "Git <xdg@example.org>"

    box.ok("config set --user user.name Config")
    assert author() == "Config <xdg@example.org>"
    box.ok("config set --repo user.email repo@example.org")
    assert author() == "Config <repo@example.org>"


def test_a_time_that_is_none(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    box.begin()
    setenv = box.patch.setenv

    def spoil(name: str, value: str) -> None:
        setenv(name, "yesterday" if name == "WJ_TIMESTAMP" else value)

    monkeypatch.setattr(box.patch, "setenv", spoil)

    assert (
        box.wj("append -m x")
        == """\
Error: WJ_TIMESTAMP is not a time in ISO 8601: yesterday
[exit 1]
"""
    )


def test_the_workspace_of_the_environment(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    box.begin()
    monkeypatch.setenv("WJ_WORKSPACE", "nobody")

    assert (
        box.wj("status")
        == """\
Error: Workspace `nobody` doesn't exist
[exit 1]
"""
    )
    assert box.wj("--workspace default status").startswith("Working copy")


def test_the_log_without_settings_is_what_the_setting_defaults_to(box: Sandbox) -> None:
    box.begin()
    (default,) = [key.default for key in KEYS if key.name == ("revsets", "log")]

    assert box.ok("log") == box.ok(f"log -r {default}")
