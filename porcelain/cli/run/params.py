"""Commands and their options: the global ones, valid before and after a command, and shared ones.

A command is made with `@command()`, a group with `@group()`; both take the global options,
which end up in `Globals` and never in the command's own arguments.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

from porcelain.cli.run.errors import Misuse

_AGO = re.compile(r"\s*(\d+)\s*(second|minute|hour|day|week)s?\s+ago\s*", re.IGNORECASE)
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}


def parse_moment(text: str, now: int, option: str) -> int:
    """Return the milliseconds since the epoch of a moment that an option names.

    A date alone is its first moment; without a zone the local one is meant.

    Raises:
        BadParameter: it is neither form.
    """
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return now - int(ago[1]) * _SECONDS[ago[2].lower()] * 1000

    try:
        return round(datetime.fromisoformat(text.strip()).astimezone().timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        said = "neither a time in ISO 8601 nor something like `2 days ago`"
        raise click.BadParameter(said, param_hint=option) from error


_P = ParamSpec("_P")
_T = TypeVar("_T")
_Context = TypeVar("_Context")

_CONFIG = ("config", "config_file")


class _Limit(click.IntRange):
    """A number of rows; more than Python counts to is as good as all."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        number: int = super().convert(value, param, ctx)
        return min(number, sys.maxsize)


LIMIT = _Limit(min=0)
"""What `-n` takes wherever rows are listed."""


class Globals:
    """What the global options say; `layers` are (`config` or `config_file`, value) in order."""

    def __init__(self) -> None:
        """Begin with none of them given."""
        self.repository: str | None = None
        self.at_operation: str | None = None
        self.workspace: str | None = None
        self.layers: list[tuple[str, str]] = []
        self.color: str | None = None
        self.quiet = False
        self.no_pager = False
        self.ignore_immutable = False
        self.json = False


class PrivateOption(click.Option):
    """An option whose value is a message's text, which no operation records."""


def _keep(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    if value is not None and value is not False and ctx.obj is not None:
        setattr(ctx.obj.globals, str(param.name), value)


def _global_options() -> list[click.Parameter]:
    def option(*names: str, **more: Any) -> click.Option:
        more.setdefault("callback", _keep)
        return GlobalOption(names, expose_value=False, **more)

    flag: dict[str, Any] = {"is_flag": True, "default": None}
    return [
        option("-R", "--repository", metavar="PATH", help="Use the repository at PATH"),
        option(
            "--at-operation",
            "--at-op",
            "at_operation",
            metavar="OPERATION",
            help="Work on the state after OPERATION; a change is merged into the newest",
        ),
        option("--workspace", metavar="NAME", help="Act in this workspace"),
        option(
            "--config",
            metavar="NAME=VALUE",
            multiple=True,
            callback=None,
            help="Set one setting for this run (can be repeated)",
        ),
        option(
            "--config-file",
            metavar="PATH",
            multiple=True,
            callback=None,
            help="Read one more configuration file (can be repeated)",
        ),
        option(
            "--color",
            type=click.Choice(["always", "never", "auto", "debug"]),
            metavar="WHEN",
            help="Colour the output: always, never, auto or debug",
        ),
        option("--quiet", help="Say nothing but data, warnings and errors", **flag),
        option("--no-pager", help="Do not page the output", **flag),
        option("--ignore-immutable", help="Let this command rewrite immutable commits", **flag),
        option("--json", help="Write the result as JSON", **flag),
    ]


class GlobalOption(click.Option):
    """One of the options that every command takes."""


_shared_options: list[click.Parameter] = []


def _show_help(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(ctx.get_help(), color=ctx.color)
        ctx.exit()


def _help_option() -> click.Option:
    """Return `--help`; click's own looks for a translation, and loads `locale` for that."""
    return click.Option(
        ["--help"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_show_help,
        help="Show this message and exit.",
    )


class _Shared(click.Command):
    """What commands and groups have in common: the global options and their place in help."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        if not any(isinstance(param, GlobalOption) for param in self.params):
            if not _shared_options:
                _shared_options.extend(_global_options())
            self.params.extend([_help_option(), *_shared_options])
        return super().get_params(ctx)

    def make_parser(self, ctx: click.Context) -> click.parser._OptionParser:
        """Return the parser; it takes `-n` for a long option before it tries the short ones.

        That it would do anyway, and prepare an error on the way that costs an import.
        """
        parser = super().make_parser(ctx)
        for name, option in parser._short_opt.items():
            parser._long_opt.setdefault(name, option)
        return parser

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if ctx.obj is not None and any(arg.startswith("--config") for arg in args):
            values, _, order = self.make_parser(ctx).parse_args(list(args))
            given = {name: iter(values.get(name) or ()) for name in _CONFIG}
            for param in order:
                if param.name in _CONFIG:
                    ctx.obj.globals.layers.append((param.name, next(given[param.name])))
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        own: list[tuple[str, str]] = []
        shared: list[tuple[str, str]] = []
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None and record[1]:
                (shared if isinstance(param, GlobalOption) else own).append(record)
        for title, records in (("Options", own), ("Global options", shared)):
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


class Command(_Shared):
    """A command."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, once it is known which words of the command line are texts."""
        names = [
            name
            for param in self.params
            if isinstance(param, PrivateOption)
            for name in (*param.opts, *param.secondary_opts)
        ]
        if ctx.obj is not None:
            ctx.obj.words = without_texts(ctx.obj.words, names)
            ctx.obj.output.json = ctx.obj.globals.json
            ctx.obj.output.quiet = ctx.obj.globals.quiet
        return super().invoke(ctx)


class Group(_Shared, click.Group):
    """A command with commands of its own, in the order in which they are defined."""

    command_class = Command

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands before the options."""
        self.format_commands(ctx, formatter)
        super().format_options(ctx, formatter)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of definition."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; without one, say which there are."""
        if not ctx._protected_args:
            names = ", ".join(f"`{name}`" for name in self.list_commands(ctx))
            raise Misuse(f"`{ctx.command_path}` needs a command", f"There are {names}", ctx=ctx)
        return super().invoke(ctx)


def command(name: str | None = None, **more: Any) -> Callable[[Callable[..., Any]], Command]:
    """Make a command of a function; its docstring is the help."""
    return click.command(name, cls=Command, **more)


def group(name: str | None = None, **more: Any) -> Callable[[Callable[..., Any]], Group]:
    """Make a group of a function that does nothing; its docstring is the help."""
    return click.group(name, cls=Group, no_args_is_help=False, **more)


def pass_context(
    function: Callable[Concatenate[_Context, _P], _T],
) -> Callable[_P, _T]:
    """Give a command's function the run's `Context` as its first argument."""
    return click.pass_obj(function)


def without_texts(words: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Return a command line with `...` in place of the values of these options."""
    kept: list[str] = []
    is_value = False
    for word in words:
        if is_value:
            kept.append("...")
            is_value = False
        elif word in names:
            kept.append(word)
            is_value = True
        else:
            long = next((n for n in names if n[:2] == "--" and word.startswith(f"{n}=")), "")
            short = next((n for n in names if n[:2] != "--" and word.startswith(n)), "")
            kept.append(f"{long}=..." if long else f"{short}..." if short else word)
    return tuple(kept)


def log_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that every listing of commits has."""
    for option in (
        click.option("-G", "--no-graph", is_flag=True, help="List without a graph"),
        click.option("--reversed", "backwards", is_flag=True, help="Show the oldest first"),
        click.option("-n", "--limit", type=LIMIT, help="Show at most this many"),
        click.option("-T", "--template", help="Show each commit by this template"),
    ):
        function = option(function)
    return function
