"""Record a file that was written here as a further source of a session."""

from __future__ import annotations

from collections.abc import Sequence

from porcelain.actions.importing.find_source import FileRows
from porcelain.actions.importing.known_rows import KnownRows, copy_of
from porcelain.actions.importing.record_file import SOURCES_VERSION, check_stored, with_torn
from porcelain.actions.importing.source_book import SourceBook
from porcelain.index.source_rows import put_rows
from porcelain.model.copied_row import CopiedRow
from porcelain.model.source import Source
from porcelain.model.stored_source import StoredSource, write_source
from porcelain.transaction.transaction import Transaction
from porcelain.transcript.formats import keyed_rows, to_session
from porcelain.transcript.row import Transcript
from store.ids import CommitId
from store.session.message import message_ids
from store.tree_layout.layout import read_session


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
