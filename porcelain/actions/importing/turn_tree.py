"""The turns of a transcript as groups of rows, one for each change, and what of them is recorded."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from porcelain.transcript.formats import has_keys, listed
from porcelain.transcript.row import Row, Transcript, Turn, heads, lineage_rows, model
from store.ids import BlobId, CommitId
from store.session.session import Session
from store.tree_layout.message_tree import digest_chain

Grouping = Literal["turn", "message", "file"]


FIRST = -1
"""Stands in `Ground.homes` for what the first turns continue."""


class Ground(NamedTuple):
    """The part of a file that is recorded already.

    `old_rows` are the rows that its source had, `old_digests` the digests of the transcripts of
    its turns then. `last` is the change that held the live end, and `present` its visible
    version or nearest visible ancestor. `tips` are the tips of the file's session. `edited` maps
    a group to the digest of the turn that it was before the file was rewritten. `document` is
    the id of the conversation that the file goes on with, if that is not its own native id.
    `homes` maps groups to the commits that stand for them although their transcripts differ: of
    a file that `wj resume` wrote, and `present` for the old live end, as turns before it may
    have been abandoned or rewritten here; and `FIRST` to the commit that the first turns
    continue. `shared` tells that another file ends in `last` too, whose session must not move
    along. `same` maps groups of an agent's fork to the changes that stand for them, as the file's
    own, `originals` does so for the digests of edited ones. `others` are the live ends of files that share rows with this one.
    """

    old_rows: Collection[int] = ()
    old_digests: Collection[bytes] = ()
    last: CommitId | None = None
    present: CommitId | None = None
    tips: Sequence[CommitId] = ()
    edited: Mapping[int, bytes] = {}
    copied: Mapping[int, bytes] = {}
    joins: bool = True
    document: str | None = None
    homes: Mapping[int, CommitId] = {}
    shared: bool = False
    same: Mapping[int, CommitId] = {}
    originals: Mapping[bytes, CommitId] = {}
    others: Sequence[CommitId] = ()


class TurnTree:
    """The groups of a transcript, parents first; group and row numbers are places in it."""

    def __init__(self, transcript: Transcript, ids: Sequence[BlobId], by: Grouping) -> None:
        """Cut a transcript into groups; `ids` are the blob ids of its rows as they are stored."""
        self.transcript = transcript
        self.ids = ids
        self.by = by
        self.groups = _groups(transcript, by)
        self.ends = set(heads(self.groups))
        lines = transcript.separators
        if transcript.session is not None:  # each part of a document has its whole header
            lines = transcript.session.parts.envelope.separators
        self._is_keyed = has_keys(transcript)
        self._odd = None if lines is None else {row - 1 for row, _ in lines.odd}
        if self._is_keyed:
            self._odd = set()  # the conversation before the whole file is a list
        self._read: tuple[int, list[Row]] = (-1, [])
        self._rooted: list[bool] = []
        self._digests: list[bytes] = []
        for group in self.groups:
            first = group.rows[0]
            is_regular = first == 0 or first not in (self._odd or ())
            self._rooted.append(is_regular if group.parent is None else self._rooted[group.parent])
            self._digests.append(self._chain(group, len(group.rows)))

    @property
    def live(self) -> int:
        """The group that holds the last row."""
        return len(self.groups) - 1

    def digest(self, number: int, count: int | None = None) -> bytes:
        """Return the digest of the transcript up to a group, or up to its first `count` rows."""
        group = self.groups[number]
        whole = count is None or count == len(group.rows)
        return self._digests[number] if whole else self._chain(group, count or 0)

    def digests(self, number: int) -> list[bytes]:
        """Return the digests of the transcript up to each row of a group."""
        group = self.groups[number]
        start = bytes(20) if group.parent is None else self._digests[group.parent]
        return list(digest_chain([self.ids[row] for row in group.rows], start))

    def rows_of(self, number: int) -> list[Row]:
        """Return the rows of a group; those of the group that was asked for last are kept."""
        if self._read[0] != number:
            rows = self.transcript.rows
            self._read = number, [rows[row] for row in self.groups[number].rows]
        return self._read[1]

    def lineage(self, number: int) -> tuple[int, ...]:
        """Return the rows of the conversation that ends with a group, in order."""
        return lineage_rows(self.groups, number)

    def is_regular(self, number: int, count: int) -> bool:
        """Tell whether the last `count` rows of a group, appended, are separated as in the file."""
        group = self.groups[number]
        before = group.rows[:-count]
        if not before and group.parent is not None:
            before = self.groups[group.parent].rows
        if self._odd is None or not self._rooted[number]:
            return False
        return self._odd.isdisjoint((*before[-1:], *group.rows[-count:]))

    def can_grow(self, number: int, count: int) -> bool:
        """Tell whether appending the last `count` rows of a group gives what the file has there.

        A file with many branches is imported in time only if each end costs no more than its own
        rows.
        """
        if not self.is_regular(number, count):
            return False
        if number not in self.ends:
            return True
        if self._is_keyed and number == self.live and self._is_line():
            return False
        rows, lines = self.groups[number].rows, self.transcript.separators
        if self.transcript.session is not None:
            return True
        if (
            lines is None
            or not (lines.end_rows or self._is_keyed)
            or not any(self.transcript.rows[row].prompt for row in rows[-count:])
        ):
            return False
        if self._is_keyed:
            return True
        return rows[-1] + 1 < len(self.transcript.rows) or lines.last == lines.between

    def _is_line(self) -> bool:
        """Tell whether the live conversation is the whole file in its order."""
        rows = self.lineage(self.live)
        return len(rows) == len(self.ids) and all(row == place for place, row in enumerate(rows))

    def before_new(self, session: Session) -> Session:
        """Return a conversation in the form in which messages are appended to it."""
        return listed(session) if self._is_keyed else session

    def last_model(self, number: int) -> str:
        """Return the last model of the conversation that ends with a group, or ""."""
        here: int | None = number
        while here is not None:
            found = model(self.rows_of(here))
            if found:
                return found
            here = self.groups[here].parent
        return ""

    def group_of(self, row: int) -> int | None:
        """Return the first group that holds a row; by file, one off the live line is in none."""
        return next((n for n, group in enumerate(self.groups) if row in group.rows), None)

    def recorded(self, old: Container[int], end: int | None) -> list[int]:
        """Return the groups that the file had when it had the `old` rows, the last one `end`.

        A branch inside a turn splits it: the group of the rows before the branch is as new as the
        branch, although its rows are old.
        """
        parents = {group.parent for group in self.groups}
        continued = {group.parent for group in self.groups if group.rows[0] in old}
        return [
            number
            for number, group in enumerate(self.groups)
            if all(row in old for row in group.rows)
            and (
                number not in parents
                or number in continued
                or group.rows[-1] == end
                or not self._is_inside(group, old)
            )
        ]

    def _is_inside(self, group: Turn, old: Container[int]) -> bool:
        """Tell whether a group is the beginning of another one that goes on with an `old` row."""
        count = len(group.rows)
        longer = (one for one in self.groups if one.parent == group.parent)
        return any(
            len(one.rows) > count and one.rows[:count] == group.rows and one.rows[count] in old
            for one in longer
        )

    def seconds(self, number: int) -> int | None:
        """Return the latest time in a group, else the transcript's, in seconds since the epoch.

        None if that is no time.
        """
        times = (row.time for row in self.rows_of(number) if row.time)
        time = max(times, default=self.transcript.updated_at)
        try:
            moment = datetime.fromisoformat(time)
        except ValueError:
            return None
        seconds = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
        return seconds if seconds >= 0 else None

    def _chain(self, group: Turn, count: int) -> bytes:
        start = bytes(20) if group.parent is None else self._digests[group.parent]
        return [start, *digest_chain([self.ids[row] for row in group.rows[:count]], start)][-1]


def _groups(transcript: Transcript, by: Grouping) -> tuple[Turn, ...]:
    if by == "turn" or not transcript.rows:
        return transcript.turns
    if by == "file":
        return (Turn(lineage_rows(transcript.turns, len(transcript.turns) - 1), None),)
    groups: list[Turn] = []
    last: dict[int, int] = {}
    for number, turn in enumerate(transcript.turns):
        parent = last[turn.parent] if turn.parent is not None else None
        for row in turn.rows:
            groups.append(Turn((row,), parent))
            parent = len(groups) - 1
        last[number] = len(groups) - 1
    return tuple(groups)
