"""Find a row of a conversation by the id that the agent gave to it."""

from __future__ import annotations

from porcelain.display import plain
from porcelain.errors import Refused
from porcelain.transaction.transaction import Transaction
from porcelain.transcript.formats import format_named
from store.document.row_format import names_by_row
from store.errors import InvalidSession
from store.ids import EMPTY_TREE, CommitId
from store.objects.commit import read_commit
from store.tree_layout.layout import read_session


def row_called(tx: Transaction, commit_id: CommitId, native_id: str) -> int:
    """Return the number, from 1, of a conversation's first row with a native id.

    Raises:
        Refused: it has no such row.
    """
    tree = read_commit(tx.batch, commit_id).tree
    if tree != EMPTY_TREE:
        session = read_session(tx.batch, tree)
        formats = names_by_row(session.format, session.rows)
        needle = native_id.encode("utf-8", "replace")
        for number, (message, name) in enumerate(zip(session.messages, formats, strict=True)):
            if needle in message.raw:
                try:
                    if format_named(name).read_row(message.raw).native_id == native_id:
                        return number + 1
                except InvalidSession:
                    continue
    raise Refused(
        f"Commit {commit_id[:12]} has no row with the agent's id {plain(native_id)}",
        "`wj show --json` lists each row's `id`, `wj show` its number",
        code="no_message",
    )
