"""The command line `wj`: its table of commands, and the one place where errors end.

A command's module is imported when the command is run; the table says what help shows of the
others. See `porcelain.cli.run.context` for what a command is given.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

import porcelain
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import BUG, Misuse, problem_of, silent_status
from porcelain.cli.run.output import prepare_streams
from porcelain.cli.run.params import Group

_COMMANDS = {
    "init": "Create a repository",
    "status": "Show where you are and what needs attention",
    "save": "Record a whole transcript as one change",
    "append": "Add messages to the conversation at @",
    "import": "Import agents' transcripts, one change for each turn",
    "export": "Write a conversation in its agent's format",
    "new": "Make an empty change on a commit and move there",
    "fork": "Start a new session from any commit",
    "rewind": "Take a session back by turns",
    "edit": "Move @ to a commit or session",
    "next": "Go on to a child",
    "prev": "Go back to a parent",
    "commit": "Describe @ and go on in a new change",
    "describe": "Say what commits are about",
    "metaedit": "Change authors, times and change ids",
    "abandon": "Hide changes; what stood on them goes to their parents",
    "duplicate": "Copy changes",
    "rebase": "Move changes to other parents",
    "squash": "Fold changes into another one",
    "split": "Make two changes of one",
    "restore": "Take messages from another commit",
    "revert": "Take back what changes did, in new changes",
    "resolve": "Settle conflicts by taking one of their sides",
    "converge": "Make one commit of a divergent change's versions",
    "parallelize": "Make changes siblings",
    "simplify-parents": "Take superfluous parents from merges",
    "log": "Show conversations as a graph",
    "show": "Show a commit and the messages that it adds",
    "evolog": "Show how a change came to be what it is",
    "lineage": "Show a commit and what it continues",
    "children": "Show what continues a commit",
    "leaves": "Show the commits that nothing continues",
    "session": "List and name sessions",
    "tag": "Give commits names that stay",
    "workspace": "Give each agent or terminal a position of its own",
    "redact": "Take text out of conversations, and out of the repository",
    "undo": "Take back the newest operation",
    "redo": "Take back the newest undo",
    "op": "Look at the operation log",
    "doctor": "Examine the repository, and mend it",
    "config": "Look at and change settings",
    "util": "Collect garbage, and other rare things",
    "help": "Show how a command is used",
    "version": "Show the version",
}
"""Every command with its line in help; its module is `porcelain.cli.commands.<name>`."""

_MODULES = {
    "init": "repository.init",
    "status": "history.status",
    "save": "transcripts.save",
    "append": "transcripts.append",
    "import": "transcripts.import_",
    "export": "transcripts.export",
    "new": "navigate.new",
    "fork": "navigate.fork",
    "rewind": "navigate.rewind",
    "edit": "navigate.edit",
    "next": "navigate.next",
    "prev": "navigate.next:prev_command",
    "commit": "rewrite.commit",
    "describe": "rewrite.describe",
    "metaedit": "rewrite.metaedit",
    "abandon": "rewrite.abandon",
    "duplicate": "rearrange.duplicate",
    "rebase": "rearrange.rebase",
    "squash": "rewrite.squash",
    "split": "rewrite.split",
    "restore": "rewrite.restore",
    "revert": "rewrite.revert",
    "resolve": "rewrite.resolve",
    "converge": "rewrite.converge",
    "parallelize": "rearrange.parallelize",
    "simplify-parents": "rearrange.simplify_parents",
    "log": "history.log",
    "show": "history.show",
    "evolog": "history.evolog",
    "lineage": "history.lineage",
    "children": "history.lineage:children_command",
    "leaves": "history.lineage:leaves_command",
    "session": "names.session",
    "tag": "names.tag",
    "workspace": "names.workspace",
    "redact": "repository.redact",
    "undo": "operations.undo",
    "redo": "operations.undo:redo_command",
    "op": "operations.op",
    "doctor": "repository.doctor",
    "config": "repository.config",
    "util": "repository.util",
    "help": "repository.help",
    "version": "repository.version",
}
"""Where each command is, below `porcelain.cli.commands`; `file:name` where a file has several."""

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
    "branch": "Sessions are what branches are in git: `wj session list`; `wj fork` starts one",
    "branches": "`wj session list` shows the sessions, `wj leaves` where conversations end",
    "checkout": "`wj edit REV` moves to a commit, `wj fork REV` starts a new session from it",
    "load": "`wj export REV` writes a conversation, `wj show REV` shows it",
    "ls": "`wj session list` lists the sessions",
    "reset": "`wj undo` takes back the newest operation",
    "sessions": "`wj session list` lists the sessions",
    "switch": "`wj edit NAME` moves to a session",
    "tree": "`wj log` shows conversations as a tree",
}
"""Words that people try, and what to use for them."""


class _Root(Group):
    """`wj` itself: commands from the table, the user's aliases, `log` by default."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        name = ALIASES.get(cmd_name, cmd_name)
        if name not in _COMMANDS:
            return None
        module, _, attribute = _MODULES[name].partition(":")
        found: click.Command = getattr(
            import_module(f"porcelain.cli.commands.{module}"), attribute or "command"
        )
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        if not ctx._protected_args:
            ctx._protected_args = ["log"]
        return super().invoke(ctx)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        expanded: list[str] = []
        while args[0] not in _COMMANDS and args[0] not in ALIASES:
            name = args[0]
            aliases = ctx.obj.own_config.aliases() if ctx.obj is not None else {}
            if name not in aliases:
                _refuse_unknown(ctx, name, aliases)
            if name in expanded:
                raise Misuse(f"Alias `{name}` stands for itself", ctx=ctx)
            expanded.append(name)
            words = [*aliases[name], *args[1:]] or ["log"]
            args = click.Command.parse_args(self, ctx, words) or ["log"]
        return super().resolve_command(ctx, args)


def _refuse_unknown(ctx: click.Context, name: str, aliases: dict[str, tuple[str, ...]]) -> None:
    from difflib import get_close_matches

    from porcelain.display import plain
    from porcelain.language.scanner import did_you_mean

    if name in STUBS:
        raise Misuse(f"There is no command `{name}`", STUBS[name], ctx=ctx)
    similar = get_close_matches(name, [*_COMMANDS, *ALIASES, *aliases])
    raise Misuse(f"There is no command `{plain(name)}`", *did_you_mean(similar), ctx=ctx)


def _show_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(f"wj {porcelain.__version__}")
        ctx.exit()


def make_root() -> _Root:
    """Return the command `wj`."""
    version = click.Option(
        ["--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_show_version,
        help="Show the version",
    )
    return _Root(
        name="wj",
        no_args_is_help=False,
        params=[version],
        help=(
            "Version control for conversations with AI agents.\n\n"
            "Every conversation is a tree of commits in a bare git repository: fork any of them, "
            "undo anything. Without a command, `wj` shows the log."
        ),
        callback=lambda: None,
        context_settings={"max_content_width": 100},
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line, by default this process's; return its exit code.

    Writes to this process's streams; raises nothing.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    prepare_streams()
    context = Context(words)
    collects = gc.isenabled()
    gc.disable()  # a run is short, and looking for cycles would be a tenth of it
    try:
        try:
            _run(context, words)
        finally:
            context.close()
    except BaseException as error:  # noqa: BLE001 - the one place where every error ends
        return _tell(context, words, error)
    finally:
        if collects:
            gc.enable()
    return 0


def _run(context: Context, words: list[str]) -> None:
    root = make_root()
    with root.make_context("wj", list(words), obj=context) as ctx:
        root.invoke(ctx)


def _tell(context: Context, words: Sequence[str], error: BaseException) -> int:
    status = silent_status(error)
    if status is not None:
        _abandon_streams(status)
        return status
    problem = problem_of(error)
    if problem is None:
        return BUG
    context.output.json = context.globals.json or "--json" in words
    if problem.status == BUG:
        problem.hints = (context.report_bug(error),)
    try:
        context.output.problem(problem)
        context.output.close()
    except OSError:
        _abandon_streams(problem.status)
    return problem.status


def _abandon_streams(status: int) -> None:
    """Keep Python from flushing to a closed pipe when it ends."""
    stream = sys.__stdout__
    if status and stream is not None and sys.stdout is stream:
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
