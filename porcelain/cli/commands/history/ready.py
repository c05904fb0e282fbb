"""`wj ready`: conversations that wait for somebody to go on."""

from __future__ import annotations

from itertools import islice

import click

from porcelain.cli.render.log import fitting
from porcelain.cli.render.looks.summary import ShownCommits
from porcelain.cli.run.colors import Piece
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import LIMIT, make_command
from porcelain.display import ago, plain
from porcelain.repo.open_heads import OpenHead, open_heads

_REASONS = {
    "awaiting_assistant": "awaiting the assistant",
    "unanswered_call": "unanswered tool call",
    "failed_tool": "the last tool failed",
}


@make_command("ready")
@click.option("-n", "--limit", type=LIMIT, help="Limit number of conversations to show")
def command(context: Context, limit: int | None) -> None:
    """Show the ends of conversations where somebody has to go on, newest first, and why.

    A conversation awaits the assistant after a prompt or the result of a tool, has an unanswered
    tool call, or ends with a tool that failed. One that ends with an answer is not shown.
    """
    repo = context.reader
    commits = ShownCommits(context)
    found = islice(open_heads(repo), limit)
    if context.output.json:
        context.output.data(
            [
                {
                    "commit": commits.data(head.position),
                    "reason": head.reason,
                    "tools": list(head.tools),
                }
                for head in found
            ]
        )
        return
    context.output.start_pager()
    fits = fitting(context)
    is_any = False
    for head in found:
        is_any = True
        pieces = _pieces(commits, head, context.now())
        context.output.text(pieces if fits is None else fits(pieces, 0))
    if not is_any:
        context.output.status("No conversation waits for anybody")


def _pieces(commits: ShownCommits, head: OpenHead, now: int) -> list[Piece]:
    tools = f": {', '.join(plain(name) for name in head.tools)}" if head.tools else ""
    since = ago(now - commits.repo.row(head.position).time * 1000)
    return [
        *commits.summary(head.position),
        ("", "\n    "),
        ("note", f"{_REASONS[head.reason]}{tools}, {since}"),
        ("", "\n"),
    ]
