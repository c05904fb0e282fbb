"""Lists operations: as a graph or a list, by the built-in entry, a template or as data."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from porcelain.cli.render.graph import GraphRenderer
from porcelain.cli.render.looks.look import look_of
from porcelain.cli.render.operation import operation_data
from porcelain.cli.render.terms.operation_terms import OperationTerms
from porcelain.cli.run.colors import Piece
from porcelain.cli.run.context import Context
from porcelain.display import counted
from porcelain.graph.graph_rows import DIRECT, INDIRECT, MISSING, EdgeKind
from porcelain.index.view_rows import log_gaps
from porcelain.model.operation import ROOT_OPERATION, WATCH, Operation, OperationData
from porcelain.repo.operation_filter import OperationFilter, filtered
from porcelain.repo.reader import RepoReader

ROOT = Operation(ROOT_OPERATION, OperationData("root", ""), None)
_ALL = OperationFilter()

Show = Callable[[Operation], str]
Edges = dict[str, list[tuple[EdgeKind, str]]]


class Listing(NamedTuple):
    """How a history is listed: `limit` cuts before `backwards` reverses it."""

    limit: int | None = None
    backwards: bool = False
    no_graph: bool = False
    template: str | None = None
    with_diff: bool = False


def list_operations(context: Context, how: Listing, wanted: OperationFilter = _ALL) -> None:
    """Write operations to stdout, newest first.

    Raises:
        TemplateSyntaxError: the template cannot be understood.
        CorruptOperation, ObjectError: with differences or filters, the log cannot be read.
    """
    output = context.output
    found = _selected(context.repo if how.with_diff else context.reader, wanted, how.limit)
    if output.json:
        listed = list(found)
        output.data(
            _data(context, listed[::-1] if how.backwards else listed, with_diff=how.with_diff)
        )
        _tell_gaps(context)
        return
    folded: dict[str, int] = {}
    show = _shown(context, how, folded)
    output.start_pager()
    if wanted == _ALL and how.template is None and not how.with_diff:
        everything = _selected(context.reader, wanted, None)
        found = islice(_folded(everything, folded), how.limit)
    listed = list(found)
    gaps = {operation_id for operation_id, _ in log_gaps(context.reader.index)}
    edges = _edges(listed, gaps) if wanted == _ALL and not folded else _chain(listed)
    if how.backwards:
        listed, edges = listed[::-1], _upward(edges)
    if how.no_graph:
        for operation in listed:
            output.raw(show(operation))
    else:
        _draw(context, listed, edges, show)
    _tell_gaps(context)


def _tell_gaps(context: Context) -> None:
    """Warn where the log ends early, and why."""
    for operation_id, reason in log_gaps(context.reader.index):
        context.output.warning(
            f"The log has a gap: operation {operation_id[:12]} cannot be read ({reason})",
            "`wj doctor --fix` repairs the log; nothing that is visible is lost by that",
        )


def _selected(repo: RepoReader, wanted: OperationFilter, limit: int | None) -> Iterator[Operation]:
    def everything() -> Iterator[Operation]:
        yield from filtered(repo, wanted)
        if wanted == _ALL and not log_gaps(repo.index):
            yield ROOT  # with a gap, the oldest readable operation need not be the first

    return islice(everything(), limit)


def _data(
    context: Context, listed: Iterable[Operation], *, with_diff: bool
) -> list[dict[str, object]]:
    if not with_diff:
        return [operation_data(operation) for operation in listed]
    from porcelain.cli.render.operations.operation_diff import diff_data
    from porcelain.repo.operation_diff import OperationDiffs

    diffs = OperationDiffs(context.repo)
    return [
        operation_data(operation) | {"diff": diff_data(context, diffs.of(operation))}
        for operation in listed
    ]


def _folded(operations: Iterable[Operation], folded: dict[str, int]) -> Iterator[Operation]:
    """Yield the newest operation of each run of `wj watch`; note how many others it stands for."""
    newest: Operation | None = None
    for operation in operations:
        if operation.data.kind == WATCH and newest is not None:
            folded[newest.id] = folded.get(newest.id, 0) + 1
            continue
        if newest is not None:
            yield newest
        newest = operation if operation.data.kind == WATCH else None
        if newest is None:
            yield operation
    if newest is not None:
        yield newest


def _shown(context: Context, how: Listing, folded: Mapping[str, int]) -> Show:
    """Return a function that shows an operation, its difference below it.

    `folded` are operations that stand for others, with the number of these.
    """
    pieces = entry_of(context, how.template)
    output = context.output
    if not how.with_diff:
        return lambda operation: output.paint(
            [*pieces(operation), *_fold_line(folded.get(operation.id, 0))]
        )
    from porcelain.cli.render.operations.operation_diff import DiffText
    from porcelain.repo.operation_diff import OperationDiffs

    diffs, text = OperationDiffs(context.repo), DiffText(context)

    def show(operation: Operation) -> str:
        said = output.paint(pieces(operation)).removesuffix("\n")
        merges = len(operation.data.parents) > 1
        changed = "" if merges else text.of(diffs.of(operation))
        return f"{said}\n\n{changed}" if changed else f"{said}\n"

    return show


def _fold_line(count: int) -> list[Piece]:
    if not count:
        return []
    more = counted(count, "earlier operation")
    return [("op_log", f"and {more} of `wj watch`; `wj op log --by watch` shows them\n")]


def entry_of(context: Context, template: str | None = None) -> Callable[[Operation], list[Piece]]:
    """Return a function that shows an operation by a template, or by its usual look.

    Raises:
        TemplateSyntaxError: the template cannot be understood.
    """
    look = look_of(context, "op_log", template)
    return lambda operation: look.render(OperationTerms(context, operation), "op_log")


def _draw(context: Context, listed: list[Operation], edges: Edges, show: Show) -> None:
    output, head = context.output, context.reader.head
    drawn = GraphRenderer(context.settings.text("ui.graph.style"))
    for operation in listed:
        current = operation.id == head
        sign = output.paint([("node current_operation", "@") if current else ("node", "○")])
        output.raw(drawn.row(operation.id, edges[operation.id], sign, show(operation)))


def _edges(listed: list[Operation], gaps: Container[str]) -> Edges:
    return {
        one.id: [(MISSING if parent in gaps else DIRECT, parent) for parent in _parents(one)]
        for one in listed
    }


def _chain(listed: list[Operation]) -> Edges:
    """Return edges from each operation to the next one that is shown."""
    edges: Edges = {}
    for place, operation in enumerate(listed):
        following = listed[place + 1].id if place + 1 < len(listed) else None
        kind: EdgeKind = DIRECT if following in _parents(operation) else INDIRECT
        edges[operation.id] = [(kind, following)] if following is not None else []
    return edges


def _parents(operation: Operation) -> list[str]:
    if operation.id == ROOT_OPERATION:
        return []
    return list(operation.data.parents) or [ROOT_OPERATION]


def _upward(edges: Edges) -> Edges:
    turned: Edges = {operation_id: [] for operation_id in edges}
    for operation_id, lines in edges.items():
        for kind, parent in lines:
            if parent in turned:
                turned[parent].append((kind, operation_id))
    return turned
