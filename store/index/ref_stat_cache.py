"""Detects without reading any ref whether one has moved since the index was written.

The mtime and ctime of `packed-refs` and of every folder under the mirrored prefixes are compared
with those that `store.index.ref_mirror` noted. Reading commands need no more than this, so this
module imports no more than it needs.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

_GRAIN = 20_000_000  # ns: two ticks of the slowest kernel clock
_COARSE_GRAIN = 2_000_000_000  # file systems that keep whole seconds


def refs_unmoved(gitdir: str, connection: sqlite3.Connection) -> bool:
    """Tell whether the fingerprints show that no ref has moved since they were taken."""
    rows = connection.execute("SELECT path, mtime, ctime, seen FROM folders").fetchall()
    if not rows:
        return False
    for path, mtime, ctime, seen in rows:
        times = folder_times(os.path.join(gitdir, real_name(path)))
        if times != (mtime, ctime) or is_too_recent(mtime, ctime, seen):
            return False
    return not refs_to_reread(connection)


def refs_to_reread(connection: sqlite3.Connection) -> list[str]:
    """Return the refs that may move without their folder: symbolic and unreadable ones."""
    sql = "SELECT name FROM loose WHERE link = 1 UNION SELECT name FROM refs WHERE problem <> ''"
    return [row[0] for row in connection.execute(sql)]


def folder_times(path: str) -> tuple[int, int]:
    """Return mtime and ctime of a folder or file in nanoseconds, zeros if there is none."""
    try:
        stat = os.stat(path)
    except OSError:
        return (0, 0)
    return (stat.st_mtime_ns, stat.st_ctime_ns)


def is_too_recent(mtime: int, ctime: int, seen: int) -> bool:
    """Tell whether times prove nothing: a later change may have the same time."""
    newest = max(mtime, ctime)
    whole_seconds = newest and newest % 1_000_000_000 == 0
    return newest > seen - (_COARSE_GRAIN if whole_seconds else _GRAIN)


def shown_name(name: str) -> str:
    """Return a ref's name as it is written in the index."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return name


def real_name(shown: str) -> str:
    """Return the name of the ref that is called `shown` in the index."""
    if "\\x" not in shown:
        return shown
    pieces = shown.encode().split(b"\\x")
    data = pieces[0] + b"".join(_byte(piece) for piece in pieces[1:])
    return data.decode("utf-8", "surrogateescape")


def _byte(piece: bytes) -> bytes:
    try:
        return bytes.fromhex(piece[:2].decode()) + piece[2:]
    except ValueError:
        return b"\\x" + piece  # a file whose name git ignores
