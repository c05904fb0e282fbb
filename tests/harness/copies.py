"""Restore a repository to an earlier copy: its folder stays, its files are replaced."""

from __future__ import annotations

import shutil
from pathlib import Path


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
