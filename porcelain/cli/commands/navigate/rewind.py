"""`wj rewind`: move a session back by turns."""

from __future__ import annotations

import click

from porcelain.actions.recording.rewind import rewind
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.display import counted, plain


@make_command("rewind")
@click.argument("turns", type=click.IntRange(min=1), default=1, metavar="[N]")
@click.option("--session", metavar="NAME", help="The session to move (default: the current one)")
def command(context: Context, turns: int, session: str | None) -> None:
    """Move a session and `@` back by N turns, by default one.

    A turn is a prompt and everything up to the next one. Nothing is lost: the later turns stay
    as a head without a name. The next append or save starts another line there.
    """
    mutation = Mutation(context)
    with context.transaction() as tx:
        done = rewind(tx, turns, session)
    length = f"{counted(turns, 'turn')}, {counted(done.taken, 'row')}"
    mutation.say(f"Rewound session {plain(done.session)} by {length}, to", done.commit)
    mutation.notes += done.notes
    mutation.report(
        tx,
        session=done.session,
        commit_id=done.commit,
        tail=done.tail,
        rows=done.rows,
        taken=done.taken,
    )
