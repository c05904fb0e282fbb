"""git is started only with harmless keys in the repository's config, and sees no others."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from store.errors import UntrustedConfig
from store.gitdir.git_process import check_config, run_git
from store.gitdir.git_trust import _HARMLESS, _pattern, untrusted_keys
from store.maintenance.housekeeping import MANY_PACKS, count_packs, gc
from store.repository.repository import Repository
from store.session_store.store import SessionStore
from tests.harness.bare import git
from tests.store.session_store.conversations import message, session, store_at, texts

HOSTILE = {
    "hook.lint.command": '[hook "lint"]\n\tcommand = touch RAN\n\tevent = reference-transaction\n',
    "include.path": "[include]\n\tpath = ../more\n",
    "includeif.gitdir:/.path": '[includeIf "gitdir:/"]\n\tpath = ../more\n',
    "alias.gc": "[alias]\n\tgc = !touch RAN\n",
    "core.pager": "[core]\n\tpager = touch RAN\n",
    "core.hookspath": "[core]\n\thooksPath = .\n",
    "core.fsmonitor": "[core] fsmonitor = touch RAN\n",
    "gc.recentobjectshook": "[gc]\n\trecentObjectsHook = touch RAN\n",
    "uploadpack.packobjectshook": "[uploadpack]\n\tpackObjectsHook = touch RAN\n",
    "filter.x.clean": "[filter.x]\n\tclean = touch RAN\n",
    "remote.origin.uploadpack": '[remote "origin"]\n\tuploadpack = touch RAN\n',
    "nonsense": "nonsense\n",
}


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a git on the PATH that notes the config it sees; return the file with the notes."""
    real = shutil.which("git")
    notes = tmp_path / "notes"
    folder = tmp_path / "bin"
    folder.mkdir()
    stand_in = folder / "git"
    stand_in.write_text(
        f'#!/bin/sh\necho "ran $*" >> {notes}\n'
        f'for word; do case $word in --git-dir=*) "{real}" "$word" config --show-scope --list '
        f'>> {notes} ;; esac; done\nexec "{real}" "$@"\n'
    )
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    own = tmp_path / "gitconfig"
    own.write_text("[alias]\n\tmine = !true\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(own))
    return notes


def spoil(path: Path, text: str) -> None:
    with (path / "config").open("a") as file:
        file.write(text)


def crowded(path: Path) -> SessionStore:
    """Make a store in which a roll-up is due, and refs are to be packed."""
    store = store_at(path)
    at = store.save(session("a", "0"))
    for number in range(MANY_PACKS - 2):
        at = store.append(at.id, [message(str(number))])
    return store


def test_git_sees_only_harmless_keys(repo_path: Path, seen: Path) -> None:
    store = crowded(repo_path)
    assert gc(store.repository, prune="now")
    lines = seen.read_text().splitlines()
    assert any(line.startswith("ran") for line in lines)
    keys = [line.split("\t")[1].partition("=") for line in lines if line.startswith("local")]
    assert keys
    assert all(_pattern().fullmatch(key) for key, _, _ in keys)
    assert {line.split("\t")[0] for line in lines if "\t" in line} == {"local"}


@pytest.mark.parametrize("key", HOSTILE)
def test_with_any_other_key_git_is_not_started(repo_path: Path, seen: Path, key: str) -> None:
    store = crowded(repo_path)
    at = next(iter(store.lineage("a")))
    (repo_path.parent / "more").write_text("[alias]\n\tx = !touch RAN\n")
    spoil(repo_path, HOSTILE[key])
    seen.unlink(missing_ok=True)
    with pytest.raises(UntrustedConfig) as caught:
        gc(store.repository)
    assert caught.value.key.endswith(key)
    assert caught.value.key in str(caught.value)
    assert run_git(str(repo_path), ("gc",)) is None
    again = SessionStore.open(repo_path)
    for number in range(20):  # packs are joined without git
        at = again.append(at.id, [message(str(number))])
    assert count_packs(again.repository) <= MANY_PACKS + 1
    assert len(texts(again.load("a"))) == MANY_PACKS - 1 + 20
    started = seen.read_text() if seen.exists() else ""
    assert "--git-dir" not in started
    assert not (repo_path / "RAN").exists()


def test_the_hint_says_how_to_trust_a_key(repo_path: Path, seen: Path) -> None:
    store = store_at(repo_path)
    store.save(session("a", "0"))
    spoil(repo_path, HOSTILE["core.pager"])
    with pytest.raises(UntrustedConfig) as caught:
        check_config(str(repo_path))
    command = caught.value.hint.removeprefix("if you trust it: ")
    subprocess.run(command, shell=True, check=True)
    check_config(str(repo_path))
    assert gc(store.repository)
    spoil(repo_path, HOSTILE["alias.gc"])
    with pytest.raises(UntrustedConfig, match=r"alias\.gc"):
        check_config(str(repo_path))
    other = repo_path.parent / "other.git"
    store_at(other)
    spoil(other, HOSTILE["core.pager"])
    with pytest.raises(UntrustedConfig):  # trusted in one repository only
        check_config(str(other))


def test_a_worktree_s_config_counts(repo_path: Path) -> None:
    store_at(repo_path)
    git(repo_path, "config", "extensions.worktreeConfig", "true")
    assert untrusted_keys(str(repo_path)) == []
    (repo_path / "config.worktree").write_text(HOSTILE["core.pager"])
    assert untrusted_keys(str(repo_path)) == ["core.pager"]


def test_a_config_that_lies_elsewhere_counts(repo_path: Path, tmp_path: Path) -> None:
    store_at(repo_path)
    (repo_path / "commondir").write_text(f"{tmp_path}\n")
    assert untrusted_keys(str(repo_path)) == ["commondir"]


def test_a_worktree_of_the_repository_has_its_config(repo_path: Path, tmp_path: Path) -> None:
    store = store_at(repo_path)
    store.save(session("a", "0"))
    git(repo_path, "worktree", "add", "-q", "--detach", str(tmp_path / "tree"), "refs/sessions/a")
    place = str(repo_path / "worktrees" / "tree")
    assert untrusted_keys(place) == []
    spoil(repo_path, HOSTILE["core.pager"])
    assert untrusted_keys(place) == ["core.pager"]


def test_what_we_and_git_write_is_harmless(repo_path: Path, tmp_path: Path) -> None:
    for name, words in {"a": [], "b": ["--shared=group"], "c": ["--mirror"]}.items():
        path = tmp_path / name
        if words == ["--mirror"]:
            store_at(repo_path)
            git(tmp_path, "clone", "-q", "--mirror", str(repo_path), str(path))
        else:
            git(tmp_path, "init", "-q", "--bare", *words, str(path))
        Repository.init(str(path))
        assert untrusted_keys(str(path)) == []


def test_every_key_of_the_table_has_a_reason() -> None:
    assert all(reason and key == key.lower() for key, reason in _HARMLESS.items())


pieces = st.sampled_from(
    [
        *(
            "[core]",
            "[hook.a]",
            '[hook "a"]',
            '[remote "x"]',
            "[a",
            '[hook "a',
            '"]',
            "]",
            "[",
            '"',
        ),
        *("\n", "\n", "\n\t", " ", "\t", "\r\n", "\r", "\\\n", "\\", "\\\\", "#", ";", "=", " = "),
        *("bare", "command", "event", "url", "true", "x", "pager", ".", "\x0b", "\x0c", "\ufeff"),
    ]
)


@settings(max_examples=200, deadline=None)
@given(parts=st.lists(pieces, max_size=14))
@example(parts=["[core]", "\n", "bare", "=", "x", "\\\n", "[hook.a]", "\n", "command", "=", "x"])
@example(parts=["[core]", "\n", "bare", "=", "#", "\\\n", "pager", "=", "x"])
@example(parts=["[core]", "\n", "bare", "=", '"', "#", '"', "\\\n", "pager", "=", "x"])
@example(parts=["[core]", "\n", "#", "\\\n", "pager", "=", "x"])
@example(parts=["[core]", "\r", "pager", "=", "x"])
def test_no_key_that_git_sees_is_missed(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str]
) -> None:
    folder = tmp_path_factory.getbasetemp() / "fuzzed"
    folder.mkdir(exist_ok=True)
    path = folder / "config"
    path.write_bytes("".join(parts).encode())
    done = subprocess.run(
        ["git", "config", "--file", str(path), "--no-includes", "--null", "--name-only", "--list"],
        capture_output=True, check=False, cwd="/",
    )  # fmt: skip
    names = done.stdout.decode().split("\0")[:-1]
    if any(not _pattern().fullmatch(name) for name in names):
        assert untrusted_keys(str(folder)), names
