"""`wj config`: look at and change settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import click

from porcelain.cli.config.keys import Value, find_key, format_name, format_value, parse_name
from porcelain.cli.config.layers import Setting
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command, make_group
from porcelain.errors import ConfigError

Layer = Literal["user", "repo"] | None


def layer_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--user` and `--repo`."""
    for name, help_text in (("repo", "The repository's own file"), ("user", "Your own file")):
        option = click.option(f"--{name}", "layer", flag_value=name, default=None, help=help_text)
        function = option(function)
    return function


def list_settings(
    context: Context, name: str, layer: Layer, *, defaults: bool, overridden: bool
) -> None:
    """Write the settings at or under a name, lowest layer first."""
    _warn(context)
    items = context.config.items(name, defaults=defaults, overridden=overridden)
    found = [item for item in items if layer is None or item.source == layer]
    if context.output.json:
        context.output.data([_data(item) for item in found])
        return
    if name and not found:
        context.output.warning(f"No setting is set at or under {format_name(parse_name(name))}")
    for item in found:
        lead = "# " if item.overridden else ""
        context.output.text(f"{lead}{item.text} = {format_value(item.value)}\n")


def show_setting(context: Context, name: str) -> None:
    """Write a value, text without quotes.

    Raises:
        ConfigError: no such setting exists, or it is not set.
    """
    _warn(context)
    setting = context.config.lookup(name)
    if setting is None:
        raise ConfigError("", name, "is not set")
    if context.output.json:
        context.output.data(_data(setting))
        return
    value = setting.value
    text = context.output.safe(value) if isinstance(value, str) else format_value(value)
    context.output.text(f"{text}\n")


def set_setting(context: Context, layer: Layer, name: str, value: str) -> None:
    """Set a value in a file.

    Raises:
        ConfigError: see `porcelain.cli.config.edit.set_value`; nothing is changed then.
    """
    from porcelain.cli.config.edit import set_value

    source, path = _file(context, layer)
    known = set_value(path, name, value, source=source)
    if context.output.json:
        context.output.data({"name": name, "value": _plain(known), "path": path})


def unset_setting(context: Context, layer: Layer, name: str) -> None:
    """Take a value out of a file.

    Raises:
        ConfigError: see `porcelain.cli.config.edit.unset_value`; nothing is changed then.
    """
    from porcelain.cli.config.edit import unset_value

    source, path = _file(context, layer)
    unset_value(path, name, source=source)
    if context.output.json:
        context.output.data({"name": name, "path": path})


def show_paths(context: Context, layer: Layer) -> None:
    """Write the path of a layer's file, or of all."""
    found: dict[str, str] = {}
    if layer != "repo":
        found["user"] = context.user_config_path
    if layer == "repo" or (layer is None and context.find_repository() is not None):
        found["repo"] = context.repository_config_path()
    if context.output.json:
        context.output.data(found)
    else:
        context.output.text("".join(f"{context.output.safe(path)}\n" for path in found.values()))


def _file(context: Context, layer: Layer) -> tuple[Literal["user", "repo"], str]:
    if layer is None:
        raise Misuse("It is not said which file", "Give `--user` or `--repo`")
    if layer == "user":
        return "user", context.user_config_path
    return "repo", context.repository_config_path()


def _warn(context: Context) -> None:
    for problem in context.config.problems:
        context.output.warning(str(problem))


def _data(setting: Setting) -> dict[str, object]:
    key = find_key(setting.name)
    return {
        "name": setting.text,
        "value": _plain(setting.value),
        "source": setting.source,
        "path": setting.path or None,
        "overridden": setting.overridden,
        "help": key.help if key else None,
    }


def _plain(value: Value) -> str | list[str]:
    return value if isinstance(value, str) else list(value)


@make_group("config")
def command() -> None:
    """Look at and change settings, in your own file or the repository's.

    The command line's settings win over the repository's, those over your own, and those over
    the built-in ones. A repository's own file may set only what cannot name a program or path.
    """


@make_command("list", command)
@click.argument("name", default="", metavar="[NAME]")
@layer_options
@click.option("--include-defaults", is_flag=True, help="List built-in values too")
@click.option("--include-overridden", is_flag=True, help="List values that others override too")
def list_(
    context: Context, name: str, layer: Layer, include_defaults: bool, include_overridden: bool
) -> None:
    """List settings, those at or under NAME."""
    list_settings(context, name, layer, defaults=include_defaults, overridden=include_overridden)


@make_command("get", command)
@click.argument("name")
def get(context: Context, name: str) -> None:
    """Write the value of a setting."""
    show_setting(context, name)


@make_command("set", command)
@layer_options
@click.argument("name")
@click.argument("value")
def set_(context: Context, layer: Layer, name: str, value: str) -> None:
    """Set NAME to VALUE, which is TOML or else the text itself."""
    set_setting(context, layer, name, value)


@make_command("unset", command)
@layer_options
@click.argument("name")
def unset(context: Context, layer: Layer, name: str) -> None:
    """Take a setting out of a file."""
    unset_setting(context, layer, name)


@make_command("path", command)
@layer_options
def path(context: Context, layer: Layer) -> None:
    """Show where the files are, or would be."""
    show_paths(context, layer)
