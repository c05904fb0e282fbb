"""Fetch from another repository: its refs are listed, and missing objects received.

Received packs wait in a folder of their own below `wj-staging`, with the repository's objects as
alternates, until the limits are known to be kept. They land beside a marked `.keep`, as packs of our own do.
No ref is written here.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
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
    """The packs that a fetch brought, landed and protected until the end of this context.

    What is refused afterwards stays as objects that nothing names, until garbage is collected: a
    concurrent fetch may have taken them for its own.
    """

    def __init__(self, repository: Repository) -> None:
        """Receive nothing yet."""
        self._repository = repository
        self._keeps: list[StagedFile] = []

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the protection: objects have to be reachable from a ref by then."""
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
        with _Waiting(self._repository.path) as folder:
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
            return self._land(os.path.join(folder, "pack"), source)

    def _land(self, folder: str, source: Source) -> int:
        names = [name[: -len(".pack")] for name in os.listdir(folder) if name.endswith(".pack")]
        size = sum(os.path.getsize(os.path.join(folder, f"{name}.pack")) for name in names)
        if source.limits.size and size > source.limits.size:
            raise TransferLimit(
                shown_url(source.url),
                f"it sends more than {source.limits.size >> 20} MiB",
                "the setting `git.max-fetch-size` is the limit, in MiB",
            )
        gitdir = self._repository.path
        packs = os.path.join(gitdir, "objects", "pack")
        with held_signals(), storage_errors(packs):
            make_folder(gitdir, "objects/pack")
            for name in names:
                stem = os.path.join(packs, f"pack-{os.urandom(20).hex()}")
                keep = StagedFile(gitdir, ".keep", KEEP_MARK)
                self._keeps.append(keep)
                keep.move(f"{stem}.keep")
                for suffix in (".pack", ".idx"):
                    os.rename(os.path.join(folder, name + suffix), stem + suffix)
            sync_folder(packs)
        self._repository.refresh()
        return len(names)


class _Waiting:
    """A locked folder for packs on their way; folders that killed fetches left are removed."""

    def __init__(self, gitdir: str) -> None:
        self._gitdir = gitdir
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
                file.write(f"{os.path.join(self._gitdir, 'objects')}\n")
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
