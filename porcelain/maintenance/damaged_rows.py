"""Name the messages of conversations that are missing or damaged, and the files that have them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from porcelain.display import plain
from porcelain.index.source_rows import forget_files, known_files
from porcelain.index.view_rows import open_view_index, part_rows
from porcelain.model.source import Source
from porcelain.model.stored_source import StoredContainer
from porcelain.model.view_value import IMPORTS, SESSIONS, parse_target
from store.errors import InvalidSession, ObjectError
from store.ids import CommitId, TreeId
from store.index.commit_index import Index
from store.objects.commit import read_commit
from store.repository.repository import Repository
from store.tree_layout.layout import message_ids

_MOST = 3


def whose_rows(repository: Repository, objects: Collection[str]) -> dict[str, str]:
    """Return a sentence about each of these objects that is a message of a conversation.

    It names up to three sessions and message places, and an imported file that has the message.
    The next import reads all files again.
    """
    if not objects:
        return {}
    index = open_view_index(repository)
    try:
        places: dict[str, list[str]] = {}
        for name, tip in _tips(index):
            for row, one in enumerate(_ids(repository, tip), 1):
                if one in objects:
                    places.setdefault(one, []).append(f"row {row} of session {plain(name)}")
        files = dict(_files(repository, index, objects))
        forget_files(index)
    finally:
        index.close()
    return {one: _sentence(places.get(one, []), files.get(one)) for one in {*places, *files}}


def _sentence(places: list[str], path: str | None) -> str:
    more = f" and {len(places) - _MOST} more" if len(places) > _MOST else ""
    said = f"it is {', '.join(places[:_MOST])}{more}" if places else "an imported file has it"
    return f"{said}; `wj import {path}` writes it again" if path is not None else said


def _tips(index: Index) -> Iterator[tuple[str, CommitId]]:
    for name, value in part_rows(index, SESSIONS):
        for tip in parse_target(value)[::2]:
            if tip is not None:
                yield name, tip


def _ids(repository: Repository, commit_id: CommitId) -> tuple[str, ...]:
    try:
        tree = TreeId(read_commit(repository, commit_id).tree)
        container = StoredContainer.read(repository, tree)
        trees = [tree] if container is None else container.conversations()
        return tuple(one for tree in trees for one in message_ids(repository, tree))
    except (ObjectError, InvalidSession):
        return ()


def _files(
    repository: Repository, index: Index, objects: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield (object, path) for the objects that are rows of files that were imported here."""
    paths = {file.source: file.path for file in known_files(index).values()}
    for key, value in part_rows(index, IMPORTS):
        source = Source.of(value)
        if source.stored is None or key not in paths:
            continue
        for one in {*_ids(repository, source.stored)} & {*objects}:
            yield one, paths[key]
