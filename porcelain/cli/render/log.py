"""Lists commits: as a graph or a list, by the built-in entry, a template or as data."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from itertools import islice
from typing import TypeVar

from porcelain.cli.render.commit import Commits
from porcelain.cli.render.looks.look import look_of
from porcelain.cli.render.terms.commit_terms import CommitTerms
from porcelain.cli.run.colors import Piece
from porcelain.cli.run.context import Context
from porcelain.display import counted
from porcelain.graph.repo_graph import RepoGraph
from porcelain.language.revset.position_set import Selection

T = TypeVar("T")
Show = Callable[[int], list[Piece]]
_MANY = 1_000


def list_commits(  # noqa: PLR0913 - the options of a listing
    context: Context,
    selection: Selection,
    *,
    limit: int | None = None,
    template: str | None = None,
    no_graph: bool = False,
    backwards: bool = False,
    after: Show | None = None,
    within: int | None = None,
) -> None:
    """Write commits to stdout, newest first; `limit` cuts before `backwards` reverses them.

    `after` gives what follows the entry of a commit. A line of the graph that leaves out more
    than `within` commits ends there.

    Raises:
        TemplateSyntaxError: the template cannot be understood.
    """
    commits = Commits(context.reader)
    if context.output.json:
        found = in_order(selection.positions(), limit, backwards=backwards)
        context.output.data([commits.data(position) for position in found])
        return
    entry = entry_by_template(context, commits, "log", template)
    fits = fitting(context, shortens=template is None)

    def show(position: int, before: int = 0) -> list[Piece]:
        pieces = entry(position)
        if fits is not None:
            pieces = fits(pieces, before)
        return pieces if after is None else [*pieces, *after(position)]

    context.output.start_pager()
    if no_graph:
        for position in in_order(selection.positions(), limit, backwards=backwards):
            context.output.text(show(position))
        return
    _draw(context, commits, selection, show, limit=limit, backwards=backwards, within=within)


def fitting(
    context: Context, *, shortens: bool = True
) -> Callable[[list[Piece], int], list[Piece]] | None:
    """Return what makes an entry fit the terminal beside a graph; None where it is left as it is.

    Without a terminal nothing is done; without `shortens` lines are wrapped at most.
    """
    columns = context.output.columns
    wraps = context.settings.text("ui.log-word-wrap") == "true"
    if columns is None or not (shortens or wraps):
        return None
    from porcelain.cli.run.fit import fit

    return lambda pieces, before: fit(pieces, columns - before, wraps=wraps)


def fitted_page(
    context: Context, entries: Iterable[list[Piece]], columns: int
) -> Iterable[list[Piece]]:
    """Return entries that fit the terminal, all with the same parts; wrapped if that is wanted."""
    from porcelain.cli.run.fit import fit, fit_page

    if context.settings.text("ui.log-word-wrap") == "true":
        return (fit(pieces, columns, wraps=True) for pieces in entries)
    return fit_page(entries, columns)


def in_order(items: Iterable[T], limit: int | None, *, backwards: bool) -> Iterable[T]:
    """Return up to `limit` items, reversed if they are to be listed backwards."""
    found = islice(items, limit)
    return reversed(list(found)) if backwards else found


def _draw(  # noqa: PLR0913 - the options of a listing
    context: Context,
    commits: Commits,
    selection: Selection,
    show: Callable[[int, int], list[Piece]],
    *,
    limit: int | None,
    backwards: bool,
    within: int | None,
) -> None:
    from porcelain.cli.render.graph import GraphRenderer
    from porcelain.graph.graph_rows import elided, reversed_rows, rows
    from porcelain.graph.line_order import grouped, whole_log

    graph = context.reader.graph
    here = graph.workspace(None)
    first = [here] if here is not None and selection.contains(here) else []
    if is_everything(selection, graph):
        found = islice(whole_log(graph, first), limit)
    else:
        found = islice(grouped(rows(selection, graph.parents, within), first), limit)
    drawn = GraphRenderer(context.settings.text("ui.graph.style"))
    output = context.output
    above = 0  # the commit above the elided rows
    for row in elided(reversed_rows(found) if backwards else found):
        key: Hashable = row.position
        if row.elided:
            key = ("elided", above, row.position)
        else:
            above = row.position
        edges = [
            (edge.kind, ("elided", above, edge.target) if edge.elided else edge.target)
            for edge in row.edges
        ]
        if row.elided:
            turns = commits.turns_between(above, row.position)
            pieces, sign = [("elided", f"(elided {counted(turns, 'turn')})")], ("node elided", "~")
        else:
            before = drawn.width(key, edges) + 1 if output.columns is not None else 0
            pieces, sign = show(row.position, before), commits.glyph(row.position)
        text = output.paint(pieces)
        output.raw(drawn.row(key, edges, output.paint([sign]), text))


def is_everything(selection: Selection, graph: RepoGraph) -> bool:
    """Tell whether a selection is all of many commits, whose order is found without reading it.

    Fewer are read: then lines that begin at the root come in jj's order too.
    """
    return selection.test == graph.is_visible and graph.has_visible(_MANY)


def entry_by_template(context: Context, commits: Commits, name: str, template: str | None) -> Show:
    """Return a function that shows a commit by a template, or by the look of a listing.

    Raises:
        TemplateSyntaxError: the template cannot be understood.
    """
    look = look_of(context, name, template)
    here = commits.current if name == "log" else None

    def show(position: int) -> list[Piece]:
        is_current = position and commits.look(position)[0].id == here
        labels = f"{name} working_copy" if is_current else name
        return look.render(CommitTerms(context, commits, position), labels)

    return show
