"""`wj squash`: fold changes into another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from porcelain.actions.editing.squash import parent_to_squash_into, squash
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.message_args import ask, given, message_options, shown
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import (
    check_rewritable,
    commits_of,
    current,
    resolve_commit,
    rewriting,
)
from store.objects.commit import read_commit

if TYPE_CHECKING:
    from porcelain.cli.run.context import Context
    from store.ids import CommitId


def squash_by_options(context: Context, options: Mapping[str, object]) -> None:
    """Fold what the options name."""
    text = given(_words(options["messages"]))
    if options["editor"]:
        text = _edited(context, options, text)
    mutation = Mutation(context)
    words = (*_words(options["sources"]), str(options["revision"] or options["into"] or "@"))
    with rewriting(context, *words) as tx:
        sources, into = _named(context, options)
        message = text
        if message is None and options["keep_message"]:
            message = read_commit(tx.batch, into).message
        done = squash(
            tx,
            sources,
            into,
            _paragraphs if message is None else message,
            keep_emptied=bool(options["keep_emptied"]),
        )
    if done is None:
        mutation.say("There is nothing to squash.")
        mutation.report(tx)
        return
    mutation.say(f"Squashed {len(set(sources) - {into})} commits into", done.commit)
    mutation.report(tx, own=[done.commit, *done.emptied], commit_id=done.commit)


def _named(context: Context, options: Mapping[str, object]) -> tuple[list[CommitId], CommitId]:
    words = _words(options["sources"])
    if words or options["into"] is not None:
        if options["into"] is None or not words:
            current(context)
        into = resolve_commit(context, None if options["into"] is None else str(options["into"]))
        return commits_of(context, *(words or ("@",))), into
    if options["revision"] is None:
        current(context)
    source = resolve_commit(
        context, None if options["revision"] is None else str(options["revision"])
    )
    return [source], parent_to_squash_into(context.repo.repository, source)


def _edited(context: Context, options: Mapping[str, object], text: str | None) -> str:
    """Let the user write the description, before anybody has to wait."""
    sources, into = _named(context, options)
    check_rewritable(context, [*sources, into])
    if text is None:
        texts = [shown(context, one) for one in (into, *sources)]
        text = _paragraphs([one for one in texts if one])
    return ask(context, [into], text)[into]


def _paragraphs(texts: Sequence[str]) -> str:
    return "\n\n".join(text.strip("\n") for text in texts) + "\n" if texts else ""


def _words(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else ()


@make_command("squash")
@click.option("-r", "--revision", metavar="REV", help="Fold this into its parent (default: @)")
@click.option("-f", "--from", "sources", multiple=True, metavar="REVSET",
              help="Fold these (default: @; can be repeated)")  # fmt: skip
@click.option("-t", "--into", "--to", "into", metavar="REV", help="Into this one (default: @)")
@message_options
@click.option("-u", "--use-destination-message", "keep_message", is_flag=True,
              help="Keep the destination's description, and drop the others")  # fmt: skip
@click.option("-k", "--keep-emptied", is_flag=True,
              help="Leave the folded changes, which then add nothing")  # fmt: skip
def command(context: Context, /, **given: object) -> None:
    """Fold what changes add into another one: `@` into its parent, where nothing else is said.

    The folded changes are gone, their sessions go to their parents. Several descriptions become
    one, a paragraph each.
    """
    if given["revision"] is not None and (given["sources"] or given["into"] is not None):
        raise Misuse("`-r` does not go with `--from` or `--into`")
    if given["keep_message"] and given["messages"]:
        raise Misuse("`-u` does not go with `-m`")
    squash_by_options(context, given)
