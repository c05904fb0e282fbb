"""`wj config`: show and change settings."""

from __future__ import annotations

import os
from typing import Literal

import click

from porcelain.cli.config.keys import Value, find_key, format_name, format_value, parse_name
from porcelain.cli.config.layers import Setting, check_received, read_bytes
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command, make_group, options
from porcelain.display import plain
from porcelain.errors import ConfigError

Layer = Literal["user", "repo"] | None

_layer_options = options(
    click.option("--user", "layer", flag_value="user", default=None, help="Target the user file"),
    click.option("--repo", "layer", flag_value="repo", help="Target the repository's file"),
)


@make_group("config")
def command() -> None:
    """Show and change settings, in the user's file or the repository's.

    Settings of the command line win over those of the repository, these over the user's, and
    these over the built-in ones. A repository's file cannot set programs and paths.
    """


@make_command("list", command)
@click.argument("name", default="", metavar="[NAME]")
@_layer_options
@click.option("--include-defaults", is_flag=True, help="Include built-in default values")
@click.option("--include-overridden", is_flag=True, help="Include overridden values")
def list_(
    context: Context, name: str, layer: Layer, include_defaults: bool, include_overridden: bool
) -> None:
    """List the settings at or under NAME, lowest layer first; without NAME all of them."""
    _warn(context)
    items = context.settings.config.items(
        name, defaults=include_defaults, overridden=include_overridden
    )
    found = [item for item in items if layer is None or item.source == layer]
    if context.output.json:
        context.output.data([_data(item) for item in found])
        return
    if name and not found:
        context.output.warning(f"No setting is set at or under {format_name(parse_name(name))}")
    for item in found:
        lead = "# " if item.overridden else ""
        context.output.text(f"{lead}{item.text} = {format_value(item.value)}\n")


@make_command("get", command)
@click.argument("name")
def get(context: Context, name: str) -> None:
    """Print the value of a setting; text without quotes."""
    _warn(context)
    setting = context.settings.config.lookup(name)
    if setting is None:
        raise ConfigError("", name, "is not set")
    if context.output.json:
        context.output.data(_data(setting))
        return
    value = setting.value
    text = context.output.safe(value) if isinstance(value, str) else format_value(value)
    context.output.text(f"{text}\n")


@make_command("set", command)
@_layer_options
@click.argument("name")
@click.argument("value")
def set_(context: Context, layer: Layer, name: str, value: str) -> None:
    """Set NAME to VALUE: a TOML value, or plain text."""
    from porcelain.cli.config.edit import set_value

    source, path = _file(context, layer)
    known = set_value(path, name, value, source=source)
    if context.output.json:
        context.output.data({"name": name, "value": _plain(known), "path": path})


@make_command("unset", command)
@_layer_options
@click.argument("name")
def unset(context: Context, layer: Layer, name: str) -> None:
    """Remove a setting from a file."""
    from porcelain.cli.config.edit import unset_value

    source, path = _file(context, layer)
    unset_value(path, name, source=source)
    if context.output.json:
        context.output.data({"name": name, "path": path})


@make_command("edit", command)
@_layer_options
def edit(context: Context, layer: Layer) -> None:
    """Open a configuration file in the editor; a faulty text replaces nothing."""
    import tempfile

    from porcelain.cli.config.edit import replace_text
    from porcelain.cli.run.editor import edit_settings

    source, file = _file(context, layer)
    if source == "repo":
        check_received(file)
    before = read_bytes(file) or b""
    after = edit_settings(context, before.decode("utf-8", "replace")).encode()
    try:
        replace_text(file, before, after, source=source)
    except ConfigError:
        handle, kept = tempfile.mkstemp(prefix="wj-", suffix=".toml")
        with os.fdopen(handle, "wb") as stream:
            stream.write(after)
        context.output.hint(f"The edited text is kept in {kept}; the file is as it was")
        raise
    context.output.status("Nothing changed." if after == before else f"Changed {plain(file, None)}")
    if context.output.json:
        context.output.data({"path": file, "changed": after != before})


@make_command("path", command)
@_layer_options
def path(context: Context, layer: Layer) -> None:
    """Print the paths of the configuration files, existing or not."""
    found: dict[str, str] = {}
    if layer != "repo":
        found["user"] = context.settings.user_file
    if layer == "repo" or (layer is None and context.settings.find_repository() is not None):
        found["repo"] = context.settings.repository_file()
    if context.output.json:
        context.output.data(found)
    else:
        context.output.text("".join(f"{context.output.safe(path)}\n" for path in found.values()))


def _file(context: Context, layer: Layer) -> tuple[Literal["user", "repo"], str]:
    if layer is None:
        raise Misuse("The file to change is missing", "Give `--user` or `--repo`")
    if layer == "user":
        return "user", context.settings.user_file
    return "repo", context.settings.repository_file()


def _warn(context: Context) -> None:
    for problem in context.settings.config.problems:
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
