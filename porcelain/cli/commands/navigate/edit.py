"""`wj edit`: move `@` to a commit or session."""

from __future__ import annotations

import click

from porcelain.actions.recording.record import edit
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import resolve_commit
from porcelain.model.view_value import SESSIONS


@make_command("edit")
@click.argument("revision", metavar="REV")
def command(context: Context, revision: str) -> None:
    """Move `@` to a commit; a session named as REV becomes the current one."""
    mutation = Mutation(context)
    with context.transaction() as tx:
        commit = resolve_commit(context, revision)
        session = revision if tx.get(SESSIONS, revision) == commit else None
        made = edit(tx, commit, session)
    mutation.report(tx, commit_id=made.commit, session=made.session)
