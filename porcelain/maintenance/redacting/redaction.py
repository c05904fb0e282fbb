"""One redaction, of text or of whole messages, applied to rows, texts and signatures.

Messages are found by a native id or by the number that `wj show` prints, and then known by the ids
of their bytes, which are the same in every conversation and layout.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from porcelain.display import counted, plain
from porcelain.errors import Refused
from porcelain.maintenance.redacting.redact_json import redacted_json, redacted_row, redacted_text
from porcelain.maintenance.redacting.text_pattern import Finder, within
from porcelain.model.message_numbers import MessageNumbers
from porcelain.model.redacted_row import placeholder_row
from porcelain.transcript.format_table import FORMATS, format_named
from store.document.json_scanner import Document, scan_document
from store.document.json_spacing import compact
from store.document.pawan_schema import MESSAGES
from store.errors import InvalidSession
from store.ids import EMPTY_TREE, BlobId, CommitId, TreeId
from store.objects.commit import Commit, Signature, read_commit
from store.objects.objects import ObjectReader, blob_id
from store.objects.tree import GITLINK, TREE, read_tree
from store.tree_layout.layout import DOCUMENT, layout_of, message_ids, read_session


class Redaction(NamedTuple):
    """The content to redact: the matches of `finder`, and the messages with these ids."""

    finder: Finder | None
    messages: frozenset[BlobId] = frozenset()

    def row(self, blob: str, data: bytes) -> bytes | None:
        """Return the redacted row with this id; None if it has no match."""
        if blob in self.messages:
            return placeholder_row(data)
        return redacted_row(data, self.finder) if self.finder is not None else None

    def text(self, text: str) -> str | None:
        """Return a redacted plain text; None if it has no match."""
        if self.finder is None:
            return None
        return redacted_text(text, within(self.finder))

    def clean(self, text: str) -> str:
        """Return a plain text without its matches."""
        return self.text(text) or text

    def json(self, text: str, key: str = "") -> str | None:
        """Return the redacted JSON value of a member; None if it has no match."""
        return None if self.finder is None else redacted_json(text, self.finder, key)

    def document(self, data: bytes) -> bytes | None:
        """Return a redacted document that holds its messages; None if it has no match."""
        if not self.messages:
            return self.row("", data)
        try:
            document = scan_document(data, MESSAGES)
        except InvalidSession:
            return self.row("", data)
        taken = [place for place, blob in enumerate(element_ids(document)) if blob in self.messages]
        made = _with_placeholders(document, frozenset(taken)).encode() if taken else None
        return self.row("", made or data) or made

    def person(self, who: Signature) -> Signature:
        """Return a signature without its matches."""
        return who._replace(name=self.clean(who.name), email=self.clean(who.email))

    def is_in(self, commit: Commit) -> bool:
        """Tell whether the text of a commit object has a match; its tree is not searched."""
        people = (commit.author, commit.committer)
        texts = [commit.message, *(text for who in people for text in (who.name, who.email))]
        return any(self.text(text) is not None for text in texts)


def element_ids(document: Document) -> list[BlobId]:
    """Return the ids that the messages of a document have in the native layout."""
    return [blob_id(compact(one.source).encode()) for one in document.elements or ()]


def _with_placeholders(document: Document, taken: frozenset[int]) -> str:
    """Return a document's text with placeholders for the messages of these numbers."""
    parts = [document.start, "{"]
    for member in document.members:
        parts += (member.before, member.token, member.colon)
        if member.key != MESSAGES or document.elements is None:
            parts.append(member.source)
            continue
        parts.append("[")
        for place, element in enumerate(document.elements):
            source = element.source
            if place in taken:
                source = placeholder_row(source.encode()).decode()
            parts += (element.before, source)
        parts += (document.inner, "]")
    return "".join([*parts, document.close, "}", document.end])


def message_at(reader: ObjectReader, commit_id: CommitId, number: int) -> frozenset[BlobId]:
    """Return the id of one message of a conversation.

    Raises:
        Refused: the conversation has no such message.
    """
    tree = read_commit(reader, commit_id).tree
    ids = message_ids(reader, tree) if tree != EMPTY_TREE else ()
    numbers = MessageNumbers.of(read_session(reader, tree) if ids else None)
    if not 1 <= number <= numbers.count:
        has = counted(numbers.count, "message")
        raise Refused(
            f"Commit {commit_id[:12]} has no message {number}, only {has}",
            "`wj show` prints the numbers; `-r REV` names another commit",
            code="no_message",
        )
    return frozenset((ids[numbers.row(number) - 1],))


def messages_called(
    reader: ObjectReader, commits: Iterable[CommitId], native_id: str
) -> frozenset[BlobId]:
    """Return the ids of all messages with a native id, in any of these commits.

    Raises:
        Refused: no message has that id.
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
