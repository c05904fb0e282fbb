"""Files that a user names, read and written whole."""

from __future__ import annotations

import os
import sys

from porcelain.transcript.json_lines import MAX_BYTES, check_size

STDIN = "-"


def read_input(name: str) -> bytes:
    """Return a file's bytes, or those of stdin for `-`.

    Raises:
        InvalidSession: the file is larger than a transcript may be; it is not read.
        OSError: the file cannot be read.
    """
    if name == STDIN:
        data = sys.stdin.buffer.read(MAX_BYTES + 1)
        check_size(len(data), "stdin")
        return data
    with open(name, "rb") as file:
        check_size(os.fstat(file.fileno()).st_size, name)
        data = file.read(MAX_BYTES + 1)
    check_size(len(data), name)
    return data


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def write_output(path: str, data: bytes, *, replace: bool) -> None:
    """Write a whole file or nothing; only its owner may read it, since it may hold secrets.

    Raises:
        FileExistsError: the file exists, and `replace` is not given.
        OSError: the file cannot be written; an existing one stays.
    """
    if not replace and os.path.lexists(path):
        raise FileExistsError(17, "exists already; `--force` replaces it", path)
    staged = f"{path}.{os.getpid()}.new"
    try:
        with open(staged, "xb", opener=_private) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            os.replace(staged, path)
        else:
            _link(staged, path)
    except OSError as error:
        _discard(staged)
        error.filename, error.filename2 = path, None
        raise
    except BaseException:
        _discard(staged)
        raise


def _link(staged: str, path: str) -> None:
    """Move a file to a new place; a link never replaces a file."""
    try:
        os.link(staged, path)
    except FileExistsError:
        raise FileExistsError(17, "exists already; `--force` replaces it", path) from None
    except OSError:
        os.rename(staged, path)  # a file system without links
    else:
        os.unlink(staged)


def _discard(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass  # it was not created, or it was moved
