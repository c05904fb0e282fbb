"""`wj util`: what is rarely needed."""

from __future__ import annotations

import click

from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command, make_group
from porcelain.maintenance.retention import Collected, Policy, collect, rehearse


def run_gc(context: Context, expire: str, *, dry_run: bool) -> None:
    """Collect garbage, or rehearse that, and say what came of it."""
    policy = Policy(_number(context, "gc.keep-operations"), _number(context, "gc.keep-days"))
    work = rehearse if dry_run else collect
    found = work(context.repo, policy, context.now(), expire)
    if context.output.json:
        context.output.data(_data(found, dry_run=dry_run))
        return
    say = context.output.text if dry_run else context.output.status
    end = "\n" if dry_run else ""
    count = len(found.operations)
    if dry_run:
        say(f"Would abandon {count} operations{end}")
        if found.unreachable is not None:
            say(f"{found.unreachable} objects are reached by nothing, and go when old enough{end}")
        return
    if count:
        say(f"Abandoned {count} operations")
    say(f"Collected: {_bytes(found.before)} before, {_bytes(found.after)} after")


def _number(context: Context, name: str) -> int | None:
    text = context.setting(name)
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


@make_group("util")
def command() -> None:
    """Do what is rarely needed."""


@make_command("gc", command)
@click.option(
    "--expire",
    default="",
    metavar="TIME",
    help="Prune objects older than this: `now`, `3.days.ago`, a date (default: two weeks)",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing")
def gc(context: Context, expire: str, dry_run: bool) -> None:
    """Collect garbage: join packs, and prune what nothing leads to any more.

    What any operation in the log shows is kept. The settings `gc.keep-operations` and
    `gc.keep-days` say how much of the log stays; by default all of it does. `wj op abandon`
    takes out single operations.
    """
    if context.globals.at_operation is not None:
        raise Misuse("`wj util gc` works on the newest operation, not with `--at-op`")
    run_gc(context, expire, dry_run=dry_run)
