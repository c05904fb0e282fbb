"""`wj restore`: take messages from another commit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from porcelain.actions.editing.restore_content import (
    parents_tree,
    restore_content,
    restored_tree,
    tree_of,
)
from porcelain.actions.editing.restore_messages import restore_messages
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import current, message_range, resolve_commit

if TYPE_CHECKING:
    from porcelain.cli.run.context import Context


def restore_by_options(context: Context, options: Mapping[str, object]) -> None:
    """Restore what the options name."""
    source, into = _places(options)
    keep = bool(options["restore_descendants"])
    words = options["messages"]
    ranges = [message_range(str(text)) for text in words] if isinstance(words, tuple) else []
    mutation = Mutation(context)
    with context.transaction() as tx:
        if into is None or "@" in (source, into):
            current(context)
        target = resolve_commit(context, into)
        tx.require_rewritable([target])
        there = (
            parents_tree(tx, target)
            if source is None
            else tree_of(tx, resolve_commit(context, source))
        )
        here = tree_of(tx, target)
        tree = (
            restore_messages(tx.batch, here, there, ranges)
            if ranges
            else restored_tree(tx, here, there)
        )
        done = restore_content(tx, target, tree, keep_transcripts=keep)
    if done is None:
        mutation.report(tx)
        return
    mutation.say("Restored", done.commit)
    if keep and done.rebased:
        mutation.say("What continues it keeps its content")
    mutation.report(tx, own=[done.commit], commit_id=done.commit)


def _places(options: Mapping[str, object]) -> tuple[str | None, str | None]:
    """Return from where, None for what it began with, and into which, as jj's options say it."""
    source, into, changes_in = (
        None if options[name] is None else str(options[name])
        for name in ("source", "into", "changes_in")
    )
    if changes_in is not None:
        return None, changes_in
    if source is None and into is not None:
        return "@", into
    return source, into


@make_command("restore")
@click.option("-f", "--from", "source", metavar="REV",
              help="Take messages from this one (default: @, or what INTO began with)")  # fmt: skip
@click.option("-t", "--into", "--to", "into", metavar="REV",
              help="Change this one (default: @)")  # fmt: skip
@click.option("-c", "--changes-in", "changes_in", metavar="REV",
              help="Take back what this one did to its parents' messages")  # fmt: skip
@click.option("--message", "--messages", "messages", multiple=True, metavar="N|A..B",
              help="Only at these messages, as `wj show` numbers them in INTO (can be repeated)")  # fmt: skip
@click.option("--restore-descendants", is_flag=True,
              help="Leave what continues it as it is")  # fmt: skip
@click.option("-r", "--revision", metavar="REV", hidden=True,
              help="No such option: see `--from` and `--changes-in`")  # fmt: skip
def command(context: Context, /, **given: object) -> None:
    """Make a conversation what it is in another commit, whole or at single messages.

    Without `--from` and `--into`, `@` becomes what its parents are. Description and change id
    stay, and the conversation's own id and lineage. Single messages come back as they are
    there, also deleted ones that stood just before a named one; a call brings its results. A
    conflict that is restored is settled.
    """
    if given["revision"] is not None:
        raise Misuse(
            "`wj restore` has no option `-r`",
            "To change `@`, say with `--from` where messages come from",
            "To take back what a commit did, use `--changes-in`",
        )
    if given["changes_in"] is not None and (given["source"], given["into"]) != (None, None):
        raise Misuse("`--changes-in` does not go with `--from` or `--into`")
    restore_by_options(context, given)
