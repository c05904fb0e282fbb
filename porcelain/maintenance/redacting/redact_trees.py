"""Redact trees: each blob and each tree is searched once, however many commits share it.

All content of a tree is searched. `session.json` is rebuilt from its parts; its title and prompt are
regenerated if the prompt they come from was redacted, since they are only its beginning and may end
in the middle of a match.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from porcelain.maintenance.redacting.redaction import Redaction, element_ids
from porcelain.model.stored_source import CONTAINER_FILE, PARTS
from porcelain.transcript.format_table import FORMATS, format_named
from porcelain.transcript.row import first_line
from store.document.envelope import Envelope, Field
from store.document.headline import PROMPT_LENGTH, Headline, headline_of, one_line
from store.document.json_scanner import Document, scan_document
from store.document.pawan_schema import MESSAGES
from store.document.row_format import FIELD, PAWAN, name_at, read_format
from store.document.separators import Separators, measure_elements
from store.errors import InvalidSession, ObjectError
from store.ids import EMPTY_TREE, TreeId
from store.objects.objects import ObjectWriter, read_kind
from store.tree_layout.layout import DOCUMENT
from store.tree_layout.session_json import (
    OWN,
    NativeDocument,
    decode_session,
    encode_session,
    read_headline,
)

ENTRY = re.compile(rb"([0-7]+) ([^\0]+)\0(.{20})", re.DOTALL)
"""One line of a tree as git stores it: mode, name, id."""

_TREE, _GITLINK = b"40000", b"160000"
_DOCUMENT, _MESSAGES = DOCUMENT.encode(), MESSAGES.encode()
_CONTAINER, _PARTS = CONTAINER_FILE.encode(), PARTS.encode()
_Entry = tuple[bytes, bytes, bytes]
_SKELETON = b'"between": '
_ROW = "-0.0e-7123"
"""A number in place of a row, so that the text around the rows is JSON."""
_FOUR_DIGITS = 10_000
_MOST_ROWS = 2000
"""How many rows back a prompt is searched for."""


class _Prompt(NamedTuple):
    """A row as a title: `rank` 0 is a prompt, 1 a user's text, 2 any other row."""

    rank: int
    headline: Headline


class _Rows(NamedTuple):
    """The tree of a document's messages, "" for none, and whether any of them changed."""

    tree: str
    changed: bool


class Transcripts:
    """Redacts trees into `writer`; unchanged objects are not added again.

    `rows` and `titles` count the changed ones, each content once; `headers` counts documents in
    which other members changed.
    """

    def __init__(
        self, writer: ObjectWriter, redaction: Redaction, known: Transcripts | None = None
    ) -> None:
        """Start with the results of `known`, an earlier one for the same redaction."""
        self._writer = writer
        self._redaction = redaction
        # Ids as bytes, as in git's trees: most of the time is spent on comparing them.
        self._clean: set[bytes] = set(known._clean) if known else set()
        self._now: dict[bytes, bytes] = dict(known._now) if known else {}
        self._documents: dict[tuple[str, str], str] = {}
        self._prompts: dict[tuple[str, str], _Prompt | None] = {}
        self._elements: set[str] = set()
        self.rows = 0
        self.titles = 0
        self.headers = 0

    def tree(self, tree: TreeId) -> TreeId:
        """Return the redacted tree, the same one if nothing matches.

        Raises:
            ObjectNotFound, CorruptObject: an object in it cannot be read.
        """
        if tree == EMPTY_TREE:
            return tree
        return TreeId(self._tree(bytes.fromhex(tree), top=True).hex())

    def has(self, tree: TreeId) -> bool:
        """Tell whether a tree has a match."""
        return self.tree(tree) != tree

    def _tree(self, tree: bytes, *, top: bool = False) -> bytes:
        if tree in self._clean:
            return tree
        known = self._now.get(tree)
        if known is not None:
            return known
        data = read_kind(self._writer, tree.hex(), "tree")
        entries = ENTRY.findall(data)
        if not top and self._clean.issuperset([entry[2] for entry in entries]):
            self._clean.add(tree)
            return tree
        if top and entries and entries[0][1] == _CONTAINER:
            return self._remember(tree, self._container(tree, entries))
        clean = self._clean
        made = [
            entry[2] if entry[2] in clean else self._entry(entry)
            for entry in entries
            if not top or entry[1] != _DOCUMENT
        ]
        if top:
            made = self._with_document(entries, made)
        return self._remember(tree, self._with(tree, entries, made))

    def _container(self, tree: bytes, entries: Sequence[_Entry]) -> bytes:
        """Return the redacted tree of a file with several conversations."""
        made = [
            self._within(entry[2], self._group) if entry[1] == _PARTS else entry[2]
            for entry in entries
        ]
        return self._with(tree, entries, made)

    def _group(self, entry: _Entry) -> bytes:
        return self._within(entry[2], self._part)

    def _part(self, entry: _Entry) -> bytes:
        return self._tree(entry[2], top=True) if entry[0] == _TREE else self._entry(entry)

    def _within(self, tree: bytes, redacted: Callable[[_Entry], bytes]) -> bytes:
        entries = ENTRY.findall(read_kind(self._writer, tree.hex(), "tree"))
        return self._with(tree, entries, [redacted(entry) for entry in entries])

    def _with(self, tree: bytes, entries: Sequence[_Entry], made: Sequence[bytes]) -> bytes:
        """Return a tree with other objects at its entries."""
        if made == [entry[2] for entry in entries]:
            return tree
        parts = zip(entries, made, strict=True)
        whole = b"".join(b"%s %s\0%s" % (entry[0], entry[1], now) for entry, now in parts)
        return bytes.fromhex(self._writer.add("tree", whole))

    def _remember(self, old: bytes, new: bytes) -> bytes:
        self._clean.add(new)  # redacted objects have no match
        if new != old:
            self._now[old] = new
        return new

    def _entry(self, entry: _Entry) -> bytes:
        mode, _, object_id = entry
        if object_id in self._clean or mode == _GITLINK:
            return object_id
        known = self._now.get(object_id)
        if known is not None:
            return known
        return self._tree(object_id) if mode == _TREE else self._blob(object_id)

    def _with_document(self, entries: list[_Entry], made: list[bytes]) -> list[bytes]:
        """Insert the redacted `session.json`, which depends on its redacted messages."""
        messages = next((e[2] for e in entries if e[1] == _MESSAGES and e[0] == _TREE), b"")
        rows = _Rows(messages.hex(), messages in self._now)
        for place, (mode, name, object_id) in enumerate(entries):
            if name == _DOCUMENT:
                plain = mode not in (_TREE, _GITLINK)
                now = self._document(object_id.hex(), rows) if plain else object_id.hex()
                made.insert(place, bytes.fromhex(now))
        return made

    def _blob(self, blob: bytes) -> bytes:
        name = blob.hex()
        made = self._redaction.row(name, self._writer.read(name)[1])
        self.rows += made is not None
        new = blob if made is None else bytes.fromhex(self._writer.add("blob", made))
        return self._remember(blob, new)

    def _changed(self, blob: str) -> bool:
        return bytes.fromhex(blob) in self._now

    def _document(self, blob: str, rows: _Rows) -> str:
        key = (blob, rows.tree if rows.changed else "")
        known = self._documents.get(key)
        if known is None:
            data = self._writer.read(blob)[1]
            made = self._redacted(data, blob, rows)
            known = blob if made is None or made == data else self._writer.add("blob", made)
            self._documents[key] = known
        return known

    def _redacted(self, data: bytes, blob: str, rows: _Rows) -> bytes | None:
        """Return the redacted `session.json`, None if it stays the same."""
        made = self._redaction.row(blob, data)
        headline = self._headline(data, rows.tree) if rows.changed else None
        untouched = made is None and headline is None and _SKELETON not in data
        if untouched and (rows.tree or not self._redaction.messages):
            return None
        try:
            stored = decode_session(data, blob)
        except (InvalidSession, ObjectError):
            self.headers += made is not None
            return made
        if not isinstance(stored, Document):
            return self._reassembled(stored, headline)
        whole = self._redaction.document(data) if self._redaction.messages else made
        if whole is not None:
            self._count_elements(stored, whole)
        return whole

    def _reassembled(self, stored: NativeDocument, headline: Headline | None) -> bytes:
        parts = stored.parts
        old = parts.headline or Headline("", "", 0)
        now = headline or old
        title, prompt = map(self._redaction.clean, now[:2])
        now = old._replace(title=title, prompt=prompt)
        envelope = self._envelope(parts.envelope)
        lines = parts.lines and self._skeleton(parts.lines, stored.rows)
        self.titles += now != old
        self.headers += envelope != parts.envelope or lines != parts.lines
        parts = parts._replace(envelope=envelope, lines=lines, headline=now)
        return encode_session(parts, now, stored.rows, stored.verbatim)

    def _envelope(self, envelope: Envelope) -> Envelope:
        """Return the redacted members of a document; its messages and their format stay."""
        fields = [f for f in envelope.fields if f.key not in (MESSAGES, FIELD)]
        text = "{" + ",".join(f"{f.token}:{f.value}" for f in fields) + "}"
        made = self._redaction.json(text)
        if made is None:
            return envelope
        members = iter(scan_document(made).members)
        found: list[Field] = []
        for field in envelope.fields:
            if field.key in (MESSAGES, FIELD):
                found.append(field)
                continue
            member = next(members)
            exact = field.exact
            if exact is not None:
                source = self._redaction.json(exact.source, field.key)
                exact = exact._replace(source=source or exact.source)
            found.append(Field(member.key, member.token, member.source, exact))
        return envelope._replace(fields=tuple(found))

    def _skeleton(self, lines: Separators, rows: int) -> Separators:
        """Return the redacted text around rows that are parts of a document."""
        if lines.end_rows:
            return lines
        texts = list(lines.texts(rows))
        made = self._redaction.json(_ROW.join(texts))
        if made is None:
            return lines
        parts = made.split(_ROW)
        if len(parts) != len(texts):  # the text itself has the mark
            parts = [self._redaction.clean(text) for text in texts]
        return measure_elements(parts, lines.between)

    def _headline(self, data: bytes, messages: str) -> Headline | None:
        """Return a new headline if the old one comes from a redacted row; else None."""
        found = _counted(data)
        if found is None:
            return None
        document, rows = found
        try:
            format_ = read_format(document.get(FIELD))
        except InvalidSession:
            return None
        best: tuple[_Prompt, str, str] | None = None
        backwards = zip(range(rows - 1, -1, -1), self._backwards(messages), strict=False)
        for number, blob in islice(backwards, _MOST_ROWS):
            name = name_at(format_, number)
            prompt = self._prompt(blob, name)
            if prompt is not None and (best is None or prompt.rank < best[0].rank):
                best = (prompt, blob, name)
                if prompt.rank == 0:
                    break
        if best is None or not self._changed(best[1]):
            return None
        told = read_headline(document.get(OWN), rows, all_messages=False)
        if told.title != best[0].headline.title:
            return None
        made = self._redaction.row(best[1], self._writer.read(best[1])[1])
        now = _read_prompt(made or b"", best[2])
        return now.headline if now is not None else Headline("", "", 0)

    def _backwards(self, messages: str) -> Iterator[str]:
        """Yield the ids of the rows of a tree of messages, or a part of it, the last first."""
        entries = ENTRY.findall(read_kind(self._writer, messages, "tree"))
        if len(entries) > _FOUR_DIGITS:
            entries.sort(key=lambda entry: (len(entry[1]), entry[1]))
        for mode, _, object_id in reversed(entries):
            if mode == _TREE:
                yield from self._backwards(object_id.hex())
            else:
                yield object_id.hex()

    def _prompt(self, blob: str, name: str) -> _Prompt | None:
        key = (blob, name)
        if key not in self._prompts:
            self._prompts[key] = _read_prompt(self._writer.read(blob)[1], name)
        return self._prompts[key]

    def _count_elements(self, old: Document, data: bytes) -> None:
        """Count the changes in a document that holds its messages."""
        new = scan_document(data, MESSAGES)
        pairs = zip(element_ids(old), element_ids(new), strict=True)
        changed = {one for one, other in pairs if one != other} - self._elements
        self._elements |= changed
        self.rows += len(changed)
        self.headers += [m.source for m in old.members] != [m.source for m in new.members]


def _counted(data: bytes) -> tuple[dict[str, Any], int] | None:
    """Return a document and its number of rows; None if another program wrote something else."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return None
    rows = document.get(MESSAGES) if isinstance(document, dict) else None
    return (document, rows) if type(rows) is int else None


def _read_prompt(raw: bytes, name: str) -> _Prompt | None:
    if name not in FORMATS:
        return None
    try:
        row = format_named(name).read_row(raw)
    except InvalidSession:
        return None
    if name == PAWAN:
        return _Prompt(0, headline_of(row.text, 0)) if row.role == "user" else None
    text = row.title or first_line(row.text)
    if not text or not (row.title or row.role):
        return None
    rank = 0 if row.title else 1 if row.role == "user" else 2
    return _Prompt(rank, Headline(one_line(text), one_line(text, PROMPT_LENGTH), 0))
