"""Bundles: refs and their objects in one file, for machines without a network.

git lists and fetches a bundle's refs as those of a remote whose URL is the file's path.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from store.errors import RemoteFailure
from store.gitdir.durability import storage_errors, sync_file, sync_folder
from store.ids import RefName
from store.remote.transport import Command, Limits, Progress, failure, run
from store.repository.repository import Repository

_SIGNATURES = (b"# v2 git bundle\n", b"# v3 git bundle\n")


def is_bundle(path: str) -> bool:
    """Tell whether a file begins as git's bundles do.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, "rb") as file:
        return file.read(len(_SIGNATURES[0])) in _SIGNATURES


def create_bundle(
    repository: Repository, path: str, refs: Sequence[RefName], progress: Progress | None = None
) -> None:
    """Write refs with everything that they lead to into a new file, which is durable afterwards.

    An existing file is replaced, at once and whole.

    Raises:
        RemoteFailure: git cannot write it, or there are no refs.
        StorageFailure: the file cannot be synced or renamed.
    """
    whole = os.path.abspath(path)
    staged = f"{whole}.{os.getpid()}.new"
    if not refs:
        raise RemoteFailure(whole, "there is nothing to put into it")
    words = ("bundle", "create", "--progress", staged, "--stdin")
    lines = "".join(f"{ref}\n" for ref in refs).encode("utf-8", "surrogateescape")
    command = Command(repository.path, whole, words, lines)
    try:
        done = run(command, Limits(), progress)
        if done.status:
            raise failure(whole, done)
        with storage_errors(whole), open(staged, "rb") as file:
            sync_file(file.fileno())
            os.replace(staged, whole)
        sync_folder(os.path.dirname(whole))
    finally:
        if os.path.exists(staged):
            os.unlink(staged)
