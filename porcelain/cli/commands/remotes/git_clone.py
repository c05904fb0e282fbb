"""`wj git clone`: make a repository of one's own from one elsewhere."""

from __future__ import annotations

import os
import re
import shutil

import click

from porcelain.cli.render.fetched import fetch_data, fetch_lines, refused_lines
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import FILE, make_command
from porcelain.cli.run.remotes import ORIGIN, reached, typed_url
from porcelain.cli.run.trust import trust
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.display import counted, plain
from porcelain.errors import Refused
from porcelain.exchange.remote.clone import Cloned, clone
from store.remote.remotes import add_remote, check_remote_name, list_remotes
from store.remote.url import check_url, shown_url
from store.repository.repository import Repository


@make_command("clone")
@click.argument("url", metavar="URL")
@click.argument("path", type=FILE, required=False)
@click.option("--remote", metavar="NAME", default=ORIGIN, help="The name of the remote")
def command(context: Context, url: str, path: str | None, remote: str) -> None:
    """Create a new repository at PATH from the one at URL, and track all its sessions.

    PATH is by default the last part of URL. The operation log comes along if URL has one. `@` is
    the tip of the newest session. An empty repository can be cloned too.
    """
    check_url(url)
    check_remote_name(remote)
    url = typed_url(url)
    where = path or context.globals.repository or _name_in(url)
    if os.path.lexists(where) and (not os.path.isdir(where) or os.listdir(where)):
        raise Refused(f"{plain(where, None)} exists and is not an empty folder", code="exists")
    existed = os.path.isdir(where)
    shown = plain(os.path.abspath(where), None)
    context.output.status(f"Cloning {plain(shown_url(url), None)} into {shown}")
    try:
        mutation, cloned = _clone(context, url, where, remote)
    except BaseException:
        context.close()
        shutil.rmtree(where, ignore_errors=True)
        if existed:
            os.makedirs(where, exist_ok=True)
        raise
    try:
        trust(context.settings.state_folder, context.repo.repository.path)
    except OSError as error:
        context.output.hint(f"The list of trusted repositories cannot be written: {error.strerror}")
    _report(context, mutation, cloned)


def _clone(context: Context, url: str, where: str, remote: str) -> tuple[Mutation, Cloned]:
    actor = context.actor
    made, _ = Repository.init(where, host=actor.host, random=actor.random)
    add_remote(made, remote, url)
    context.globals.repository = made.path
    mutation = Mutation(context)
    repo = context.repo
    (chosen,) = list_remotes(repo.repository)
    with reached(context, chosen) as place:
        cloned = clone(repo, place, ("wj", *context.words))
    context.record_head()
    return mutation, cloned


def _report(context: Context, mutation: Mutation, cloned: Cloned) -> None:
    if cloned.operations:
        mutation.say(f"Took over the log of {counted(cloned.operations, 'operation')}")
    for line in fetch_lines(cloned.fetched):
        mutation.say(line)
    for line in refused_lines(cloned.fetched):
        context.output.warning(line)
    mutation.report(cloned.tx, fetched=fetch_data(cloned.fetched))


def _name_in(url: str) -> str:
    """Return the last part of a URL, as a folder.

    Raises:
        Refused: it has none.
    """
    name = re.split(r"[/:]", url.rstrip("/"))[-1].removesuffix(".git")
    if not name or name in (".", ".."):
        raise Refused("The URL has no name for a folder", "Give PATH", code="no_path")
    return f"{name}.git"
