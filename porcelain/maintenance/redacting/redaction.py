"""One redaction: what is looked for, and what a row, a text or a signature becomes.

Either text is looked for, wherever it stands, or whole messages are: these are known by the
ids of their bytes, which are the same in every conversation and layout.
"""

from __future__ import annotations

from typing import NamedTuple

from porcelain.maintenance.redacting.json_escapes import redacted_text
from porcelain.maintenance.redacting.redact_json import redacted_json, redacted_row
from porcelain.maintenance.redacting.text_pattern import Finder, within
from porcelain.model.redacted_row import placeholder_row
from store.document.json_scanner import Document, scan_document
from store.document.json_spacing import compact
from store.document.pawan_schema import MESSAGES
from store.errors import InvalidSession
from store.ids import BlobId
from store.objects.commit import Commit, Signature
from store.objects.objects import blob_id


class Redaction(NamedTuple):
    """What is to go: what `finder` finds, and the messages with these ids."""

    finder: Finder | None
    messages: frozenset[BlobId] = frozenset()

    def row(self, blob: str, data: bytes) -> bytes | None:
        """Return what the row with this id becomes; None where it stays."""
        if blob in self.messages:
            return placeholder_row(data)
        return redacted_row(data, self.finder) if self.finder is not None else None

    def text(self, text: str) -> str | None:
        """Return what a plain text becomes; None where it stays."""
        if self.finder is None:
            return None
        return redacted_text(text, within(self.finder))

    def json(self, text: str, key: str = "") -> str | None:
        """Return what the JSON value of a member becomes; None where it stays."""
        return None if self.finder is None else redacted_json(text, self.finder, key)

    def document(self, data: bytes) -> bytes | None:
        """Return what a document with its messages in it becomes; None where it stays."""
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
        """Return what a signature becomes: itself where nothing is found."""
        name, email = self.text(who.name) or who.name, self.text(who.email) or who.email
        return who._replace(name=name, email=email)

    def is_in(self, commit: Commit) -> bool:
        """Tell whether a commit's own text has it; its tree is not looked at."""
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
