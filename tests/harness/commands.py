"""Command lines for every command that changes a repository, with places to fill in.

    {rev} {other}   visible commits                 {name}  an existing session
    {new}           an unused name                  {op}    an operation of the log
    {text}          an unused text                  {place} a workspace
    {pawan} {claude}                                files, of which the second grows

`usable` leaves out a line whose command does not exist or takes other options.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable

import click

from porcelain.cli.main import make_root
from porcelain.cli.run.context import Context

LINES = (
    "new {rev}",
    "new {rev} -m {text}",
    "new {rev} {other}",
    "new -A {rev} -m {text}",
    "new -A {rev}",
    "new -B {rev}",
    "fork {rev} {new}",
    "fork {name}",
    "fork {rev} {new} --at 1",
    "rewind 1",
    "rewind 1 --session {name}",
    "edit {rev}",
    "edit {name}",
    "next",
    "next --edit",
    "prev",
    "prev --edit",
    "append -m {text}",
    "append -m {text} --session {new}",
    "save {pawan}",
    "import {claude}",
    "import {claude} --again",
    "commit -m {text}",
    "describe {rev} -m {text}",
    "abandon {rev}",
    "abandon {rev} --restore-descendants",
    "duplicate {rev}",
    "duplicate {rev} --onto {other}",
    "rebase -r {rev} -o {other}",
    "rebase -s {rev} -o {other}",
    "rebase -b {rev} -o {other}",
    "rebase -r {rev} -A {other}",
    "squash -r {rev} -m {text}",
    "squash --from {rev} --into {other} -m {text}",
    "split {rev} -m {text} --at 1",
    "restore --from {rev} --into {other}",
    "restore --changes-in {rev}",
    "revert -r {rev} -o {other}",
    "metaedit {rev} --update-change-id",
    "metaedit {rev} --update-author-timestamp",
    "parallelize {rev} {other}",
    "simplify-parents -r {rev}",
    "simplify-parents -s {rev}",
    "resolve -r {rev} :ours",
    "resolve -r {rev} :theirs",
    "converge",
    "session create {new} -r {rev}",
    "session set {name} -r {rev} -B",
    "session move {name} --to {rev} -B",
    "session rename {name} {new}",
    "session delete {name}",
    "session forget {name}",
    "tag set {new} -r {rev}",
    "tag set {new} -r {rev} --allow-move",
    "tag delete {name}",
    "workspace add {place} -r {rev}",
    "workspace forget {place}",
    "workspace rename {place}",
    "undo",
    "undo --skip",
    "undo --session {name}",
    "undo --by {place}",
    "redo",
    "op restore {op}",
    "op revert {op}",
    "op abandon {op}",
    "op abandon ..{op}",
    "util gc --expire now",
    "doctor --fix",
)

EXEMPT = frozenset(
    [
        "init",
        "status",
        "export",
        "log",
        "show",
        "evolog",
        "lineage",
        "children",
        "leaves",
        "cat",
        "diff",
        "interdiff",
        "search",
        "stats",
        "config",
        "help",
        "version",
        "root",
        "watch",
        "hook",
        "agent",
        "browse",
        "serve",
        "mcp",
        "resume",
        "prime",
        "ready",
        "git",
        "sync",
        "bundle",
        "redact",
    ]
)
"""Commands that change nothing in the repository, need another machine, or delete on purpose."""


def usable(lines: Iterable[str] = LINES) -> list[str]:
    """Return the lines whose command and options exist."""
    return [line for line in lines if is_understood(line)]


def is_understood(line: str) -> bool:
    """Tell whether the command of a line exists and has the options that it is given."""
    words = [word if word.startswith("-") else word.strip("{}") for word in shlex.split(line)]
    context = Context(words)
    try:
        found: click.Command = make_root()
        parent = found.make_context("wj", list(words), obj=context)
        while isinstance(found, click.Group):
            rest = [*parent._protected_args, *parent.args]
            name, command, rest = found.resolve_command(parent, rest)
            if command is None:
                return False
            parent, found = command.make_context(name, rest, parent=parent), command
    except (click.ClickException, ImportError):
        return False
    return True


def untried() -> set[str]:
    """Return the commands that may change the repository and are in no usable line."""
    root = make_root()
    tried = {line.split(" ", maxsplit=1)[0] for line in usable()}
    return set(root.list_commands(click.Context(root))) - tried - EXEMPT
