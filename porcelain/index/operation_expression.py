"""Expressions that name an operation: `@` or the first hex digits of an id, then `-` and `+`.

`x-` is the operation before x, `x+` the one after it; `@` is the newest.
"""

from __future__ import annotations

import json
from typing import Protocol

from porcelain.errors import (
    AmbiguousPrefix,
    NotOneOperation,
    OperationSyntaxError,
    UnknownOperation,
)
from porcelain.model.ids import OperationId
from porcelain.model.operation import ROOT_OPERATION
from store.index.commit_index import Index

_HEX = frozenset("0123456789abcdef")
_SHOWN = 12


class Log(Protocol):
    """The part of a `Repo` that operations are looked up in."""

    @property
    def index(self) -> Index:
        """The index with the operations."""
        ...

    @property
    def head(self) -> OperationId:
        """The newest operation."""
        ...


def resolve_operation(repo: Log, expression: str) -> OperationId:
    """Return the one operation that an expression names.

    Raises:
        OperationSyntaxError: it is not an operation expression.
        UnknownOperation, AmbiguousPrefix: no operation has the id, or several begin with it.
        NotOneOperation: no operation, or several, come before or after.
    """
    text = expression.strip()
    symbol = text.rstrip("-+")
    if not symbol:
        raise OperationSyntaxError(expression)
    found = repo.head if symbol == "@" else _by_prefix(repo, symbol)
    for place in range(len(symbol), len(text)):
        step = _before if text[place] == "-" else _after
        others = step(repo, found)
        if len(others) != 1:
            raise NotOneOperation(text[: place + 1], [other[:_SHOWN] for other in others])
        found = others[0]
    return found


def shortest_length(repo: Log, operation_id: OperationId) -> int:
    """Return how many digits of an operation's id are enough to name it."""
    # The virtual root operation's digits are all zeros.
    shared = len(operation_id) - len(operation_id.lstrip("0"))
    if operation_id == ROOT_OPERATION:
        shared = 0
    for way, order in (("<", "DESC"), (">", "ASC")):
        sql = f"SELECT id FROM operations WHERE id {way} ? ORDER BY id {order} LIMIT 1"
        for (other,) in repo.index.query(sql, (operation_id,)):
            length = 0
            while length < len(other) and other[length] == operation_id[length]:
                length += 1
            shared = max(shared, length)
    return shared + 1


def _by_prefix(repo: Log, symbol: str) -> OperationId:
    prefix = symbol.lower()
    if not _HEX.issuperset(prefix):
        raise OperationSyntaxError(symbol)
    sql = "SELECT id FROM operations WHERE id >= ? AND id < ? ORDER BY id LIMIT 10"
    found = [row[0] for row in repo.index.query(sql, (prefix, prefix + "g"))]
    if ROOT_OPERATION.startswith(prefix):
        found.insert(0, ROOT_OPERATION)
    if not found:
        raise UnknownOperation(symbol)
    if len(found) > 1:
        raise AmbiguousPrefix("operation", symbol, [one[:_SHOWN] for one in found])
    return OperationId(found[0])


def _before(repo: Log, operation_id: OperationId) -> list[OperationId]:
    rows = repo.index.query("SELECT data FROM operations WHERE id = ?", (operation_id,))
    if not rows:
        return []
    parents = json.loads(rows[0][0])["parents"]
    return [OperationId(parent) for parent in parents] or [ROOT_OPERATION]


def _after(repo: Log, operation_id: OperationId) -> list[OperationId]:
    # Joined, because a view of the past removes the later operations from the table.
    sql = (
        "SELECT id FROM operation_parents JOIN operations USING (seq) WHERE parent = ? ORDER BY seq"
    )
    return [OperationId(row[0]) for row in repo.index.query(sql, (operation_id,))]
