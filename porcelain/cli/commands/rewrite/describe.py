"""`wj describe`: say what commits are about."""

from __future__ import annotations

import click

from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.message_args import ask, given, message_options
from porcelain.cli.shared.revision_args import check_rewritable, revision_options, targets_of
from porcelain.cli.shared.rewrite_report import describe_commits


@make_command("describe")
@revision_options()
@message_options
@click.option("--stdin", is_flag=True, help="Read the description from stdin")
def command(
    context: Context,
    revisions: tuple[str, ...],
    named: tuple[str, ...],
    messages: tuple[str, ...],
    editor: bool,
    stdin: bool,
) -> None:
    """Give commits a description, by default `@`.

    Without `-m` or `--stdin` an editor opens; of several commits one file has all descriptions.
    An empty description brings the generated one back.
    """
    wanted = (*revisions, *named)
    text = given(messages, stdin=stdin)
    texts = None
    if text is None or editor:
        commits = targets_of(context, *wanted)
        check_rewritable(context, commits)
        texts = ask(context, commits, text)
    describe_commits(context, wanted, text or "", texts)
