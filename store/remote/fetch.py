"""Fetch from another repository: its refs are listed, and missing objects received.

Received packs wait in a folder of their own below `wj-staging`, with the repository's objects as
alternates, until they are accepted. They land beside a marked `.keep`, as packs of our own do.
No ref is written here.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from typing import NamedTuple, Self

from store.errors import RemoteFailure, TransferLimit
from store.gitdir.durability import held_signals, storage_errors, sync_folder
from store.gitdir.own_files import make_folder
from store.gitdir.staged_file import KEEP_MARK, STAGING, StagedFile
from store.ids import is_full_id
from store.remote.transport import Command, Done, Limits, Progress, failure, run
from store.remote.url import shown_url
from store.repository.repository import Repository

_SUFFIX = ".fetch"
_MOST_REFS = 1_000_000


class Source(NamedTuple):
    """A repository to fetch from, and the bounds of what it may send."""

    url: str
    limits: Limits = Limits()
    progress: Progress | None = None


class RemoteRef(NamedTuple):
    """The value of a ref at a remote, and the object that it leads to if it is an annotated tag."""

    id: str
    peeled: str


def remote_refs(
    repository: Repository, source: Source, patterns: Sequence[str]
) -> dict[str, RemoteRef]:
    """Return the refs of a remote that match any of the patterns, such as `refs/sessions/*`.

    Raises:
        RemoteFailure: it cannot be reached, refuses, or lists too many refs.
    """
    words = ("ls-remote", "--quiet", "--", source.url, *patterns)
    done = _run(repository, source, words)
    if done.status:
        raise failure(source.url, done)
    found: dict[str, RemoteRef] = {}
    for line in done.output.split(b"\n"):
        object_id, tab, name = line.decode("utf-8", "surrogateescape").partition("\t")
        if not tab or not is_full_id(object_id):
            continue
        ref = name.removesuffix("^{}")
        if ref == name:
            found[ref] = RemoteRef(object_id, object_id)
        elif ref in found:
            found[ref] = found[ref]._replace(peeled=object_id)
    if len(found) > _MOST_REFS:
        raise TransferLimit(shown_url(source.url), f"it has more than {_MOST_REFS:,} refs")
    return found


class Received:
    """The packs that fetches brought: they wait in folders of their own, which only this process reads.

    `land` accepts them. What has not landed at the end of this context is gone.
    """

    def __init__(self, repository: Repository) -> None:
        """Receive nothing yet."""
        self._repository = repository
        self._keeps: list[StagedFile] = []
        self._sources: dict[str, Source] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Drop what has not landed, and the protection of what has: a ref has to lead to it by then."""
        waiting = self._repository.waiting
        waiting[:] = [folder for folder in waiting if folder not in self._sources]
        if self._sources:
            self._repository.refresh()
        self._stack.close()
        for keep in self._keeps:
            keep.discard()

    def fetch(self, source: Source, wanted: Iterable[str]) -> int:
        """Receive objects and all that they lead to, as far as they are missing; return the packs.

        Raises:
            RemoteFailure: the remote does not send them; nothing is left behind.
            StorageFailure: the disk is full or read-only; nothing is left behind.
        """
        missing = sorted({one for one in wanted if not self._repository.exists(one)})
        if not missing:
            return 0
        with ExitStack() as stack:
            folder = stack.enter_context(_Waiting(self._repository))
            words = (
                *("fetch", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance"),
                *("--no-recurse-submodules", "--refmap=", "--progress", "--stdin"),
                *("--", source.url),
            )
            done = _run(
                self._repository,
                source,
                words,
                stdin="".join(f"{one}\n" for one in missing).encode(),
                variables={"GIT_OBJECT_DIRECTORY": folder},
                received=os.path.join(folder, "pack"),
            )
            if done.status:
                raise failure(source.url, done)
            names = _packs_in(folder)
            _check_size(source, folder, names)
            self._stack.enter_context(stack.pop_all())
        self._sources[folder] = source
        self._repository.waiting.append(folder)
        self._repository.refresh()
        return len(names)

    def land(self) -> None:
        """Make everything that was received part of the repository, protected until the end.

        Raises:
            StorageFailure: the disk is full or read-only.
        """
        if not self._sources:
            return
        gitdir = self._repository.path
        packs = os.path.join(gitdir, "objects", "pack")
        with held_signals(), storage_errors(packs):
            make_folder(gitdir, "objects/pack")
            for folder in self._sources:
                for name in _packs_in(folder):
                    stem = os.path.join(packs, f"pack-{os.urandom(20).hex()}")
                    keep = StagedFile(gitdir, ".keep", KEEP_MARK)
                    self._keeps.append(keep)
                    keep.move(f"{stem}.keep")
                    for suffix in (".pack", ".idx"):
                        os.rename(os.path.join(folder, "pack", name + suffix), stem + suffix)
            sync_folder(packs)
        waiting = self._repository.waiting
        waiting[:] = [folder for folder in waiting if folder not in self._sources]
        self._sources.clear()
        self._repository.refresh()


def _packs_in(folder: str) -> list[str]:
    names = os.listdir(os.path.join(folder, "pack"))
    return [name[: -len(".pack")] for name in names if name.endswith(".pack")]


def _check_size(source: Source, folder: str, names: Sequence[str]) -> None:
    size = sum(os.path.getsize(os.path.join(folder, "pack", f"{name}.pack")) for name in names)
    if source.limits.size and size > source.limits.size:
        raise TransferLimit(
            shown_url(source.url),
            f"it sends more than {source.limits.size >> 20} MiB",
            "the setting `git.max-fetch-size` is the limit, in MiB",
        )


class _Waiting:
    """A locked folder for packs on their way; folders that killed fetches left are removed."""

    def __init__(self, repository: Repository) -> None:
        self._gitdir = repository.path
        self._others = tuple(repository.waiting)
        self._fd = -1
        self.path = ""

    def __enter__(self) -> str:
        staging = os.path.join(self._gitdir, STAGING)
        with storage_errors(staging):
            make_folder(self._gitdir, STAGING)
            _sweep(staging)
            name = f"{os.getpid()}-{os.urandom(6).hex()}{_SUFFIX}"
            self.path = make_folder(self._gitdir, f"{STAGING}/{name}")
            self._fd = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for part in ("pack", "info"):
                make_folder(self._gitdir, f"{STAGING}/{name}/{part}")
            alternates = os.path.join(self.path, "info", "alternates")
            with open(alternates, "w", encoding="utf-8", errors="surrogateescape") as file:
                for folder in (os.path.join(self._gitdir, "objects"), *self._others):
                    file.write(f"{folder}\n")
        return self.path

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        if self._fd >= 0:
            os.close(self._fd)


def _sweep(staging: str) -> None:
    """Remove the folders of fetches that were killed."""
    for name in os.listdir(staging):
        path = os.path.join(staging, name)
        if not name.endswith(_SUFFIX) or os.path.islink(path) or not os.path.isdir(path):
            continue
        try:
            fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
        except BlockingIOError:
            continue
        finally:
            os.close(fd)


def _run(
    repository: Repository,
    source: Source,
    words: Sequence[str],
    *,
    stdin: bytes = b"",
    variables: Mapping[str, str] = {},
    received: str = "",
) -> Done:
    if "\n" in repository.path:
        raise RemoteFailure(shown_url(source.url), "the repository's path has a line break")
    command = Command(repository.path, source.url, words, stdin, variables, received)
    return run(command, source.limits, source.progress)
