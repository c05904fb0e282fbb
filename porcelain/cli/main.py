"""The command line `wj`: its table of commands, and the one place that catches errors.

Only the module of the command that runs is imported. Each command gets a
`porcelain.cli.run.context.Context`.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

import click

import porcelain
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import BUG, Misuse, problem_of, silent_status
from porcelain.cli.run.output import prepare_streams
from porcelain.cli.run.params import Group, print_option

COMMANDS = {
    "init": ("repository.init", "Create a new repository"),
    "status": ("history.status", "Show the current commit, and what needs attention"),
    "save": ("transcripts.save", "Record a whole transcript as one change"),
    "append": ("transcripts.append", "Add messages to the conversation at @"),
    "import": ("transcripts.import_", "Import agents' transcripts, one change for each turn"),
    "watch": ("live.watch", "Record sessions while their agents write"),
    "agent": ("live.agent", "Set up agents to record their sessions"),
    "hook": ("live.hook", "Tell `wj` that an agent has ended a turn"),
    "export": ("transcripts.export", "Write a conversation in its agent's format"),
    "browse": ("look.browse", "Look at and change conversations in the terminal"),
    "serve": ("look.serve", "Show all conversations in a browser on this machine"),
    "mcp": ("look.mcp", "Serve the repository to agents (Model Context Protocol)"),
    "resume": ("transcripts.resume", "Go on with a conversation in its agent"),
    "new": ("navigate.new", "Create a new, empty change and move there"),
    "fork": ("navigate.fork", "Start a new session from any commit"),
    "rewind": ("navigate.rewind", "Move a session back by turns"),
    "edit": ("navigate.edit", "Move @ to a commit or session"),
    "next": ("navigate.next", "Move @ to a child commit"),
    "prev": ("navigate.next:prev_command", "Move @ to a parent commit"),
    "commit": ("rewrite.commit", "Describe @ and create a new change on top"),
    "describe": ("rewrite.describe", "Update the description of commits"),
    "metaedit": ("rewrite.metaedit", "Modify the metadata of commits: author, times, change id"),
    "abandon": ("rewrite.abandon", "Abandon changes; their descendants move to the parents"),
    "duplicate": (
        "rearrange.duplicate",
        "Create new changes with the same content as existing ones",
    ),
    "rebase": ("rearrange.rebase", "Move changes to different parents"),
    "squash": ("rewrite.squash", "Move messages from changes into another change"),
    "split": ("rewrite.split", "Split a change in two"),
    "restore": ("rewrite.restore", "Restore messages from another commit"),
    "revert": ("rewrite.revert", "Apply the reverse of changes"),
    "resolve": ("rewrite.resolve", "Resolve conflicts by taking one of their sides"),
    "converge": ("rewrite.converge", "Resolve divergent changes"),
    "parallelize": ("rearrange.parallelize", "Parallelize changes by making them siblings"),
    "simplify-parents": ("rearrange.simplify_parents", "Simplify the parents of merges"),
    "log": ("history.log", "Show conversations as a graph"),
    "show": ("history.show", "Show commits and the messages that they add"),
    "cat": ("history.show:cat_command", "Show a whole conversation"),
    "diff": ("history.diff", "Compare conversations by messages"),
    "interdiff": ("history.diff:interdiff_command", "Compare the changes of two commits"),
    "ready": ("history.ready", "Show conversations that wait for somebody to go on"),
    "stats": ("history.stats", "Count turns, messages, tokens, tools, times and sizes"),
    "search": ("history.search", "Search everything that was said"),
    "evolog": ("history.evolog", "Show how a change has evolved over time"),
    "lineage": ("history.lineage", "Show a commit and its ancestors"),
    "children": ("history.lineage:children_command", "Show the children of a commit"),
    "leaves": ("history.lineage:leaves_command", "Show the commits without children"),
    "session": ("names.session", "List and change sessions, the names of conversations"),
    "tag": ("names.tag", "List and change tags, names that never move"),
    "workspace": ("names.workspace", "Manage workspaces: a position for each agent or terminal"),
    "git": ("remotes.git", "Exchange conversations with other git repositories"),
    "bundle": ("remotes.bundle", "Carry conversations to a machine without a network"),
    "sync": ("remotes.sync", "Exchange everything with a remote, its operation log too"),
    "redact": ("repository.redact", "Remove text from conversations and from the repository"),
    "undo": ("operations.undo", "Undo the last operation"),
    "redo": ("operations.undo:redo_command", "Redo the most recently undone operation"),
    "op": ("operations.op", "Look at and change the operation log"),
    "doctor": ("repository.doctor", "Check the repository and repair it"),
    "config": ("repository.config", "Show and change settings"),
    "util": ("repository.util", "Collect garbage, and other rarely used commands"),
    "prime": ("repository.prime", "Tell an agent how to use `wj` here"),
    "help": ("repository.help", "Print the help of a command or a topic"),
    "version": ("repository.version", "Print the version"),
}
"""Every command: its module below `porcelain.cli.commands`, and its line in help."""

ALIASES = {
    "st": "status",
    "bookmark": "session",
    "b": "session",
    "operation": "op",
    "evolution-log": "evolog",
    "ci": "commit",
    "desc": "describe",
}
"""Other names for commands."""

STUBS = {
    "add": "there is nothing to add: `wj append`, `save` and `import` record",
    "amend": "`wj describe` changes a description, `wj squash` moves messages into the parent",
    "blame": "`wj log -r 'text(\"…\")'` finds the commit that added a text",
    "branch": "`wj session list` lists sessions, the branches of `wj`; `wj fork` starts one",
    "branches": "`wj session list` lists the sessions, `wj leaves` the ends of conversations",
    "clone": "`wj git clone URL` clones a repository",
    "checkout": "`wj edit REV` moves to a commit, `wj fork REV` starts a new session from it",
    "fetch": "`wj git fetch` fetches from a remote",
    "find": "`wj search TEXT` searches everything that was said",
    "grep": "`wj search TEXT` searches everything that was said; `--regex RE` by an expression",
    "cherry-pick": "`wj duplicate REV -o TARGET` copies changes elsewhere",
    "history": "`wj lineage` shows a commit and its ancestors",
    "list": "`wj session list` lists the sessions",
    "load": "`wj export REV` writes a conversation, `wj show REV` shows it",
    "ls": "`wj session list` lists the sessions",
    "merge": "`wj new A B` starts a change that continues both",
    "pull": "`wj git fetch` fetches from a remote; tracked sessions move along",
    "push": "`wj git push` pushes to a remote",
    "remote": "`wj git remote` manages remotes",
    "reset": "`wj undo` takes back the newest operation",
    "rm": "`wj abandon REV` hides a change, `wj session delete NAME` deletes a name",
    "sessions": "`wj session list` lists the sessions",
    "stash": "`wj new @-` starts beside `@`, which stays as it is",
    "switch": "`wj edit NAME` moves to a session",
    "tree": "`wj log` shows conversations as a tree",
}
"""Names that other tools use, each with the command to use instead."""


class _Root(Group):
    """`wj` itself: the commands of the table, the user's aliases, `log` by default."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command before the first option that is not of `wj` itself."""
        place = self._first_foreign(ctx, args)
        if place < len(args) and args[place].startswith("-"):
            args = [*args[:place], *self._default(ctx), *args[place:]]
        return super().parse_args(ctx, args)

    def _first_foreign(self, ctx: click.Context, args: Sequence[str]) -> int:
        """Return the place of the first word that is no option of `wj` itself, nor its value."""
        takes_value = {
            name: not getattr(param, "is_flag", False)
            for param in self.get_params(ctx)
            for name in param.opts
        }
        place = 0
        while place < len(args):
            name, equals, _ = args[place].partition("=")
            if name not in takes_value:
                short = args[place][:2]
                if short == "--" or not takes_value.get(short, False):
                    return place
                equals = "="
            place += 1 if equals or not takes_value.get(name, False) else 2
        return place

    def _default(self, ctx: click.Context) -> list[str]:
        """Return the words of the default command."""
        return ["log"] if ctx.obj is None else ctx.obj.settings.default_command()

    def invoke_alone(self, ctx: click.Context) -> object:
        name, command, args = self.resolve_command(ctx, self._default(ctx))
        assert command is not None
        with command.make_context(name, args, parent=ctx) as here:
            return command.invoke(here)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        self._warn_of_hidden_alias(ctx, args[0])
        expanded: list[str] = []
        while args[0] not in COMMANDS and args[0] not in ALIASES:
            name = args[0]
            aliases = ctx.obj.settings.own_config.aliases() if ctx.obj is not None else {}
            if name not in aliases:
                _refuse_unknown(ctx, name, aliases)
            if name in expanded:
                raise Misuse(f"Recursive alias definition involving `{name}`", ctx=ctx)
            expanded.append(name)
            words = [*aliases[name], *args[1:]] or ["log"]
            args = click.Command.parse_args(self, ctx, words) or ["log"]
        return super().resolve_command(ctx, args)

    def _warn_of_hidden_alias(self, ctx: click.Context, name: str) -> None:
        """Warn of an alias that has no effect, since a command has its name."""
        known = name in COMMANDS or name in ALIASES
        if not known or ctx.obj is None or not ctx.obj.settings.is_configured_by_user:
            return
        if (
            name not in ("config", "help", "version")
            and name in ctx.obj.settings.own_config.aliases()
        ):
            ctx.obj.output.warning(
                f"The alias `{name}` has no effect: a command has this name",
                f"`wj config unset --user aliases.{name}` removes it",
            )


def _refuse_unknown(ctx: click.Context, name: str, aliases: dict[str, tuple[str, ...]]) -> None:
    from difflib import get_close_matches

    from porcelain.display import plain
    from porcelain.errors import did_you_mean

    if name in STUBS:
        raise Misuse(f"There is no command `{name}`", STUBS[name], ctx=ctx)
    similar = get_close_matches(name, [*COMMANDS, *ALIASES, *aliases])
    raise Misuse(f"There is no command `{plain(name)}`", *did_you_mean(similar), ctx=ctx)


def make_root() -> _Root:
    """Return the command `wj`."""
    version = print_option(lambda _: f"wj {porcelain.__version__}", "Show the version", "--version")
    return _Root(
        "wj",
        COMMANDS,
        ALIASES,
        params=[version],
        help=(
            "Version control for conversations with AI agents.\n\n"
            "Every conversation is a tree of commits in a bare git repository: fork any of them, "
            "undo anything. Without a command, `wj` shows the log."
        ),
        context_settings={"max_content_width": 100},
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line, by default this process's; return its exit code.

    Writes to this process's streams; raises nothing.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    prepare_streams()
    context = Context(words)
    question = context.settings.variable("_WJ_COMPLETE")
    collects = gc.isenabled()
    gc.disable()  # a run is short; the search for cycles would take a tenth of its time
    try:
        try:
            if question:
                _complete(context, question)
            else:
                _run(context, words)
        finally:
            context.close()
    except BaseException as error:  # noqa: BLE001 - the one place that catches every error
        return _report(context, words, error)
    finally:
        if collects:
            gc.enable()
    return 0


def _complete(context: Context, question: str) -> None:
    """Answer a shell that completes a command line."""
    from porcelain.cli.shell.completion import answer

    print(answer(make_root(), context, question))


def _run(context: Context, words: list[str]) -> None:
    root = make_root()
    with root.make_context("wj", list(words), obj=context) as ctx:
        root.invoke(ctx)


def _report(context: Context, words: Sequence[str], error: BaseException) -> int:
    status = silent_status(error)
    if status is not None:
        _abandon_streams(status)
        return status
    problem = problem_of(error)
    if problem is None:
        return BUG
    context.output.json = context.globals.json or "--json" in words
    if problem.status == BUG:
        problem = problem._replace(hints=(context.report_bug(error),))
    try:
        context.output.problem(problem)
        context.output.close()
    except OSError:
        _abandon_streams(problem.status)
    return problem.status


def _abandon_streams(status: int) -> None:
    """Keep Python from flushing to a closed pipe at its end."""
    stream = sys.__stdout__
    if status and stream is not None and sys.stdout is stream:
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
