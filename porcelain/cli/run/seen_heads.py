"""The newest operation of each replica that this machine has seen, kept outside the repository.

An operation log that was cut or replaced together with its refs is consistent in itself. The
record in the state folder shows it: a log without the recorded operation is older than what
this machine has seen. `wj doctor` compares them.
"""

from __future__ import annotations

import os

from porcelain.model.ids import OperationId
from porcelain.model.operation import ROOT_OPERATION
from porcelain.model.operation_store import head_operation
from store.ids import is_hex
from store.repository.repository import Repository

_ID_LENGTH = 40


def read_seen_head(state_folder: str, repository: Repository) -> OperationId | None:
    """Return the recorded operation of a repository's replica; None without a record."""
    path = _path(state_folder, repository)
    try:
        with open(path or os.devnull, encoding="ascii") as file:
            text = file.read(_ID_LENGTH + 2).strip()
    except (OSError, UnicodeDecodeError):
        return None
    return OperationId(text) if len(text) == _ID_LENGTH and is_hex(text) else None


def write_seen_head(
    state_folder: str, repository: Repository, head: OperationId | None = None
) -> None:
    """Record the newest operation of a repository's replica, or the given one.

    Nothing is recorded without a replica, without a log, or without a writable folder.
    """
    path, head = _path(state_folder, repository), head or head_operation(repository)
    if path is None or head == ROOT_OPERATION:
        return
    staged = f"{path}.{os.getpid()}.new"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(staged, "w", encoding="ascii") as file:
            file.write(f"{head}\n")
        os.replace(staged, path)
    except OSError:
        return


def forget_seen_head(state_folder: str, repository: Repository) -> None:
    """Remove the record of a repository's replica, if there is one."""
    path = _path(state_folder, repository)
    try:
        os.unlink(path or "")
    except OSError:
        return


def _path(state_folder: str, repository: Repository) -> str | None:
    replica = repository.replica
    return None if replica is None else os.path.join(state_folder, "heads", replica.id)
