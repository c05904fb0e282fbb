"""A full disk: a small tmpfs that only one forked process sees.

    ran = on_small_disk(folder, 4096, work)     # `work` has 4 MiB at `folder`

The mount is in a namespace of the child's own, so nothing has to be cleaned up. Where neither root nor
user namespaces are available, `work` is not run, and the result is False.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from pathlib import Path

from tests.harness.processes import finish, start

_NEW_MOUNTS = 0x00020000
_NEW_USER = 0x10000000
_PRIVATE = 0x00040000 | 0x4000  # MS_PRIVATE | MS_REC
_PAGE = 4096


def on_small_disk(folder: Path, kib: int, work: Callable[[], object]) -> bool:
    """Run `work` in a process that has a disk of `kib` KiB at `folder`; tell whether it could."""
    reading, writing = os.pipe()

    def mounted() -> None:
        if _mount(folder, kib):
            os.write(writing, b"x")
            work()

    child = start(mounted)
    os.close(writing)
    with open(reading, "rb") as pipe:
        ran = pipe.read() == b"x"
    finish(child)
    return ran


def fill(folder: Path, kib: int) -> Path:
    """Fill the disk of a folder up to `kib` KiB; return the file that fills it."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(_PAGE))
        except OSError:
            size = file.seek(0, os.SEEK_END)
        file.truncate(max(0, size - kib * 1024))
    return ballast


def _mount(folder: Path, kib: int) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    if libc.unshare(_NEW_MOUNTS):
        if libc.unshare(_NEW_MOUNTS | _NEW_USER):
            return False
        _map("setgroups", "deny")
        _map("uid_map", f"0 {user} 1")
        _map("gid_map", f"0 {group} 1")
    libc.mount(b"none", b"/", None, _PRIVATE, None)
    options = f"size={kib}k,mode=0700".encode()
    return not libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, options)


def _map(name: str, text: str) -> None:
    Path(f"/proc/self/{name}").write_text(text)
