"""`wj util`: rarely used commands."""

from __future__ import annotations

import os

import click

from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import FILE, make_command, make_group
from porcelain.cli.run.progress import ticking
from porcelain.cli.run.settings import is_ours, repository_around
from porcelain.cli.run.trust import is_trusted
from porcelain.cli.run.trust import trust as add_trusted
from porcelain.cli.shell.completion import script
from porcelain.display import counted, plain
from porcelain.errors import Refused
from porcelain.maintenance.retention import Collected, Policy, collect, rehearse


@make_group("util")
def command() -> None:
    """Run rarely used commands."""


@make_command("completion", command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(context: Context, shell: str) -> None:
    """Print a script that makes a shell complete `wj`.

    It completes commands, options, sessions, changes with their titles, operations, and words
    inside revsets. In bash, `source <(wj util completion bash)`; in zsh the same with `zsh`; in
    fish, `wj util completion fish | source`.
    """
    text = script(click.get_current_context().find_root().command, shell)
    if context.output.json:
        context.output.data({"shell": shell, "script": text})
    else:
        context.output.text(text)


@make_command("trust", command)
@click.argument("path", type=FILE, required=False)
def trust(context: Context, path: str | None) -> None:
    """Trust the repository at PATH, by default the one around the current folder.

    Commands that run inside a repository use it without `-R` only if `wj init` created it here
    or it is trusted: a folder from someone else can be laid out as a repository. The list is the
    file `wajutsu/trusted` in the user's state folder, one path a line.
    """
    found = repository_around(os.getcwd()) if path is None else os.path.realpath(path)
    if found is None:
        raise Refused("There is no repository around the current folder", code="no_repository")
    shown = plain(found, None)
    if not is_ours(found):
        raise Refused(f"{shown} is not a repository of wj", code="no_repository")
    is_new = not is_trusted(context.settings.state_folder, found)
    if is_new:
        add_trusted(context.settings.state_folder, found)
        context.output.status(f"Trusted the repository in {shown}")
    else:
        context.output.status(f"The repository in {shown} is trusted already\nNothing changed.")
    if context.output.json:
        context.output.data({"path": found, "added": is_new})


@make_command("gc", command)
@click.option(
    "--expire",
    default="",
    metavar="TIME",
    help="Prune objects older than TIME: `now`, `3.days.ago`, a date (default: two weeks)",
)
@click.option("--dry-run", is_flag=True, help="Only report, and change nothing")
def gc(context: Context, expire: str, dry_run: bool) -> None:
    """Collect garbage: combine packs, and prune unreachable objects.

    Commits that an operation in the log shows are kept. The settings `gc.keep-operations` and
    `gc.keep-days` limit the log; by default all operations stay. `wj op abandon` removes
    chosen operations.
    """
    if context.globals.at_operation is not None:
        raise Misuse("`wj util gc` works on the newest operation, not with `--at-op`")
    policy = Policy(_number(context, "gc.keep-operations"), _number(context, "gc.keep-days"))
    if dry_run:
        found = rehearse(context.repo, policy, context.now(), expire)
    else:
        with ticking(context.output, "Collecting garbage"), context.rewriting_log():
            found = collect(context.repo, policy, context.now(), expire)
    output, gone = context.output, counted(len(found.operations), "operation")
    if output.json:
        output.data(_data(found, dry_run=dry_run))
    elif dry_run:
        output.text(f"Would abandon {gone}\n")
        if found.unreachable is not None:
            objects = counted(found.unreachable, "unreachable object")
            output.text(f"Would prune {objects}, once old enough\n")
    else:
        if found.operations:
            output.status(f"Abandoned {gone}")
        output.status(f"Collected: {_bytes(found.before)} before, {_bytes(found.after)} after")


def _number(context: Context, name: str) -> int | None:
    text = context.settings.text(name)
    return int(text) if text else None


def _bytes(size: int) -> str:
    for unit in ("bytes", "KiB", "MiB"):
        if size < 10_000:
            return f"{size} {unit}"
        size //= 1024
    return f"{size} GiB"


def _data(found: Collected, *, dry_run: bool) -> dict[str, object]:
    data: dict[str, object] = {
        "dry_run": dry_run,
        "abandoned_operations": list(found.operations),
        "bytes_before": found.before,
        "bytes_after": found.after,
    }
    return data | ({"unreachable_objects": found.unreachable} if dry_run else {})
