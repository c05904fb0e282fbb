"""Runs C git from the PATH, isolated from the caller's git variables and from hooks.

Inherited `GIT_*` variables would name another repository (we may run inside a git hook),
and a received repository's config must not be able to start programs.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING

from store.gitdir.own_files import check_tree

if TYPE_CHECKING:
    import subprocess

_SAFE = (
    "core.hooksPath=/dev/null",
    "core.fsync=all",
    "core.fsyncMethod=fsync",
    "core.fsmonitor=false",
    "core.alternateRefsCommand=",
    "core.sshCommand=",
    "core.askPass=",
    "credential.helper=",
    "protocol.ext.allow=never",
    "gc.auto=0",
    "maintenance.auto=false",
)


def find_git() -> str | None:
    """Return the path of C git, or None where it is not installed."""
    return shutil.which("git")


def run_git(
    gitdir: str, arguments: Sequence[str], *, pass_fds: Sequence[int] = (), stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes] | None:
    """Run git on a repository and wait; None where git is not installed.

    `pass_fds` stay open in git, so that a lock is held until git ends even if we are killed.
    A failing git raises nothing: look at `returncode`.

    Raises:
        UnsafeRepository: a link, a FIFO or the like is anywhere in the repository.
    """
    import subprocess

    git = find_git()
    if git is None:
        return None
    check_tree(gitdir)  # git follows links, and waits for what a FIFO never says
    command = [git, f"--git-dir={gitdir}"]
    for setting in _SAFE:
        command += ["-c", setting]
    return subprocess.run(
        [*command, *arguments],
        input=stdin,
        capture_output=True,
        env=_environment(),
        cwd=gitdir,
        pass_fds=tuple(pass_fds),
        check=False,
    )


def _environment() -> dict[str, str]:
    # The only use of the environment in `store`: git needs PATH and HOME, and must not see
    # the variables of a surrounding git.
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}  # noqa: TID251
    return kept | {"GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
