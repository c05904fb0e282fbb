"""jj reads what `wj` wrote: the same change ids, and sessions as bookmarks, as docs/jj.md says."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import porcelain
from porcelain.repo.repo import Repo
from tests.differential.tools.jj import jj_program
from tests.harness.places import ROOT
from tests.porcelain.cli.sandbox import Sandbox

PAGE = ROOT / "docs" / "jj.md"
COMMANDS = re.findall(r"^\$ (.+)$", PAGE.read_text("utf-8"), re.MULTILINE)
Run = Callable[..., str]


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Return a user without a repository."""
    return Sandbox(tmp_path, monkeypatch)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return what runs a shell's commands, one after the other, from where the last one ended."""
    program = jj_program()
    (tmp_path / "empty.toml").touch()
    for name, value in {
        "JJ_CONFIG": str(tmp_path / "empty.toml"),
        "JJ_USER": "Ada",
        "JJ_EMAIL": "ada@example.org",
        "PATH": f"{Path(program).parent}{os.pathsep}{os.environ['PATH']}",
    }.items():
        monkeypatch.setenv(name, value)
    here = [tmp_path]

    def run_one(command: str) -> str:
        where = tmp_path / "where"
        words = ["sh", "-ec", f"{command}\npwd > {where}"]
        done = subprocess.run(words, cwd=here[0], capture_output=True, check=False)
        assert done.returncode == 0, (command, done.stderr.decode())
        here[0] = Path(where.read_text().strip())
        return done.stdout.decode()

    return run_one


def seen_by_jj(run: Run) -> tuple[dict[str, str], dict[str, str]]:
    """Return the change ids by commit id, and the bookmarks, that jj shows; `@` left out."""
    commits = run(
        "jj log --no-graph -r 'all() ~ root() ~ @' -T 'commit_id ++ \" \" ++ change_id ++ \"\\n\"'"
    )
    names = run('jj bookmark list -T \'name ++ " " ++ normal_target.commit_id() ++ "\\n"\'')
    return _pairs(commits), _pairs(names)


def seen_by_wj(repo: Repo) -> tuple[dict[str, str], dict[str, str]]:
    """Return the same of what sessions lead to, as `wj` has it."""
    names = dict(repo.names("sessions"))
    pending = [repo.resolve(name) for name in names]
    commits: dict[str, str] = {}
    while pending:
        commit_id = pending.pop()
        position = repo.index.position(commit_id)
        if position and commit_id not in commits:
            commits[commit_id] = repo.graph.change_id(position)
            pending += [repo.graph.commit_id(parent) for parent in repo.graph.parents(position)]
    return commits, names


def _pairs(text: str) -> dict[str, str]:
    return {line.split(" ")[0]: line.split(" ")[1] for line in text.splitlines()}


def test_jj_shows_the_same_changes_and_sessions_as_bookmarks(box: Sandbox, run: Run) -> None:
    box.begin(4)
    box.ok("fork @-- try-b")
    box.ok("append -m 'another way'")
    box.ok("edit demo")
    repo = porcelain.open(str(box.repo))

    for command in COMMANDS[:5]:
        run(command)
    assert seen_by_jj(run) == seen_by_wj(repo)

    box.ok("append -m 'and on'")
    box.ok("session create third -r try-b")
    repo.reload()
    for command in COMMANDS[5:]:
        run(command)
    assert seen_by_jj(run) == seen_by_wj(repo)


def test_jj_shows_the_change_id_that_a_commit_without_one_is_given(box: Sandbox, run: Run) -> None:
    box.ok("init")
    run(
        "cd conversations.git && git -c user.name=Bob -c user.email=b@x.org update-ref "
        "refs/sessions/plain $(git -c user.name=Bob -c user.email=b@x.org commit-tree -m plain "
        "$(git hash-object -t tree -w /dev/null)) && cd .."
    )
    repo = porcelain.open(str(box.repo))

    for command in COMMANDS[:3]:
        run(command)

    assert seen_by_jj(run) == seen_by_wj(repo)
