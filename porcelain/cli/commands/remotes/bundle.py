"""`wj bundle`: conversations in one file, for machines without a network."""

from __future__ import annotations

import os

import click

from porcelain.cli.run.context import Context
from porcelain.cli.run.params import FILE, make_command, make_group
from porcelain.cli.run.remotes import limits_of, refuse_past
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.display import counted, plain
from porcelain.errors import Refused
from porcelain.exchange.remote.bundle import pack, unpack
from porcelain.graph.name_list import match_names
from porcelain.language.string_pattern import NamePattern
from porcelain.maintenance.redacting.sent_secrets import secret_places
from porcelain.model.view_value import SESSIONS
from store.remote.bundle import is_bundle
from store.remote.fetch import Source


@make_group("bundle")
def command() -> None:
    """Carry conversations to a machine without a network, in one file.

    A bundle is git's: `git clone FILE` and `git fetch FILE` read it too.
    """


@make_command("create", command)
@click.argument("file", metavar="FILE", type=FILE)
@click.option(
    "-s",
    "--session",
    "sessions",
    metavar="NAME",
    multiple=True,
    help="Only matching sessions (default: all sessions and tags)",
)
@click.option("--log", is_flag=True, help="The operation log too: everything that was ever visible")
@click.option("--allow-secrets", is_flag=True, help="Put in what looks like a key or password too")
def create(
    context: Context, file: str, sessions: tuple[str, ...], log: bool, allow_secrets: bool
) -> None:
    """Write sessions and tags, with all their commits, into FILE."""  # fmt: skip
    repo = context.repo
    patterns = [NamePattern.parse(text) for text in sessions]
    names = match_names(repo.index, SESSIONS, patterns).names if patterns else ()
    if patterns and not names:
        raise Refused("No session matches", "`wj session list` lists them", code="no_session")
    scan = None if allow_secrets else lambda commits: secret_places(repo.repository, commits)
    packed = pack(repo, file, [(SESSIONS, name) for name in names], log=log, scan=scan)
    also = " and the operation log" if log else ""
    said = f"Wrote {counted(len(packed.names), 'name')}{also} into {plain(file, None)}"
    context.output.status(said)
    if context.output.json:
        context.output.data({"file": file, "names": [name for _, name in packed.names], "log": log})


@make_command("apply", command)
@click.argument("file", metavar="FILE", type=FILE)
def apply(context: Context, file: str) -> None:
    """Merge the sessions of FILE into this repository.

    If FILE has an operation log, that is merged too.
    """
    refuse_past(context)
    path = os.path.abspath(file)
    if not os.path.isfile(path):
        raise Refused(f"There is no file {plain(file, None)}", code="no_file")
    if not is_bundle(path):
        raise Refused(
            f"{plain(file, None)} is not a bundle",
            "`wj bundle create FILE` writes one; `wj import` reads the files of agents",
            code="no_bundle",
        )
    mutation = Mutation(context)
    joined = unpack(context.repo, path, Source(path, limits_of(context)))
    context.record_head()
    output = context.output
    if joined.arrived:
        output.status(f"Received {counted(len(joined.arrived), 'operation')}")
    if joined.merge is not None:
        output.status(f"Merged both operation logs: {joined.merge.id[:12]}")
    if joined.own is not None:
        output.status("Merged the sessions of the bundle")
    if joined.before == joined.after:
        output.status("Nothing changed.")
    mutation.say_position()
    if output.json:
        output.data({"received": len(joined.arrived), "operation": context.repo.head})
