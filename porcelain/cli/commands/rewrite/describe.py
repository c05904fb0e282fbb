"""`wj describe`: update the description of commits."""

from __future__ import annotations

import click

from porcelain.actions.editing.describe import describe
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.message_args import ask, given, message_options
from porcelain.cli.shared.mutation_report import SHOWN, Mutation
from porcelain.cli.shared.revision_args import (
    check_rewritable,
    revision_options,
    rewriting,
    targets_of,
)
from porcelain.graph.visible_versions import visible_version
from porcelain.transaction.rebase_descendants import generated_message
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId
from store.objects.commit import read_commit


@make_command("describe")
@revision_options()
@message_options
@click.option("--stdin", is_flag=True, help="Read the description from stdin")
def command(
    context: Context,
    revisions: tuple[str, ...],
    messages: tuple[str, ...],
    editor: bool,
    stdin: bool,
) -> None:
    """Update the description of commits, by default of `@`.

    Without `-m` or `--stdin` an editor opens; of several commits one file has all descriptions.
    With an empty description, the title is generated from the conversation again.
    """
    text = given(messages, stdin=stdin)
    texts = None
    if text is None or editor:
        commits = targets_of(context, *revisions)
        check_rewritable(context, commits)
        texts = ask(context, commits, text)
    mutation = Mutation(context)
    with rewriting(context, *(revisions or ("@",))) as tx:
        if texts is None:
            wanted = dict.fromkeys(targets_of(context, *revisions), text or "")
        else:
            wanted = {visible_version(tx.index, c) or c: t for c, t in texts.items()}
        made = describe(tx, {c: _or_generated(tx, c, t) for c, t in wanted.items()})
    if not wanted:
        mutation.say("No revisions to describe.")
    for new in list(made.values())[:SHOWN] if len(made) > 1 else ():
        mutation.say("Described", new)
    mutation.report(tx, own=made.values(), commit_ids=mutation.landed(tx, made.values()))


def _or_generated(tx: Transaction, commit_id: CommitId, text: str) -> str:
    """Return a description; the generated one in place of an empty one."""
    if text or tx.index.row(commit_id) is None:
        return text
    tree = read_commit(tx.batch, commit_id).tree
    return "" if tx.row(commit_id).empty else generated_message(tx.batch, tree)
