"""`wj fork`: start a new session from any commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from porcelain.actions.recording.record import fork
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import resolve_commit
from porcelain.display import plain
from porcelain.errors import UnknownRevision

if TYPE_CHECKING:
    from store.ids import CommitId


@make_command("fork")
@click.argument("revision", required=False, metavar="[REV]")
@click.argument("session", required=False, metavar="[SESSION]")
@click.option("--at", type=click.IntRange(min=0), metavar="N",
              help="Take only the first N messages, as `wj show` numbers them")  # fmt: skip
def command(context: Context, revision: str | None, session: str | None, at: int | None) -> None:
    """Start a new session from REV, by default `@`, and move there.

    The new session is one empty change on REV: what you append or save next continues it,
    and what it was forked from stays as it is. SESSION is its name, by default that of the
    current session with a number. With `--at` it starts from inside of REV's conversation.
    """
    mutation = Mutation(context)
    with context.transaction() as tx:
        commit = (
            tx.require_current() if revision is None else _resolve(context, revision, session, at)
        )
        made = fork(tx, commit, session, at=at)
        rows = tx.row(made.commit).rows
    cut = "" if at is None else f"the first {rows} rows of "
    mutation.say(f"Forked session {made.session} from {cut}".rstrip(), commit)
    mutation.notes += made.notes
    mutation.report(tx, session=made.session, commit_id=made.commit, source=commit, rows=rows)


def _resolve(context: Context, revision: str, session: str | None, at: int | None) -> CommitId:
    """Resolve REV; a lone argument that is none was most likely meant as the name."""
    try:
        return resolve_commit(context, revision)
    except UnknownRevision as error:
        if session is not None:
            raise
        cut = "" if at is None else f" --at {at}"
        hint = f"To fork @ under that name: `wj fork @ {plain(error.symbol)}{cut}`"
        raise Misuse(str(error), hint) from None
