"""`wj hook`: called by an agent's own hook at the end of a turn."""

from __future__ import annotations

import click

from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.spools import spool_for
from porcelain.exchange.live.poke import poke, start_importer


@make_command("hook")
@click.argument("agent", metavar="AGENT")
@click.option("--spool", metavar="FOLDER", help="The spool (default: that of the repository)")
def command(context: Context, agent: str, spool: str | None) -> None:
    """Tell `wj` that AGENT has ended a turn; its hook's JSON is on stdin.

    `wj agent setup AGENT` writes the hook that calls it. It leaves a note, starts an import in
    the background unless one runs, prints nothing, and exits with 0, whatever is wrong: agents
    show their model what a hook prints, and run it again when a hook fails. No text of the
    conversation is kept. The repository is `-R`, $WJ_REPO or the user's own, never the one
    around the current folder.
    """
    context.settings.looks_around = False
    repository = context.settings.repository_path()
    folder = spool or spool_for(context).folder
    words = [agent, "--spool", folder, "--repository", repository]
    poke(words, context.settings.clock() / 1000, start_importer)
