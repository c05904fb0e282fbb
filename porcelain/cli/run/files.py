"""Files that a user names: opened, read and written."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from typing import BinaryIO, cast

from porcelain.transcript.input import IN_MEMORY, Input

STDIN = "-"


def open_input(name: str) -> Input:
    """Open a file, or stdin for `-`, as the input of a transcript.

    Of a pipe the bytes are copied to a temporary file without a name, if they are many.

    Raises:
        OSError: the file cannot be read.
        InvalidSession: it became shorter meanwhile.
    """
    if name == STDIN:
        return _spooled(sys.stdin.buffer, "stdin")
    with open(name, "rb") as file:
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return Input.opened(file, name)
        return _spooled(file, name)


def read_input(name: str) -> bytes:
    """Return a file's bytes, or those of stdin for `-`; errors as `open_input`."""
    return open_input(name).whole()


def _spooled(stream: BinaryIO, name: str) -> Input:
    data = stream.read(IN_MEMORY + 1)
    if len(data) <= IN_MEMORY:
        return Input(data, name)
    with cast("BinaryIO", tempfile.TemporaryFile()) as spool:
        spool.write(data)
        shutil.copyfileobj(stream, spool, 1 << 20)
        spool.flush()
        return Input.opened(spool, name)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def write_output(path: str, data: bytes, *, replace: bool, public: bool = False) -> None:
    """Write a whole file or nothing.

    Only its owner may read it, since it may hold secrets; everybody may if it is `public`.

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
            if public:
                os.fchmod(file.fileno(), 0o644)
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
