"""Find the source that a file belongs to, and which of its rows are known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from porcelain.actions.importing.match_source import Candidate, FileRow, Match, match_source
from porcelain.actions.importing.source_book import INSIDE, Known, SourceBook
from porcelain.model.redacted_row import is_redacted_form, redacted_alike
from porcelain.model.source import SourceKey
from porcelain.model.stored_source import StoredSource
from porcelain.transcript.format_table import format_named
from porcelain.transcript.formats import read_rows
from porcelain.transcript.json_lines import read_object
from porcelain.transcript.row import Format, Row, Transcript, newest_time
from store.errors import InvalidSession
from store.ids import BlobId
from store.session.message import message_ids


class FileRows(NamedTuple):
    """The rows of a file, a torn last one not counted: as read, and their blob ids."""

    transcript: Transcript
    rows: Sequence[Row]
    ids: Sequence[BlobId]


class Found(NamedTuple):
    """The match of a file, the source that it names, and the candidates, the closest first."""

    match: Match
    known: Known | None
    candidates: tuple[Known, ...]


def find_source(book: SourceBook, file: FileRows, location: str) -> Found:
    """Match a file with the known sources; see `match_source`."""
    here = book.at(location)
    known = book.load(here) if here is not None else None
    if known is not None and known.source.stored is not None and not known.source.redacted:
        match = _at_once(known, file.ids)
        if match is not None:
            return Found(match, known, (known,))
    loaded = _candidates(book, file, here)
    adopted = _adopted(loaded, file)
    if adopted is not None:
        return adopted
    if not loaded:
        return Found(Match("new", None), None, ())
    found = [_candidate(book, known, file, location) for known in loaded]
    rows, least = _compared(file)
    match = match_source(rows, file.transcript.native_id, location, found, least)
    by_key = {known.key: known for known in loaded}
    is_inside = match.kind == "rewritten" and INSIDE in location
    if is_inside and match.source is not None:  # an older export is no edited one
        known_time = by_key[match.source].rows.session.updated_at
        if newest_time(file.transcript) < known_time:
            match = Match("older", match.source)
    closest = by_key.get(match.source or "")
    others = [known for known in loaded if known is not closest]
    return Found(match, closest, (closest, *others) if closest else tuple(others))


def rows_without_torn(known: Known) -> list[BlobId]:
    """Return the blob ids that the rows of a source's file have, without a torn last one."""
    ids = known.rows.ids()
    return ids[:-1] if known.source.torn else ids


def _at_once(known: Known, ids: Sequence[BlobId]) -> Match | None:
    """Compare a file with the source at its location, which decides in most cases."""
    there = rows_without_torn(known)
    if ids == there:
        return Match("unchanged", known.key)
    if ids[: len(there)] == there:
        return Match("grown", known.key, len(there))
    return Match("older", known.key) if there[: len(ids)] == ids else None


def _compared(file: FileRows) -> tuple[list[FileRow], int]:
    """Return the rows as they are compared, and the fewest that make two conversations one.

    A row without a native id proves nothing where others have one: unrelated files begin with
    equal titles. Where no row has one, only a whole turn from the first prompt on does.
    """
    has_ids = any(row.native_id for row in file.rows)
    rows = [
        FileRow(one, row.key if row.native_id or not has_ids else (place,))
        for place, (one, row) in enumerate(zip(file.ids, file.rows, strict=True))
    ]
    turns = file.transcript.turns
    return rows, 1 if has_ids or not turns else len(turns[0].rows)


def _candidates(book: SourceBook, file: FileRows, here: str | None) -> list[Known]:
    """Return the sources that may be this file's: by location, native id, rows, or redacted."""
    format_, native_id = file.transcript.format, file.transcript.native_id
    keys = [here] if here is not None else []
    keys += book.named(format_, native_id)
    keys += book.named(format_, file.transcript.session_name)  # version 1 named sub-agents so
    keys += book.sharing(_proving(file)) if book.sources else ()
    keys += book.redacted(format_)
    found = (book.load(key) for key in dict.fromkeys(keys))
    return [
        known
        for known in found
        if known is not None and SourceKey.of(known.key, known.source).format == format_
    ]


def _proving(file: FileRows) -> Iterator[tuple[bytes, str | None]]:
    """Yield key and native id of the rows that prove where a file belongs; see `_compared`."""
    has_ids = any(row.native_id for row in file.rows)
    for row in file.rows:
        if row.native_id or not has_ids:
            yield row.key, row.native_id


def _adopted(loaded: Sequence[Known], file: FileRows) -> Found | None:
    """Match the file with an entry of version 1, which knows the last imported row."""
    names = (file.transcript.native_id, file.transcript.session_name)
    for known in loaded:
        source = known.source
        native_id = SourceKey.of(known.key, source).native_id
        if native_id == names[0] and source.stored is not None:
            return None  # a source already; the entry was made by `save`
        if source.stored is not None or native_id not in names:
            continue
        if source.rows <= len(file.ids) and file.ids[source.rows - 1] == source.last:
            return Found(Match("grown", known.key, source.rows), known, (known, *loaded))
        ids = message_ids(known.rows.session.messages)
        if native_id == names[0] and _is_beginning(known, file, ids):
            return Found(Match("older", known.key), known, (known, *loaded))
    return None


def _is_beginning(known: Known, file: FileRows, ids: Sequence[BlobId]) -> bool:
    if len(file.ids) > len(ids):
        return False
    messages = known.rows.session.messages
    return all(
        one == ids[row] or is_redacted_form(messages[row].raw, file.rows[row].raw)
        for row, one in enumerate(file.ids)
    )


def _candidate(book: SourceBook, known: Known, file: FileRows, location: str) -> Candidate:
    """Return a source as `match_source` compares it; redacted rows count as the file's."""
    ids, keys = rows_without_torn(known), book.row_keys(known)
    version = [FileRow(one, key) for one, key in zip(ids, keys, strict=False)]
    for one in redacted_rows(known, file):
        exact = file.ids[one.place] if one.is_same else version[one.row].exact
        version[one.row] = FileRow(exact, file.rows[one.place].key)
    for row, (known_row, other) in enumerate(zip(version, file.ids, strict=False)):
        if known_row.exact != other:
            break
        version[row] = FileRow(other, file.rows[row].key)
    earlier = (_earlier_rows(known, older, file) for older in book.earlier(known))
    native_id = SourceKey.of(known.key, known.source).native_id
    lies_at: str | None = location if book.at(location) == known.key else known.source.location
    if lies_at != location and book.is_gone(known.key):
        # The file of a fork is not its original's that was moved.
        is_fork = _is_fork(book, file, native_id)
        lies_at = "another file's" if is_fork else None
    return Candidate(known.key, native_id, lies_at, (tuple(version), *earlier))


def _earlier_rows(known: Known, older: StoredSource, file: FileRows) -> tuple[FileRow, ...]:
    """Return the rows of an earlier version of a source; redacted rows count as the file's."""
    rows = [FileRow(one, one) for one in older.ids()]
    for one in _redacted_in(older, file) if known.source.redacted else ():
        exact = file.ids[one.place] if one.is_same else rows[one.row].exact
        rows[one.row] = FileRow(exact, file.rows[one.place].key)
    return tuple(rows)


def _is_fork(book: SourceBook, file: FileRows, native_id: str) -> bool:
    """Tell whether a file is another conversation's than the one with this native id.

    Its rows say so, or a session has its own; the name of a file alone proves nothing.
    """
    own = file.transcript.native_id
    if own == native_id:
        return False
    return any(row.conversation == own for row in file.rows) or book.has_session_of(own)


class RedactedRow(NamedTuple):
    """A redacted row of a source, and the row of a file that it stands for.

    `stored` is the row as it is stored, `raw` the file's row with the same redaction. `is_same`
    tells that the source's file had that row; in the file of a fork it has another identity.
    """

    row: int
    place: int
    stored: bytes
    raw: bytes
    is_same: bool


def redacted_rows(known: Known, file: FileRows) -> list[RedactedRow]:
    """Return the redacted rows of a source and the rows of a file that they stand for.

    A redacted row is the file's row with the same original, else the one at the same place.
    """
    return list(_redacted_in(known.rows, file)) if known.source.redacted else []


def once_redacted_rows(book: SourceBook, known: Known, file: FileRows) -> list[RedactedRow]:
    """Return the same for the versions that a source had before; they have no present row.

    A row that the present version has is none of them.
    """
    if not known.source.redacted:
        return []
    present = {*known.rows.ids()}
    versions = reversed([*book.earlier(known)])  # the newest counts
    found = (one for version in versions for one in _redacted_in(version, file))
    return [one for one in found if file.ids[one.place] not in present]


def _redacted_in(version: StoredSource, file: FileRows) -> Iterator[RedactedRow]:
    format_ = format_named(file.transcript.format)
    messages = version.session.messages
    for row, place in sorted(_places_in(version, file).items()):
        message, raw = messages[row], file.rows[place].raw
        if row == place and message.blob_id == file.ids[row]:
            continue
        own = version.raw(row)
        if is_redacted_form(own, raw):
            yield RedactedRow(row, place, message.raw, own, is_same=True)
            continue
        made = redacted_alike(own, raw, format_.identity_spans)
        if made is not None:
            yield RedactedRow(row, place, message.raw, made, is_same=False)


def _places_in(version: StoredSource, file: FileRows) -> dict[int, int]:
    """Map the rows of a version to those of a file with the same ids, or beside such rows.

    A copy of a copy names the copy, whose own id is gone where it was redacted.
    """
    format_, rows = format_named(file.transcript.format), file.rows
    ids = ((name, place) for place, row in enumerate(rows) for name in (row.native_id, row.origin))
    named = {name: place for name, place in ids if name}
    found: dict[int, int] = {}
    count = version.session.rows
    for row, message in enumerate(version.session.messages):
        if row < len(rows) and message.blob_id == file.ids[row]:
            found[row] = row
            continue
        names = [_original(format_, message.raw)]
        if row in version.copied:
            own = version.raw(row)
            names += [
                _original(format_, own),
                read_rows(file.transcript.format, [own])[0].native_id,
            ]
        place = next((named[name] for name in names if name in named), None)
        if place is not None:
            found[row] = place
        elif not any(names) and row < len(rows):
            found[row] = row
    for step, order in ((-1, range(count)), (1, reversed(range(count)))):
        for row in order:
            place = found.get(row + step, -2 - len(rows)) - step
            if row not in found and 0 <= place < len(rows) and _is_copy(rows[place]):
                found[row] = place
    return found


def _is_copy(row: Row) -> bool:
    return row.origin is not None and row.origin != row.native_id


def _original(format_: Format, raw: bytes) -> str | None:
    """Return the native id of the row of which a row is a copy, by default its own."""
    try:
        return format_.row_identity(read_object(raw))[0]
    except InvalidSession:
        return None
