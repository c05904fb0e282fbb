"""`wj metaedit`: change what a commit says about itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from porcelain.actions.editing.describe import Metadata, edit_metadata
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import PrivateOption, make_command
from porcelain.cli.shared.message_args import given
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import revision_options, rewriting, targets_of

if TYPE_CHECKING:
    from porcelain.cli.run.context import Context
    from store.objects.commit import Signature


def edit_commits(context: Context, wanted: Mapping[str, object]) -> None:
    """Change the metadata of commits as the options say."""
    for given_, update in (
        ("author", "update_author"),
        ("author_timestamp", "update_author_timestamp"),
    ):
        if wanted[given_] is not None and wanted[update]:
            one, other = (f"`--{name.replace('_', '-')}`" for name in (given_, update))
            raise Misuse(f"{one} does not go with {other}")
    revsets = _words(wanted["revisions"]) + _words(wanted["named"])
    mutation = Mutation(context)
    with rewriting(context, *(revsets or ("@",))) as tx:
        change = _metadata(wanted, tx.signature())
        named = targets_of(context, *revsets)
        made = edit_metadata(tx, named, change)
    if not named:
        mutation.say("No revisions to modify.")
    if made:
        mutation.say(f"Modified {len(made)} commits:")
        mutation.say_commits(made.values())
    mutation.report(tx, own=made.values(), commit_ids=mutation.landed(tx, made.values()))


def _metadata(wanted: Mapping[str, object], now: Signature) -> Metadata:
    author: tuple[str, str] | None = None
    time: tuple[int, str] | None = None
    if wanted["author"] is not None:
        author = _author(str(wanted["author"]))
    elif wanted["update_author"]:
        author = (now.name, now.email)
    if wanted["author_timestamp"] is not None:
        time = _time(str(wanted["author_timestamp"]))
    elif wanted["update_author_timestamp"]:
        time = (now.time, now.zone)
    text = given(_words(wanted["messages"]))
    return Metadata(
        text, author, time, bool(wanted["update_change_id"]), bool(wanted["force_rewrite"])
    )


def _words(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else ()


def _author(text: str) -> tuple[str, str]:
    name, opening, rest = text.partition("<")
    if not opening or not rest.endswith(">") or "<" in rest or "\n" in text or "\0" in text:
        raise Misuse(f"`{text}` is no author", "Write it as `Name <mail@example.com>`")
    if not name.strip() and not rest[:-1].strip():
        raise Misuse(f"`{text}` names nobody", "Write it as `Name <mail@example.com>`")
    return name.strip(), rest[:-1].strip()


def _time(text: str) -> tuple[int, str]:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise Misuse(f"`{text}` is no time", "Write it as 2026-01-31T12:00:00+00:00") from None
    if when.tzinfo is None:
        when = when.astimezone()
    seconds = int(when.timestamp())
    if not 0 <= seconds < 1 << 40:
        raise Misuse(f"`{text}` is no time that git can store")
    return seconds, when.astimezone(when.tzinfo or UTC).strftime("%z")[:5]


@make_command("metaedit")
@revision_options()
@click.option("--update-change-id", is_flag=True, help="Give it a new change id")
@click.option("-m", "--message", "messages", cls=PrivateOption, multiple=True, metavar="TEXT",
              help="The description; repeated, each is a paragraph")  # fmt: skip
@click.option("--update-author", is_flag=True, help="Make the configured user its author")
@click.option("--update-author-timestamp", is_flag=True, help="Make now its author time")
@click.option("--author", metavar="NAME <EMAIL>", help="Set its author; the time stays")
@click.option("--author-timestamp", metavar="TIME", help="Set its author time (ISO 8601)")
@click.option("--force-rewrite", is_flag=True, help="Rewrite it even if nothing else changes")
def command(context: Context, /, **wanted: object) -> None:
    """Change the metadata of commits, by default of `@`; their messages stay."""
    edit_commits(context, wanted)
