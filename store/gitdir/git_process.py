"""Running C git: found on the path, with nothing of the caller's git set-up leaking in.

Inherited `GIT_*` variables would point it at another repository (we may run inside
somebody's hook), and a received repository's config must not be able to start programs.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

_SAFE = (
    "core.hooksPath=/dev/null",
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
    """Run git on a repository and wait; None where there is no git.

    `pass_fds` stay open in it, so that a lock outlives us if we are killed. Never raises for
    a failing git: look at `returncode`.
    """
    import subprocess

    git = find_git()
    if git is None:
        return None
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
    # The one look at the environment in `store`: git needs PATH and HOME, and must not get
    # the rest of what a surrounding git may have set.
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}  # noqa: TID251
    return kept | {"GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
