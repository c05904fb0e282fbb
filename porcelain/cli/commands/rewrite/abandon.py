"""`wj abandon`: hide changes."""

from __future__ import annotations

import click

from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.revision_args import revision_options
from porcelain.cli.shared.rewrite_report import abandon_commits


@make_command("abandon")
@revision_options()
@click.option("--retain-sessions", "--retain-bookmarks", "retain", is_flag=True,
              help="Move sessions on them to the parents; none is deleted")  # fmt: skip
@click.option("--restore-descendants", "keep", is_flag=True,
              help="Let descendants keep the messages that the abandoned changes added")  # fmt: skip
def command(
    context: Context, revisions: tuple[str, ...], named: tuple[str, ...], retain: bool, keep: bool
) -> None:
    """Abandon changes, by default `@`: what stood on them goes to their parents.

    Descendants lose the messages that the abandoned changes added. A session on one goes to the
    parent if that is of the same conversation, else it is deleted. `wj undo` brings it all back.
    """
    wanted = (*revisions, *named)
    abandon_commits(context, wanted, retain_sessions=retain, keep_transcripts=keep)
