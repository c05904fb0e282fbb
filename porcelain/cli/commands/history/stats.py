"""`wj stats`: conversations counted, as a table and a small chart."""

from __future__ import annotations

import time
from collections.abc import Iterator

import click

from porcelain.cli.run.colors import Piece
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command, revset_option
from porcelain.cli.run.progress import Progress
from porcelain.display import counted, iso_time, local_time, plain
from porcelain.repo.statistics import Statistics, statistics

_MOST_TOOLS = 10
_MOST_DAYS = 14
_WIDTH = 40
_DAY = 86_400
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


@make_command("stats")
@click.argument("revisions", nargs=-1, metavar="[REVSET…]")
@revset_option("-r", "--revisions", "named", help="The same as REVSET")
def command(context: Context, revisions: tuple[str, ...], named: tuple[str, ...]) -> None:
    """Count turns, messages, tokens, calls of tools, times and sizes.

    Counted is what the commits of REVSET add, by default `::@`, the conversation at `@`; each
    message once, however many forks share it. `wj stats 'all()'` counts everything. Tokens are
    known where the agent recorded them.
    """
    repo = context.reader
    chosen = context.select(*((*revisions, *named) or ("::present(@)",)))
    positions = [position for position in chosen.positions() if position]
    with Progress(context.output, "Counting") as progress:
        found = statistics(repo, positions, progress.reach)
    if context.output.json:
        context.output.data(_data(found))
        return
    context.output.start_pager()
    context.output.text([*_table(found), *_chart(found)])


def _table(found: Statistics) -> Iterator[Piece]:
    roles = ", ".join(f"{count} {role}" for role, count in found.roles.most_common())
    rows = [
        ("Commits", f"{found.commits}"),
        ("Turns", f"{found.turns}"),
        ("Messages", f"{found.messages}" + (f" ({roles})" if roles else "")),
    ]
    if found.tokens is not None:
        rows.append(("Tokens", f"{found.tokens.read:,} read, {found.tokens.written:,} written"))
    if found.tools:
        failed = f", {found.failed} failed" if found.failed else ""
        rows.append(("Tools", f"{counted(found.tools.total(), 'call')}{failed}"))
    if found.first is not None and found.last is not None:
        first, last = (local_time(moment // 1000) for moment in (found.first, found.last))
        rows.append(("Time", f"{first} to {last}"))
    rows.append(("Stored", _size(found.stored)))
    shared = max(found.whole - found.stored, 0)
    rows.append(("Shared", f"{_size(shared)} that forks would store again"))
    if found.unreadable:
        rows.append(("Damaged", counted(found.unreadable, "commit")))
    for title, text in rows:
        yield "", f"{title:<9}: {text}\n"


def _chart(found: Statistics) -> Iterator[Piece]:
    tools = {plain(name, 20): count for name, count in found.tools.most_common(_MOST_TOOLS)}
    days = {
        time.strftime("%Y-%m-%d", time.gmtime(day * _DAY)): found.days[day]
        for day in sorted(found.days)[-_MOST_DAYS:]
    }
    for title, bars in (("Calls of tools", tools), ("Messages a day", days)):
        if len(bars) > 1:
            yield "", f"\n{title}\n"
            widest, most = max(map(len, bars)), max(bars.values())
            for name, count in bars.items():
                yield "", f"  {name:<{widest}} "
                yield "bar", "█" * max(1, round(_WIDTH * count / most))
                yield "", f" {count}\n"


def _size(count: int) -> str:
    size, unit = float(count), 0
    while size >= 1024 and unit < len(_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{size:.1f} {_UNITS[unit]}" if unit else counted(count, "byte")


def _data(found: Statistics) -> dict[str, object]:
    tokens = found.tokens
    return {
        "commits": found.commits,
        "turns": found.turns,
        "messages": found.messages,
        "roles": dict(found.roles),
        "tokens": None if tokens is None else tokens._asdict(),
        "tools": dict(found.tools),
        "failed_calls": found.failed,
        "first": None if found.first is None else iso_time(found.first // 1000),
        "last": None if found.last is None else iso_time(found.last // 1000),
        "days": {
            time.strftime("%Y-%m-%d", time.gmtime(day * _DAY)): found.days[day]
            for day in sorted(found.days)
        },
        "stored_bytes": found.stored,
        "whole_bytes": found.whole,
        "unreadable": found.unreadable,
    }
