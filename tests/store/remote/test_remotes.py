"""Remotes in the git config, and URLs."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.errors import RemoteFailure
from store.remote.remotes import (
    add_remote,
    list_remotes,
    remove_remote,
    rename_remote,
    set_url,
)
from store.remote.url import check_url, shown_url
from tests.harness.bare import commit, fresh, git, set_ref


def test_remotes_are_those_of_git(repo_path: Path) -> None:
    here = fresh(repo_path)
    add_remote(here, "origin", "https://example.org/hub.git", "ssh://example.org/hub.git")
    assert git(repo_path, "remote", "get-url", "origin") == b"https://example.org/hub.git\n"
    assert git(repo_path, "config", "remote.origin.fetch") == (
        b"+refs/sessions/*:refs/remotes/origin/sessions/*\n"
    )
    set_ref(here, "refs/wj/remotes/origin/op", commit(here, "seen"))
    rename_remote(here, "origin", "up")
    assert git(repo_path, "for-each-ref", "--format=%(refname)") == b"refs/wj/remotes/up/op\n"
    set_url(here, "up", "/somewhere")
    assert git(repo_path, "for-each-ref") == b""  # another place has another log
    (one,) = list_remotes(here)
    assert one == ("up", "/somewhere", "ssh://example.org/hub.git")
    remove_remote(here, "up")
    assert list_remotes(here) == []
    assert git(repo_path, "remote") == b""


@pytest.mark.parametrize("name", ["git", "", "a/b", "-x", "a b", 'a"b', "a..b", "x.lock", "a\nb"])
def test_names_that_cannot_be(repo_path: Path, name: str) -> None:
    here = fresh(repo_path)
    before = (repo_path / "config").read_bytes()
    with pytest.raises(Exception, match=r"name|cannot be"):
        add_remote(here, name, "/x")
    assert (repo_path / "config").read_bytes() == before


@pytest.mark.parametrize("url", ["", "-u", "--upload-pack=touch x", "a\nb", "a\x00b"])
def test_urls_that_would_be_options_are_refused(url: str) -> None:
    with pytest.raises(RemoteFailure):
        check_url(url)


def test_passwords_are_not_shown() -> None:
    assert shown_url("https://ada:sesame@example.org/x") == "https://ada:***@example.org/x"
    assert shown_url("https://ada@example.org/x") == "https://ada@example.org/x"
    assert shown_url("ada@example.org:x.git") == "ada@example.org:x.git"
