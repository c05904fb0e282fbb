"""The branch of a folder is read as git itself would say it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from porcelain.exchange.resume.git_head import checked_out


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


def test_the_branch_is_that_of_the_work_tree_around_a_folder(tmp_path: Path) -> None:
    work = tmp_path / "work"
    (work / "deep").mkdir(parents=True)
    assert checked_out(str(work)) == ""
    git(work, "init", "-b", "fix/days")
    assert checked_out(str(work / "deep")) == "fix/days"

    git(work, "commit", "--allow-empty", "-m", "x")
    git(work, "worktree", "add", "-b", "other", str(tmp_path / "tree"))
    assert checked_out(str(tmp_path / "tree")) == "other"
    git(work, "checkout", "--detach")
    assert checked_out(str(work)) == "HEAD"


def test_a_broken_git_folder_has_no_branch(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()

    assert checked_out(str(tmp_path)) == ""
