"""Creates a bare repository, without git: files and folders, written and synced.

So no template, default branch or object format of the user's git has an effect. `HEAD`
comes last, since a folder without it is no repository. A new folder is built under another
name and renamed. An empty folder is filled in place, because a shell may have it as its
current folder.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable

from store.gitdir.durability import storage_errors, sync_file, sync_folder
from store.gitdir.lock import flocked
from store.gitdir.own_files import check_tree, create_regular, make_folder
from store.gitdir.staged_file import STAGING

_FOLDERS = ("objects/info", "objects/pack", "refs/heads", "refs/tags", STAGING)
_CORE = {"core.repositoryformatversion": "0", "core.filemode": "true", "core.bare": "true"}
_HEAD = b"ref: refs/heads/main\n"
_NEW_HEAD = "HEAD.new"
_OURS = {STAGING, "objects", "refs", "config", _NEW_HEAD}

ConfigOf = Callable[[str], dict[str, str]]


def create_repository(path: str, config_of: ConfigOf, mode: int = 0o700) -> bool:
    """Create a repository at `path`, unless something is there; tell whether it was created.

    `config_of` is called with the folder, which exists by then, and returns config keys and
    values. `mode` is the folder's, whatever the umask, and so that of all that is in it. Of
    several concurrent processes one creates it. A folder that a killed process had begun to
    fill is completed.

    Raises:
        OSError: the disk is full or read-only. Nothing is left behind; where only the last
            sync failed, a whole repository is.
    """
    if os.path.lexists(path):
        return os.path.isdir(path) and _fill_in_place(path, config_of, mode)
    _make_parents(os.path.dirname(path))
    building = f"{path}.{os.urandom(6).hex()}.new"
    os.mkdir(building, 0o700)
    try:
        _fill(building, config_of(building), mode)
        try:
            os.rename(building, path)
        except OSError:
            if not os.path.isdir(path):
                raise
            _remove(building)
            return _fill_in_place(path, config_of, mode)  # another process made it meanwhile
    except BaseException:
        _remove(building)
        raise
    sync_folder(os.path.dirname(path))
    return True


def _fill_in_place(path: str, config_of: ConfigOf, mode: int) -> bool:
    with flocked(path, fcntl.LOCK_EX):
        names = set(os.listdir(path))
        unfinished = STAGING in names and names <= _OURS
        if unfinished:
            check_tree(path)
        if names and not unfinished:
            return False
        try:
            _fill(path, config_of(path), mode)
        except BaseException:
            if not os.path.exists(os.path.join(path, "HEAD")):  # else others may be using it
                for name in _OURS:
                    _remove(os.path.join(path, name))
            raise
    return True


def _fill(folder: str, config: dict[str, str], mode: int) -> None:
    os.chmod(folder, mode)
    # The staging folder first: it marks an unfinished folder as ours.
    for name in sorted(_FOLDERS, key=lambda name: name != STAGING):
        make_folder(folder, name)
    _write(folder, "config", _config_text(_CORE | config).encode())
    for name in ("objects", "refs", ""):
        sync_folder(os.path.join(folder, name))
    write_head(folder)


def write_head(gitdir: str) -> None:
    """Let HEAD name the branch that it names in a new repository; durable when this returns.

    Raises:
        StorageFailure: the disk is full or read-only.
    """
    head = os.path.join(gitdir, "HEAD")
    with storage_errors(head):
        _write(gitdir, _NEW_HEAD, _HEAD)
        os.rename(os.path.join(gitdir, _NEW_HEAD), head)
    sync_folder(gitdir)


def _config_text(values: dict[str, str]) -> str:
    lines, section = [], ""
    for key, value in values.items():
        part, _, name = key.partition(".")
        if part != section:
            section = part
            lines.append(f"[{section}]\n")
        lines.append(f'\t{name} = "{value}"\n' if " " in value else f"\t{name} = {value}\n")
    return "".join(lines)


def _write(gitdir: str, name: str, data: bytes) -> None:
    path = os.path.join(gitdir, name)
    with open(create_regular(gitdir, path, os.O_WRONLY | os.O_TRUNC), "wb") as file:
        file.write(data)
        file.flush()
        sync_file(file.fileno())


def _make_parents(folder: str) -> None:
    missing = []
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for path in reversed(missing):
        os.makedirs(path, exist_ok=True)
        sync_folder(os.path.dirname(path))


def _remove(path: str) -> None:
    import shutil

    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path, ignore_errors=True)
    elif os.path.lexists(path):
        os.unlink(path)
