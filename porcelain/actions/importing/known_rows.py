"""The rows of a file as they are stored: known rows are taken from their sources."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from porcelain.actions.importing.align_rows import align
from porcelain.actions.importing.find_source import (
    FileRows,
    Found,
    RedactedRow,
    once_redacted_rows,
    redacted_rows,
)
from porcelain.actions.importing.source_book import Known, SourceBook
from porcelain.display import plain
from porcelain.model.copied_row import CopiedRow, copied_row
from porcelain.model.redacted_row import PLACEHOLDER, is_redacted_form
from porcelain.model.stored_source import Beside
from porcelain.transaction.transaction import Transaction
from porcelain.transcript.format_table import format_named
from porcelain.transcript.formats import facts_again, read_rows, row_keys
from porcelain.transcript.row import Transcript
from store.document.separators import Separators
from store.errors import CorruptObject, ObjectError
from store.ids import BlobId, CommitId
from store.maintenance.quarantine import put_aside_damaged
from store.objects.objects import blob_id
from store.session.message import Message
from store.tree_layout.layout import read_session

_MEMBER = re.compile(r'("(?:[^"\\]|\\.)*+"\s*:\s*)?("(?:[^"\\]|\\.)*+")')
"""A string in a JSON text, with its key if it has one."""


class KnownRows(NamedTuple):
    """The rows of a file as they are stored.

    `ids` are their blob ids, `raws` the bytes of those that differ from the file's, `copied` the
    differences of the file's own rows. `old` maps a row to the row of the file's own source that
    it was at the last import. `redacted` are the rows that are stored redacted; `around` is the
    text around them where that is.
    """

    ids: Sequence[BlobId]
    raws: Mapping[int, bytes]
    copied: Mapping[int, CopiedRow]
    old: Mapping[int, int]
    redacted: Collection[int]
    around: Separators | None = None

    @property
    def has_redactions(self) -> bool:
        """Whether anything of the file is stored redacted."""
        return bool(self.redacted) or self.around is not None

    def stored(self, transcript: Transcript) -> Transcript:
        """Return the transcript with its rows as they are stored."""
        if self.around is not None:
            transcript = transcript._replace(separators=self.around)
        if not self.raws and self.around is None:
            return transcript
        rows = list(transcript.rows)
        for place, raw in self.raws.items():
            # A redacted row has another text and title too.
            is_copy = place in self.copied and place not in self.redacted
            row = rows[place] if is_copy else read_rows(transcript.format, [raw])[0]
            rows[place] = row._replace(raw=raw)
        session = transcript.session
        if session is not None:
            session = session.with_messages([row.raw for row in rows])
        found = transcript._replace(rows=tuple(rows), session=session)
        return found._replace(facts=facts_again(found)) if self.has_redactions else found


def known_rows(tx: Transaction, book: SourceBook, file: FileRows, found: Found) -> KnownRows:
    """Find the stored row for each row of a file."""
    own = found.known if found.match.kind != "new" else None
    old = _old_rows(own, file, found)
    redacted = {one.place: one for one in _redacted(book, found.candidates, file)}
    stored = {place: Message(one.stored) for place, one in redacted.items()}
    copied = {
        place: copy_of(file, one.raw, one.stored)
        for place, one in redacted.items()
        if one.raw != one.stored
    }
    elsewhere = found.match.kind in ("new", "rewritten")
    if own is not None and (elsewhere or own.rows.copied):
        messages = own.rows.session.messages
        ids = own.rows.ids()
        for place, row in old.items():
            if place not in stored and row < len(ids) and ids[row] == file.ids[place]:
                stored[place] = messages[row]
                if row in own.rows.copied:
                    copied[place] = own.rows.copied[row]
    for keys, messages in _places(tx, book, file, found.candidates) if elsewhere else ():
        rows = {key: row for row, key in reversed(list(enumerate(keys)))}
        for place, one in enumerate(file.rows):
            if place not in stored and one.key in rows and rows[one.key] < len(messages):
                stored[place] = messages[rows[one.key]]
    around = _around(found.candidates, file)
    if not stored:
        return KnownRows(file.ids, {}, {}, old, (), around)
    ids = list(file.ids)
    raws: dict[int, bytes] = {}
    for place, message in stored.items():
        if message.blob_id == ids[place]:
            continue
        ids[place] = message.blob_id
        raws[place] = message.raw
        if place not in redacted and place not in copied:
            copied[place] = copy_of(file, file.rows[place].raw, message.raw)
    return KnownRows(ids, raws, copied, old, redacted, around)


def _around(candidates: Sequence[Known], file: FileRows) -> Separators | None:
    """Return the text around the rows of a document with the redactions of sources.

    None where there are none in it.
    """
    whole = file.transcript.separators
    if whole is None or whole.end_rows:
        return None
    known: dict[str, list[str]] = {}
    for one in candidates:
        lines = one.rows.session.parts.lines if one.source.redacted else None
        for text in (*lines[:4], *dict(lines.odd).values()) if lines is not None else ():
            for key, value in _MEMBER.findall(text) if PLACEHOLDER in text else ():
                if PLACEHOLDER in value:
                    known.setdefault(key.rstrip(" \t\r\n:"), []).append(value)
    if not known:
        return None

    def redacted(found: re.Match[str]) -> str:
        key, value = found[1] or "", found[2]
        for stored in known.get(key.rstrip(" \t\r\n:"), ()):
            if (key or stored != f'"{PLACEHOLDER}"') and _is_form(stored, value):
                return key + stored
        return found[0]

    first, between, last, empty = (_MEMBER.sub(redacted, text) for text in whole[:4])
    odd = tuple((row, _MEMBER.sub(redacted, text)) for row, text in whole.odd)
    made = Separators(first, between, last, empty, odd)
    return None if made == whole else made


def _is_form(stored: str, source: str) -> bool:
    try:
        forms = [json.loads(one).encode("utf-8", "surrogatepass") for one in (stored, source)]
    except ValueError:
        return False
    return is_redacted_form(*forms)


def restore_damaged(tx: Transaction, file: FileRows, found: Found, rows: KnownRows) -> int:
    """Write again the stored rows whose objects are missing or damaged; return their number.

    The pack is durable when this returns. Damaged copies are moved aside, since git would read
    them first. A row that differs from the file's stays as it is.
    """
    lost: list[bytes] = []
    damaged: list[BlobId] = []
    for one, raw in _matched(file, found, rows):
        try:
            if tx.batch.read(one)[1] == raw:
                continue
        except CorruptObject:
            damaged.append(one)
        except ObjectError:
            pass
        lost.append(raw)
    if damaged:
        put_aside_damaged(tx.batch.repository, damaged)
    for raw in lost:
        tx.batch.add("blob", raw)
    if lost:
        tx.batch.flush()
    return len(lost)


def _matched(file: FileRows, found: Found, rows: KnownRows) -> Iterator[tuple[BlobId, bytes]]:
    """Yield id and bytes of the rows that are stored as the file has them, then of files beside."""
    stored = found.known.rows if found.known is not None else None
    before = stored.ids() if stored is not None else []
    for place, row in rows.old.items():
        if place not in rows.raws and row < len(before) and before[row] == rows.ids[place]:
            yield before[row], file.rows[place].raw
    if stored is None or stored.beside is None or file.transcript.beside is None:
        return
    for name, data in file.transcript.beside.files.items():
        if stored.beside.files.get(name) == blob_id(data):
            yield blob_id(data), data


class _Unmoved(Mapping[int, int]):
    """The first rows of a file, each where it was; a dict of half a million takes 70 MB."""

    def __init__(self, count: int) -> None:
        self._rows = range(count)

    def __getitem__(self, row: int) -> int:
        if row not in self._rows:
            raise KeyError(row)
        return row

    def __contains__(self, row: object) -> bool:
        return row in self._rows

    def __iter__(self) -> Iterator[int]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def _old_rows(own: Known | None, file: FileRows, found: Found) -> Mapping[int, int]:
    if own is None:
        return {}
    if found.match.kind == "rewritten":
        return align(own, file)
    return _Unmoved(min(own.source.rows, len(file.ids)))


def _redacted(
    book: SourceBook, candidates: Sequence[Known], file: FileRows
) -> Iterator[RedactedRow]:
    for known in reversed(candidates):  # the closest counts
        yield from once_redacted_rows(book, known, file)
    for known in reversed(candidates):
        yield from redacted_rows(known, file)


def _places(
    tx: Transaction, book: SourceBook, file: FileRows, candidates: Sequence[Known]
) -> Iterator[tuple[Sequence[bytes], Sequence[Message]]]:
    """Yield keys and messages of stored rows: of the candidates, and of the native id's sessions."""
    for known in candidates:
        yield book.row_keys(known), known.rows.session.messages
    format_ = file.transcript.format
    for tip in session_tips(book, file.transcript):
        messages = read_session(tx.batch, tx.commit(tip).tree).messages
        yield row_keys(format_, [message.raw for message in messages]), messages


def has_other_files(file: FileRows, found: Found) -> bool:
    """Tell whether the folder of a file has other files than those that its source has."""
    beside, known = file.transcript.beside, found.known
    if beside is None or known is None or _is_redacted(found):
        return False
    there = known.rows.beside.files if known.rows.beside is not None else {}
    return {name: blob_id(data) for name, data in beside.files.items()} != there


def beside_to_store(
    tx: Transaction, file: FileRows, found: Found, name: str
) -> tuple[Beside | None, list[str]]:
    """Return the other files of a folder as they are to be stored, and remarks; stages them.

    Those of a redacted conversation stay as they are: the text would come back with them. `name`
    is the folder's in remarks.
    """
    beside = file.transcript.beside
    known = found.known if found.match.kind != "new" else None
    stored = known.rows.beside if known is not None else None
    if beside is None:
        return stored, []
    notes = []
    if beside.left_out:
        names = plain(", ".join(beside.left_out))
        notes.append(f"Folders in the folder of the conversation are left out: {names}")
    if not _is_redacted(found):
        return Beside.stage(tx.batch, beside.name, beside.files), notes
    notes.append(
        f"{plain(name, None)}: the conversation was redacted here, so the other files of its "
        "folder are kept as they were"
    )
    return stored, notes


def _is_redacted(found: Found) -> bool:
    """Tell whether a file, or one that it shares rows with, was redacted here."""
    return any(known.source.redacted for known in found.candidates)


def session_tips(book: SourceBook, transcript: Transcript) -> list[CommitId]:
    """Return the heads and ends of sessions whose document has the transcript's native id."""
    if transcript.session_name != transcript.native_id:
        return []  # a sub-agent's, whose name others may have too
    rows = book.tips_of(transcript.native_id)
    return [row.id for row in rows if row.format == transcript.format]


def copy_of(file: FileRows, raw: bytes, stored: bytes) -> CopiedRow:
    """Describe a row of a file as a copy of a stored row."""
    format_ = format_named(file.transcript.format)
    spans = (format_.identity_spans(stored), format_.identity_spans(raw))
    return copied_row(stored, raw, blob_id(raw), spans)
