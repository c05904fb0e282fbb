"""`wj edit`: move `@`."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.mutation import Mutation
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context


@make_command("edit")
@click.argument("revision", metavar="REV")
@pass_context
def command(context: Context, revision: str) -> None:
    """Move `@` to a commit; named by a session, that becomes the current one."""
    from porcelain.recording import edit  # noqa: PLC0415 - when it runs
    from porcelain.view import SESSIONS  # noqa: PLC0415

    mutation = Mutation(context)
    with context.transaction() as tx:
        commit = context.resolve(revision)
        session = revision if tx.get(SESSIONS, revision) == commit else None
        made = edit(tx, commit, session)
    mutation.report(tx, commit_id=made.commit, session=made.session)
