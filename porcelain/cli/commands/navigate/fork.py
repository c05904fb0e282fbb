"""`wj fork`: start a new session from any commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from porcelain.actions.recording.record import fork
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import MESSAGE, make_command
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import resolve_commit, typed_name
from porcelain.display import counted, plain
from porcelain.errors import UnknownRevision

if TYPE_CHECKING:
    from store.ids import CommitId


@make_command("fork")
@click.argument("revision", required=False, metavar="[REV]")
@click.argument("session", required=False, metavar="[SESSION]")
@click.option("--at", type=MESSAGE, metavar="N|ID",
              help="Fork after message N, as `wj show` numbers them, or after the agent's row ID")  # fmt: skip
def command(
    context: Context, revision: str | None, session: str | None, at: int | str | None
) -> None:
    """Start a new session from REV, by default `@`, and move there.

    The new session is one empty change on REV; the next append or save continues it. The
    original stays as it is. SESSION is the new name, by default the name of the current session
    with a number. With `--at` the fork begins inside the conversation of REV; for an ID that
    the conversation of `@` does not have, and without REV, inside the one that has the row.
    """
    session = None if session is None else typed_name(session)
    mutation = Mutation(context)
    with context.transaction() as tx:
        given = None if revision is None else _resolve(context, revision, session, at)
        if isinstance(at, str):
            from porcelain.actions.recording.native_row import place_of_row

            commit, at = place_of_row(tx, at, given)
        else:
            commit = tx.require_current() if given is None else given
        made = fork(tx, commit, session, at=at)
        facts = tx.row(made.commit)
    cut = "" if at is None else f"the first {counted(facts.messages or 0, 'message')} of "
    mutation.say(f"Forked session {made.session} from {cut}".rstrip(), commit)
    mutation.notes += made.notes
    mutation.report(
        tx,
        session=made.session,
        commit_id=made.commit,
        source=commit,
        rows=facts.rows,
        messages=facts.messages,
    )


def _resolve(
    context: Context, revision: str, session: str | None, at: int | str | None
) -> CommitId:
    """Resolve REV; a single argument that is not a revision is probably a name."""
    try:
        return resolve_commit(context, revision)
    except UnknownRevision as error:
        if session is not None:
            raise
        cut = "" if at is None else f" --at {at}"
        hint = f"To fork @ under that name: `wj fork @ {plain(error.symbol)}{cut}`"
        raise Misuse(str(error), hint) from None
