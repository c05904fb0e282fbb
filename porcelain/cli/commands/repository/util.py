"""`wj util`: rarely used commands."""

from __future__ import annotations

import click

from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command, make_group
from porcelain.display import counted
from porcelain.maintenance.retention import Collected, Policy, collect, rehearse


@make_group("util")
def command() -> None:
    """Run rarely used commands."""


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
    work = rehearse if dry_run else collect
    found = work(context.repo, policy, context.now(), expire)
    if found.operations and not dry_run:
        context.record_head(rewritten=True)
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
