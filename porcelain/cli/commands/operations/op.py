"""`wj op`: the operation log. Each of its commands is in a file of its own, `op_<name>.py`."""

from __future__ import annotations

from importlib import import_module

import click

from porcelain.cli.run.params import Group

_COMMANDS = {
    "log": "Show the operations, the newest first",
    "show": "Show an operation and what it changed",
    "diff": "Show what differs between the states after two operations",
    "restore": "Make everything what it was after an operation",
    "revert": "Take one operation back, whatever came after it",
    "abandon": "Take operations out of the log",
}


_MODULES = {
    "log": "porcelain.cli.commands.operations.op_log:command",
    "show": "porcelain.cli.commands.operations.op_show:command",
    "diff": "porcelain.cli.commands.operations.op_show:op_diff_command",
    "restore": "porcelain.cli.commands.operations.op_change:command",
    "revert": "porcelain.cli.commands.operations.op_change:op_revert_command",
    "abandon": "porcelain.cli.commands.operations.op_change:op_abandon_command",
}


class _Operations(Group):
    """Loads a command when it is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, _, attribute = _MODULES[cmd_name].partition(":")
        found: click.Command = getattr(import_module(module), attribute)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


command = _Operations(
    name="op",
    no_args_is_help=False,
    callback=lambda: None,
    help=(
        "Look at the operation log, and go back in it.\n\n"
        "Everything that was ever done to the repository is an operation. OPERATION is `@`, the "
        "newest, or the first digits of an id; `x-` is the one before x, `x+` the one after it."
    ),
)
