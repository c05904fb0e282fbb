"""The files that a command is to read: those that the user named, and those in named folders."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from porcelain.cli.run.errors import Misuse
from porcelain.exchange.agents.found import is_session_name
from porcelain.transcript.documents.session_folders import is_session_folder

_DAY = re.compile(r"[/\\]\d{4}[/\\]\d\d[/\\]\d\d$")


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
        if not os.path.isdir(path) or is_session_folder(path):
            found[path] = Chosen(path)
            continue
        inside = sorted(_inside(path))
        if not inside:
            raise Misuse(f"There is no file in {path} that could be a transcript")
        for name in inside:
            found.setdefault(name, Chosen(name, named=False))
    return list(found.values())


def _inside(path: str) -> Iterator[str]:
    """Yield the files in a folder with an agent's names, and folders that are conversations."""
    for folder, folders, names in os.walk(path):
        sessions = [one for one in folders if is_session_folder(os.path.join(folder, one))]
        folders[:] = [one for one in folders if one not in sessions]
        for name in (*sessions, *filter(is_session_name, names)):
            yield os.path.join(folder, name)


def file_beside(path: str, ending: str) -> str | None:
    """Return a transcript near a file whose name ends so, apart from what follows a dot.

    It lies in the same folder; or, where that is a day's (`2026/01/02`), anywhere in the folder of
    the years, or in one of sessions beside that. Links to folders are not followed.
    """
    here = os.path.dirname(os.path.abspath(path))
    folders = [here]
    if _DAY.search(here):
        top = os.path.normpath(os.path.join(here, "..", "..", ".."))
        folders += [top, *_folders_in(os.path.dirname(top))]
    for folder in folders:
        for inside, _, names in os.walk(folder):
            for name in sorted(names):
                if name.partition(".")[0].endswith(ending) and is_session_name(name):
                    return os.path.join(inside, name)
            if folder == here:
                break
    return None


def _folders_in(folder: str) -> list[str]:
    """Return the folders of sessions in a folder."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    return [os.path.join(folder, name) for name in names if name.endswith("sessions")]
