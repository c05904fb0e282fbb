"""Completion in bash, zsh and fish: commands, options, sessions, changes, inside revsets."""

from __future__ import annotations

import pytest

from tests.harness.bare import git
from tests.porcelain.cli.sandbox import Sandbox


def bash(box: Sandbox, line: str, breaks: str = " \t\n@:=") -> list[str]:
    """Return what bash is told to put behind a line."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "COMP_LINE": line,
            "COMP_POINT": str(len(line.encode())),
            "COMP_WORDBREAKS": breaks,
            "_WJ_COMPLETE": "bash_complete",
        }.items():
            patch.setenv(name, value)
        answer = box.run().out
    return [one.partition(",")[2] for one in answer.split("\n") if one.startswith("plain,")]


def test_commands_options_and_names_are_completed(box: Sandbox) -> None:
    box.begin()
    box.ok("fork demo- try-b")

    assert bash(box, "wj sh") == ["show"]
    assert "--template" in bash(box, "wj log --t")
    assert bash(box, "wj show t")[0] == "try-b"
    assert bash(box, "wj session rename de") == ["demo"]
    assert bash(box, "wj edit xrv") == ["xrvpptnn"]
    assert bash(box, "wj op show @") == [""]
    assert len(bash(box, "wj op show ")) == 3
    assert bash(box, "wj op log --kind imp") == ["import"]


def test_a_word_inside_a_revset_is_completed(box: Sandbox) -> None:
    box.begin()

    assert bash(box, "wj log -r 'xrv|de")[0] == "xrv|demo"
    assert bash(box, "wj log -r ::de")[0] == "demo"
    assert bash(box, "wj log -r '::ancest") == ["::ancestors("]
    assert bash(box, "wj log -r 'all") == ["all()"]


def test_other_shells_get_titles(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    box.begin()
    monkeypatch.setenv("COMP_WORDS", "wj show de")

    monkeypatch.setenv("COMP_CWORD", "de")
    monkeypatch.setenv("_WJ_COMPLETE", "fish_complete")
    assert box.run().out.splitlines()[0] == "plain,demo\tq3"

    monkeypatch.setenv("COMP_CWORD", "2")
    monkeypatch.setenv("_WJ_COMPLETE", "zsh_complete")
    assert box.run().out.splitlines()[:3] == ["plain", "demo", "q3"]

    monkeypatch.setenv("_WJ_COMPLETE", "nothing_complete")
    assert box.run().out.strip() == ""


def test_without_a_repository_nothing_is_said(box: Sandbox) -> None:
    assert bash(box, "wj edit ") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_for_each_shell(box: Sandbox, shell: str) -> None:
    assert "_WJ_COMPLETE" in box.ok(f"util completion {shell}")
    assert box.json(f"util completion {shell}")["shell"] == shell


def test_names_that_a_shell_would_run_are_not_offered(box: Sandbox) -> None:
    box.begin()
    for name in ("de$(touch${IFS}x)", "de`x`", "de;x", "de|x"):
        git(box.repo, "update-ref", f"refs/sessions/{name}", "refs/sessions/demo")

    assert bash(box, "wj edit de")[0] == "demo"
    assert not any(set("$`;|") & set(one) for one in bash(box, "wj edit de"))
