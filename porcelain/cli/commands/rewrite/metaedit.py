"""`wj metaedit`: modify the metadata of commits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from porcelain.actions.editing.describe import Metadata, edit_metadata
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.message_args import given, message_option
from porcelain.cli.shared.mutation_report import SHOWN, Mutation
from porcelain.cli.shared.revision_args import revision_options, rewriting, targets_of
from porcelain.display import counted

if TYPE_CHECKING:
    from store.objects.commit import Signature


@make_command("metaedit")
@revision_options()
@click.option("--update-change-id", is_flag=True, help="Generate a new change id")
@message_option
@click.option("--update-author", is_flag=True, help="Update the author to the configured user")
@click.option("--update-author-timestamp", is_flag=True, help="Update the author timestamp to now")
@click.option("--author", metavar="NAME <EMAIL>", help="Set the author; the timestamp stays")
@click.option("--author-timestamp", metavar="TIME", help="Set the author timestamp (ISO 8601)")
@click.option("--force-rewrite", is_flag=True,
              help="Rewrite the commit, even if no other metadata changed")  # fmt: skip
def command(context: Context, /, revisions: tuple[str, ...], **wanted: Any) -> None:
    """Modify the metadata of commits, by default of `@`; their messages stay."""
    for one in ("author", "author_timestamp"):
        if wanted[one] is not None and wanted[f"update_{one}"]:
            option = one.replace("_", "-")
            raise Misuse(f"`--{option}` does not go with `--update-{option}`")
    mutation = Mutation(context)
    with rewriting(context, *(revisions or ("@",))) as tx:
        change = _metadata(wanted, tx.signature())
        named = targets_of(context, *revisions)
        made = edit_metadata(tx, named, change)
    if not named:
        mutation.say("No revisions to modify.")
    if made:
        mutation.say(f"Modified {counted(len(made), 'commit')}:")
        lines = [mutation.summary(one) for one in list(made.values())[:SHOWN]]
        mutation.say_lines(lines, len(made))
    mutation.report(tx, own=made.values(), commit_ids=mutation.landed(tx, made.values()))


def _metadata(wanted: dict[str, Any], now: Signature) -> Metadata:
    author: tuple[str, str] | None = None
    time: tuple[int, str] | None = None
    if wanted["author"] is not None:
        author = _author(wanted["author"])
    elif wanted["update_author"]:
        author = (now.name, now.email)
    if wanted["author_timestamp"] is not None:
        time = _time(wanted["author_timestamp"])
    elif wanted["update_author_timestamp"]:
        time = (now.time, now.zone)
    text = given(wanted["messages"])
    return Metadata(text, author, time, wanted["update_change_id"], wanted["force_rewrite"])


def _author(text: str) -> tuple[str, str]:
    name, opening, rest = text.partition("<")
    if not opening or not rest.endswith(">") or "<" in rest or "\n" in text or "\0" in text:
        raise Misuse(f"`{text}` is not an author", "Write it as `Name <mail@example.com>`")
    if not name.strip() and not rest[:-1].strip():
        raise Misuse(
            f"`{text}` has no name and no address", "Write it as `Name <mail@example.com>`"
        )
    return name.strip(), rest[:-1].strip()


def _time(text: str) -> tuple[int, str]:
    try:
        when = datetime.fromisoformat(text)
        if when.tzinfo is None:
            when = when.astimezone()
        seconds = int(when.timestamp())
    except (ValueError, OverflowError):
        raise Misuse(f"`{text}` is not a time", "Write it as 2026-01-31T12:00:00+00:00") from None
    if not 0 <= seconds < 1 << 40:
        raise Misuse(f"`{text}` is not a time that git can store")
    return seconds, when.astimezone(when.tzinfo or UTC).strftime("%z")[:5]
