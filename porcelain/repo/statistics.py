"""Counts of the content that commits add: turns, messages, tokens, tools, times and sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from porcelain.index.text.added_rows import AddedRows, read_steps
from porcelain.index.text.said import said_at
from porcelain.repo.reader import RepoReader
from porcelain.transcript.reading.message_parts import Tokens, has_failed, parts_of, tokens_of
from porcelain.transcript.row import Row
from store.errors import InvalidSession, ObjectError
from store.ids import EMPTY_TREE, BlobId
from store.tree_layout.layout import message_ids

_DAY = 86_400_000


@dataclass(slots=True)
class Statistics:
    """Sums over some commits; each message counts once, however many forks share it.

    `tokens` is None where no message has counts. `tools` are calls, `failed` those that failed.
    `days` are messages by the days since 1970, in UTC. `stored` are the bytes of the messages,
    `whole` those of the conversations of all heads among the commits, if none shared anything.
    """

    commits: int = 0
    turns: int = 0
    roles: Counter[str] = field(default_factory=Counter)
    tokens: Tokens | None = None
    tools: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    first: int | None = None
    last: int | None = None
    days: Counter[int] = field(default_factory=Counter)
    stored: int = 0
    whole: int = 0
    unreadable: int = 0

    @property
    def messages(self) -> int:
        """The number of messages."""
        return self.roles.total()


def statistics(
    repo: RepoReader, positions: Sequence[int], progress: Callable[[int, int], object] = max
) -> Statistics:
    """Count what commits add; `progress` is told how many of them are read, and of how many."""
    found = Statistics()
    rows = AddedRows(repo.index)
    sizes: dict[BlobId, int] = {}
    responses: dict[str, Tokens] = {}
    for number, step in enumerate(read_steps(repo.index, positions), 1):
        progress(number, len(positions))
        found.commits += 1
        try:
            added = rows.of(step)
        except (InvalidSession, ObjectError):
            found.unreadable += 1
            continue
        for place, blob in added:
            if blob not in sizes:
                row = rows.read(step.row, place, blob)
                sizes[blob] = len(row.raw) if row is not None else 0
                if row is not None:
                    _count(found, row, responses, blob)
    if responses:
        found.tokens = Tokens(*(sum(counts) for counts in zip(*responses.values(), strict=True)))
    found.stored = sum(sizes.values())
    found.whole = _whole(repo, positions, sizes)
    return found


def _count(found: Statistics, row: Row, responses: dict[str, Tokens], blob: BlobId) -> None:
    found.roles[row.role or "?"] += 1
    found.turns += row.prompt
    for call in parts_of(row).calls if row.calls else ():
        found.tools[call.name] += 1
    found.failed += has_failed(row)
    counts = tokens_of(row)
    if counts is not None:
        responses[counts[0] or blob] = counts[1]  # several rows may be parts of one response
    moment = said_at(row)
    if moment is not None:
        found.first = moment if found.first is None else min(found.first, moment)
        found.last = moment if found.last is None else max(found.last, moment)
        found.days[moment // _DAY] += 1


def _whole(repo: RepoReader, positions: Sequence[int], sizes: dict[BlobId, int]) -> int:
    """Return the bytes of the heads' conversations, each counted whole."""
    chosen = set(positions)
    total = 0
    for position in positions:
        if chosen.isdisjoint(repo.graph.children(position)):
            tree = repo.row(position).tree
            if tree != EMPTY_TREE and repo.row(position).problem is None:
                total += sum(sizes.get(blob, 0) for blob in message_ids(repo.repository, tree))
    return total
