"""`wj squash`: move messages from changes into another change."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import click

from porcelain.actions.editing.squash import parent_to_squash_into, squash
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command, revset_option
from porcelain.cli.shared.message_args import ask, ask_combined, given, message_options, shown
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import (
    check_rewritable,
    commits_of,
    current,
    resolve_commit,
    rewriting,
)
from porcelain.display import counted
from store.ids import CommitId
from store.objects.commit import read_commit


class _Places(NamedTuple):
    """The revisions that the options name; without any, `@` goes into its parent."""

    revision: str | None
    sources: tuple[str, ...]
    into: str | None

    def resolve(self, context: Context) -> tuple[list[CommitId], CommitId]:
        """Return the commits to squash, and the one to squash them into."""
        if self.sources or self.into is not None:
            if self.into is None or not self.sources:
                current(context)
            into = resolve_commit(context, self.into)
            return commits_of(context, *(self.sources or ("@",))), into
        if self.revision is None:
            current(context)
        source = resolve_commit(context, self.revision)
        return [source], parent_to_squash_into(context.repo.repository, source)


@make_command("squash")
@click.option("-r", "--revision", metavar="REV",
              help="Revision to squash into its parent (default: @)")  # fmt: skip
@revset_option("-f", "--from", "sources", help="Revisions to squash from (default: @)")
@click.option("-t", "--into", "--to", "into", metavar="REV",
              help="Revision to squash into (default: @)")  # fmt: skip
@message_options
@click.option("-u", "--use-destination-message", "keep_message", is_flag=True,
              help="Use the description of the destination and discard the others")  # fmt: skip
@click.option("-k", "--keep-emptied", is_flag=True, help="Do not abandon the source revisions")
def command(context: Context, /, messages: tuple[str, ...], editor: bool, **flags: Any) -> None:
    """Move messages from changes into another change, by default from `@` into its parent.

    The sources are abandoned, and their sessions move to the parents. Several descriptions are
    combined, a paragraph each; at a terminal the editor opens with them.
    """
    places = _Places(flags["revision"], flags["sources"], flags["into"])
    if places.revision is not None and (places.sources or places.into is not None):
        raise Misuse("`-r` does not go with `--from` or `--into`")
    if flags["keep_message"] and messages:
        raise Misuse("`-u` does not go with `-m`")
    text = given(messages)
    if editor:
        text = _edited(context, places, text)
    elif text is None and not (flags["keep_message"] or flags["keep_emptied"]):
        text = _combined(context, places)
    mutation = Mutation(context)
    with rewriting(context, *places.sources, places.revision or places.into or "@") as tx:
        sources, into = places.resolve(context)
        message = text
        if message is None and flags["keep_message"]:
            message = read_commit(tx.batch, into).message
        done = squash(
            tx,
            sources,
            into,
            _paragraphs if message is None else message,
            keep_emptied=flags["keep_emptied"],
        )
    if done is None:
        mutation.say("There is nothing to squash.")
        mutation.report(tx)
        return
    count = len(set(sources) - {into})
    mutation.say(f"Squashed {counted(count, 'commit')} into", done.commit)
    mutation.report(tx, own=[done.commit, *done.emptied], commit_id=done.commit)


def _edited(context: Context, places: _Places, text: str | None) -> str:
    """Let the user write the description before the transaction begins."""
    sources, into = places.resolve(context)
    check_rewritable(context, [*sources, into])
    if text is None:
        texts = [shown(context, one) for one in (into, *sources)]
        text = _paragraphs([one for one in texts if one])
    return ask(context, [into], text)[into]


def _combined(context: Context, places: _Places) -> str | None:
    """Let a user at a terminal combine several descriptions; None where there is nothing to ask."""
    if not (context.output.can_ask and sys.stdout.isatty()):
        return None
    sources, into = places.resolve(context)
    origins = [("the destination commit", into)]
    origins += [("a source commit", one) for one in sources if one != into]
    texts = [(origin, text) for origin, one in origins if (text := shown(context, one))]
    if len(texts) < 2:
        return None
    check_rewritable(context, [*sources, into])
    return ask_combined(context, into, texts)


def _paragraphs(texts: Sequence[str]) -> str:
    return "\n\n".join(text.strip("\n") for text in texts) + "\n" if texts else ""
