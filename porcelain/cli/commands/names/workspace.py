"""`wj workspace`: positions of one's own for each agent or terminal."""

from __future__ import annotations

import click

from porcelain.actions.naming.workspaces import add_workspace, forget_workspaces, rename_workspace
from porcelain.cli.render.commit import Commits
from porcelain.cli.run.colors import Piece
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import PrivateOption, make_command, make_group
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import resolve_commit
from porcelain.display import plain
from porcelain.graph.workspace_list import Listed, list_workspaces


def list_places(context: Context) -> None:
    """Write this copy's workspaces in byte order, then those of other copies."""
    repo, output = context.repo, context.output
    found = list_workspaces(repo.index, repo.workspace_key.partition("/")[0])
    commits = Commits(repo)
    if output.json:
        output.data([_data(commits, one, repo.workspace_name) for one in found])
        return
    output.start_pager()
    for one in found:
        output.text(_line(commits, one))


def _line(commits: Commits, listed: Listed) -> list[Piece]:
    name: list[Piece] = [("workspaces", plain(listed.shown)), ("", ": ")]
    here = listed.place.commit
    position = commits.repo.index.position(here) if here is not None else None
    if position is None:
        return [*name, ("", "(no current commit)\n")]
    return [*name, *commits.summary(position), ("", "\n")]


def _data(commits: Commits, listed: Listed, current: str) -> dict[str, object]:
    here = listed.place.commit
    position = commits.repo.index.position(here) if here is not None else None
    return {
        "name": listed.name,
        "host": listed.host,
        "current": listed.host is None and listed.name == current,
        "commit": commits.data(position) if position is not None else None,
        "session": listed.place.session,
    }


@make_group("workspace")
def command() -> None:
    """Give each agent or terminal a position of its own: an `@` and a current session.

    A command acts in the workspace that `--workspace` or WJ_WORKSPACE names, else in
    `default`. What others do never moves its `@`, except where they rewrite that commit.
    """


@make_command("add", command)
@click.argument("name")
@click.option("-r", "--revision", metavar="REV", help="Start on REV instead of beside `@`")
@click.option(
    "-m", "--message", cls=PrivateOption, default="", metavar="TEXT", help="Its description"
)
def add(context: Context, name: str, revision: str | None, message: str) -> None:
    """Add a workspace that stands on a new empty change beside the current `@`."""
    mutation = Mutation(context)
    with context.transaction() as tx:
        on = None if revision is None else resolve_commit(context, revision)
        made = add_workspace(tx, name, on, message)
    mutation.say(f"Added workspace {plain(name)} at", made)
    mutation.notes.append(f"Work in it with `--workspace {plain(name)}` or WJ_WORKSPACE")
    mutation.report(tx, added=name, commit_id=made)


@make_command("list", command)
def list_(context: Context) -> None:
    """List the workspaces with the commits that they stand on; `name@host` is elsewhere."""
    list_places(context)


@make_command("forget", command)
@click.argument("names", nargs=-1, metavar="[NAME…]")
def forget(context: Context, names: tuple[str, ...]) -> None:
    """Forget workspaces, by default the one that this runs in.

    Their commits stay; only an empty, untitled change that nothing else is on goes with them.
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
    """Give the workspace that this runs in another name; `@` and session stay."""
    if not name:
        raise Misuse("The new name is empty")
    mutation = Mutation(context)
    with context.transaction() as tx:
        before = rename_workspace(tx, name)
    if before != name:
        mutation.say(f"Renamed workspace {plain(before)} to {plain(name)}")
        mutation.notes.append(f"Work in it with `--workspace {plain(name)}` or WJ_WORKSPACE")
    mutation.report(tx, renamed={"from": before, "to": name})
