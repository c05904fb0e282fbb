"""A commit whose object is missing is shown as such, and stops no listing."""

from __future__ import annotations

import re

import pytest

from tests.harness.bare import git
from tests.porcelain.cli.leaked_word import begin
from tests.porcelain.cli.sandbox import Sandbox


@pytest.fixture
def lost(box: Sandbox) -> Sandbox:
    """Make a repository whose index knows the commit of the session `lost`, which is gone."""
    begin(box)
    data = git(box.repo, "cat-file", "commit", "refs/sessions/demo")
    data = re.sub(rb"(?<=\n\n).*", b"a text\n", data, flags=re.DOTALL)
    made = git(box.repo, "hash-object", "-t", "commit", "-w", "--stdin", data=data).decode().strip()
    git(box.repo, "update-ref", "refs/sessions/lost", made)
    box.ok("log -r 'all()'")
    (box.repo / "objects" / made[:2] / made[2:]).unlink()
    return box


@pytest.mark.parametrize("command", ["log -r lost -T", "evolog -r lost -T"])
def test_a_template_prints_the_error_in_the_place_of_the_value(lost: Sandbox, command: str) -> None:
    shown = lost.ok(f'{command} \'"<" ++ description ++ ">" ++ commit_id.short(4)\'')

    assert re.search(r"<<Error: .*missing.*>>\w{4}\n", shown)


def test_a_list_sorted_by_commits_has_it_first(lost: Sandbox) -> None:
    assert lost.ok(
        "session list --sort name -T builtin_session_list_compact --sort author-date"
    ).startswith("lost: ")
    assert lost.ok(
        "session list --sort name -T builtin_session_list_compact --sort committer-name-"
    ).endswith("\n")


@pytest.mark.parametrize(
    "command", ["log -r 'all()'", "log -r lost --json", "session list", "leaves", "evolog -r lost"]
)
def test_other_listings_need_no_object(lost: Sandbox, command: str) -> None:
    assert "a text" in lost.ok(command)
