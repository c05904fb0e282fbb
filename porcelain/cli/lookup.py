"""Finding the repository that a folder is in, and the workspace that is named."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from porcelain.repo_reader import RepoReader


def around(folder: str) -> str | None:
    """Return the bare repository of ours that a folder is in; never a project's `.git`."""
    while True:
        if os.path.basename(folder) != ".git" and is_ours(folder):
            return folder
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def is_ours(folder: str) -> bool:
    """Tell whether a folder is a bare repository with sessions, a log or our mark in it."""
    if not all(os.path.exists(os.path.join(folder, part)) for part in ("HEAD", "objects", "refs")):
        return False
    from store.git_config import is_true, parse_git_config  # noqa: PLC0415 - rare

    config = parse_git_config(_text(os.path.join(folder, "config")))
    if "core.bare" in config and not is_true(config["core.bare"]):
        return False
    if "wajutsu.version" in config:
        return True
    if any(os.path.exists(os.path.join(folder, ref)) for ref in ("refs/wj/op", "refs/sessions")):
        return True
    packed = _text(os.path.join(folder, "packed-refs"))
    return " refs/sessions/" in packed or " refs/wj/op\n" in packed


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def check_workspace(repo: RepoReader) -> None:
    """Refuse a workspace that the repository does not have; the default one always is there.

    Raises:
        UnknownWorkspace: with those that look like it.
    """
    from porcelain.repo_reader import DEFAULT_WORKSPACE  # noqa: PLC0415 - as late as it can be

    name = repo.workspace_name
    if name == DEFAULT_WORKSPACE or name in repo.workspaces():
        return
    from porcelain.errors import UnknownWorkspace  # noqa: PLC0415 - only this failure
    from porcelain.syntax import similar_names  # noqa: PLC0415

    raise UnknownWorkspace(name, similar_names(name, [*repo.workspaces(), DEFAULT_WORKSPACE]))
