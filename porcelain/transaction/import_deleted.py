"""Record sessions that `store` deleted before any command had seen what they held last.

`SessionStore.delete` keeps the commit of the session in a ref. If the log does not show that commit,
two operations are recorded, as if a command had run before the deletion: the session at that commit,
and its deletion. So `undo` brings the session back as it was. The refs are removed once the
operations are published.
"""

from __future__ import annotations

from collections.abc import Sequence

from porcelain.index.exported_refs import first_side
from porcelain.index.view_rows import get_row
from porcelain.model.operation import Operation
from porcelain.model.view_value import SESSIONS
from porcelain.transaction.export_refs import OutsideMove
from porcelain.transaction.import_refs import record_outside
from porcelain.transaction.transaction import Base
from store.errors import ObjectError
from store.index.commit_index import Index
from store.repository.deleted_ref import DeletedSession
from store.repository.pack_writer import ObjectBatch
from store.repository.ref_update import RefEdit, update_possible_refs
from store.repository.repository import Repository


def record_deleted(
    index: Index, batch: ObjectBatch, base: Base, deleted: Sequence[DeletedSession]
) -> list[Operation]:
    """Stage the operations for deleted sessions that the log does not show, after all others."""
    operations: list[Operation] = []
    for one in deleted:
        try:
            index.ensure(batch, [one.id])
        except ObjectError:
            continue  # damaged: doctor names it
        row = index.row(one.id)
        if row is None or row.visible:
            continue
        now = get_row(index, SESSIONS, one.name)
        there = OutsideMove(SESSIONS, one.name, now, one.id, now)
        operations += record_outside(index, batch, _on(base, operations), [there])
        then = get_row(index, SESSIONS, one.name)
        back = OutsideMove(SESSIONS, one.name, then, first_side(now), then)
        operations += record_outside(index, batch, _on(base, operations), [back])
    return operations


def drop_recorded(repository: Repository, deleted: Sequence[DeletedSession]) -> None:
    """Remove the refs of deleted sessions that the log keeps by now."""
    update_possible_refs(repository, [RefEdit(one.ref, None, one.id) for one in deleted])


def _on(base: Base, operations: Sequence[Operation]) -> Base:
    return base._replace(operation=operations[-1]) if operations else base
