"""Making a bare repository: files and folders, written by hand and synced.

By hand, so that no template, default branch or object format of the user's git gets in.
`HEAD` comes last, since a folder without it is no repository: where there was nothing, the
folder is built beside its place and renamed; an empty folder is filled where it is, because
a shell that is in it would be left behind in a folder that is gone.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable

from store.gitdir.staged_file import STAGING, sync_file, sync_folder

_FOLDERS = ("objects/info", "objects/pack", "refs/heads", "refs/tags", STAGING)
_CORE = {"core.repositoryformatversion": "0", "core.filemode": "true", "core.bare": "true"}
_HEAD = b"ref: refs/heads/main\n"
_NEW_HEAD = "HEAD.new"
_OURS = {STAGING, "objects", "refs", "config", _NEW_HEAD}

ConfigOf = Callable[[str], dict[str, str]]


def create_repository(path: str, config_of: ConfigOf) -> bool:
    """Make a repository at `path`, unless something is there; tell whether it was made.

    `config_of` is given the folder, which exists by then, and returns config keys and
    values. Of several processes that do this at once, one makes it. What a killed one
    left in a folder is completed.

    Raises:
        OSError: the disk is full or read-only; nothing is left behind, or, where only the
            last sync failed, a whole repository.
    """
    if os.path.lexists(path):
        return os.path.isdir(path) and _fill_in_place(path, config_of)
    _make_parents(os.path.dirname(path))
    building = f"{path}.{os.urandom(6).hex()}.new"
    os.mkdir(building)
    try:
        _fill(building, config_of(building))
        try:
            os.rename(building, path)
        except OSError:
            if not os.path.isdir(path):
                raise
            _remove(building)
            return _fill_in_place(path, config_of)  # it appeared meanwhile
    except BaseException:
        _remove(building)
        raise
    sync_folder(os.path.dirname(path))
    return True


def _fill_in_place(path: str, config_of: ConfigOf) -> bool:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
        except OSError:
            pass  # some network file systems cannot lock a folder
        names = set(os.listdir(path))
        unfinished = STAGING in names and names <= _OURS
        if names and not unfinished:
            return False
        try:
            _fill(path, config_of(path))
        except BaseException:
            if not os.path.exists(os.path.join(path, "HEAD")):  # else others may be using it
                for name in _OURS:
                    _remove(os.path.join(path, name))
            raise
    finally:
        os.close(fd)
    return True


def _fill(folder: str, config: dict[str, str]) -> None:
    # The staging folder first: it marks an unfinished folder as ours.
    for name in sorted(_FOLDERS, key=lambda name: name != STAGING):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
    _write(os.path.join(folder, "config"), _config_text(_CORE | config).encode())
    _write(os.path.join(folder, _NEW_HEAD), _HEAD)
    for name in ("objects", "refs", ""):
        sync_folder(os.path.join(folder, name))
    os.rename(os.path.join(folder, _NEW_HEAD), os.path.join(folder, "HEAD"))
    sync_folder(folder)


def _config_text(values: dict[str, str]) -> str:
    lines, section = [], ""
    for key, value in values.items():
        part, _, name = key.partition(".")
        if part != section:
            section = part
            lines.append(f"[{section}]\n")
        lines.append(f'\t{name} = "{value}"\n' if " " in value else f"\t{name} = {value}\n")
    return "".join(lines)


def _write(path: str, data: bytes) -> None:
    with open(path, "wb") as file:
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

    if os.path.isdir(path):
        shutil.rmtree(path, ignore_errors=True)
    elif os.path.lexists(path):
        os.unlink(path)
