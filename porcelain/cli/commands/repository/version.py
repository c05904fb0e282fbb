"""`wj version`: the version of `wj`."""

from __future__ import annotations

from porcelain import __version__
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command


@make_command("version")
def command(context: Context) -> None:
    """Print the version."""
    if context.output.json:
        context.output.data({"version": __version__})
    else:
        context.output.text(f"wj {__version__}\n")
