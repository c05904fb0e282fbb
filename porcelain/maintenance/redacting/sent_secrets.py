"""Search what is about to be sent for secrets: transcripts, descriptions, authors, operations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from porcelain.display import plain
from porcelain.maintenance.redacting.secret_scan import secrets_in_row, secrets_in_text
from porcelain.model.operation import Operation
from store.errors import ObjectError
from store.ids import EMPTY_TREE, CommitId, TreeId
from store.objects.commit import read_commit
from store.objects.objects import ObjectReader
from store.objects.tree import FILE, TREE, read_tree
from store.tree_layout.attachments import ATTACHMENTS, attachment_name

_WIDTH = 100  # messages in a folder of the native layout


def secret_places(
    reader: ObjectReader, commits: Iterable[CommitId], operations: Iterable[Operation] = ()
) -> list[str]:
    """Return the places of secrets in commits and in the texts of operations, each once.

    Commits come oldest first, so that a place is named by the commit that added it.
    """
    return [*_Scan(reader).commits(commits), *_in_operations(operations)]


def _in_operations(operations: Iterable[Operation]) -> Iterator[str]:
    for operation in operations:
        data = operation.data
        texts = (data.description, *data.args, *data.attributes.values(), data.user, data.host)
        if any(_has(text) for text in texts):
            yield f"operation {operation.id[:12]}: its description or arguments"


def _has(text: str) -> bool:
    return bool(secrets_in_text(text))


class _Scan:
    def __init__(self, reader: ObjectReader) -> None:
        self._reader = reader
        self._seen: set[str] = {EMPTY_TREE}

    def commits(self, commits: Iterable[CommitId]) -> Iterator[str]:
        for commit_id in commits:
            try:
                commit = read_commit(self._reader, commit_id)
            except ObjectError:
                continue  # damaged; git refuses to send it
            where = f"commit {commit_id[:12]}"
            people = (commit.author, commit.committer)
            if any(_has(text) for who in people for text in (who.name, who.email)):
                yield f"{where}: its author"
            if _has(commit.message):
                yield f"{where}: its description"
            for path in self._tree(commit.tree, ""):
                yield f"{where}: {_place(path)}"

    def _tree(self, tree: TreeId, path: str) -> Iterator[str]:
        if tree in self._seen:
            return
        self._seen.add(tree)
        try:
            entries = read_tree(self._reader, tree)
        except ObjectError:
            return
        for entry in entries:
            here = f"{path}{entry.name}"
            if entry.mode == TREE:
                yield from self._tree(TreeId(entry.id), f"{here}/")
            elif entry.mode == FILE and entry.id not in self._seen:
                self._seen.add(entry.id)
                if self._blob_has(entry.id):
                    yield here

    def _blob_has(self, blob: str) -> bool:
        try:
            data = self._reader.read(blob)[1]
        except ObjectError:
            return False
        return bool(secrets_in_row(data))


def _place(path: str) -> str:
    """Return a file of a session as people name it."""
    if path.startswith(f"{ATTACHMENTS}/"):
        return f"attachment {plain(attachment_name(path[len(ATTACHMENTS) + 1 :]) or path)}"
    parts = path.removesuffix(".json").split("/")
    if parts[0] == "messages" and len(parts) == 3 and (parts[1] + parts[2]).isdigit():
        return f"message {int(parts[1]) * _WIDTH + int(parts[2]) + 1}"
    return plain(path)
