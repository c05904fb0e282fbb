"""Power cuts: the files that a disk may hold if the power fails before any write step.

Content counts as on disk once its file was synced; a folder's entries once the folder was.
Without a sync a file system may write what it likes, in any order. Two of the possible disks
are looked at, the worst for a program that relies on an order:

    late    new names have not reached the disk, and all removals have
    early   all names have reached the disk, and content that was not synced has not

Steps are those of `tests.harness.faults`; what git does in between is seen at the next one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.harness.faults import intercepted


class Disk:
    """The state of a folder on a disk: `content` by inode, `entries` by folder and name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.content: dict[int, bytes] = {}
        self.entries: dict[str, dict[str, int]] = {}
        for path, _, files in os.walk(folder):
            self.sync_folder(path)
            for name in files:
                self.sync_file(os.path.join(path, name))

    def sync_file(self, path: str) -> None:
        self.content[os.stat(path).st_ino] = Path(path).read_bytes()

    def sync_folder(self, path: str) -> None:
        with os.scandir(path) as entries:
            self.entries[path] = {entry.name: entry.inode() for entry in entries}

    def synced(self, fd: int) -> None:
        path = os.readlink(f"/proc/self/fd/{fd}")
        if path.startswith(str(self.folder)):
            (self.sync_folder if os.path.isdir(path) else self.sync_file)(path)

    def images(self) -> dict[str, dict[str, bytes]]:
        """Return the files of each possible disk, by path."""
        early: dict[str, bytes] = {}
        for path, _, files in os.walk(self.folder):
            for name in files:
                inode = os.stat(os.path.join(path, name)).st_ino
                early[os.path.relpath(os.path.join(path, name), self.folder)] = self.content.get(
                    inode, b""
                )
        late = {
            os.path.relpath(os.path.join(path, name), self.folder): self.content[inode]
            for path, names in self.entries.items()
            for name, inode in names.items()
            if inode in self.content and os.path.lexists(os.path.join(path, name))
        }
        return {"early": early, "late": late}


def cut_at_every_step(
    folder: Path, work: Callable[[], object], check: Callable[[Path, str], None]
) -> int:
    """Run `work`, and `check(copy, when)` on every disk that a power cut could leave.

    `copy` is a folder as the disk would hold it, `when` names the step. Returns how many
    disks were looked at; equal ones count once.
    """
    disk = Disk(folder)
    copy = folder.parent / "after-the-cut"
    seen: set[int] = set()

    def look(step: str) -> None:
        for kind, files in disk.images().items():
            image = hash(frozenset(files.items()))
            if image not in seen:
                seen.add(image)
                _write(copy, files, folder)
                check(copy, f"{kind}, before {step}")

    def before(name: str, arguments: tuple[Any, ...]) -> None:
        if looking:
            return
        looking.append(name)
        try:
            look(f"{name} {arguments[:2]}")
            if name == "fsync":
                disk.synced(arguments[0])
        finally:
            looking.clear()

    looking: list[str] = []
    with intercepted(before):
        work()
    look("the end")
    return len(seen)


def _write(copy: Path, files: dict[str, bytes], like: Path) -> None:
    shutil.rmtree(copy, ignore_errors=True)
    for folder, _, _ in os.walk(like):
        (copy / os.path.relpath(folder, like)).mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        path = copy / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
