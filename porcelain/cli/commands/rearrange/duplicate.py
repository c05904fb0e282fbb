"""`wj duplicate`: copies of changes."""

from __future__ import annotations

from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.revision_args import placement_options, revision_options
from porcelain.cli.shared.rewrite_report import duplicate_commits


@make_command("duplicate")
@revision_options()
@placement_options
def command(
    context: Context,
    revisions: tuple[str, ...],
    named: tuple[str, ...],
    onto: tuple[str, ...],
    after: tuple[str, ...],
    before: tuple[str, ...],
) -> None:
    """Copy changes, by default `@`, under change ids of their own.

    The copies stand beside the originals, or where the options say. No session moves.
    """
    duplicate_commits(context, (*revisions, *named), (onto, after, before))
