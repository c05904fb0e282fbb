"""Promise: a repository around the current folder is used only if this user made or trusted it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.harness.bare import git
from tests.porcelain.cli.sandbox import Sandbox


@pytest.fixture
def received(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project folder that is laid out as a repository of ours, as the current folder."""
    box.begin()
    monkeypatch.delenv("WJ_REPO")
    project = box.folder / "project"
    shutil.copytree(box.repo, project)
    (project / "config.toml").write_text('[ui]\ncolor = "always"\n')
    box.chat(4, "project/chat.jsonl")
    monkeypatch.chdir(project)
    return project


def test_a_received_repository_is_named_and_not_used(box: Sandbox, received: Path) -> None:
    before = git(received, "rev-parse", "refs/wj/op")

    for line in (
        "log",
        "import chat.jsonl",
        "new",
        "doctor --fix",
        "config set --repo user.name x",
    ):
        assert box.wj(line).startswith(
            """\
Error: The repository $DIR/project is around the current folder, but it is not trusted
Hint: `wj util trust $DIR/project` lets every command in it use it
Hint: `-R $DIR/project` uses it once; `-R` and WJ_REPO name another
[exit 1]
"""
        ), line
    assert box.run("log", "--json").error["code"] == "untrusted_repository"
    assert git(received, "rev-parse", "refs/wj/op") == before


def test_its_settings_count_for_nothing(box: Sandbox, received: Path) -> None:
    (received / "config.toml").write_text("broken [")

    assert box.ok("config list") == ""
    assert "project" not in box.ok("config path")
    assert box.ok("version")
    assert "\x1b" not in box.wj("log")


def test_no_other_repository_takes_its_place(box: Sandbox, received: Path) -> None:
    box.ok("init")
    box.ok(f"config set --user repository.path {box.repo}")

    assert "not trusted" in box.wj("append -m hello")


@pytest.mark.parametrize("line", ["util trust", "util trust .", "util trust ../project"])
def test_it_is_trusted_once(box: Sandbox, received: Path, line: str) -> None:
    assert box.wj(line) == "Trusted the repository in $DIR/project\n"
    assert box.wj(line) == "The repository in $DIR/project is trusted already\nNothing changed.\n"

    assert box.titles("@") == ["q3"]
    assert "Config error" not in box.wj("status --color never")


def test_the_repository_of_the_option_needs_no_trust(
    box: Sandbox, received: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert box.ok("log -R .")
    monkeypatch.setenv("WJ_REPO", str(received))
    assert box.ok("log")


def test_a_repository_that_init_made_or_adopted_is_trusted(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WJ_REPO")
    git(box.folder, "init", "-q", "--bare", "plain.git")
    for name in ("own.git", "plain.git"):
        box.ok(f"init {name}")
        monkeypatch.chdir(box.folder / name)
        assert box.ok("status") == "This workspace has no current commit\n"
        monkeypatch.chdir(box.folder)


def test_init_on_a_received_repository_is_no_trust(box: Sandbox, received: Path) -> None:
    assert "There is a repository already" in box.wj("init .")

    assert "not trusted" in box.wj("log")


def test_a_copy_of_a_trusted_one_is_not_trusted(box: Sandbox, received: Path) -> None:
    box.ok("util trust")
    shutil.copytree(received, box.folder / "other")
    box.patch.chdir(box.folder / "other")

    assert "$DIR/other is around the current folder, but it is not trusted" in box.wj("log")


def test_ones_own_repository_needs_no_list(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.delenv("WJ_REPO")
    box.ok("init")
    shutil.rmtree(home / ".local/state", ignore_errors=True)
    monkeypatch.chdir(home / ".local/share/wajutsu/repo")

    assert box.ok("status") == "This workspace has no current commit\n"


def test_what_cannot_be_trusted(box: Sandbox) -> None:
    git(box.folder, "init", "-q", "project")

    assert "There is no repository around" in box.wj("util trust")
    assert "project is not a repository of wj" in box.wj("util trust project")
    assert "nowhere is not a repository of wj" in box.wj("util trust nowhere")


def test_a_list_that_cannot_be_read_or_written(box: Sandbox, received: Path, home: Path) -> None:
    listed = home / ".local/state/wajutsu/trusted"
    listed.unlink(missing_ok=True)
    listed.mkdir(parents=True)

    assert "not trusted" in box.wj("log")
    assert box.run("util", "trust").code == 1
    assert box.run("init", "../new.git").code == 0
