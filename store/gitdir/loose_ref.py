r"""Loose refs: one small file for each, below `refs/` in the git directory.

    <id>\n                     or, for a link:  ref: <name of another ref>\n

As in git, a file whose name begins with a dot or ends in `.lock` is no ref. A folder that
lost its last ref is removed, since no ref of its name could be created otherwise.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator

from store.errors import CorruptRef, UnsafeRepository
from store.gitdir.own_files import read_regular
from store.ids import is_full_id


def read_loose(gitdir: str, name: str) -> str | None:
    """Return a loose ref's value, an id or `ref:` and a name; None if there is no file.

    Raises:
        CorruptRef: the file holds neither, or cannot be read.
        ValueError: no file can have this name (NUL, half a surrogate pair).
    """
    try:
        data = read_regular(f"{gitdir}/{name}", 1024)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except UnsafeRepository as error:
        raise CorruptRef(name, f"its file {error.reason}") from error
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return None
        raise CorruptRef(name, os.strerror(error.errno or 0)) from error
    text = data.decode("utf-8", "surrogateescape")
    if text.startswith("ref:"):
        return text.strip()
    value = text[:40].lower()
    if not is_full_id(value) or (len(text) > 40 and not text[40].isspace()):
        raise CorruptRef(name, "it holds no object id")
    return value


def loose_names(gitdir: str, folder: str) -> Iterator[str]:
    """Yield the names of the loose refs below `folder` (such as `refs/tags`), unordered."""
    try:
        entries = list(os.scandir(os.path.join(gitdir, folder)))
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.name[0] == ".":
            continue  # as in git: `.DS_Store` is no ref
        name = f"{folder}/{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield from loose_names(gitdir, name)
        elif not entry.name.endswith(".lock"):
            yield name


def remove_empty_folders(path: str) -> None:
    """Remove a folder that holds nothing but empty folders.

    Raises:
        OSError: it holds a file; empty folders in it may be gone.
    """
    if os.path.islink(path):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
    with os.scandir(path) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                remove_empty_folders(entry.path)
    os.rmdir(path)


def prune_folders(gitdir: str, name: str) -> None:
    """Remove the empty folders above a ref called `name`, up to `refs/<kind>`, which stays."""
    parts = name.split("/")[:-1]
    while len(parts) > 2:
        try:
            os.rmdir(os.path.join(gitdir, *parts))
        except OSError:
            return
        parts.pop()
