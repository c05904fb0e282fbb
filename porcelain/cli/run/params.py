"""Commands, groups and their options: the global options and those that several commands share.

A command is made with `@make_command()`, a group with `@make_group()`. Both take the global
options, before or after a command's name; their values go to `Globals`, never to the
command's own function.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from porcelain.cli.run.errors import Misuse, usage_hint

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_SURROGATE = re.compile("[\ud800-\udfff]")
_CONFIG = ("config", "config_file")
# The kinds of values, as help names them, that an operation records.
_RECORDED = {
    *("REV", "REVSET", "VERSION", "OPERATION", "OPERATION|A..B", "N|A..B", "N|ID", "SIDE"),
    "SIDE NUMBER",
    *("TIME", "ROLE", "FORMAT", "FILE", "FILE|-", "PATH"),
}

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class _Limit(click.IntRange):
    """A number of rows; a number beyond Python's longest sequence means all."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        number: int = super().convert(value, param, ctx)
        return min(number, sys.maxsize)


LIMIT = _Limit(min=0)
"""The type of `-n` in every listing."""


class _Message(click.IntRange):
    """The number of a message, or the agent's id of a row."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        is_id = isinstance(value, str) and not value.lstrip("+-").isdecimal() and value
        return value if is_id else super().convert(value, param, ctx)


MESSAGE = _Message(min=0)
"""The type of an option that names a message of a conversation."""


class _FileName(click.types.StringParamType):
    """The name of a file, which need not be UTF-8."""


FILE = _FileName()
"""The type of every option and argument that names a file; all other text must be UTF-8."""


def _refuse_bytes(ctx: click.Context, param: click.Parameter) -> None:
    """Refuse text that is not UTF-8, which Python passes on as surrogates."""
    value = ctx.params.get(param.name or "")
    texts = value if isinstance(value, tuple) else (value,)
    for text in texts:
        if isinstance(text, str) and not text.isascii() and _SURROGATE.search(text):
            raise click.BadParameter("the text is not UTF-8", ctx, param)


class Globals:
    """Values of the global options; `layers` are (`config` or `config_file`, value) in order."""

    def __init__(self) -> None:
        """Begin without any option."""
        self.repository: str | None = None
        self.at_operation: str | None = None
        self.workspace: str | None = None
        self.layers: list[tuple[str, str]] = []
        self.color: str | None = None
        self.quiet = False
        self.no_pager = False
        self.ignore_immutable = False
        self.json = False


class GlobalOption(click.Option):
    """An option that every command takes; `Globals` keeps its value."""

    def __init__(self, *names: str, **more: Any) -> None:
        """Take click's arguments."""
        more.setdefault("callback", _keep)
        super().__init__(names, expose_value=False, **more)


def _keep(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    if value is not None and value is not False and ctx.obj is not None:
        setattr(ctx.obj.globals, str(param.name), value)


def _global_options() -> list[click.Parameter]:
    flag: dict[str, Any] = {"is_flag": True, "default": None}
    layer: dict[str, Any] = {"multiple": True, "callback": None}
    return [
        GlobalOption("-R", "--repository", metavar="PATH", help="Path to repository to operate on"),
        GlobalOption("--at-operation", "--at-op", metavar="OPERATION",
                     help="Operation to load the repository at; changes are merged into the newest"),
        GlobalOption("--workspace", metavar="NAME", help="Workspace to act in"),
        GlobalOption("--config", metavar="NAME=VALUE", **layer,
                     help="Additional configuration options (can be repeated)"),
        GlobalOption("--config-file", metavar="PATH", **layer,
                     help="Additional configuration files (can be repeated)"),
        GlobalOption("--color", metavar="WHEN",
                     type=click.Choice(["always", "never", "auto", "debug"]),
                     help="When to colour output: always, never, auto or debug"),
        GlobalOption("--quiet", help="Print only data, warnings and errors", **flag),
        GlobalOption("--no-pager", help="Disable the pager", **flag),
        GlobalOption("--ignore-immutable", help="Allow rewriting immutable commits", **flag),
        GlobalOption("--json", help="Print the result as JSON", **flag),
    ]  # fmt: skip


_shared_options: list[click.Parameter] = []


def print_option(text: Callable[[click.Context], str], help_text: str, *names: str) -> click.Option:
    """Return a flag that prints a text and ends the run.

    click's own `--help` and `--version` load `locale` to look for a translation.
    """

    def show(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
        if value and not ctx.resilient_parsing:
            click.echo(text(ctx), color=ctx.color)
            ctx.exit()

    return click.Option(
        names, is_flag=True, is_eager=True, expose_value=False, callback=show, help=help_text
    )


class _Shared(click.Command):
    """The global options, and their place in help; common to commands and groups."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        if not any(isinstance(param, GlobalOption) for param in self.params):
            if not _shared_options:
                _shared_options.extend(_global_options())
            show_help = print_option(
                click.Context.get_help, "Show this message and exit.", "-h", "--help"
            )
            self.params.extend([show_help, *_shared_options])
        return super().get_params(ctx)

    def make_parser(self, ctx: click.Context) -> click.parser._OptionParser:
        """Return the parser; it looks for `-n` among the long options too.

        Without that, click prepares an error for each short option, which costs an import.
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
        try:
            rest = super().parse_args(ctx, args)
        except click.UsageError as error:
            hint = usage_hint(ctx, error)
            if hint is None:
                raise
            raise Misuse(error.format_message(), hint, ctx=ctx) from None
        for param in self.params:
            if param.type is not FILE:
                _refuse_bytes(ctx, param)
        return rest

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
        """Run the command; the run records the parsed words, without texts and names."""
        if ctx.obj is not None:
            ctx.obj.words = recorded_words(ctx)
            ctx.obj.settings.enter(ctx.command_path)
            ctx.obj.output.json = ctx.obj.globals.json
            ctx.obj.output.quiet = ctx.obj.globals.quiet
        return super().invoke(ctx)


class Group(_Shared, click.Group):
    """A command with commands of its own, in the order of its table.

    `table` has those that are imported only when they run: name -> place below
    `porcelain.cli.commands` (`folder.file`, or `folder.file:attribute`) and line in help.
    `aliases` maps other names to names.
    """

    def __init__(
        self,
        name: str | None = None,
        table: Mapping[str, tuple[str, str]] | None = None,
        aliases: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        """Take the table and click's arguments."""
        metavar = "COMMAND [ARGS]..."
        super().__init__(name, invoke_without_command=True, subcommand_metavar=metavar, **more)
        self.table = table or {}
        self.aliases = aliases or {}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of help."""
        return [*self.table, *self.commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name or an alias; import it where it is in the table."""
        name = self.aliases.get(cmd_name, cmd_name)
        if name not in self.table:
            return super().get_command(ctx, name)
        module, _, attribute = self.table[name][0].partition(":")
        place = import_module(f"porcelain.cli.commands.{module}")
        found: click.Command = getattr(place, attribute or "command")
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; usage and errors show its full name."""
        return super().resolve_command(ctx, [self.aliases.get(args[0], args[0]), *args[1:]])

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands before the options."""
        self.format_commands(ctx, formatter)
        super().format_options(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands; those of the table are not imported for that."""
        if not self.table:
            super().format_commands(ctx, formatter)
            return
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.table.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the named command, or `invoke_alone` where none is named."""
        result = super().invoke(ctx)
        return result if ctx.invoked_subcommand else self.invoke_alone(ctx)

    def invoke_alone(self, ctx: click.Context) -> Any:
        """Refuse to run without a command; name those that exist."""
        names = ", ".join(f"`{name}`" for name in self.list_commands(ctx))
        raise Misuse(f"`{ctx.command_path}` needs a command", f"There are {names}", ctx=ctx)


def make_command(
    name: str, parent: Group | None = None, cls: type[Command] | None = None, **more: Any
) -> Callable[[Callable[..., Any]], Command]:
    """Make a command of a function that takes the run's `Context` first; its docstring is the help.

    The command is added to `parent` where one is given.
    """

    def make(function: Callable[..., Any]) -> Command:
        made: Command = click.command(name, cls=cls or Command, **more)(click.pass_obj(function))
        for param in made.params:
            if type(param.type) is click.types.StringParamType and _kind(param) in COMPLETED:
                param.type = _Completed(_kind(param))
        if parent is not None:
            parent.add_command(made)
        return made

    return make


COMPLETED = frozenset(
    ("REV", "REVSET", "NAME", "SESSION", "OLD", "OPERATION", "WORKSPACE", "TEMPLATE", "KIND")
)
"""The kinds of values that the shell completes from the repository."""


class _Completed(click.types.StringParamType):
    """Text that the shell completes, as the run's `Context.complete` knows how."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def shell_complete(
        self,
        ctx: click.Context,
        param: click.Parameter,  # noqa: ARG002 - click's signature
        incomplete: str,
    ) -> list[CompletionItem]:
        complete = None if ctx.obj is None else ctx.obj.complete
        return [] if complete is None else complete(ctx, self.kind, incomplete)


def _kind(param: click.Parameter) -> str:
    return re.sub(r"[\[\]…]", "", param.metavar or str(param.name).upper())


def make_group(name: str) -> Callable[[Callable[..., Any]], Group]:
    """Make a group of a function that does nothing; its docstring is the help."""
    return click.group(name, cls=Group)


def options(*decorators: Decorator) -> Decorator:
    """Join options and arguments into one decorator; help lists them in this order."""

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return add


def revset_option(*names: str, help: str, **more: Any) -> Decorator:  # noqa: A002 - click's name
    """Add an option that takes a revset and can be repeated."""
    return click.option(*names, multiple=True, metavar="REVSET", help=help, **more)


def recorded_words(ctx: click.Context) -> tuple[str, ...]:
    """Return the command line for the operation log, made of the parsed parameters.

    Only values of a harmless kind are kept; texts, names and settings become `...`.
    """
    words = ctx.command_path.split()[1:]
    for param in ctx.command.params:
        for value in _given(ctx, param):
            if isinstance(param, click.Option):
                words.append(param.opts[0])
            if value is not True:
                words.append(_recorded(param, value))
    return tuple(words)


def _given(ctx: click.Context, param: click.Parameter) -> Sequence[Any]:
    """Return the values of a parameter that the command line gives."""
    name = str(param.name)
    if isinstance(param, GlobalOption):
        if name in _CONFIG:
            return [value for kind, value in ctx.obj.globals.layers if kind == name]
        value = getattr(ctx.obj.globals, name)
    elif ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
        value = ctx.params.get(name)
    else:
        return ()
    if isinstance(value, tuple):
        return value
    return () if value is None or value is False else (value,)


def _recorded(param: click.Parameter, value: Any) -> str:
    """Return a value as an operation records it, by the kind that help shows of it."""
    kind = _kind(param)
    if kind in _RECORDED or isinstance(param.type, (click.Choice, click.types.IntParamType)):
        return str(value).encode("utf-8", "backslashreplace").decode()  # a file's name is bytes
    name, sign, _ = str(value).partition("=")
    return f"{name}=..." if sign and kind == "NAME=VALUE" else "..."


log_options = options(
    click.option("-T", "--template", help="Render each commit using this template"),
    click.option("-n", "--limit", type=LIMIT, help="Limit number of commits to show"),
    click.option("--reversed", "backwards", is_flag=True, help="Show the oldest first"),
    click.option("-G", "--no-graph", is_flag=True, help="Don't show the graph, show a flat list"),
)
"""The options of every listing of commits."""
