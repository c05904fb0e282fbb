"""Verify signed operations: who signed them, when, and that the chain of them is unbroken.

An operation names its parents by their hashes, so a signature covers everything before it. These
hold:

    signed              by a key that counts
    a merge             computed again, it has the same id; nobody signs it
    before a statement  an operation signed by a key that counts, with the attribute `chain`, vouches
                        for all before it: signing began there, or the log was rewritten

Everything else is a fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from porcelain.errors import CorruptOperation
from porcelain.index.operation_walk import only_before
from porcelain.model.actor import Verdict
from porcelain.model.ids import OperationId
from porcelain.model.operation import ROOT_OPERATION, Operation
from porcelain.model.operation_store import CHAIN, read_operation, signature_of
from porcelain.transaction.merge_logs import merge_heads
from store.errors import ObjectError, StoreError
from store.ids import CommitId
from store.index.commit_index import Index
from store.objects.commit import read_commit
from store.repository.pack_writer import ObjectBatch
from store.repository.repository import Repository

Verify = Callable[[bytes, str, int], Verdict]


class Signed(NamedTuple):
    """The operations that one signer has signed: how many, the first and the last in milliseconds."""

    signer: str
    operations: int
    first: int
    last: int


class Fault(NamedTuple):
    """An operation that does not hold, and why."""

    operation: Operation
    reason: str


class Chain(NamedTuple):
    """The result: signers by name, merges, operations before a statement, faults newest first."""

    signed: tuple[Signed, ...] = ()
    merges: int = 0
    vouched: int = 0
    faults: tuple[Fault, ...] = ()


def verify_log(repository: Repository, index: Index, head: OperationId, verify: Verify) -> Chain:
    """Verify all operations up to `head`, which the index has.

    Raises:
        Refused: no signature can be verified, since a program or a list of keys is missing.
        CorruptOperation, ObjectError: the log cannot be read.
    """
    found = [operation.id for operation in only_before(index, head, ROOT_OPERATION)]
    return verify_operations(repository, index, found, verify)


def verify_operations(
    repository: Repository, index: Index, newest_first: Iterable[OperationId], verify: Verify
) -> Chain:
    """Verify operations of the index; those before them are not looked at."""
    walk = _Walk(repository, index, verify)
    for operation_id in newest_first:
        walk.take(operation_id)
    signed = (Signed(name, *values) for name, values in sorted(walk.signed.items()))
    return Chain(tuple(signed), walk.merges, walk.vouched, tuple(walk.faults))


class _Walk:
    """Goes from the newest operation to the oldest, and knows what a statement vouches for."""

    def __init__(self, repository: Repository, index: Index, verify: Verify) -> None:
        self.signed: dict[str, tuple[int, int, int]] = {}
        self.merges = 0
        self.vouched = 0
        self.faults: list[Fault] = []
        self._repository = repository
        self._index = index
        self._verify = verify
        self._trusted: set[OperationId] = set()

    def take(self, operation_id: OperationId) -> None:
        """Verify one operation; its children were taken before."""
        operation = read_operation(self._repository, operation_id)
        parents = operation.data.parents
        if operation_id in self._trusted:
            self.vouched += 1
            self._trusted.update(parents)
            return
        reason = self._fault(operation)
        if reason:
            self.faults.append(Fault(operation, reason))
        elif CHAIN in operation.data.attributes:
            self._trusted.update(parents)

    def _fault(self, operation: Operation) -> str:
        """Return why an operation does not hold, or "" and count it."""
        commit = read_commit(self._repository, CommitId(operation.id))
        signature, payload = signature_of(commit)
        if not signature and len(operation.data.parents) > 1:
            if not self._is_the_merge(operation):
                return "it is not the merge that follows from its parents, and not signed"
            self.merges += 1
            return ""
        if not signature:
            return "it is not signed"
        verdict = self._verify(payload, signature, commit.committer.time)
        if not verdict.problem:
            count, first, last = self.signed.get(verdict.signer, (0, operation.data.end, 0))
            end = operation.data.end
            self.signed[verdict.signer] = (count + 1, min(first, end), max(last, end))
        return verdict.problem

    def _is_the_merge(self, operation: Operation) -> bool:
        if len(operation.data.parents) != 2:
            return False
        first, second = operation.data.parents
        index = self._index
        with index.writing() as connection, ObjectBatch(self._repository) as batch:
            connection.execute("SAVEPOINT merged_again")
            try:
                merged, _ = merge_heads(index, batch, (first, second))
            except (CorruptOperation, ObjectError, StoreError, KeyError, ValueError):
                return False
            finally:
                index.roll_back_to("merged_again")
                connection.execute("RELEASE merged_again")
        return merged.id == operation.id
