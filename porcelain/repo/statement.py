"""Statements: operations that change nothing and say something of those before them.

A signed one vouches for all operations before it; one on a rewritten log lists the operations that
were dropped from it. Statements belong to no copy and no workspace, so undo and redo pass them by.
"""

from __future__ import annotations

from collections.abc import Mapping

from porcelain.actions.recording.record import Recorder
from porcelain.errors import Refused
from porcelain.model.ids import OperationId
from porcelain.model.operation import Operation, OperationData
from porcelain.model.operation_store import CHAIN, Dropped, read_operation, stage_operation
from porcelain.repo.repo import Repo
from porcelain.transaction.publish import publishing
from store.ids import TreeId
from store.repository.pack_writer import ObjectBatch
from store.repository.ref_read import list_refs

STATEMENT = "statement"
"""The kind of a statement."""
_KNOWN_REMOTES = "refs/wj/remotes/"
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


def state_rewriting(
    repo: Repo,
    batch: ObjectBatch,
    head: OperationId,
    dropped: Mapping[OperationId, OperationId | None],
) -> OperationId:
    """Stage a statement on a log that was rewritten up to `head`, where one is needed; return its id.

    Where operations are signed, it vouches for the rewritten ones, whose signatures are lost. Where
    a remote has the log, it lists the `dropped` operations, each with its replacement. Else the
    result is `head` itself.
    """
    lists = bool(dropped) and bool(list_refs(repo.repository, _KNOWN_REMOTES))
    actor = repo.actor
    if actor.sign is None and not lists:
        return head
    before = read_operation(batch, head)
    now = actor.operation_clock()
    data = OperationData(
        kind=STATEMENT,
        description="record that the log was rewritten",
        start=now,
        end=now,
        user=actor.user,
        host=actor.host,
        attributes={CHAIN: REWRITTEN} if actor.sign is not None else {},
        parents=(head,),
        version=before.data.version,
    )
    listed = Dropped(batch, before).with_more(batch, dropped) if lists else before.dropped
    assert before.view is not None
    return stage_operation(batch, data, before.view, (), actor.sign, listed).id
