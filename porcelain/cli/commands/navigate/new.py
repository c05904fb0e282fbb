"""`wj new`: create an empty change."""

from __future__ import annotations

import click

from porcelain.actions.recording.new import new
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.message_args import given, message_option
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import location_of, revision_options, rewriting


@make_command("new")
@revision_options("Parents of the new change, here or as arguments (default: @)")
@message_option
@click.option("--no-edit", is_flag=True, help="Do not move `@` to the new change")
@click.option("-A", "--insert-after", "--after", "after", multiple=True, metavar="REVSET",
              help="Insert the new change after the given commits")  # fmt: skip
@click.option("-B", "--insert-before", "--before", "before", multiple=True, metavar="REVSET",
              help="Insert the new change before the given commits")  # fmt: skip
def command(
    context: Context,
    revisions: tuple[str, ...],
    messages: tuple[str, ...],
    no_edit: bool,
    after: tuple[str, ...],
    before: tuple[str, ...],
) -> None:
    """Create a new, empty change on REVSET, by default on `@`, and move there.

    The next append goes into it; no session moves yet. A change on several parents begins with
    the messages that they share, followed by those of the first parent, then of the second.
    """
    if revisions and (after or before):
        raise Misuse("REVSET does not go with `--insert-after` or `--insert-before`")
    onto = revisions or (() if after or before else ("@",))
    text = given(messages) or ""
    mutation = Mutation(context)
    with rewriting(context, *after, *before) as tx:
        location = location_of(context, tx, (onto, after, before), "the new commit")
        assert location is not None  # one of the three is given
        made = new(tx, location, text, edit=not no_edit)
    if no_edit:
        mutation.say("Created new commit", made.commit)
    mutation.report(tx, commit_id=made.commit)
