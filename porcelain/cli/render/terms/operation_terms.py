"""An operation as templates see it."""

from __future__ import annotations

from collections.abc import Callable

from porcelain.cli.render.operation import operation_data, shell_line
from porcelain.cli.render.terms.subject import Subject
from porcelain.cli.run.context import Context
from porcelain.index.operation_expression import shortest_length
from porcelain.index.view_rows import operation_rows
from porcelain.language.template.value import Id, Timestamp, TimestampRange
from porcelain.model.operation import ROOT_OPERATION, WATCH, Operation


class OperationTerms(Subject):
    """An operation as templates see it."""

    __slots__ = ("operation",)

    def __init__(self, context: Context, operation: Operation) -> None:
        """Look nothing up yet."""
        super().__init__(context)
        self.operation = operation

    def get(self, name: str) -> object:
        """Return the value of a keyword."""
        return _OPERATION[name](self)

    def data(self) -> dict[str, object]:
        """Return the operation as `--json` has it."""
        return operation_data(self.operation)

    def prefix(self) -> int:
        """Return how many digits of the id name it alone."""
        return shortest_length(self.context.reader, self.operation.id)


def _time(one: OperationTerms) -> TimestampRange:
    data, now = one.operation.data, one.context.now
    return TimestampRange(Timestamp(data.start, now), Timestamp(data.end, now))


def _user(one: OperationTerms) -> str:
    data = one.operation.data
    return f"{data.user}@{data.host}" if data.user or data.host else ""


def _attributes(one: OperationTerms) -> str:
    data = one.operation.data
    args = [f"args: {shell_line(data.args)}"] if data.args else []
    return "\n".join([*args, *(f"{key}: {value}" for key, value in data.attributes.items())])


def _parents(one: OperationTerms) -> list[OperationTerms]:
    index, parents = one.context.reader.index, one.operation.data.parents
    return [
        OperationTerms(one.context, found)
        for parent in parents
        for found in operation_rows(index, "id = ?", (parent,))
    ]


_OPERATION: dict[str, Callable[[OperationTerms], object]] = {
    "id": lambda one: Id(one.operation.id, one.prefix),
    "description": lambda one: one.operation.data.description,
    "kind": lambda one: one.operation.data.kind,
    "time": _time,
    "user": _user,
    "username": lambda one: one.operation.data.user,
    "host": lambda one: one.operation.data.host,
    "replica": lambda one: one.operation.data.replica,
    "workspace_name": lambda one: one.operation.data.workspace or "",
    "args": lambda one: shell_line(one.operation.data.args),
    "attributes": _attributes,
    "parents": _parents,
    "current_operation": lambda one: one.operation.id == one.context.reader.head,
    "root": lambda one: one.operation.id == ROOT_OPERATION,
    "snapshot": lambda one: one.operation.data.kind == WATCH,
}
