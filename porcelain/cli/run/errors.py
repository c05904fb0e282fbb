"""The mapping of every error to a message, an exit code and a name for scripts.

Exit codes: 1 refused, 2 usage, 3 output closed, 130 interrupted, 255 a bug. An error of an
unknown class is a bug; its traceback goes to a file, not to the terminal.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import click

REFUSED = 1
USAGE = 2
CLOSED = 3
INTERRUPTED = 130
BUG = 255


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def report_bug(
    error: BaseException, folder: str, stamp: int, words: Sequence[str], *, debugging: bool
) -> str:
    """Keep a bug's traceback, on stderr or in a file in `folder`; return a sentence that says where."""
    import traceback

    text = "".join(traceback.format_exception(error))
    if debugging:
        sys.stderr.write(text)
        return "The traceback is above"
    path = os.path.join(folder, f"bug-{os.getpid()}-{stamp}.txt")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with open(path, "x", encoding="utf-8", errors="backslashreplace", opener=_private) as file:
            file.write(f"wj {' '.join(words)}\n\n{text}")
    except OSError:
        return "WJ_DEBUG=1 shows the traceback"
    return f"The traceback is in {path}"


class Misuse(click.UsageError):
    """A usage error with hints of its own."""

    def __init__(self, message: str, *hints: str, ctx: click.Context | None = None) -> None:
        """Take a message and hints."""
        super().__init__(message, ctx)
        self.hints = hints


# What somebody who types this probably wants: by command, and the option or any argument too many.
_USAGE_HINTS = {
    ("wj append", ""): "`wj append -m TEXT` appends a text",
    ("wj log", ""): "`wj log -r REVSET` shows certain commits, `wj search TEXT` finds a text",
    ("wj op log", ""): "`wj op show OPERATION` shows one operation",
    ("wj diff", ""): "`wj diff -r REV` shows what a commit changes, `--from A --to B` compares two",
    ("wj commit", "-a"): "`wj commit -m TEXT` is enough: there is nothing to add first",
    ("wj describe", "-a"): "`wj describe -m TEXT` is enough: there is nothing to add first",
    ("wj commit", "--amend"): "`wj describe` changes the description of `@`",
    ("wj fork", "-b"): "`wj fork [REV] NAME` starts the session NAME",
    ("wj new", "-b"): "`wj fork [REV] NAME` starts the session NAME",
    ("wj log", "--oneline"): "`wj log -T builtin_log_oneline` has one line for each commit",
    ("wj log", "--graph"): "the log always shows the graph; `-G` leaves it out",
    ("wj log", "--all"): "`wj log -r 'all()'` shows all commits",
}


def usage_hint(ctx: click.Context, error: click.UsageError) -> str | None:
    """Return advice on a usage error, by what other tools understand there."""
    if isinstance(error, click.BadOptionUsage) and error.option_name in ("-T", "--template"):
        return _templates_hint(ctx.command_path, ctx.obj)
    name = error.option_name if isinstance(error, click.NoSuchOption) else ""
    if not name and "unexpected extra argument" not in error.format_message():
        return None
    return _USAGE_HINTS.get((ctx.command_path, name))


def _templates_hint(command: str, context: Any) -> str | None:
    """Return the templates that a command has, the user's own behind the built-in ones."""
    from porcelain.display import plain
    from porcelain.language.template.built_in import looks_of

    names = looks_of(command.removeprefix("wj "))
    if context is not None and context.settings.is_configured:
        own = context.settings.config.items("template-aliases")
        names += [one.name[1] for one in own if "(" not in one.name[1] and ":" not in one.name[1]]
    shown = ", ".join(f"`{plain(name)}`" for name in dict.fromkeys(names))
    return f"`{command}` has the templates {shown}" if shown else None


class Problem(NamedTuple):
    """An error as the user sees it; `code` is its stable name in `--json`."""

    message: str
    code: str
    status: int = REFUSED
    heading: str = "Error"
    details: str = ""
    hints: tuple[str, ...] = ()


def problem_of(error: BaseException) -> Problem | None:
    """Return the message of an error; None for those without, see `silent_status`."""
    if silent_status(error) is not None:
        return None
    if isinstance(error, click.ClickException):
        return _usage(error)
    from porcelain.errors import ConfigError, ExpressionError, PorcelainError
    from store.errors import RefLocked, StoreError

    if isinstance(error, ConfigError):
        hint = "`wj config path` prints the paths of the files; `wj help config` explains them"
        return Problem(str(error), error.code, heading="Config error", hints=(hint,))
    if isinstance(error, PorcelainError):
        details = error.diagram() if isinstance(error, ExpressionError) else ""
        hints = tuple(_sentence(hint) for hint in error.hints)
        return Problem(str(error), error.code, details=details, hints=hints)
    if isinstance(error, StoreError):
        hints = (_sentence(error.hint),) if error.hint else ()
        if isinstance(error, RefLocked):
            hints += ("`wj doctor` names stale locks",)
        return Problem(_sentence(str(error)), _snake(type(error).__name__), hints=hints)
    if isinstance(error, OSError):
        return _system(error)
    return _bug(error)


def silent_status(error: BaseException) -> int | None:
    """Return the exit code of an error that prints nothing; None for all other errors."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, BrokenPipeError):
        return CLOSED
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return INTERRUPTED
    return None


def _usage(error: click.ClickException) -> Problem:
    hints = list(getattr(error, "hints", ()))
    details = ""
    message = error.format_message()
    possible = getattr(error, "possibilities", None)
    if possible:
        message = error.message
        hints.insert(0, f"Did you mean {' or '.join(f'`{name}`' for name in sorted(possible))}?")
    context = getattr(error, "ctx", None)
    if context is not None:
        details = context.get_usage()
        hints.append(f"For help, see `{context.command_path} --help`")
    return Problem(message, "usage", USAGE, details=details, hints=tuple(hints))


def _system(error: OSError) -> Problem:
    from porcelain.display import plain

    reason = error.strerror or str(error) or type(error).__name__
    where = f"{plain(str(error.filename), None)}: " if error.filename is not None else ""
    return Problem(f"{where}{reason}", "system")


def _bug(error: BaseException) -> Problem:
    from porcelain.display import plain

    said = plain(f"{type(error).__name__}: {error}", 200)
    return Problem(said, "internal", BUG, heading="Internal error")


def _sentence(text: str) -> str:
    """Capitalize the first word of a text, unless it is a name or a path."""
    first = text.partition(" ")[0]
    return text[:1].upper() + text[1:] if first.isalpha() and first.islower() else text


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
