"""Record sources that no import of turns makes: files written here, and containers.

Every source is checked here before it is recorded.
"""

from __future__ import annotations

from collections.abc import Sequence

from porcelain.actions.importing.find_source import FileRows, redacted_rows
from porcelain.actions.importing.known_rows import KnownRows, copy_of
from porcelain.actions.importing.source_book import SourceBook
from porcelain.index.source_rows import put_rows
from porcelain.model.copied_row import CopiedRow
from porcelain.model.source import CONTAINER, MOST_EARLIER, Source
from porcelain.model.stored_source import StoredSource, read_source, write_source
from porcelain.transaction.transaction import Transaction
from porcelain.transcript.formats import keyed_rows, to_session
from porcelain.transcript.row import Transcript
from store.document.separators import measure_lines
from store.errors import InvalidSession
from store.ids import BlobId, CommitId
from store.objects.objects import blob_id
from store.session.held_messages import HeldMessages
from store.session.message import LazyMessages, Message, message_ids
from store.session.session import Session
from store.tree_layout.layout import read_session

SOURCES_VERSION = 2
"""The repository version from which on imports keep sources."""


def record_source(
    tx: Transaction,
    transcript: Transcript,
    places: Sequence[int | None],
    commit_id: CommitId,
    *,
    session: str,
    location: str,
) -> str:
    """Record a file that holds the conversation of a commit, and return the source's key.

    `places` has, for each row of the file, the place of the conversation's row that it stands
    for, or None. Such a row is stored as the conversation has it, with the file's differences,
    so that nothing which the writer of the file changed is ever taken for an edit. What an agent
    adds to the file continues the commit, and moves the session.

    Raises:
        InvalidSession: the stored rows would not give the file back.
    """
    messages = read_session(tx.batch, tx.commit(commit_id).tree).messages
    file = FileRows(transcript, transcript.rows, message_ids(to_session(transcript).messages))
    ids = list(file.ids)
    raws: dict[int, bytes] = {}
    copied: dict[int, CopiedRow] = {}
    for row, place in enumerate(places):
        if place is not None and messages[place].blob_id != ids[row]:
            ids[row] = messages[place].blob_id
            raws[row] = messages[place].raw
            copied[row] = copy_of(file, file.rows[row].raw, raws[row])
    rows = KnownRows(ids, raws, copied, {}, redacted=())
    whole = with_torn(rows.stored(transcript))
    stored = write_source(tx.batch, StoredSource(whole, copied), tx.signature())
    check_stored(tx, stored, whole, file, rows, transcript.native_id)
    tx.needs_version(SOURCES_VERSION)
    book = SourceBook(tx)
    key = book.new_key(transcript.format, transcript.native_id)
    source = Source(len(ids), commit_id, session, stored, location=location, resumed=True)
    book.put(key, source)
    keys = keyed_rows(transcript.format, [message.raw for message in whole.messages])
    put_rows(tx.index, key, stored, keys)
    return key


def record_container(
    tx: Transaction, book: SourceBook, transcript: Transcript, parts: Sequence[str], location: str
) -> str | None:
    """Record a file with several conversations, so that it comes back byte for byte.

    `transcript` has the rows of all conversations, and the text around them; `parts` are the keys
    of the sources that were recorded for these. Rows that are stored redacted stay so. Returns
    the key; None where the file was redacted here, and keeps the version that it has.

    Raises:
        InvalidSession: the stored rows would not give the file back.
    """
    known = book.container(location)
    before = known[1].stored if known is not None else None
    if (known is not None and known[1].redacted) or not parts:
        return None
    last = book.sources[parts[-1]]
    file = FileRows(transcript, transcript.rows, message_ids(to_session(transcript).messages))
    stored_as = _redacted_rows(book, parts, file)
    ids = [stored_as[one].blob_id if one in stored_as else one for one in file.ids]
    raws = {row: stored_as[one].raw for row, one in enumerate(file.ids) if one in stored_as}
    rows = KnownRows(ids, raws, {}, {}, redacted=tuple(raws))
    whole = rows.stored(transcript)
    session = to_session(whole)
    if before is not None:
        old = read_source(tx.batch, before)
        if old.ids() == ids and old.to_bytes() == session.to_bytes():
            return known[0] if known is not None else None
    stored = write_source(tx.batch, StoredSource(session, {}), tx.signature(), before)
    check_stored(tx, stored, session, file, rows, transcript.native_id)
    tx.needs_version(SOURCES_VERSION)
    key = known[0] if known is not None else book.new_key(transcript.format, CONTAINER)
    earlier = known[1].earlier if known is not None else ()
    earlier = (before, *earlier)[:MOST_EARLIER] if before is not None else ()
    source = Source(
        len(ids), last.commit, last.session, stored,
        location=location, redacted=bool(raws), earlier=earlier,
    )  # fmt: skip
    book.put_container(key, source)
    return key


def _redacted_rows(book: SourceBook, parts: Sequence[str], file: FileRows) -> dict[BlobId, Message]:
    """Map rows of a container to the rows of its conversations that are stored redacted."""
    found: dict[BlobId, Message] = {}
    for key in dict.fromkeys(parts):
        known = book.load(key) if book.sources[key].redacted else None
        for one in redacted_rows(known, file) if known is not None else ():
            found[file.ids[one.place]] = Message(one.stored)
    return found


def check_stored(
    tx: Transaction, stored: CommitId, whole: Session, file: FileRows, rows: KnownRows, name: str
) -> None:
    """Check that the stored rows of a source give its file back; `name` is the file's.

    Raises:
        InvalidSession: they would not.
    """
    found = read_source(tx.batch, stored)
    transcript = file.transcript
    is_whole = found.session.parts == whole.parts
    if whole.parts.lines is None and not rows.redacted:
        is_whole = found.to_bytes() == transcript.to_bytes()
    torn = [blob_id(transcript.torn)] if transcript.torn else []
    is_whole = is_whole and found.session.rows == len(file.ids) + len(torn)
    # The trees follow from the ids, and those of a file that is not in memory are its own.
    if not rows.redacted and not isinstance(whole.messages, HeldMessages):
        is_whole = is_whole and StoredSource(whole, found.copied).ids() == [*file.ids, *torn]
    if not is_whole:
        raise InvalidSession("would not come out again as it is", source=name)


def with_torn(transcript: Transcript) -> Session:
    """Return a session with all rows of a file, a torn last one included."""
    if not transcript.torn or transcript.separators is None:
        return to_session(transcript)
    session = to_session(transcript)
    lines = measure_lines([*transcript.separators.texts(len(transcript.rows)), ""])
    torn = Message(transcript.torn, rule="line")
    rows = session.messages
    longer = rows.plus((torn,), "line") if isinstance(rows, LazyMessages) else (*rows, torn)
    return Session(session.parts._replace(lines=lines), longer)
