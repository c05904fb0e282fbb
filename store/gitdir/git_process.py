"""Runs C git from the PATH, isolated from the user's git set-up and from hooks.

Inherited `GIT_*` variables would name another repository (we may run inside a git hook),
and a received repository's config must not be able to start programs.
"""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING

from store.errors import UntrustedConfig
from store.gitdir.git_trust import untrusted_keys
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
    """Run git on a repository and wait; None where git is not installed or not to be trusted.

    With a key in the repository's config that could run a program git is not started; see
    `check_config`, which says so.

    `pass_fds` stay open in git, so that a lock is held until git ends even if we are killed.
    A failing git raises nothing: look at `returncode`.

    Raises:
        UnsafeRepository: a link, a FIFO or the like is anywhere in the repository.
    """
    import subprocess

    git = find_git()
    if git is None or not is_trusted(gitdir):
        return None
    check_tree(gitdir)  # git follows links, and waits for what a FIFO never says
    command = [git, f"--git-dir={gitdir}"]
    for setting in _SAFE:
        command += ["-c", setting]
    return subprocess.run(
        [*command, *arguments],
        input=stdin,
        capture_output=True,
        env=_environment() | {"GIT_CONFIG_GLOBAL": os.devnull},
        cwd=gitdir,
        pass_fds=tuple(pass_fds),
        check=False,
    )


def check_config(gitdir: str) -> None:
    """Make sure that git may be started with the config of a repository.

    Raises:
        UntrustedConfig: a key of it could run a program, and the user does not trust it.
    """
    found = untrusted_keys(gitdir)
    trusted = _trusted_keys(gitdir) if found else frozenset()
    for key in found:
        if key not in trusted:
            section = shlex.quote(f"wajutsu.{gitdir}.trustedKey")
            command = f"git config --global --add {section} {shlex.quote(key)}"
            raise UntrustedConfig(gitdir, key, f"if you trust it: {command}")


def is_trusted(gitdir: str) -> bool:
    """Tell whether git may be started with the config of a repository."""
    try:
        check_config(gitdir)
    except UntrustedConfig:
        return False
    return True


def parse_config(path: str) -> subprocess.CompletedProcess[bytes] | None:
    """Let git parse a config file, as a file like any other; None where git is not installed."""
    return _run_outside(("config", "--file", path, "--no-includes", "--list"), {})


def _trusted_keys(gitdir: str) -> frozenset[str]:
    """Return the keys that the user trusts in this repository, by their own git config."""
    key = f"wajutsu.{gitdir}.trustedKey"
    done = _run_outside(("config", "--global", "--null", "--get-all", key), _own_config())
    if done is None:
        return frozenset()
    return frozenset(os.fsdecode(done.stdout).split("\0"))


def _run_outside(
    arguments: Sequence[str], more: dict[str, str]
) -> subprocess.CompletedProcess[bytes] | None:
    """Run git where it finds no repository."""
    import subprocess

    git = find_git()
    if git is None:
        return None
    return subprocess.run(
        [git, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=_environment() | {"GIT_DIR": os.devnull} | more,
        cwd="/",
        check=False,
    )


def _own_config() -> dict[str, str]:
    path = os.environ.get("GIT_CONFIG_GLOBAL")  # noqa: TID251
    return {} if path is None else {"GIT_CONFIG_GLOBAL": path}


def _environment() -> dict[str, str]:
    # The only use of the environment in `store`: git needs PATH and HOME, and must not see
    # the variables of a surrounding git.
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}  # noqa: TID251
    return kept | {"GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
