"""Compare all files of a repository before and after a command that must change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Caches, and locks that nobody holds, hold nothing that matters.
_FREE = ("store-index.", "store.lock", "rollup.lock")


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
