"""Listing operations: as a graph or a list, or as data."""

from __future__ import annotations

from porcelain.cli.context import Context
from porcelain.cli.render.operation import operation_data, operation_entry
from porcelain.log_order import DIRECT, EdgeKind
from porcelain.operation import ROOT_OPERATION, Operation, OperationData

ROOT = Operation(ROOT_OPERATION, OperationData("root", ""), None)


def list_operations(
    context: Context, *, limit: int | None, backwards: bool, no_graph: bool
) -> None:
    """Write operations to stdout, newest first; `limit` cuts before they are turned round."""
    repo, output = context.reader, context.output
    found = repo.operations(limit)
    if limit is None or len(found) < limit:
        found.append(ROOT)
    if backwards:
        found.reverse()
    if output.json:
        output.data([operation_data(operation) for operation in found])
        return
    head, now = repo.head, context.now()
    output.start_pager()
    drawn = None
    if not no_graph:
        from porcelain.cli.render.graph import GraphRenderer  # noqa: PLC0415 - not for lists

        drawn = GraphRenderer()
    edges = _upward(found) if backwards else {one.id: _parents(one) for one in found}
    for operation in found:
        current = operation.id == head
        text = output.paint(operation_entry(operation, now, current=current))
        if drawn is None:
            output.raw(f"{text}\n")
            continue
        sign = output.paint([("node current_operation", "@") if current else ("node", "○")])
        lines: list[tuple[EdgeKind, str]] = [(DIRECT, other) for other in edges[operation.id]]
        output.raw(drawn.row(operation.id, lines, sign, text))


def _parents(operation: Operation) -> list[str]:
    if operation.id == ROOT_OPERATION:
        return []
    return list(operation.data.parents) or [ROOT_OPERATION]


def _upward(found: list[Operation]) -> dict[str, list[str]]:
    """Return each operation's children among those found."""
    edges: dict[str, list[str]] = {operation.id: [] for operation in found}
    for operation in found:
        for parent in _parents(operation):
            if parent in edges:
                edges[parent].append(operation.id)
    return edges
