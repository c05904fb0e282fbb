"""`wj session`: the sessions."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.params import command as make_command
from porcelain.cli.params import group, pass_context


@group("session")
def command() -> None:
    """Look at sessions, the names of conversations; what jj calls bookmarks."""


@make_command("list")
@click.argument("names", nargs=-1, metavar="[NAME…]")
@pass_context
def list_(context: Context, names: tuple[str, ...]) -> None:
    """List the sessions with the commits that they are at."""
    from porcelain.cli.sessions import list_sessions  # noqa: PLC0415 - when it runs

    list_sessions(context, names)


@make_command("create")
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@click.option("-r", "--revision", metavar="REV", help="Where the sessions are to be (default: @)")
@pass_context
def create(context: Context, names: tuple[str, ...], revision: str | None) -> None:
    """Give a commit names, which are new sessions; `@` stays where it is."""
    from porcelain.cli.mutation import Mutation  # noqa: PLC0415 - not for a list
    from porcelain.session_name import new_name  # noqa: PLC0415

    mutation = Mutation(context)
    with context.transaction() as tx:
        commit = context.resolve(revision)
        for name in names:
            tx.set_session(new_name(tx, name), commit)
        tx.kind, tx.description = "session", f"session create {', '.join(names)}"
    mutation.say(f"Created {len(names)} sessions at", commit)
    mutation.report(tx, commit_id=commit)


@make_command("set")
@click.argument("name")
@click.option("-r", "--revision", metavar="REV", help="Where it is to be (default: @)")
@click.option("-B", "--allow-backwards", is_flag=True, help="Let it move backwards or sideways")
@pass_context
def set_(context: Context, name: str, revision: str | None, allow_backwards: bool) -> None:
    """Point a session at a commit; this settles a session in conflict. `@` stays."""
    from porcelain.cli.mutation import Mutation  # noqa: PLC0415 - not for a list
    from porcelain.display import plain  # noqa: PLC0415
    from porcelain.session_target import point_session  # noqa: PLC0415

    mutation = Mutation(context)
    with context.transaction() as tx:
        commit = context.resolve(revision)
        is_new = point_session(tx, name, commit, backwards=allow_backwards)
    if tx.published.operation is not None:
        verb = "Created" if is_new else "Moved"
        mutation.say(f"{verb} session {plain(name)} to", commit)
    mutation.report(tx, commit_id=commit)


command.add_command(list_)
command.add_command(set_)
command.add_command(create)
