"""`wj git fetch`: bring the sessions and tags of other repositories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

import click

from porcelain.cli.render.fetched import fetch_data, fetch_lines, refused_lines
from porcelain.cli.render.names.name_list import patterns_of
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command
from porcelain.cli.run.remotes import reached, refuse_past, remotes_to_fetch, tracked_patterns
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.exchange.remote.fetch_names import (
    Choice,
    Listing,
    import_names,
    index_commits,
    receive,
)
from porcelain.graph.name_list import fits
from porcelain.index.view_rows import get_row, remote_part
from porcelain.language.string_pattern import NamePattern
from porcelain.model.view_value import SESSIONS, TAGS
from store.remote.fetch import Received


@make_command("fetch")
@click.option(
    "--remote",
    "named",
    metavar="REMOTE",
    multiple=True,
    help="Fetch from matching remotes (default: git.fetch, the only one, or origin)",
)
@click.option("--all-remotes", is_flag=True, help="Fetch from all remotes")
@click.option(
    "-s",
    "--session",
    "-b",
    "--bookmark",
    "sessions",
    metavar="NAME",
    multiple=True,
    help="Fetch only matching sessions",
)
@click.option("-t", "--tag", "tags", metavar="NAME", multiple=True, help="Fetch only matching tags")
@click.option("--tracked", is_flag=True, help="Fetch only tracked sessions")
def command(
    context: Context,
    named: tuple[str, ...],
    all_remotes: bool,
    sessions: tuple[str, ...],
    tags: tuple[str, ...],
    tracked: bool,
) -> None:
    """Fetch sessions and tags from remotes, and merge those that are tracked.

    A tracked session moves with the remote's; moved here as well, it may become conflicted. Others
    show as NAME@REMOTE; `wj session track` tracks one.
    """  # fmt: skip
    refuse_past(context)
    chosen = remotes_to_fetch(context, named, every=all_remotes)
    mutation = Mutation(context)
    repo = context.repo
    wanted = {SESSIONS: patterns_of(sessions), TAGS: patterns_of(tags)}
    is_bound = bool(sessions or tags)
    with Received(repo.repository) as received:
        listings: list[Listing] = []
        refused: list[str] = []
        for remote in chosen:
            with ExitStack() as stack:
                place = stack.enter_context(reached(context, remote))
                new = tracked_patterns(context, remote.name)
                choice = _choice(context, remote.name, wanted, new, bound=is_bound, tracked=tracked)
                listing = Listing(place, place.names(place.refs(repo.repository)), choice)
                receive(received, listing)
                refused += index_commits(repo.index, repo.repository, listing)
                listings.append(listing)
        received.land()
        with context.transaction() as tx:
            fetched = import_names(tx, listings, refused)
    for line in fetch_lines(fetched):
        mutation.say(line)
    for line in refused_lines(fetched):
        context.output.warning(line)
    mutation.report(tx, fetched=fetch_data(fetched))


def _choice(
    context: Context,
    remote: str,
    wanted: Mapping[str, Sequence[NamePattern]],
    new: Sequence[NamePattern],
    *,
    bound: bool,
    tracked: bool,
) -> Choice:
    def is_wanted(part: str, name: str) -> bool:
        if tracked:
            value = get_row(context.repo.index, remote_part(remote, part), name) or ""
            if not value.startswith("tracked "):
                return False
        return not bound or fits(wanted[part], name)

    return Choice(is_wanted, lambda part, name: part == TAGS or fits(new, name))
