"""The format of a conversation's rows: one name, or runs of names where formats are mixed.

In a document it is the member `format`: absent means pawan, a text names the one format, and
`[["claude-code", 40], ["pawan", 2]]` gives the number of rows of each format, in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

PAWAN = "pawan"
FIELD = "format"

Runs = tuple[tuple[str, int], ...]
Format = str | Runs


def read_format(value: object) -> Format:
    """Return the format that a document's member gives; an invalid value means pawan."""
    if isinstance(value, str) and value:
        return value
    if isinstance(value, list) and value:
        runs = [_read_run(run) for run in value]
        known = tuple(run for run in runs if run is not None)
        if len(known) == len(runs):
            return known
    return PAWAN


def format_value(format_: Format) -> object:
    """Return the value of a document's member for a format."""
    return format_ if isinstance(format_, str) else [list(run) for run in format_]


def runs_of(format_: Format, rows: int) -> Runs:
    """Return the format as runs over `rows` rows."""
    return ((format_, rows),) if isinstance(format_, str) else format_


def format_of(runs: Sequence[tuple[str, int]], otherwise: Format) -> Format:
    """Return the format of runs, equal neighbours joined; the one of `otherwise` without rows."""
    filled = [run for run in runs if run[1] > 0]
    groups = groupby(filled, key=lambda run: run[0])
    joined = [(name, sum(count for _, count in group)) for name, group in groups]
    if not joined:
        return otherwise if isinstance(otherwise, str) else otherwise[0][0]
    return joined[0][0] if len(joined) == 1 else tuple(joined)


def fit_format(format_: Format, rows: int) -> Format:
    """Return the format after a cut to `rows` rows, or after more rows of the last format."""
    if isinstance(format_, str):
        return format_
    fitted: list[tuple[str, int]] = []
    left = rows
    for name, count in format_:
        fitted.append((name, min(count, left)))
        left -= fitted[-1][1]
    fitted.append((format_[-1][0], left))
    return format_of(fitted, format_)


def names_by_row(format_: Format, rows: int) -> list[str]:
    """Return the name of each row's format."""
    return [name for name, count in runs_of(format_, rows) for _ in range(count)]


def name_at(format_: Format, row: int) -> str:
    """Return the name of one row's format."""
    if isinstance(format_, str):
        return format_
    for name, count in format_:
        if row < count:
            return name
        row -= count
    return format_[-1][0]


def _read_run(run: object) -> tuple[str, int] | None:
    if not isinstance(run, list) or len(run) != 2:
        return None
    name, count = run
    if not isinstance(name, str) or not name or type(count) is not int or count < 0:
        return None
    return name, count
