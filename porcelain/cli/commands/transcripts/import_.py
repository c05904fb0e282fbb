"""`wj import`: record agents' transcripts, one change for each turn."""

from __future__ import annotations

from typing import Literal

import click

from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import REFUSED, Misuse
from porcelain.cli.run.params import FILE, make_command
from porcelain.cli.shared.agent_sessions import agents_sessions, list_sessions
from porcelain.cli.shared.file_import import FileImport, ImportOptions
from porcelain.cli.shared.revision_args import typed_name
from porcelain.cli.shared.transcript_files import Chosen, files_of
from porcelain.errors import Refused


@make_command("import")
@click.argument("paths", type=FILE, nargs=-1, metavar="[PATH…]")
@click.option("--all", "everything", is_flag=True,
              help="Import every session that agents keep on this machine")  # fmt: skip
@click.option("--format", "format_name", metavar="FORMAT", help="The format (default: detected)")
@click.option("--by", type=click.Choice(["turn", "message", "file"]),
              help="The unit of one change (default: turn, or as at the first import)")  # fmt: skip
@click.option("--session", metavar="NAME", help="The session for a single file")
@click.option("--strict", is_flag=True, help="Refuse a file with a damaged or torn row")
@click.option("--again", is_flag=True, help="Import again files whose commits are gone")
@click.option("--check", is_flag=True,
              help="Read files in folders even if they look unchanged")  # fmt: skip
def command(
    context: Context,
    paths: tuple[str, ...],
    everything: bool,
    format_name: str | None,
    by: Literal["turn", "message", "file"] | None,
    session: str | None,
    strict: bool,
    again: bool,
    check: bool,
) -> None:
    """Import transcripts of any known format; without PATH, list the sessions of agents.

    A folder means the files in it with names as agents give them. Each turn becomes one change,
    and all files together one operation. Of a file that was imported before, only the new part
    is added. A damaged line is kept unchanged, with a warning; a torn last row is imported once
    it is complete. Files that cannot be imported are reported; the others are imported, and the
    exit code is 1.
    """
    if everything and paths:
        raise Misuse("`--all` imports every session", "Leave it out to import the named files")
    if not everything and not paths:
        list_sessions(context)
        return
    session = None if session is None else typed_name(session)
    files = _of_agents(context) if everything else files_of(paths)
    if session is not None and len(files) > 1:
        raise Misuse("`--session` names the session of one file", f"{len(files)} files were found")
    work = FileImport(context, files, ImportOptions(by, session, again, format_name or "", strict))
    if not (check or again or strict or session):
        work.leave_out_unchanged()
    work.run()
    work.report()
    if work.problems:
        raise click.exceptions.Exit(REFUSED)


def _of_agents(context: Context) -> list[Chosen]:
    """Return the files of all agents.

    Raises:
        Refused: there is none.
    """
    found = [Chosen(one.path, named=False) for one in agents_sessions(context)]
    if not found:
        raise Refused("There are no sessions of a known agent here", "Name files or folders")
    return found
