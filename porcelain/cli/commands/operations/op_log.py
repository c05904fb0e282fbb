"""`wj op log`: the operation log."""

from __future__ import annotations

import click

from porcelain.cli.render.operations.operation_log import Listing, list_operations
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import LIMIT, make_command, options
from porcelain.cli.shared.revision_args import parse_moment, resolve_position
from porcelain.display import plain
from porcelain.errors import Refused, did_you_mean
from porcelain.index.view_rows import get_row, part_rows
from porcelain.language.id_prefix import Ambiguous, change_prefix
from porcelain.language.scanner import similar_names
from porcelain.model.ids import ChangeId
from porcelain.model.view_value import SESSIONS
from porcelain.repo.operation_filter import OperationFilter, filtered

_MOST_NAMED = 20
_MOST_COMPARED = 2_000

_filter_options = options(
    click.option("--by", metavar="WORKSPACE", help="Show only operations of this workspace"),
    click.option("--session", metavar="NAME", help="Show only operations that moved a session"),
    click.option("--change", metavar="ID", help="Show only operations that touched a change"),
    click.option("--kind", metavar="KIND", help="Show only a kind: fork, undo, outside, …"),
    click.option("--since", metavar="TIME", help="Show only operations that ended after TIME"),
)


@make_command("log")
@click.option("-n", "--limit", type=LIMIT, help="Limit number of operations to show")
@click.option("--reversed", "backwards", is_flag=True, help="Show older operations first")
@click.option("-G", "--no-graph", is_flag=True, help="Don't show the graph, show a flat list")
@click.option(
    "-d", "--op-diff", is_flag=True, help="Show changes to the repository at each operation"
)
@click.option("-T", "--template", help="Render each operation using this template")
@_filter_options
def command(
    context: Context,
    /,
    limit: int | None,
    backwards: bool,
    no_graph: bool,
    op_diff: bool,
    template: str | None,
    **filters: str | None,
) -> None:
    """Show the operation log, newest first; `@` is the current operation.

    An entry has an id (its bold digits are enough to name it), the user, the workspace, the time
    and the duration; below it the description and the command line.
    """
    how = Listing(limit, backwards, no_graph, template, op_diff)
    list_operations(context, how, _filter(context, **filters))


def _filter(
    context: Context,
    *,
    by: str | None,
    session: str | None,
    change: str | None,
    kind: str | None,
    since: str | None,
) -> OperationFilter:
    """Return the filter that the options describe.

    Raises:
        BadParameter: `since` is not a time.
        RevisionError, RevsetSyntaxError: `change` names no change.
    """
    moment = parse_moment(since, context.now(), "--since") if since is not None else None
    for option, column, value in (("--kind", "kind", kind), ("--by", "workspace", by)):
        if value is not None:
            _check_known(context, option, column, value)
    if session is not None:
        _check_session(context, session)
    change_id = None if change is None else _change(context, change)
    return OperationFilter(by, kind, moment, session, change_id)


def _check_known(context: Context, option: str, column: str, value: str) -> None:
    """Refuse a value that no operation has."""
    index = context.reader.index
    if option == "--by" and value in context.reader.workspaces():
        return
    if index.query(f"SELECT 1 FROM operations WHERE {column} = ? LIMIT 1", (value,)):
        return
    known = sorted(
        one for (one,) in index.query(f"SELECT DISTINCT {column} FROM operations") if one
    )
    raise Refused(
        f"No operation has {option} `{plain(value)}`",
        f"There are {', '.join(plain(one) for one in known[:_MOST_NAMED])}",
        code="no_operation",
    )


def _check_session(context: Context, name: str) -> None:
    """Refuse the name of a session that neither exists nor ever did."""
    repo = context.reader
    if get_row(repo.index, SESSIONS, name) is not None:
        return
    if next(iter(filtered(repo, OperationFilter(session=name))), None) is None:
        names = [key for key, _ in part_rows(repo.index, SESSIONS)[:_MOST_COMPARED]]
        raise Refused(
            f"No session is or was called `{plain(name)}`",
            *did_you_mean(similar_names(name, names)),
            code="unknown_session",
        )


def _change(context: Context, text: str) -> ChangeId:
    """Return a change, visible or hidden, by a prefix of its id or by a revset."""
    prefix = change_prefix(text)
    if prefix:
        match = context.reader.graph.change_ids.resolve(prefix)
        if match is not None and not isinstance(match, Ambiguous):
            return match
    return context.reader.change_id(resolve_position(context, text))
