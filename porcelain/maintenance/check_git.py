"""Check the files of git that commands of `wj` do not need, but git does.

A broken HEAD or config makes git refuse the repository; a damaged commit-graph makes it fail or
answer wrongly; replacements and grafts make it show other objects than `wj`, which obeys neither.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from hashlib import sha1

from porcelain.display import counted, plain
from porcelain.maintenance.check_log import Add
from store.gitdir.git_process import parse_config, run_git
from store.repository.repository import Repository

_HEAD = re.compile(rb"ref: *refs/[^\s\0]+\n?|[0-9a-f]{40}\n?")
_LINK = re.compile(r"refs/[^\s\0]+")
_GRAPH = b"CGPH"
_TRAILER = 20


def check_git_files(repository: Repository, refs: Mapping[str, str], add: Add) -> None:
    """Check HEAD, commit-graph, replacements and grafts; call `add` for each finding."""
    path = repository.path
    is_repository = _is_head(os.path.join(path, "HEAD"))
    if not is_repository:
        add("head", "HEAD names no ref and no commit: git refuses the repository", "head")
    for name in damaged_graphs(path, ask_git=is_repository):
        message = f"{name} is damaged; git can do without it, and makes it again"
        add("commit graph", message, "commit graph")
    replaced = sum(name.startswith("refs/replace/") for name in refs)
    if replaced:
        message = (
            f"git shows {counted(replaced, 'object')} as something else (refs/replace/); "
            "wj shows them as they are"
        )
        add("replacements", message, is_fault=False)
    if _lines(os.path.join(path, "info", "grafts")):
        message = "git gives commits other parents (info/grafts); wj shows them as they are"
        add("replacements", message, is_fault=False)


def config_fault(gitdir: str) -> str:
    """Return why git cannot read the repository's config, "" if it can or is not installed."""
    done = parse_config(os.path.join(gitdir, "config"))
    if done is None or not done.returncode:
        return ""
    said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
    return plain(said.removeprefix("fatal: ").removeprefix("error: "))


def damaged_graphs(gitdir: str, *, ask_git: bool) -> list[str]:
    """Return the files of a damaged commit-graph, relative to the git directory."""
    files = list(_graphs(gitdir))
    damaged = [name for name in files if not _is_graph(os.path.join(gitdir, name))]
    if files and not damaged and ask_git:
        done = run_git(gitdir, ("commit-graph", "verify", "--no-progress"))
        if done is not None and done.returncode:
            return files
    return damaged


def remove_graphs(gitdir: str) -> None:
    """Remove the commit-graph, which git derives from the commits."""
    for name in _graphs(gitdir):
        os.unlink(os.path.join(gitdir, name))


def _graphs(gitdir: str) -> Iterator[str]:
    info = os.path.join("objects", "info")
    for folder in (info, os.path.join(info, "commit-graphs")):
        if os.path.isdir(os.path.join(gitdir, folder)):
            for name in sorted(os.listdir(os.path.join(gitdir, folder))):
                if name == "commit-graph" or name.endswith((".graph", "-chain")):
                    yield os.path.join(folder, name)


def _is_graph(path: str) -> bool:
    if path.endswith("-chain"):
        return True
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return False
    return data.startswith(_GRAPH) and sha1(data[:-_TRAILER]).digest() == data[-_TRAILER:]


def _is_head(path: str) -> bool:
    if os.path.islink(path):
        return _LINK.fullmatch(os.readlink(path)) is not None
    try:
        with open(path, "rb") as file:
            return _HEAD.fullmatch(file.read(4096)) is not None
    except OSError:
        return False


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return [line for line in file.read().split("\n") if line and line[0] != "#"]
    except OSError:
        return []
