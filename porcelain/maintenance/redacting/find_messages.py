"""Which message is meant: a native id, or the number that `wj show` prints."""

from __future__ import annotations

from collections.abc import Iterable

from porcelain.display import plain
from porcelain.errors import Refused
from porcelain.maintenance.redacting.redaction import element_ids
from porcelain.transcript.formats import FORMATS, format_named
from store.document.json_scanner import scan_document
from store.document.pawan_schema import MESSAGES
from store.errors import InvalidSession
from store.ids import EMPTY_TREE, BlobId, CommitId, TreeId
from store.objects.commit import read_commit
from store.objects.objects import ObjectReader
from store.objects.tree import GITLINK, TREE, read_tree
from store.tree_layout.layout import DOCUMENT, layout_of, message_ids


def message_at(reader: ObjectReader, commit_id: CommitId, number: int) -> frozenset[BlobId]:
    """Return the id of one row of a conversation, numbered from 1 as `wj show` does.

    Raises:
        Refused: it has no such row.
    """
    tree = read_commit(reader, commit_id).tree
    ids = message_ids(reader, tree) if tree != EMPTY_TREE else ()
    if not 1 <= number <= len(ids):
        raise Refused(
            f"There is no message {number} in commit {commit_id[:12]}, which has {len(ids)} rows",
            "`wj show` prints the numbers; `-r REV` names another commit",
            code="no_message",
        )
    return frozenset((ids[number - 1],))


def messages_called(
    reader: ObjectReader, commits: Iterable[CommitId], native_id: str
) -> frozenset[BlobId]:
    """Return the ids of all messages with a native id, in any of these commits.

    Raises:
        Refused: there is none.
    """
    search = _Search(reader, native_id)
    for commit_id in commits:
        search.tree(read_commit(reader, commit_id).tree, top=True)
    if not search.found:
        raise Refused(
            f"No message has the id {plain(native_id)}",
            "`wj show --json` lists each message's `id`, `wj show` its number",
            code="no_message",
        )
    return frozenset(search.found)


class _Search:
    def __init__(self, reader: ObjectReader, native_id: str) -> None:
        self.found: set[BlobId] = set()
        self._reader = reader
        self._id = native_id
        self._raw = native_id.encode()
        self._seen: set[str] = set()

    def tree(self, tree: TreeId, *, top: bool = False) -> None:
        if tree == EMPTY_TREE or tree in self._seen:
            return
        self._seen.add(tree)
        for entry in read_tree(self._reader, tree):
            if entry.mode == TREE:
                self.tree(TreeId(entry.id))
            elif top and entry.name == DOCUMENT:
                if layout_of(self._reader, tree) == "single-file":
                    self._document(entry.id)
            elif entry.mode != GITLINK and entry.id not in self._seen:
                self._seen.add(entry.id)
                if self._is_it(self._reader.read(entry.id)[1]):
                    self.found.add(BlobId(entry.id))

    def _document(self, blob: str) -> None:
        document = scan_document(self._reader.read(blob)[1], MESSAGES)
        ids = zip(document.elements or (), element_ids(document), strict=True)
        self.found.update(one for element, one in ids if self._is_it(element.source.encode()))

    def _is_it(self, raw: bytes) -> bool:
        if self._raw not in raw:
            return False
        for name in FORMATS:
            try:
                if format_named(name).read_row(raw).native_id == self._id:
                    return True
            except InvalidSession:
                continue
        return False
