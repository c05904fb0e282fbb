"""The ledger of imports: the recorded part of each native conversation, and its present place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from porcelain.actions.recording.match_prefix import first_parents
from porcelain.errors import Refused
from porcelain.graph.visible_versions import name_ahead, visible_version, visible_versions
from porcelain.model.redacted_row import is_earlier_state
from porcelain.model.view_value import IMPORTS, SESSIONS, ImportEntry
from porcelain.transaction.transaction import Transaction
from porcelain.transcript.row import Transcript
from store.ids import BlobId, CommitId
from store.objects.commit import read_commit
from store.session.message import message_ids as ids_of
from store.session.session import Session
from store.tree_layout.layout import common_prefix, read_session


def ledger(tx: Transaction, native: str | None) -> ImportEntry | None:
    """Return a native conversation's entry in the ledger of imports, or None."""
    text = tx.get(IMPORTS, native) if native else None
    return ImportEntry.of(text) if text else None


def entry_by_name(
    tx: Transaction, transcript: Transcript, ids: Sequence[BlobId]
) -> ImportEntry | None:
    """Return the entry of an import by version 0.1, which named a sub-agent's file by its agent.

    Two sub-agents may have one id, so the file must continue the imported rows.
    """
    if transcript.session_name == transcript.native_id:
        return None
    entry = ledger(tx, f"{transcript.format}:{transcript.session_name}")
    if entry is None or entry.rows > len(ids) or ids[entry.rows - 1] != entry.last:
        return None
    return entry


def present_name(tx: Transaction, entry: ImportEntry) -> str | None:
    """Return the present name of a recorded conversation's session.

    It is the recorded name if it still belongs to that conversation, else a session at the
    commit's visible version.
    """
    commit = visible_version(tx.index, entry.commit)
    if tx.get(SESSIONS, entry.session) is not None:
        places = tx.tips(entry.session)
        if commit is None or any(tx.is_ancestor(commit, place) for place in places):
            return entry.session
        if goes_on(tx, places, commit):
            return entry.session
    return name_ahead(tx.index, commit) if commit is not None else None


def goes_on(tx: Transaction, sides: Iterable[CommitId], commit_id: CommitId) -> bool:
    """Tell whether a commit continues one of the tips of its conversation's session.

    It descends from the tip, or begins with the tip's messages: `rewind` moves a session to a
    new change that ends inside a commit.
    """
    whole = tx.row(commit_id)
    for side in sides:
        if tx.is_ancestor(side, commit_id):
            return True
        part = tx.row(side)
        is_shorter = part.rows and part.rows < (whole.rows or 0) and part.session == whole.session
        if is_shorter and common_prefix(tx.batch, whole.tree, part.tree) == part.rows:
            return True
    return False


def present_commit(tx: Transaction, entry: ImportEntry, source: str) -> CommitId:
    """Return the visible version of the last imported change, or of its nearest ancestor.

    Raises:
        Refused: none is visible.
    """
    tx.index.ensure(tx.batch, [entry.commit])
    for row in first_parents(tx, entry.commit):
        found = visible_versions(tx.index, row.id)
        if found:
            return found[0]
    raise Refused(
        f"{source}: nothing of what was imported from it is visible any more",
        "Import it once more with `wj import --again`",
    )


def is_known(tx: Transaction, entry: ImportEntry, whole: Session) -> bool:
    """Tell whether a file equals the imported one, or an earlier state of it."""
    ids = ids_of(whole.messages)
    if entry.rows <= len(ids):
        return entry.rows == len(ids) and ids[-1] == entry.last
    stored = read_session(tx.batch, read_commit(tx.batch, entry.commit).tree).messages
    return is_earlier_state(stored, whole.messages)
