"""Verify the operation log of this copy, or of a remote, against what was seen of it before."""

from __future__ import annotations

from typing import NamedTuple

from porcelain.display import counted, local_time, plain
from porcelain.errors import Refused
from porcelain.exchange.remote.clone import known_head
from porcelain.exchange.remote.dropped import dropped_by
from porcelain.exchange.remote.place import Place
from porcelain.index.operation_walk import is_before
from porcelain.index.view_rows import log_gaps
from porcelain.index.view_sync import add_log
from porcelain.model.ids import OperationId
from porcelain.model.operation import ROOT_OPERATION
from porcelain.model.operation_store import head_operation, own_head
from porcelain.repo.repo import Repo
from porcelain.repo.signed_chain import Chain, Fault, Signed, Verify, verify_log
from store.remote.fetch import Received

_SHOWN = 20


class Remark(NamedTuple):
    """A sentence on a log; `is_fault` if it says that something is wrong."""

    sentence: str
    is_fault: bool


class Examined(NamedTuple):
    """The newest operation of a log, its chain, and sentences about operations that are gone."""

    head: OperationId
    chain: Chain
    missing: tuple[str, ...]

    @property
    def is_faulty(self) -> bool:
        """Tell whether anything is wrong."""
        return bool(self.missing or self.chain.faults)

    @property
    def is_signed(self) -> bool:
        """Tell whether any operation is signed."""
        return bool(self.chain.signed)

    def remarks(self) -> list[Remark]:
        """Return all that there is to say, problems first."""
        chain = self.chain
        wrong = [*self.missing]
        if self.is_signed:
            wrong += [_fault_line(one) for one in chain.faults[:_SHOWN]]
            if len(chain.faults) > _SHOWN:
                wrong.append(f"{counted(len(chain.faults) - _SHOWN, 'more operation')} like these")
        else:
            wrong.append("No operation is signed; the next one here vouches for those before")
        right = [_signed_line(one) for one in chain.signed]
        if chain.merges:
            right.append(f"{counted(chain.merges, 'merge')} computed again, with the same result")
        if chain.vouched:
            count = counted(chain.vouched, "operation")
            right.append(f"{count} from before, vouched for by a signature")
        if not self.is_faulty:
            right.append(f"The operation log is signed and unbroken up to {self.head[:12]}")
        problems = [Remark(sentence, is_fault=True) for sentence in wrong]
        return problems + [Remark(sentence, is_fault=False) for sentence in right]


def examine_copy(repo: Repo, seen: OperationId | None, verify: Verify) -> Examined:
    """Verify the log of this copy; `seen` is the newest operation that this machine has seen.

    Raises:
        Refused: there is no log, or no signature can be verified.
        CorruptOperation, ObjectError: the log cannot be read.
    """
    head = head_operation(repo.repository)
    chain = verify_log(repo.repository, repo.index, _required(head, "here"), verify)
    missing = [
        f"Operation {one[:12]}, which this machine has seen, is not in the log"
        for one in dict.fromkeys((seen, own_head(repo.repository)))
        if one is not None and not _is_in(repo, one, head)
    ]
    return Examined(head, chain, (*missing, *_gaps(repo)))


def examine_remote(repo: Repo, place: Place, verify: Verify) -> Examined:
    """Verify the log of a remote; nothing changes here, what is received goes again.

    Raises:
        Refused, RemoteFailure: it has no log, or cannot be reached.
        CorruptOperation: its log cannot be read.
    """
    name = plain(place.name)
    found = place.refs(repo.repository).get(place.operation_ref)
    head = _required(OperationId(found.id) if found else ROOT_OPERATION, f"at {name}")
    with Received(repo.repository) as received:
        received.fetch(place.source, [head])
        index = repo.index
        with index.writing() as connection:
            connection.execute("SAVEPOINT remote_log")
            try:
                add_log(index, repo.repository, head)
                chain = verify_log(repo.repository, index, head, verify)
                known = known_head(repo.repository, place)
                missing = _lost_there(repo, known, head, name)
                gaps = _gaps(repo)
            finally:
                index.roll_back_to("remote_log")
                connection.execute("RELEASE remote_log")
    return Examined(head, chain, (*missing, *gaps))


def _lost_there(repo: Repo, known: OperationId, head: OperationId, name: str) -> tuple[str, ...]:
    if _is_in(repo, known, head) or known in dropped_by(repo, head):
        return ()
    return (f"Operation {known[:12]}, which {name} had before, is not in its log",)


def _is_in(repo: Repo, one: OperationId, head: OperationId) -> bool:
    return is_before(repo.index, one, head)


def _gaps(repo: Repo) -> list[str]:
    return [f"Operation {one[:12]} cannot be read: {why}" for one, why in log_gaps(repo.index)]


def _required(head: OperationId, where: str) -> OperationId:
    if head == ROOT_OPERATION:
        raise Refused(f"There is no operation log {where}", code="no_log")
    return head


def _fault_line(one: Fault) -> str:
    data = one.operation.data
    who = f"{data.user}@{data.host}, " if data.user or data.host else ""
    title = data.description.partition("\n")[0]
    when = local_time(data.end // 1000)
    return plain(f"Operation {one.operation.id[:12]} ({who}{when}: {title}): {one.reason}", None)


def _signed_line(one: Signed) -> str:
    first, last = (local_time(time // 1000) for time in (one.first, one.last))
    when = f"{first} to {last}" if first != last else first
    return f"{counted(one.operations, 'operation')} signed by {plain(one.signer, None)}, {when}"
