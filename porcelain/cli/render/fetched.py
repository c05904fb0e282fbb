"""The result of a fetch, line by line."""

from __future__ import annotations

from collections.abc import Sequence

from porcelain.display import counted, plain
from porcelain.exchange.remote.fetch_names import Fetched, Moved
from porcelain.language.revset.parser import format_name

_SHOWN = 100


def fetch_lines(fetched: Fetched) -> list[str]:
    """Return lines that say which names moved, and what became of commits here."""
    lines = _moved_lines(fetched.moved)
    if fetched.abandoned:
        commits = counted(fetched.abandoned, "commit")
        lines.append(f"Abandoned {commits} that the remote no longer has.")
    if fetched.rewritten:
        lines.append(f"Updated {counted(fetched.rewritten, 'rewritten commit')}.")
    return [plain(line, None) for line in lines]


def refused_lines(fetched: Fetched) -> list[str]:
    """Return warnings about the refs that were left out."""
    return [f"Not fetched: {plain(ref)} does not lead to a commit" for ref in fetched.refused]


def fetch_data(fetched: Fetched) -> list[dict[str, object]]:
    """Return the names that moved, for `--json`."""
    return [
        {
            "kind": one.part[:-1],
            "name": one.name,
            "remote": one.remote,
            "from": one.before,
            "to": one.after,
            "tracked": one.tracked,
        }
        for one in fetched.moved
    ]


def _moved_lines(moved: Sequence[Moved]) -> list[str]:
    """Return a line for each name that moved, in columns."""
    rows = [
        (
            one.part[:-1],
            f"{format_name(one.name)}@{format_name(one.remote)}",
            "[deleted]" if one.after is None else "[new]" if one.before is None else "[updated]",
            "tracked" if one.tracked else "untracked",
        )
        for one in moved[:_SHOWN]
    ]
    width = max((len(name) for _, name, _, _ in rows), default=0)
    lines = [f"{kind}: {name:{width}} {what} {state}" for kind, name, what, state in rows]
    if len(moved) > _SHOWN:
        lines.append(f"and {len(moved) - _SHOWN} more")
    return lines
