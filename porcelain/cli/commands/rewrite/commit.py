"""`wj commit`: describe `@` and create a new change on top."""

from __future__ import annotations

from porcelain.actions.recording.new import commit
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.message_args import ask, given, message_options
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import check_rewritable, current


@make_command("commit")
@message_options
def command(context: Context, messages: tuple[str, ...], editor: bool) -> None:
    """Update the description of `@` and create a new, empty change on top."""
    text = given(messages)
    if text is None or editor:
        here = current(context)
        check_rewritable(context, [here])
        text = ask(context, [here], text)[here]
    mutation = Mutation(context)
    with context.transaction() as tx:
        old = tx.require_current()
        made = commit(tx, text)
    mutation.report(tx, own=tx.rewrites.rewritten.get(old, ()), commit_id=made.commit)
