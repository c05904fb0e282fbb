"""Options and arguments of the commands for sessions and tags."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from porcelain.cli.render.names.name_list import Listing
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import LIMIT, options

names_argument = click.argument("names", nargs=-1, required=True, metavar="NAME…")
target_option = click.option(
    "-r", "--revision", "--to", "revision", metavar="REV", help="The target (default: @)"
)
backwards_option = click.option(
    "-B", "--allow-backwards", is_flag=True, help="Allow moving sessions backwards or sideways"
)
_listing_options = options(
    click.argument("names", nargs=-1, metavar="[NAME…]"),
    click.option("-a", "--all-remotes", is_flag=True, help="Show the names at all remotes too"),
    click.option("--remote", "remotes", multiple=True, metavar="REMOTE",
                 help="Show the names at matching remotes, and the local ones tied to them"),
    click.option("-t", "--tracked", is_flag=True, help="Show tracked remote names only"),
    click.option("-c", "--conflicted", is_flag=True, help="Show conflicted names only"),
    click.option("-r", "--revision", "--revisions", "revisions", multiple=True, metavar="REVSET",
                 help="Show names whose local targets are in REVSET"),
    click.option("-T", "--template", metavar="TEMPLATE", help="Render each name using TEMPLATE"),
    click.option("-n", "--limit", type=LIMIT, help="Limit number of names to show"),
    click.option("--sort", default="", metavar="KEY,…",
                 help="Sort by name, or by author- or committer- with name, email or date; "
                      "in descending order with `-` at its end"),
)  # fmt: skip


def list_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a list; the command gets them as one `Listing`, and its own apart."""

    @wraps(function)
    def with_listing(*args: Any, **given: Any) -> Any:
        own = {name: given.pop(name) for name in [*given] if name not in Listing._fields}
        asked = Listing(**given)
        if asked.all_remotes and asked.remotes:
            raise Misuse("`--all-remotes` and `--remote` cannot be used together")
        return function(*args, asked, **own)

    return _listing_options(with_listing)
