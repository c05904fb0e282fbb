"""Conversations and imported files as they are written out."""

from __future__ import annotations

from typing import NamedTuple

from porcelain.errors import Refused
from porcelain.index.source_rows import known_files
from porcelain.index.view_rows import change_id_at, get_row, part_rows, versions
from porcelain.model.source import Source, SourceKey
from porcelain.model.stored_source import (
    Beside,
    StoredContainer,
    StoredSource,
    read_source,
    read_source_tree,
)
from porcelain.model.view_value import IMPORTS
from porcelain.transcript.format_table import FORMATS, format_named
from porcelain.transcript.formats import read_rows
from porcelain.transcript.row import heads, lineage_rows
from store.errors import InvalidSession, ObjectError
from store.ids import TreeId
from store.index.commit_index import Index
from store.index.commit_row import CommitRow
from store.objects.commit import read_commit
from store.objects.objects import ObjectReader, read_blob
from store.session.message import message_ids
from store.session.session import Session
from store.tree_layout.layout import read_session
from store.tree_layout.message_tree import digest_chain


class SourceFile(NamedTuple):
    """An imported file: its key, its source and its rows.

    `lines` is the number of its lines of conversation, `others` that of the rows that are not in
    its live one.
    """

    key: str
    source: Source
    rows: StoredSource
    lines: int
    others: int


class FoundFile(NamedTuple):
    """An imported file as a user named it: its key, its source, and what is stored of it."""

    key: str
    source: Source
    stored: StoredSource | StoredContainer

    @property
    def beside(self) -> Beside | None:
        """The other files, where it is a folder."""
        return self.stored.beside if isinstance(self.stored, StoredSource) else None

    def file_bytes(self, reader: ObjectReader, name: str = "") -> bytes:
        """Return the bytes of the file with the rows, or of another one of its folder.

        Raises:
            ObjectNotFound, CorruptObject, InvalidSession: they cannot be read.
        """
        if isinstance(self.stored, StoredContainer):
            return self.stored.to_bytes(reader)
        beside = self.beside
        if beside is None or name in ("", beside.name):
            return self.stored.to_bytes()
        return read_blob(reader, beside.files[name])


class Exported(NamedTuple):
    """A conversation to write: its session, and the imported file that it is or belongs to.

    `is_whole` tells that the file is written whole, because the conversation is its live end and
    nothing was changed here.
    """

    session: Session
    file: SourceFile | None
    is_whole: bool

    def to_bytes(self) -> bytes:
        """Return the file's bytes."""
        if self.file is None or not self.is_whole:
            return self.session.to_bytes()
        data = self.file.rows.to_bytes()
        # A torn row is no message, and the agent would go on in the same line.
        torn = (
            len(self.file.rows.raw(self.file.rows.session.rows - 1)) if self.file.source.torn else 0
        )
        return data[: len(data) - torn]


def export_conversation(
    index: Index, reader: ObjectReader, row: CommitRow, session_name: str = ""
) -> Exported:
    """Return the conversation of a commit as its agent's file has it.

    The live end of a file that was imported and not changed since is the whole file, byte for
    byte. Several files may end there, as after an agent's fork that nobody has continued: the one
    of the session by whose name the commit was named comes first. A fork has an identity of its
    own: its rows name its native id.

    Raises:
        InvalidSession, ObjectError: the conversation cannot be read.
    """
    session = read_session(reader, TreeId(row.tree))
    related = None
    found_sources = _sources(index, row)
    found_sources.sort(key=lambda item: item[1].session != session_name)
    for key, source in found_sources:
        found = _read(reader, key, source, row)
        if found is None:
            continue
        file, is_live = found
        if is_live:
            return Exported(session, file, is_whole=True)
        related = related or file
    return Exported(_with_own_id(session), related, is_whole=False)


def find_file(index: Index, reader: ObjectReader, text: str, location: str) -> FoundFile:
    """Return the imported file that a user names: by its path, its key or a part of that.

    `location` is where a file called `text` would lie.

    Raises:
        Refused: there is none, or more than one.
        InvalidSession, ObjectError: it cannot be read.
    """
    found = []
    for key, value in part_rows(index, IMPORTS):
        source = Source.of(value)
        if source.stored is None:
            continue
        name = SourceKey.of(key, source)
        inside = f"{name.format}#{text.rpartition('#')[2]}" if "#" in text else None
        if source.location in (location, inside) or text == key:
            found = [(key, source)]
            if name.is_container or text == key:
                break  # the whole file counts, not a conversation that was alone in it
        if text in (name.mark, name.native_id, f"{name.native_id}:{name.mark}"):
            found.append((key, source))
    if len(found) > 1:
        keys = ", ".join(key for key, _ in found[:8])
        raise Refused(f"Several files were imported as {text}: {keys}", code="ambiguous")
    if not found:
        raise Refused(
            f"Nothing was imported from {text}",
            "`wj import --json` and `wj op show --json` name the sources of files",
            code="no_source",
        )
    key, source = found[0]
    assert source.stored is not None
    tree = read_commit(reader, source.stored).tree
    container = StoredContainer.read(reader, tree)
    return FoundFile(key, source, container or read_source_tree(reader, tree))


def copied_file(index: Index, reader: ObjectReader, location: str) -> FoundFile | None:
    """Return the imported file of which one at a location is a copy, or that was moved there.

    Only the index knows that, and only as long as the view has the same version of the file.

    Raises:
        InvalidSession, ObjectError: it cannot be read.
    """
    known = known_files(index).get(location)
    text = get_row(index, IMPORTS, known.source) if known is not None else None
    if known is None or text is None or Source.of(text).stored != known.stored:
        return None
    found = find_file(index, reader, known.source, location)
    if isinstance(found.stored, StoredContainer) or found.source.redacted:
        return found
    return found if len(found.file_bytes(reader)) == known.state.size else None


def _sources(index: Index, row: CommitRow) -> list[tuple[str, Source]]:
    """Return the sources whose live end is a commit's change, or whose document it has."""
    named = part_rows(index, IMPORTS, f"{row.format}:{row.session}:")
    sql = "SELECT key, value FROM view_rows WHERE part = ? AND instr(value, ?) ORDER BY key"
    for position in versions(index, change_id_at(index, row.pos))[:8]:
        commit = index.row_at(position).id
        named += index.query(sql, (IMPORTS, f'"commit":"{commit}"'))
    found = ((key, Source.of(value)) for key, value in dict(named).items())
    return [
        (key, source)
        for key, source in found
        if source.stored is not None and not SourceKey.of(key, source).is_container
    ]


def _read(
    reader: ObjectReader, key: str, source: Source, row: CommitRow
) -> tuple[SourceFile, bool] | None:
    """Return a source's file, and whether a commit is its live end, unchanged."""
    assert source.stored is not None
    format_ = SourceKey.of(key, source).format
    if format_ not in FORMATS:
        return None
    try:
        stored = read_source(reader, source.stored)
        ids = message_ids(stored.session.messages)[: source.rows]
        rows = read_rows(format_, [stored.raw(place) for place in range(len(ids))])
    except (ObjectError, InvalidSession):
        return None
    tree = format_named(format_).lineages(rows)
    live = lineage_rows(tree, len(tree) - 1)
    digest = [bytes(20), *digest_chain([ids[place] for place in live])][-1]
    file = SourceFile(key, source, stored, len(heads(tree)), len(ids) - len({*live}))
    return file, digest == row.digest


def _with_own_id(session: Session) -> Session:
    """Return a fork with its native id in its rows; every other session as it is."""
    name = session.format if isinstance(session.format, str) else ""
    if not isinstance(session.header.get("parent_id"), str) or name not in FORMATS:
        return session
    format_ = format_named(name)
    if not format_.is_native_id(session.id):
        return session
    rows = [message.raw for message in session.messages]
    own = [format_.with_native_id(raw, session.id) for raw in rows]
    return session if own == rows else session.with_messages(own)
