"""`wj next` and `wj prev`: move along the conversation."""

from __future__ import annotations

from collections.abc import Sequence

import click

from porcelain.actions.recording.new import step
from porcelain.cli.render.looks.summary import ShownCommits
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command, options
from porcelain.cli.shared.mutation_report import SHOWN, Mutation
from porcelain.errors import AmbiguousStep, Refused
from store.ids import CommitId

_step_options = options(
    click.argument("count", type=click.IntRange(min=1), default=1, metavar="[COUNT]"),
    click.option("-e", "--edit", is_flag=True, help="Move to the target commit itself"),
    click.option("-n", "--no-edit", is_flag=True,
                 help="Create a new change on the target commit (the default)"),
    click.option("--conflict", is_flag=True, help="Move to the nearest conflicted commit"),
)  # fmt: skip


@make_command("next")
@_step_options
def command(context: Context, /, count: int, **flags: bool) -> None:
    """Move to a child: create a new, empty change on it, or with `--edit` move to it.

    An `@` that adds messages counts as the start; an empty one does not, its parents do. Where
    the conversation forks, a terminal asks which way to go.
    """
    _step(context, "next", count, **flags)


@make_command("prev")
@_step_options
def prev_command(context: Context, /, count: int, **flags: bool) -> None:
    """Move to a parent: create a new, empty change on it, or with `--edit` move to it.

    An `@` that adds messages counts as the start; an empty one does not, its parents do.
    """
    _step(context, "prev", count, **flags)


def _step(
    context: Context, direction: str, count: int, *, edit: bool, no_edit: bool, conflict: bool
) -> None:
    if edit and no_edit:
        raise Misuse("`--edit` does not go with `--no-edit`")
    mutation = Mutation(context)
    chosen: str | None = None
    while True:
        try:
            with context.transaction() as tx:
                target = step(tx, direction, count, edit=edit, conflict=conflict, chosen=chosen)
            break
        except AmbiguousStep as error:  # the store lock is not held while the user thinks
            chosen = _choose(context, direction, error.candidates)
    mutation.report(tx, target=target)


def _choose(context: Context, direction: str, candidates: Sequence[str]) -> str:
    """Let the user choose one of several commits by its number.

    Raises:
        Refused: nobody can be asked, or nothing was chosen.
    """
    commits = ShownCommits(context, context.repo)
    index = context.repo.index
    lines = [commits.summary(index.position(CommitId(one)) or 0) for one in candidates]
    if not context.output.can_ask:
        shown = ["".join(text for _, text in line) for line in lines[:SHOWN]]
        shown += ["..."] * (len(lines) > SHOWN)
        raise Refused(
            "\n".join(
                [f"Several commits are {direction} from here:", *(f"  {one}" for one in shown)]
            ),
            "`wj new REV` or `wj edit REV` goes to one of them",
            code="ambiguous_step",
        )
    number = context.output.ask_number(
        f"Several commits are {direction} from here, choose one to go to:", lines
    )
    if number is None:
        raise Refused("No commit was chosen", code="ambiguous_step")
    return candidates[number]
