"""`wj restore`: restore messages from another commit."""

from __future__ import annotations

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


@make_command("restore")
@click.option("-f", "--from", "source", metavar="REV",
              help="Revision to restore from (default: @, or the parents of `@`)")  # fmt: skip
@click.option("-t", "--into", "--to", "into", metavar="REV",
              help="Revision to restore into (default: @)")  # fmt: skip
@click.option("-c", "--changes-in", "changes_in", metavar="REV",
              help="Undo the changes in a revision as compared to its parents")  # fmt: skip
@click.option("--message", "--messages", "messages", multiple=True, metavar="N|A..B",
              help="Only these messages, as `wj show` numbers them in INTO (can be repeated)")  # fmt: skip
@click.option("--restore-descendants", "keep", is_flag=True,
              help="Preserve the content (not the changes) of descendants")  # fmt: skip
@click.option("-r", "--revision", metavar="REV", hidden=True,
              help="No such option: see `--from` and `--changes-in`")  # fmt: skip
def command(
    context: Context,
    *,
    source: str | None,
    into: str | None,
    changes_in: str | None,
    messages: tuple[str, ...],
    keep: bool,
    revision: str | None,
) -> None:
    """Restore a conversation, or single messages of it, from another commit.

    Without `--from` and `--into`, `@` gets the messages of its parents. The description, the
    change id, and the conversation's own id and lineage do not change.

    A single message comes back with the deleted ones just before it, and a call with its
    results. Conflicts in restored messages are resolved.
    """
    if revision is not None:
        raise Misuse(
            "`wj restore` has no option `-r`",
            "To modify `@`, use `--from`",
            "To undo the changes in a revision, use `--changes-in`",
        )
    if changes_in is not None:
        if (source, into) != (None, None):
            raise Misuse("`--changes-in` does not go with `--from` or `--into`")
        into = changes_in
    elif source is None and into is not None:
        source = "@"
    ranges = [message_range(text) for text in messages]
    mutation = Mutation(context)
    with context.transaction() as tx:
        if into is None or "@" in (source, into):
            current(context)
        target = resolve_commit(context, into)
        tx.require_rewritable([target])
        if source is None:
            there = parents_tree(tx, target)
        else:
            there = tree_of(tx, resolve_commit(context, source))
        here = tree_of(tx, target)
        if ranges:
            tree = restore_messages(tx.batch, here, there, ranges)
        else:
            tree = restored_tree(tx, here, there)
        done = restore_content(tx, target, tree, keep_transcripts=keep)
    if done is None:
        mutation.report(tx)
        return
    mutation.say("Restored", done.commit)
    if keep and done.rebased:
        mutation.say("Descendants keep their content")
    mutation.report(tx, own=[done.commit], commit_id=done.commit)
