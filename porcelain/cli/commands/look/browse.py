"""`wj browse`: conversations in the terminal."""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from importlib.util import find_spec

from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command
from porcelain.errors import Refused


@make_command("browse")
def command(context: Context) -> None:
    """Look at conversations in the terminal, and fork, rewind, describe and undo by keys.

    At the left are the conversations with their forks, at the right the messages of one. Each
    action is a command of `wj`, which is shown with what it said; what others write appears by
    itself. `?` lists the keys. It needs the extra `tui`.
    """
    if find_spec("textual") is None:
        raise Refused(
            "`wj browse` needs Textual, which is not installed",
            "`pip install 'wajutsu[tui]'` installs it",
            "`wj serve` shows the same in a browser, and `wj log` here",
            code="no_textual",
        )
    if context.output.json or not _has_terminal():
        raise Misuse("`wj browse` needs a terminal", "`wj log` and `wj cat` print to anything")
    if context.globals.at_operation is not None:
        raise Misuse("--at-op is not respected: `wj browse` follows the newest state")
    repo = context.reader
    gc.enable()  # `main` switches it off for short runs
    # Not by an import statement: the base install has no Textual.
    room = "porcelain.cli.look.browser"
    forest = import_module(f"{room}.forest").Forest(repo)
    runner = import_module(f"{room}.commands").Runner(repo.repository.path, context.globals)
    browser = import_module(f"{room}.app").Browser(forest, runner)
    browser.run()
    if browser.failure is not None:
        raise browser.failure


def _has_terminal() -> bool:
    """Tell whether all streams are a terminal; Textual draws on stderr."""
    return all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))
