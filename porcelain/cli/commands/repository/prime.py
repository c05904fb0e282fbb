"""`wj prime`: one screen that tells an agent how to use `wj` here."""

from __future__ import annotations

from itertools import islice

from porcelain.cli.render.looks.summary import ShownCommits
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command
from porcelain.display import plain
from porcelain.repo.open_heads import OpenHead, open_heads

_MOST_HEADS = 5
_REASONS = {
    "awaiting_assistant": "awaits the assistant",
    "unanswered_call": "has an unanswered tool call",
    "failed_tool": "ends with a tool that failed",
}
_COMMANDS = (
    ("wj log", "the tree of conversations; `-r REVSET` for certain commits"),
    ("wj show REV, wj cat REV", "what a change adds; a whole conversation, numbered"),
    ("wj search TEXT", "everything ever said, with change and message number"),
    ("wj fork REV NAME [--at N]", "another session from any commit, or after message N"),
    ("wj append -m TEXT", "add a message at @; `--role assistant` for an answer"),
    ("wj save FILE, wj import FILE", "record a whole transcript; record what is new in it"),
    ("wj diff --from A --to B", "what two sessions said differently since they parted"),
    ("wj ready", "conversations that wait for somebody"),
    ("wj undo", "take back the last command; repeated, those before; `wj redo`"),
    ("wj op log", "every command that changed something"),
    ("wj help revsets", "how commits are named: @, NAME, @-, ::x, text(p), tool(p)"),
)


@make_command("prime")
def command(context: Context) -> None:
    """Tell an agent how to use `wj` in this repository, in one screen.

    It has the commands, the position, the current session, and the ends of conversations that
    wait. Outside a repository nothing is printed, so it can stand in any agent's start-up.
    """
    path = context.settings.find_repository()
    if path is None:
        if context.output.json:
            context.output.data(None)
        return
    repo = context.reader
    commits = ShownCommits(context)
    place = repo.workspace
    position = repo.index.position(place.commit) if place.commit else None
    heads = list(islice(open_heads(repo), _MOST_HEADS))
    if context.output.json:
        context.output.data(
            {
                "repository": path,
                "workspace": repo.workspace_name,
                "current": None if position is None else commits.data(position),
                "session": place.session,
                "open_heads": [
                    {"commit": commits.data(head.position), "reason": head.reason} for head in heads
                ],
                "commands": dict(_COMMANDS),
            }
        )
        return
    here = "none yet" if position is None else commits.line(position)
    session = "none" if place.session is None else plain(place.session)
    lines = [
        "# wj: version control for conversations with agents",
        "",
        f"Repository {plain(path, None)}, workspace {plain(repo.workspace_name)}",
        f"@ (current commit): {here}",
        f"Current session: {session}",
        *(["", "Open conversations:"] if heads else []),
        *(_open(commits, head) for head in heads),
        "",
        "Commands (each has `--json` for data and `-h` for help):",
        *(f"  {usage:<29} {text}" for usage, text in _COMMANDS),
        "",
        "Nothing that was recorded is lost: fork freely, undo anything. Add `--quiet` in scripts;",
        "exit codes: 0 done, 1 refused, 2 wrong usage. WJ_WORKSPACE gives an agent its own @.",
    ]
    context.output.text("\n".join(lines) + "\n")


def _open(commits: ShownCommits, head: OpenHead) -> str:
    return f"  {commits.line(head.position)} - {_REASONS[head.reason]}"
