"""`wj append`: add messages to the conversation at `@`."""

from __future__ import annotations

import sys

import click

from porcelain.actions.recording.record import append, write_rows
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.files import read_input
from porcelain.cli.run.params import FILE, make_command
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import typed_name
from porcelain.display import counted


@make_command("append")
@click.option("-m", "--message", "texts", multiple=True, metavar="TEXT",
              help="The text of a message, `-` for stdin (can be repeated)")  # fmt: skip
@click.option(
    "--role", default="user", metavar="ROLE", help="The role of the messages (default: user)"
)
@click.option("--json-message", type=FILE, metavar="FILE",
              help="Read messages in the conversation's own format, one a line; `-` for stdin")  # fmt: skip
@click.option("--session", metavar="NAME", help="The session to move or to start")
def command(
    context: Context,
    texts: tuple[str, ...],
    role: str,
    json_message: str | None,
    session: str | None,
) -> None:
    """Add messages after `@`, in the format of the conversation.

    The current session moves along if `@` is its tip. Without a conversation, a new one starts.
    """
    if not texts and json_message is None:
        raise Misuse("There is nothing to append", "Give a text with `-m`, or `--json-message`")
    session = None if session is None else typed_name(session)
    native = _rows(json_message) if json_message is not None else []
    said = [sys.stdin.read().rstrip("\n") if text == "-" else text for text in texts]
    mutation = Mutation(context)
    with context.transaction() as tx:
        rows = [*write_rows(tx, role, said), *native] if said else native
        made = append(tx, rows, session=session)
    mutation.say(f"Added {counted(len(rows), 'message')} to", made.commit)
    mutation.notes += made.notes
    mutation.report(tx, own=[made.commit], session=made.session, commit_id=made.commit)


def _rows(source: str) -> list[bytes]:
    """Read rows in the conversation's own format, one a line."""
    rows = [line.rstrip(b"\r") for line in read_input(source).split(b"\n")]
    rows = [row for row in rows if row.strip()]
    if not rows:
        raise Misuse(f"There is no message in {source}")
    return rows
