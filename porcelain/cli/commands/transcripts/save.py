"""`wj save`: record a whole transcript as one change."""

from __future__ import annotations

import click

from porcelain.actions.recording.save import save
from porcelain.cli.run.context import Context
from porcelain.cli.run.files import STDIN, open_input
from porcelain.cli.run.params import FILE, make_command
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import resolve_commit, typed_name
from porcelain.cli.shared.transcript_report import warn_of_faults
from porcelain.transcript.formats import read_transcript, to_session

_SAID = {
    "recorded": "Recorded",
    "amended": "Amended",
    "named": "Named an existing commit",
    "rewound": "Moved back to",
    "forwarded": "Moved forward again to",
}


@make_command("save")
@click.argument("file", type=FILE, default=STDIN, metavar="[FILE|-]")
@click.option("--session", metavar="NAME", help="The session to save to")
@click.option("--parent", metavar="REV",
              help="The parent, instead of the commit that the transcript continues")  # fmt: skip
@click.option("--strict", is_flag=True, help="Refuse a transcript with a damaged or torn row")
@click.option("--rewind", is_flag=True, help="Move the session back to an earlier transcript")
@click.option(
    "--format", "format_name", default="", metavar="FORMAT", help="The format (default: detected)"
)
def command(
    context: Context,
    file: str,
    session: str | None,
    parent: str | None,
    strict: bool,
    rewind: bool,
    format_name: str,
) -> None:
    """Record a whole transcript, from FILE or stdin, as one change.

    Its place in the tree is the commit that it continues: new messages at the end become a
    child, and a conversation that went back and continued differently becomes a fork.
    """
    session = None if session is None else typed_name(session)
    source = "stdin" if file == STDIN else file
    transcript = read_transcript(open_input(file), source, format_name, strict=strict)
    mutation = Mutation(context)
    with context.transaction() as tx:
        saved = save(
            tx,
            to_session(transcript),
            name=session,
            parent=resolve_commit(context, parent) if parent is not None else None,
            rewind=rewind,
            native=(transcript.format, transcript.native_id),
        )
    if saved.outcome in _SAID:
        named = f" session {saved.session}:" if saved.session else ""
        mutation.say(f"{_SAID[saved.outcome]}{named}", saved.commit)
    warn_of_faults(context, source, transcript)
    mutation.notes += saved.notes
    own, outcome, name = [saved.commit], saved.outcome, saved.session
    mutation.report(tx, own=own, outcome=outcome, session=name, commit_id=saved.commit)
