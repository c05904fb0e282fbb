"""Find a row by the id that the agent gave to it."""

from __future__ import annotations

from porcelain.display import plain
from porcelain.errors import Refused
from porcelain.graph.native_ids import originals_of, position_by_row_id
from porcelain.model.message_numbers import MessageNumbers
from porcelain.transaction.transaction import Transaction
from porcelain.transcript.format_table import format_named
from store.document.row_format import names_by_row
from store.errors import InvalidSession
from store.ids import EMPTY_TREE, CommitId
from store.objects.commit import read_commit
from store.tree_layout.layout import read_session


def place_of_row(
    tx: Transaction, native_id: str, commit_id: CommitId | None = None
) -> tuple[CommitId, int]:
    """Return a commit, and the number of its first message with a native id.

    A row that is no message belongs to the message before it.

    Without `commit_id` it is `@` if that has the row, else the commit that adds it.

    Raises:
        Refused: there is no such row.
        AmbiguousNativeId: several commits add one, and `@` has none.
    """
    here = commit_id or tx.workspace.commit
    number = None if here is None else _number(tx, here, native_id)
    if number is None and commit_id is None:
        position = position_by_row_id(tx.index, native_id)
        if position is not None:
            here = tx.index.row_at(position).id
            ids = (native_id, *originals_of(tx.index, native_id))
            number = next((n for one in ids if (n := _number(tx, here, one)) is not None), None)
    if here is None or number is None:
        where = "No commit" if commit_id is None else f"Commit {commit_id[:12]}"
        raise Refused(
            f"{where} has {'no' if commit_id else 'a'} row with the agent's id {plain(native_id)}",
            "`wj show --json` lists each row's `id`, `wj show` its number",
            code="no_message",
        )
    return here, number


def _number(tx: Transaction, commit_id: CommitId, native_id: str) -> int | None:
    tree = read_commit(tx.batch, commit_id).tree
    if tree == EMPTY_TREE:
        return None
    session = read_session(tx.batch, tree)
    formats = names_by_row(session.format, session.rows)
    needle = native_id.encode("utf-8", "replace")
    for place, (message, name) in enumerate(zip(session.messages, formats, strict=True), 1):
        if needle in message.raw:
            try:
                if format_named(name).read_row(message.raw).native_id == native_id:
                    return MessageNumbers.of(session).of_row(place)
            except InvalidSession:
                continue
    return None
