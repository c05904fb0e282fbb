"""`wj commit`: describe `@` and go on in a new change."""

from __future__ import annotations

from porcelain.cli.context import Context
from porcelain.cli.describing import message_options
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context


@make_command("commit")
@message_options
@pass_context
def command(context: Context, messages: tuple[str, ...], editor: bool) -> None:
    """Give `@` a description and go on in a new empty change on it."""
    from porcelain.cli.describing import ask, given  # noqa: PLC0415 - when it runs
    from porcelain.cli.mutation import Mutation  # noqa: PLC0415
    from porcelain.cli.revisions import check_rewritable, current  # noqa: PLC0415
    from porcelain.recording import require_current  # noqa: PLC0415
    from porcelain.rewriting.starting import commit  # noqa: PLC0415

    text = given(messages)
    if text is None or editor:
        here = current(context)
        check_rewritable(context, [here])
        text = ask(context, [here], text)[here]
    mutation = Mutation(context)
    with context.transaction() as tx:
        old = require_current(tx)
        made = commit(tx, text)
    mutation.report(tx, own=tx.rewrites.rewritten.get(old, ()), commit_id=made.commit)
