"""The files that a command is to read: those that the user named, and those in named folders."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple

from porcelain.cli.run.errors import Misuse
from porcelain.exchange.agents.found import is_session_name


class Chosen(NamedTuple):
    """A file to read; one that the user did not name may be something else than a transcript."""

    path: str
    named: bool = True


def files_of(paths: Iterable[str]) -> list[Chosen]:
    """Return the files that paths name, each once; of a folder those with an agent's file names.

    Links to folders inside a folder are not followed.

    Raises:
        Misuse: a folder has no such file.
    """
    found: dict[str, Chosen] = {}
    for path in paths:
        if not os.path.isdir(path):
            found[path] = Chosen(path)
            continue
        inside = sorted(
            os.path.join(folder, name)
            for folder, _, names in os.walk(path)
            for name in names
            if is_session_name(name)
        )
        if not inside:
            raise Misuse(f"There is no file in {path} that could be a transcript")
        for name in inside:
            found.setdefault(name, Chosen(name, named=False))
    return list(found.values())
