"""`wj workspace`: a position for each agent or terminal."""

from __future__ import annotations

import click

from porcelain.actions.naming.workspaces import add_workspace, forget_workspaces, rename_workspace
from porcelain.cli.render.commit import Commits
from porcelain.cli.render.looks.summary import ShownCommits
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command, make_group
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import resolve_commit, typed_name
from porcelain.display import plain
from porcelain.graph.workspace_list import Listed, list_workspaces


@make_group("workspace")
def command() -> None:
    """Manage workspaces: a position for each agent or terminal, an `@` and a current session.

    A command acts in the workspace that `--workspace` or WJ_WORKSPACE names, otherwise in
    `default`. Commands in other workspaces never move its `@`, unless they rewrite that commit.
    """


@make_command("add", command)
@click.argument("name")
@click.option(
    "-r",
    "--revision",
    metavar="REV",
    help="The parent of the new change (default: the parents of `@`)",
)
@click.option(
    "-m",
    "--message",
    default="",
    metavar="TEXT",
    help="The description of the new change",
)
def add(context: Context, name: str, revision: str | None, message: str) -> None:
    """Add a workspace, on a new, empty sibling of `@`."""
    name = typed_name(name)
    mutation = Mutation(context)
    with context.transaction() as tx:
        on = None if revision is None else resolve_commit(context, revision)
        made = add_workspace(tx, name, on, message)
    mutation.say(f"Added workspace {plain(name)} at", made)
    mutation.notes.append(f"Work in it with `--workspace {plain(name)}` or WJ_WORKSPACE")
    mutation.report(tx, added=name, commit_id=made)


@make_command("list", command)
def list_(context: Context) -> None:
    """List workspaces and their commits; `name@host` is a workspace of another copy."""
    repo, output = context.repo, context.output
    found = list_workspaces(repo.index, repo.workspace_key.partition("/")[0])
    commits = ShownCommits(context, repo)
    if output.json:
        output.data([_data(commits, one) for one in found])
        return
    output.start_pager()
    for one in found:
        position = _position(commits, one)
        line = [("", "(no current commit)")] if position is None else commits.summary(position)
        output.text([("working_copies", plain(one.shown)), ("", ": "), *line, ("", "\n")])


def _position(commits: Commits, listed: Listed) -> int | None:
    here = listed.place.commit
    return commits.repo.index.position(here) if here is not None else None


def _data(commits: Commits, listed: Listed) -> dict[str, object]:
    position = _position(commits, listed)
    return {
        "name": listed.name,
        "host": listed.host,
        "current": listed.host is None and listed.name == commits.repo.workspace_name,
        "commit": commits.data(position) if position is not None else None,
        "session": listed.place.session,
    }


@make_command("forget", command)
@click.argument("names", nargs=-1, metavar="[NAME…]")
def forget(context: Context, names: tuple[str, ...]) -> None:
    """Forget workspaces, by default the current one.

    Their commits stay, except an empty, untitled change without children and names.
    """
    mutation = Mutation(context)
    with context.transaction() as tx:
        found = forget_workspaces(tx, names)
    for name in found.unknown:
        context.output.warning(f"No workspace is named {plain(name)}")
    if found.names:
        mutation.say(f"Forgot {', '.join(plain(name) for name in found.names)}")
    mutation.report(tx, forgotten=list(found.names))


@make_command("rename", command)
@click.argument("name", metavar="NEW")
def rename(context: Context, name: str) -> None:
    """Rename the current workspace; `@` and the current session stay."""
    name = typed_name(name)
    mutation = Mutation(context)
    with context.transaction() as tx:
        before = rename_workspace(tx, name)
    if before != name:
        mutation.say(f"Renamed workspace {plain(before)} to {plain(name)}")
        mutation.notes.append(f"Work in it with `--workspace {plain(name)}` or WJ_WORKSPACE")
    mutation.report(tx, renamed={"from": before, "to": name})
