"""Files that a user names: read and written whole, with clear errors and no half-written one."""

from __future__ import annotations

import os
import sys

from porcelain.transcript.json_lines import MAX_BYTES, check_size

STDIN = "-"


def read_input(name: str) -> bytes:
    """Return a file's bytes, or those of stdin for `-`.

    Raises:
        InvalidSession: it is larger than any transcript may be; it is not read then.
        OSError: it cannot be read; the error names it.
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


def write_output(path: str, data: bytes, *, replace: bool) -> None:
    """Write a file that is there whole, or not at all.

    Raises:
        FileExistsError: there is one already, and it is not to be replaced.
        OSError: it cannot be written; what was there stays.
    """
    if not replace and os.path.lexists(path):
        raise FileExistsError(17, "exists already; `--force` replaces it", path)
    staged = f"{path}.{os.getpid()}.new"
    try:
        with open(staged, "xb") as file:
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
    """Move a file into place where nothing may be; links cannot replace anything."""
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
        pass  # it was never made, or moved into place
