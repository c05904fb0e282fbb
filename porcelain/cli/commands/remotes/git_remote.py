"""`wj git remote`: the repositories that sessions are exchanged with."""

from __future__ import annotations

import click

from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command, make_group
from porcelain.cli.run.remotes import typed_url
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.display import plain
from porcelain.exchange.remote.remote_names import forget_remote, rename_remote_names
from store.remote import remotes
from store.remote.url import shown_url

_name = click.argument("name", metavar="NAME")


@make_group("remote")
def command() -> None:
    """Manage remotes: other repositories to fetch from and push to.

    They are in the repository's git config, so git knows them too. An undo does not change them.
    """


@make_command("add", command)
@_name
@click.argument("url", metavar="URL")
@click.option("--push-url", metavar="URL", help="Push there instead")
def add(context: Context, name: str, url: str, push_url: str | None) -> None:
    """Add a remote; `wj git fetch` then fetches its sessions."""
    also = typed_url(push_url) if push_url else ""
    remotes.add_remote(context.repo.repository, name, typed_url(url), also)
    _say(context, f"Added remote {plain(name)}: {plain(shown_url(url), None)}")


@make_command("list", command)
def list_(context: Context) -> None:
    """List remotes and their URLs, without passwords."""
    found = remotes.list_remotes(context.repo.repository)
    if context.output.json:
        context.output.data(
            [
                {"name": one.name, "url": shown_url(one.url), "push_url": shown_url(one.push_url)}
                for one in found
            ]
        )
        return
    for one in found:
        also = f" (push: {shown_url(one.push_url)})" if one.push_url != one.url else ""
        context.output.text(context.output.safe(f"{one.name} {shown_url(one.url)}{also}") + "\n")


@make_command("remove", command)
@_name
def remove(context: Context, name: str) -> None:
    """Remove a remote, and forget its sessions and tags; commits stay."""
    mutation = Mutation(context)
    remotes.remove_remote(context.repo.repository, name)
    with context.transaction() as tx:
        forget_remote(tx, name)
    mutation.say(f"Removed remote {plain(name)}")
    mutation.report(tx, remote=name)


@make_command("rename", command)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
def rename(context: Context, old: str, new: str) -> None:
    """Give a remote another name; its sessions and tags follow."""
    mutation = Mutation(context)
    remotes.rename_remote(context.repo.repository, old, new)
    with context.transaction() as tx:
        rename_remote_names(tx, old, new)
    mutation.say(f"Renamed remote {plain(old)} to {plain(new)}")
    mutation.report(tx, renamed={"from": old, "to": new})


@make_command("set-url", command)
@_name
@click.argument("url", metavar="URL", required=False)
@click.option("--push-url", metavar="URL", help="Push there instead")
def set_url(context: Context, name: str, url: str | None, push_url: str | None) -> None:
    """Set the URL of a remote, or the one that it is pushed to."""
    if url is None and push_url is None:
        raise Misuse("The URL is missing", "Give URL, `--push-url URL`, or both")
    both = [one if one is None else typed_url(one) for one in (url, push_url)]
    remotes.set_url(context.repo.repository, name, *both)
    _say(context, f"Set the URL of remote {plain(name)}")


def _say(context: Context, text: str) -> None:
    context.output.status(text)
    if context.output.json:
        context.output.data({"done": text})
