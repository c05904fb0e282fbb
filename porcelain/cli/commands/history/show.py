"""`wj show` and `wj cat`: a commit with the messages that it adds, and whole conversations."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from porcelain.cli.render.commit import Commits
from porcelain.cli.render.commit_details import commit_details, show_body
from porcelain.cli.render.log import entry_by_template
from porcelain.cli.render.looks.look import look_of
from porcelain.cli.render.messages.rows import Choice, PlacedRow, row_data, rows_of
from porcelain.cli.render.terms.commit_terms import CommitTerms
from porcelain.cli.render.terms.message_terms import MessageTerms
from porcelain.cli.run.colors import Piece
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import Decorator, make_command, options, revset_option
from porcelain.cli.shared.revision_args import message_range, resolve_position

if TYPE_CHECKING:
    from porcelain.repo.repo import Repo

_ROLES = ("system", "user", "assistant", "tool")


class _Asked(NamedTuple):
    """The options that choose messages."""

    messages: str | None
    roles: tuple[str, ...]
    full: bool
    raw: bool

    def choice(self, *, whole: bool = False) -> Choice:
        numbers = None if self.messages is None else message_range(self.messages)
        return Choice(self.full, self.roles, numbers, whole)


_message_options: Decorator = options(
    click.option("--messages", metavar="A..B", help="Only these of the whole conversation"),
    click.option(
        "--role",
        "roles",
        multiple=True,
        type=click.Choice(_ROLES),
        metavar="ROLE",
        help="Only messages of this role: system, user, assistant or tool (can be repeated)",
    ),
    click.option(
        "--full", is_flag=True, help="Do not cut long texts; show rows that are not messages"
    ),
    click.option("--raw", is_flag=True, help="Write the rows as they are stored, one a line"),
)


@make_command("show")
@click.argument("revisions", nargs=-1, metavar="[REV…]")
@revset_option("-r", "--revision", "--revisions", "named", help="The same as REV")
@_message_options
@click.option(
    "-p", "--patch", is_flag=True, help="Show what each changes, also of earlier messages"
)
@click.option("--stat", is_flag=True, help="Show only how many lines differ in each message")
@click.option("--no-patch", is_flag=True, help="Do not show messages")
@click.option("-T", "--template", help="Render each commit using this template")
@click.option("--reversed", "backwards", is_flag=True, help="Show the oldest first")
def command(
    context: Context,
    /,
    revisions: tuple[str, ...],
    named: tuple[str, ...],
    patch: bool,
    stat: bool,
    no_patch: bool,
    template: str | None,
    backwards: bool,
    **given: Any,
) -> None:
    """Show commits, by default `@`: the description, and the messages that each adds.

    Messages are numbered from the start of the conversation; rows of a transcript that are no
    messages have no number. `fork --at` and `--messages` take these numbers. Of the results of
    tools and of thinking only the first lines are shown.
    """
    asked = _Asked(**given)
    if patch + stat + no_patch + asked.raw > 1:
        raise Misuse("`--patch`, `--stat`, `--no-patch` and `--raw` do not go together")
    repo = context.repo  # before the selection, which is read from it
    positions = list(context.select(*((*revisions, *named) or ("@",))).positions())
    if backwards:
        positions.reverse()
    what = asked.choice()
    if asked.raw:
        for position in positions:
            _write_raw(context, rows_of(repo, position, what).rows, what)
        return
    if context.output.json:
        context.output.data([commit_details(repo, position, what) for position in positions])
        return
    entry = entry_by_template(context, Commits(repo), "show", template)
    context.output.start_pager()
    for number, position in enumerate(positions):
        body = _body(repo, position, patch=patch, stat=stat, no_patch=no_patch, full=asked.full)
        if number and template is None:
            context.output.text("\n")
        context.output.text(entry(position))
        show_body(context, position, what, body)


@make_command("cat")
@click.argument("revision", required=False, metavar="[REV]")
@click.option("-r", "--revision", "named", metavar="REV", help="The same as REV")
@click.option("-T", "--template", help="Render each message using this template")
@_message_options
def cat_command(
    context: Context,
    /,
    revision: str | None,
    named: str | None,
    template: str | None,
    **given: Any,
) -> None:
    """Show the whole conversation of a commit, by default of `@`, to read it.

    Messages are numbered as in `wj show`.
    """
    if revision is not None and named is not None:
        raise Misuse("REV is given twice")
    asked = _Asked(**given)
    what = asked.choice(whole=True)
    position = resolve_position(context, revision if named is None else named)
    repo = context.repo
    if template is not None and not context.output.json:
        _write_by_template(context, position, what, template)
        return
    if asked.raw or context.output.json:
        rows = rows_of(repo, position, what).rows
        if asked.raw:
            _write_raw(context, rows, what)
        else:
            context.output.data([row_data(one.number, one.row) for one in rows])
        return
    context.output.start_pager()
    show_body(context, position, what)


def _body(
    repo: Repo, position: int, *, patch: bool, stat: bool, no_patch: bool, full: bool
) -> Callable[[], list[Piece]] | None:
    """Return what replaces the messages of a commit, if anything does."""
    if no_patch:
        return list
    if not (patch or stat):
        return None
    from porcelain.cli.render.difference.commit_diff import commit_pieces

    return lambda: commit_pieces(repo, position, full=full, stat=stat)


def _write_by_template(context: Context, position: int, what: Choice, template: str) -> None:
    look = look_of(context, "cat", template)
    commit = CommitTerms(context, Commits(context.repo), position)
    rows = rows_of(context.repo, position, what).rows
    context.output.start_pager()
    for one in rows:
        if what.has(one):
            context.output.text(look.render(MessageTerms(commit, one.number, one.row), "cat"))


def _write_raw(context: Context, rows: Sequence[PlacedRow], what: Choice) -> None:
    on_terminal = sys.stdout.isatty()
    for one in rows:
        if not what.has(one, with_others=True):
            continue
        if on_terminal:  # a damaged row may hold what moves the cursor
            text = one.raw.decode("utf-8", "backslashreplace")
            context.output.text(context.output.safe(text) + "\n")
        else:
            context.output.binary(one.raw + b"\n")
