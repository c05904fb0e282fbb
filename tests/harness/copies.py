"""Restore the files of a repository from an earlier copy, or see that none has changed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Caches, and locks that nobody holds, hold nothing that matters.
_FREE = ("store-index.", "store.lock", "rollup.lock")


def put_back(template: Path, place: Path) -> None:
    """Make `place` hold what `template` holds.

    The folder itself stays, so that the repository in it goes on being the same replica.
    """
    clear(place)
    shutil.copytree(template, place, symlinks=True, dirs_exist_ok=True)


def clear(place: Path) -> None:
    """Remove everything in a folder."""
    for inside in place.iterdir():
        if inside.is_dir() and not inside.is_symlink():
            shutil.rmtree(inside)
        else:
            inside.unlink()


def files(repo: Path) -> dict[str, bytes]:
    """Return every file that counts."""
    return {
        path.relative_to(repo).as_posix(): path.read_bytes()
        for path in sorted(repo.rglob("*"))
        if path.is_file() and not path.name.startswith(_FREE)
    }


@contextmanager
def unchanged(repo: Path) -> Iterator[None]:
    """Fail if the block changes the repository."""
    before = files(repo)
    yield
    assert files(repo) == before
