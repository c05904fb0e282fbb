"""`wj redact`: take text out of conversations, and out of the repository."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context


@make_command("redact")
@click.argument("pattern", required=False)
@click.option("--message", "message_id", metavar="ID", help="Take out one message, whole")
@click.option("--secrets", is_flag=True, help="Take out what looks like a key or password")
@click.option(
    "-r", "--revisions", metavar="REVSET", help="Where; by default in all that is visible"
)
@click.option("--purge", is_flag=True, help="Remove old versions for good; this cannot be undone")
@click.option("--yes", is_flag=True, help="Purge without showing first what will be lost")
@click.option("--dry-run", is_flag=True, help="Only say what would change")
@pass_context
def command(  # noqa: PLR0913 - one for each option
    context: Context,
    pattern: str | None,
    *,
    message_id: str | None,
    secrets: bool,
    revisions: str | None,
    purge: bool,
    yes: bool,
    dry_run: bool,
) -> None:
    """Replace text by `[redacted]` in every visible version of every conversation.

    PATTERN is a text; or `exact:`, `glob:` or `regex:` and what fits, `-i` after the kind
    (`substring-i:`) where upper and lower case are the same. ID is a message's native id, or its
    number in `@` or in REVSET. Change ids stay, sessions follow, and importing the same file
    again does not bring the text back.

    The old versions stay hidden, so that it can be undone. With `--purge` they are removed for
    good, and with them the operations that showed them: without `--yes` it says what would be
    lost, and stops there.
    """
    from porcelain.cli.redaction import Wanted, redact  # noqa: PLC0415 - when it runs

    wanted = Wanted(pattern, message_id, revisions, secrets, purge)
    redact(context, wanted, confirmed=yes, dry_run=dry_run)
