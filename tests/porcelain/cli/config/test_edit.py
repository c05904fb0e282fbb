"""Edits of configuration files: they keep what they do not change, or change nothing."""

from __future__ import annotations

import os
import string
import threading
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from porcelain.cli.config.edit import set_value, unset_value
from porcelain.cli.config.layers import Config, Layer
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


def refused(action: object, *parts: str) -> str:
    with pytest.raises(ConfigError) as caught:
        action()  # type: ignore[operator]
    message = str(caught.value)
    for part in parts:
        assert part in message
    return message


class TestRepositoryFile:
    def test_it_sets_no_alias_and_no_path_and_says_so(self, repo: Path) -> None:
        write(repo, "[aliases]\nlog = ['util', 'exec', 'rm']\n[repository]\npath = '/x'\n")

        config = config_of(Layer("repo", str(repo)))

        assert config.aliases() == {}
        assert config.get("repository.path") is None
        assert len(config.warnings) == 2
        assert "aliases.log is ignored" in config.warnings[0]

    def test_setting_such_a_value_there_is_refused(self, repo: Path) -> None:
        refused(
            lambda: set_value(str(repo), "aliases.l", '["log"]', source="repo"),
            "a repository cannot set it",
        )

        assert not repo.exists()

    def test_one_already_there_can_be_removed(self, repo: Path) -> None:
        write(repo, "[aliases]\nl = ['log']\n")

        unset_value(str(repo), "aliases.l", source="repo")

        assert tomllib.loads(repo.read_text()) == {"aliases": {}}

    def test_a_link_in_its_place_leads_nowhere(self, repo: Path, user: Path) -> None:
        write(user, '[user]\nname = "A"\n')
        repo.symlink_to(user)

        config = config_of(Layer("repo", str(repo)))

        refused(lambda: config.get("user.name"), "plain file")
        refused(lambda: set_value(str(repo), "user.name", "B", source="repo"), "plain file")
        assert user.read_text() == '[user]\nname = "A"\n'

    def test_a_pipe_in_its_place_does_not_block(self, repo: Path) -> None:
        os.mkfifo(repo)

        refused(lambda: config_of(Layer("repo", str(repo))).get("ui.color"), "plain file")


class TestEdits:
    def test_a_first_value_makes_file_and_folder(self, user: Path) -> None:
        assert set_value(str(user), "user.name", "A B") == "A B"

        assert user.read_text() == '[user]\nname = "A B"\n'
        assert [p.name for p in user.parent.iterdir()] == ["config.toml"]

    def test_comments_order_and_spelling_stay(self, user: Path) -> None:
        text = (
            "# mine\n\n[ui]   # how it looks\ncolor  =  'never' # quiet\n\n"
            "[user]\nemail = 'a@x'\nname = \"A\"  # me\n\n# the end\n"
        )
        write(user, text)

        set_value(str(user), "user.name", "B")

        assert user.read_text() == text.replace('"A"', '"B"')

    def test_a_new_value_joins_its_table(self, user: Path) -> None:
        write(user, '[user]\nname = "A"\n\n[ui]\ncolor = "never"\n')

        set_value(str(user), "user.email", "a@x")
        set_value(str(user), "aliases.l", '["log", "-n", "5"]')

        assert tomllib.loads(user.read_text()) == {
            "user": {"name": "A", "email": "a@x"},
            "ui": {"color": "never"},
            "aliases": {"l": ["log", "-n", "5"]},
        }

    def test_a_new_value_leaves_the_next_tables_comment_to_it(self, user: Path) -> None:
        write(user, '[user]\nname = "A"\n\n# how it looks\n[ui]\ncolor = "never"\n')

        set_value(str(user), "user.email", "a@x")

        assert user.read_text() == (
            '[user]\nname = "A"\nemail = "a@x"\n\n# how it looks\n[ui]\ncolor = "never"\n'
        )

    def test_a_text_that_looks_like_a_comment_is_not_cut(self, user: Path) -> None:
        text = '[user]\nname = "A"\nx = """\n# no comment"""\n[ui]\ncolor = "never"\n'
        write(user, text)

        set_value(str(user), "user.email", "a@x")

        assert tomllib.loads(user.read_text())["user"] == {
            "name": "A",
            "x": "# no comment",
            "email": "a@x",
        }

    @pytest.mark.parametrize(
        "text",
        [
            'user.name = "A"\n',
            'user = { name = "A" }\n',
            '[user]\r\nname = "A"\r\n',
            '[user]\nname = "A"',
            '[user]\nname = "A"\n[ui]\ncolor="auto"\n[user.x]\ny = nan\n',
            '["user"]\n"name" = "A"\n',
        ],
    )
    def test_any_way_to_write_a_table_can_be_edited(self, user: Path, text: str) -> None:
        write(user, text)

        set_value(str(user), "user.name", "B")

        assert user.read_bytes() == text.replace('"A"', '"B"').encode()

    def test_unset_removes_that_line_alone(self, user: Path) -> None:
        write(user, '# mine\n[user]\nname = "A" # me\nemail = "e"\n')

        unset_value(str(user), "user.name")

        assert user.read_text() == '# mine\n[user]\nemail = "e"\n'

    def test_what_is_unknown_can_be_unset_but_not_set(self, user: Path) -> None:
        write(user, '[user]\nnme = "A"\n')

        refused(lambda: set_value(str(user), "user.nme", "B"), "did you mean user.name?")
        unset_value(str(user), "user.nme")

        assert config_of(Layer("user", str(user))).get("user.name") is None

    @pytest.mark.parametrize(
        ("name", "value", "reason"),
        [
            ("ui.color", "blue", "must be one of"),
            ("aliases.l", "log", "an array of strings"),
            ("user.name", '"A', "not valid TOML"),
            ("user", "A", "is a table of settings"),
            ("repository", "A", "is a table of settings"),
            ("a b", "A", "is not the name of a setting"),
        ],
    )
    def test_a_bad_edit_changes_nothing(
        self, user: Path, name: str, value: str, reason: str
    ) -> None:
        write(user, '[user]\nname = "A"\n')

        refused(lambda: set_value(str(user), name, value), str(user), reason)

        assert user.read_text() == '[user]\nname = "A"\n'

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("user = 3\n", "must be a table of settings, not an integer"),
            ("[user.name]\nfirst = 'x'\n", "is a table there"),
            ("[user\n", "not valid TOML"),
        ],
    )
    def test_a_file_that_has_no_place_for_it_is_left_alone(
        self, user: Path, text: str, reason: str
    ) -> None:
        write(user, text)

        refused(lambda: set_value(str(user), "user.name", "A"), str(user), reason)

        assert user.read_text() == text

    def test_what_is_not_set_cannot_be_unset(self, user: Path) -> None:
        refused(lambda: unset_value(str(user), "user.name"), "is not set there")
        write(user, "[user]\nname = 'A'\n")
        refused(lambda: unset_value(str(user), "user.email"), "is not set there")
        refused(lambda: unset_value(str(user), "user"), "a whole table")

    def test_a_link_is_followed_and_permissions_stay(self, user: Path, tmp_path: Path) -> None:
        real = write(tmp_path / "dotfiles" / "wj.toml", "")
        real.chmod(0o640)
        user.parent.mkdir(parents=True)
        user.symlink_to(real)

        set_value(str(user), "user.name", "A")

        assert user.is_symlink()
        assert real.read_text() == '[user]\nname = "A"\n'
        assert real.stat().st_mode & 0o777 == 0o640

    def test_a_place_that_cannot_be_written_is_one_error(self, tmp_path: Path) -> None:
        write(tmp_path / "file", "")

        refused(
            lambda: set_value(str(tmp_path / "file" / "config.toml"), "user.name", "A"),
            "cannot be written",
            "user.name",
        )

    def test_edits_at_once_are_all_kept(self, user: Path) -> None:
        names = [f"aliases.a{number}" for number in range(12)]
        threads = [
            threading.Thread(target=set_value, args=(str(user), name, '["log"]')) for name in names
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(config_of(Layer("user", str(user))).aliases()) == len(names)
        assert [p.name for p in user.parent.iterdir()] == ["config.toml"]


_WORDS = st.text(string.ascii_lowercase, min_size=1, max_size=3)
_LINES = st.one_of(
    st.builds("# {}\n".format, _WORDS),
    st.just("\n"),
    st.builds("{0}{1}=  '{1}'  # {0}\n".format, st.sampled_from(["", "  "]), _WORDS),
)


@given(
    top=st.lists(_LINES, max_size=3),
    tables=st.dictionaries(
        st.sampled_from(["user", "ui", "revsets", "x"]), st.lists(_LINES, max_size=4), max_size=4
    ),
    key=st.sampled_from(["user.name", "revsets.log"]),
    value=st.text(string.printable, max_size=5),
)
def test_an_edit_keeps_every_other_line(
    tmp_path_factory: pytest.TempPathFactory,
    top: list[str],
    tables: dict[str, list[str]],
    key: str,
    value: str,
) -> None:
    text = "".join(top) + "".join(f"[{n}]\n{''.join(ls)}" for n, ls in tables.items())
    path = write(tmp_path_factory.mktemp("c") / "config.toml", text)
    try:
        tomllib.loads(text)
        set_value(str(path), key, value)
    except (tomllib.TOMLDecodeError, ConfigError):
        assert path.read_bytes() == text.encode()
        return

    after = path.read_bytes().decode().split("\n")
    kept = iter(after)

    assert all(line in kept for line in text.split("\n") if line.strip())
    assert len(after) <= len(text.split("\n")) + 3
