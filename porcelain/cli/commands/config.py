"""`wj config`: look at and change settings."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.params import command as make_command
from porcelain.cli.params import group, pass_context
from porcelain.cli.settings import (
    Layer,
    layer_options,
    list_settings,
    set_setting,
    show_paths,
    show_setting,
    unset_setting,
)


@group("config")
def command() -> None:
    """Look at and change settings, in your own file or the repository's.

    The command line's settings win over the repository's, those over your own, and those over
    the built-in ones. A repository's own file may set only what cannot name a program or path.
    """


@make_command("list")
@click.argument("name", default="", metavar="[NAME]")
@layer_options
@click.option("--include-defaults", is_flag=True, help="List built-in values too")
@click.option("--include-overridden", is_flag=True, help="List values that others override too")
@pass_context
def list_(
    context: Context, name: str, layer: Layer, include_defaults: bool, include_overridden: bool
) -> None:
    """List settings, those at or under NAME."""
    list_settings(context, name, layer, defaults=include_defaults, overridden=include_overridden)


@make_command("get")
@click.argument("name")
@pass_context
def get(context: Context, name: str) -> None:
    """Write the value of a setting."""
    show_setting(context, name)


@make_command("set")
@layer_options
@click.argument("name")
@click.argument("value")
@pass_context
def set_(context: Context, layer: Layer, name: str, value: str) -> None:
    """Set NAME to VALUE, which is TOML or else the text itself."""
    set_setting(context, layer, name, value)


@make_command("unset")
@layer_options
@click.argument("name")
@pass_context
def unset(context: Context, layer: Layer, name: str) -> None:
    """Take a setting out of a file."""
    unset_setting(context, layer, name)


@make_command("path")
@layer_options
@pass_context
def path(context: Context, layer: Layer) -> None:
    """Show where the files are, or would be."""
    show_paths(context, layer)


for part in (list_, get, set_, unset, path):
    command.add_command(part)
