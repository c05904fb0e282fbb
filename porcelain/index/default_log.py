"""The commits that the log shows by default, and how many heads it leaves out.

A repository of up to `SMALL` commits is shown whole. Of a larger one: `@` and the changes before
it, the newest heads, and for each of them the commit where its line parted from others.
"""

from __future__ import annotations

from typing import NamedTuple

from store.index.commit_index import Index

SMALL = 50
_OWN = 10
_HEADS = 10
_MOST_STEPS = 12


class DefaultLog(NamedTuple):
    """Positions, ascending, None for all visible ones; and the number of heads left out."""

    positions: tuple[int, ...] | None
    more_heads: int


def default_log(index: Index, here: int | None) -> DefaultLog:
    """Return what the log shows; `here` is the position of `@`."""
    visible = index.query("SELECT pos FROM commits WHERE visible = 1 LIMIT ?", (SMALL + 1,))
    if len(visible) <= SMALL:
        return DefaultLog(None, 0)
    heads = newest_heads(index, _HEADS)
    chosen = {*heads, *(place for head in heads if (place := _parting(index, head)) is not None)}
    chosen.update(_own_line(index, here) if here else ())
    shown = index.query_among(
        "SELECT count(*) FROM roots WHERE mark = 'visible' AND pos IN ({})", sorted(chosen)
    )
    total = index.query("SELECT count(*) FROM roots WHERE mark = 'visible'")[0][0]
    return DefaultLog(tuple(sorted(chosen)), total - sum(count for (count,) in shown))


def newest_heads(index: Index, count: int) -> list[int]:
    """Return the positions of the heads with the newest times, newest first."""
    # A head without any child is a leaf, which has an index by time; others have hidden children.
    found = index.query(
        "SELECT pos, time FROM commits WHERE leaf = 1 AND visible = 1 "
        "ORDER BY time DESC, id DESC LIMIT ?",
        (count,),
    )
    found += index.query(
        "SELECT commits.pos, time FROM roots JOIN commits ON commits.pos = roots.pos "
        "WHERE mark = 'visible' ORDER BY roots.pos DESC LIMIT ?",
        (count,),
    )
    newest = sorted(dict(found).items(), key=lambda one: (one[1], one[0]), reverse=True)
    return [position for position, _ in newest[:count]]


def _own_line(index: Index, here: int) -> list[int]:
    """Return `@` and the changes before it, along first parents."""
    found = [here]
    while len(found) <= _OWN and (above := index.parents(found[-1])) and above[0]:
        found.append(above[0])
    return found


def _parting(index: Index, head: int) -> int | None:
    """Return the nearest commit before a head that several commits continue, if it is near."""
    position = head
    for _ in range(_MOST_STEPS):
        above = index.parents(position)
        if not above or not above[0]:
            return None
        position = above[0]
        if len(index.children(position, "visible")) > 1:
            return position
    return None
