"""Statements: operations that change nothing and say something of those before them.

A signed one vouches for all operations before it. It belongs to no copy and no workspace, so
undo and redo pass it by.
"""

from __future__ import annotations

from porcelain.actions.recording.record import Recorder
from porcelain.errors import Refused
from porcelain.model.actor import Actor
from porcelain.model.ids import OperationId
from porcelain.model.operation import Operation, OperationData
from porcelain.model.operation_store import CHAIN, read_operation, stage_operation
from porcelain.repo.repo import Repo
from porcelain.transaction.publish import publishing
from store.ids import TreeId
from store.repository.pack_writer import ObjectBatch

STATEMENT = "statement"
"""The kind of a statement."""
ACCEPTS, REWRITTEN = "accepts", "rewritten"
"""Values of `chain`: unsigned operations are vouched for; the log before was rewritten."""


class _Statement(Recorder):
    """A transaction whose operation is published although it changes nothing."""

    def has_effect(self) -> bool:
        """Complete the edits; there are none."""
        super().has_effect()
        return True

    def stage_as(self, data: OperationData, view: TreeId) -> Operation:
        """Stage the statement."""
        return super().stage_as(data._replace(replica="", workspace=None), view)


def vouch(repo: Repo) -> Operation:
    """Publish a signed statement that vouches for all operations before it; return it.

    Raises:
        Refused: there is no key, or it does not sign; nothing is changed.
        StoreLocked, StorageFailure, NotDurable: as every transaction.
    """
    if repo.actor.sign is None:
        raise Refused(
            "There is no key to vouch with",
            "`wj config set --user signing.key FILE` names an ssh key",
            code="no_signing_key",
        )
    where = (repo.repository, repo.index, repo.actor, repo.workspace_name)
    with publishing(*where, _Statement) as tx:
        tx.describe("vouch for the operations before", STATEMENT)
        tx.attributes[CHAIN] = ACCEPTS
    repo.reload()
    made = tx.published.operation
    assert made is not None
    return made


def state_rewriting(actor: Actor, batch: ObjectBatch, head: OperationId) -> OperationId:
    """Stage a signed statement on a log that was rewritten up to `head`, and return its id.

    Operations lose their signatures when they are written again.
    """
    before = read_operation(batch, head)
    now = actor.operation_clock()
    data = OperationData(
        kind=STATEMENT,
        description="vouch for the rewritten operation log",
        start=now,
        end=now,
        user=actor.user,
        host=actor.host,
        attributes={CHAIN: REWRITTEN},
        parents=(head,),
        version=before.data.version,
    )
    assert before.view is not None
    return stage_operation(batch, data, before.view, (), actor.sign).id
