"""Configuration: layers, errors, and edits that keep what they do not change."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from porcelain.cli.config import edit
from porcelain.cli.config.keys import KEYS, find_key, format_name, format_value, parse_name
from porcelain.cli.config.layers import (
    Config,
    Layer,
)
from porcelain.errors import ConfigError


@pytest.fixture
def user(tmp_path: Path) -> Path:
    return tmp_path / "user" / "config.toml"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    folder = tmp_path / "repo.git"
    folder.mkdir()
    return folder / "config.toml"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def config_of(*layers: Layer) -> Config:
    return Config(layers)


def of_user(path: Path, text: str) -> Config:
    return config_of(Layer("user", str(write(path, text))))


def refused(action: object, *parts: str) -> str:
    with pytest.raises(ConfigError) as caught:
        action()  # type: ignore[operator]
    message = str(caught.value)
    for part in parts:
        assert part in message
    return message


class TestLayers:
    def test_defaults_hold_where_nothing_is_set(self, user: Path) -> None:
        config = config_of(Layer("user", str(user)))

        assert config.get("ui.color") == "auto"
        assert config.get("revsets.log") == "builtin_log()"
        assert config.get("user.name") is None
        assert config.aliases() == {}
        assert list(config.items()) == []

    def test_a_later_layer_wins_setting_by_setting(self, user: Path, repo: Path) -> None:
        write(user, '[user]\nname = "A"\nemail = "a@x"\n')
        write(repo, '[user]\nemail = "work@x"\n')
        config = config_of(
            Layer("user", str(user)),
            Layer("repo", str(repo)),
            Layer("command line", "--config", "ui.color=never"),
        )

        assert config.get("user.name") == "A"
        assert config.get_text("user.email") == "work@x"
        assert config.get("ui.color") == "never"

    def test_items_name_the_origin_of_each_value(self, user: Path, repo: Path) -> None:
        write(user, '[ui]\ncolor = "always"\n[user]\nname = "A"\n')
        write(repo, '[user]\nname = "B"\n')
        config = config_of(Layer("user", str(user)), Layer("repo", str(repo)))

        shown = [(item.text, item.value, item.source, item.path) for item in config.items()]
        everything = [
            (item.text, item.source, item.overridden)
            for item in config.items(defaults=True, overridden=True)
        ]

        assert shown == [
            ("ui.color", "always", "user", str(user)),
            ("user.name", "B", "repo", str(repo)),
        ]
        assert ("ui.color", "default", True) in everything
        assert ("user.name", "user", True) in everything
        assert ("user.name", "repo", False) in everything

    def test_items_can_be_limited_to_a_table_or_a_name(self, user: Path) -> None:
        config = of_user(user, '[user]\nname = "A"\nemail = "e"\n[ui]\ncolor = "never"\n')

        assert [item.text for item in config.items("user")] == ["user.name", "user.email"]
        assert [item.text for item in config.items("ui.color")] == ["ui.color"]
        assert list(config.items("use")) == []

    def test_aliases_keep_their_order_and_their_arguments(self, user: Path) -> None:
        config = of_user(user, "[aliases]\nl = ['log', '-n', '5']\n\"my log\" = ['log']\nz = []\n")

        assert list(config.aliases().items()) == [
            ("l", ("log", "-n", "5")),
            ("my log", ("log",)),
            ("z", ()),
        ]
        assert config.get('aliases."my log"') == ("log",)

    def test_dotted_keys_and_inline_tables_are_tables(self, user: Path) -> None:
        config = of_user(user, 'user.name = "A"\nui = { color = "debug" }\n')

        assert (config.get("user.name"), config.get("ui.color")) == ("A", "debug")

    def test_a_file_named_on_the_command_line_must_exist(self, tmp_path: Path) -> None:
        config = config_of(Layer("command line", str(tmp_path / "none.toml"), required=True))

        refused(lambda: config.get("ui.color"), "none.toml", "no such file")

    def test_no_file_is_opened_before_the_first_question(self, user: Path) -> None:
        opened: list[str] = []
        config = Config([Layer("user", str(user))], read=opened.append)

        assert opened == []
        config.get("ui.color")
        config.get("user.name")
        assert opened == [str(user)]

    def test_a_caller_may_hand_in_what_it_has_parsed_before(self, user: Path) -> None:
        config = Config([Layer("user", str(user))], read=lambda _path: {"user": {"name": "A"}})

        assert config.get("user.name") == "A"


class TestCommandLine:
    @pytest.mark.parametrize(
        ("text", "name", "value"),
        [
            ("user.name=A B", "user.name", "A B"),
            ('user.name="A B"', "user.name", "A B"),
            ("user.name = A", "user.name", "A"),
            ("user.name=42", "user.name", "42"),
            ("user.name=", "user.name", ""),
            ("revsets.log=x | y", "revsets.log", "x | y"),
            ("revsets.log=a=b", "revsets.log", "a=b"),
            ('aliases.l=["log", "-n", "1"]', "aliases.l", ("log", "-n", "1")),
            ('aliases."a=b"=["log"]', 'aliases."a=b"', ("log",)),
        ],
    )
    def test_values_are_toml_or_else_bare_text(
        self, text: str, name: str, value: str | tuple[str, ...]
    ) -> None:
        assert config_of(Layer("command line", "--config", text)).get(name) == value

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("user.name", "NAME=VALUE"),
            ("", "NAME=VALUE"),
            ("=x", "NAME=VALUE"),
            ("user.nme=x", "did you mean user.name?"),
            ("ui.color=blue", "must be one of always, never, auto, debug"),
            ('user.name="A', "not valid TOML"),
            ("aliases.l=log", "an array of strings"),
            ("aliases.l=[1]", "an array of strings"),
        ],
    )
    def test_a_bad_one_is_refused_with_the_reason(self, text: str, reason: str) -> None:
        refused(
            lambda: config_of(Layer("command line", "--config", text)).get("ui.color"),
            "--config",
            reason,
        )

    def test_a_line_break_starts_no_second_setting(self) -> None:
        config = config_of(Layer("command line", "--config", 'revsets.log=1\nui.color="never"'))

        assert config.get("ui.color") == "auto"
        assert config.get("revsets.log") == '1\nui.color="never"'


class TestFaults:
    @pytest.mark.parametrize(
        ("text", "parts"),
        [
            ("[user]\nnme = 'x'\n", ("user.nme", "did you mean user.name?")),
            ("[ui]\ncolour = 'x'\n", ("ui.colour", "did you mean ui.color?")),
            ("[ui]\nxyzzy = 'x'\n", ("ui.xyzzy", "`ui` has ui.color")),
            ("[nothing.like.it]\na = 1\n", ("nothing", "there is no such setting")),
            ("[user]\nname = 3\n", ("user.name", "must be a string, not an integer")),
            ("[user]\nname = true\n", ("user.name", "must be a string, not a boolean")),
            ("user = 3\n", ("user", "is a table of settings, not an integer")),
            ("[[user]]\nname = 'x'\n", ("user", "is a table of settings, not an array")),
            ("[user.name]\nfirst = 'x'\n", ("user.name", "must be a string, not a table")),
            ("[user]\nname = 'a\x7fb'\n", ("not valid TOML",)),
            ('[user]\nname = "a\\nb"\n', ("user.name", "control characters")),
            ("[ui]\ncolor = 'blue'\n", ("ui.color", "always, never, auto, debug", '"blue"')),
            ("[aliases]\nl = 'log'\n", ("aliases.l", "an array of strings")),
            ("[aliases]\nl = ['log', 1]\n", ("aliases.l", "other values")),
            ("[aliases.l]\nx = []\n", ("aliases.l", "not a table")),
            ("[user]\nname = \n", ("not valid TOML", "line 2")),
            ("[user]\nname='a'\nname='b'\n", ("not valid TOML", "line 3")),
            ("\ufeff[user]\n", ("byte order mark",)),
            ("a = " + "[" * 100_000, ("nested too deeply",)),
            ("a = " + "9" * 10_000, ("not valid TOML",)),
        ],
    )
    def test_a_broken_file_is_one_clear_error(
        self, user: Path, text: str, parts: tuple[str, ...]
    ) -> None:
        config = of_user(user, text)

        message = refused(lambda: config.get("ui.color"), str(user), *parts)
        assert "\n" not in message
        assert all(letter.isprintable() for letter in message)

    def test_bytes_that_are_no_text_are_named_by_line(self, user: Path) -> None:
        write(user, "").write_bytes(b"[user]\nname = '\xff'\n")

        config = config_of(Layer("user", str(user)))

        refused(lambda: config.get("ui.color"), str(user), "line 2 is not UTF-8")

    def test_a_folder_or_a_huge_file_in_its_place_is_refused(self, user: Path) -> None:
        user.mkdir(parents=True)
        refused(lambda: config_of(Layer("user", str(user))).get("ui.color"), "cannot be read")

        user.rmdir()
        write(user, "# " + "x" * (1 << 20))
        refused(lambda: config_of(Layer("user", str(user))).get("ui.color"), "larger than 1 MiB")

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("a" + ".a" * 50_000 + " = 1\n", "must not be larger than 64 KiB"),
            ("a" + ".a" * 20_000 + " = 1\n", "line 1 has more than 100 dots"),
            ("[ui]\n[" + "a" + " . a" * 101 + "]\n", "line 2 has more than 100 dots"),
        ],
    )
    def test_a_repository_file_that_takes_minutes_to_parse_is_refused_unparsed(
        self, repo: Path, text: str, reason: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(repo, text)
        parsed: list[str] = []
        config = Config([Layer("repo", str(repo))], read=parsed.append)

        refused(lambda: config.get("ui.color"), str(repo), reason)

        assert parsed == []
        monkeypatch.setattr(edit, "parse_table", parsed.append)
        refused(
            lambda: edit.set_value(str(repo), "ui.color", "never", source="repo"), str(repo), reason
        )
        assert parsed == []

    def test_a_long_comment_of_a_repository_file_is_no_key(self, repo: Path) -> None:
        write(repo, "# " + "." * 200 + "\n[ui]\ncolor = 'never'\n")

        assert config_of(Layer("repo", str(repo))).get("ui.color") == "never"

    def test_control_characters_of_a_file_do_not_reach_the_terminal(self, user: Path) -> None:
        config = of_user(user, '[ui]\n"\\u001b[2J\\u202e" = "x"\n')

        message = refused(lambda: config.get("ui.color"))

        assert "\x1b" not in message
        assert "\u202e" not in message

    def test_a_faulty_file_can_still_be_looked_at(self, user: Path) -> None:
        config = of_user(user, "[user]\nname = 'A'\nnme = 'B'\n[ui]\ncolor = 'blue'\n")

        found = config.lookup("user.name")

        assert found is not None
        assert found.value == "A"
        assert [item.text for item in config.items()] == ["user.name"]
        assert ["user.nme" in str(p) for p in config.problems] == [True, False]
        assert "ui.color" in str(config.problems[1])

    def test_a_name_that_is_no_setting_is_refused(self) -> None:
        config = config_of()

        refused(lambda: config.get("user.nam"), "did you mean user.name?")
        refused(lambda: config.get("user"), "is a table of settings, not a setting")
        refused(lambda: config.lookup("a..b"), "is not the name of a setting")
        refused(lambda: config.get(""), "is not the name of a setting")


class TestNamesAndValues:
    def test_every_setting_has_help_a_sound_default_and_a_name_that_parses(self) -> None:
        for key in KEYS:
            assert key.help
            assert not key.help.endswith(".")
            assert key.default is None or not key.choices or key.default in key.choices
            if "*" not in key.name:
                assert parse_name(format_name(key.name)) == key.name
                assert find_key(key.name) is key

    @given(st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=4))
    def test_shown_names_and_values_read_back(self, parts: list[str]) -> None:
        assert parse_name(format_name(tuple(parts))) == tuple(parts)
        shown = format_value(tuple(parts))
        assert tomllib.loads(f"x = {shown}") == {"x": parts}
        assert shown.isprintable()
