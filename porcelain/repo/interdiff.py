"""Differences between a version of a change and its predecessors.

The predecessors are rebased onto its parents first, in memory, so that a mere rebase is no
difference, and squashed commits count together. A version without predecessors is compared with
its parents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from porcelain.model.message_numbers import Numbered, messages_among, numbered
from porcelain.repo.reader import RepoReader
from porcelain.transaction.rebase_descendants import is_generated, replayed, starting_tree
from porcelain.transcript.format_table import format_named
from store.document.row_format import names_by_row
from store.ids import EMPTY_TREE, CommitId, TreeId
from store.merge.patience_diff import changes
from store.objects.commit import Commit, read_commit
from store.objects.objects import ObjectReader, Scratch
from store.session.message import message_ids
from store.session.session import Session
from store.tree_layout.layout import read_session

if TYPE_CHECKING:
    from porcelain.transcript.row import Row

_WRITTEN = "updated_at"


class RowChange(NamedTuple):
    """A changed row: old and new; None if it was added or removed.

    Each has its number in its own conversation.
    """

    before: Numbered | None
    after: Numbered | None


class FieldChange(NamedTuple):
    """A changed field of the document's header; None where it is missing.

    The time of the last write does not count.
    """

    name: str
    before: object
    after: object


class VersionDiff(NamedTuple):
    """The description as (before, after), fields by name, and rows in order, where they differ."""

    description: tuple[str, str] | None
    fields: tuple[FieldChange, ...]
    rows: tuple[RowChange, ...]

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.description or self.fields or self.rows)


def version_diff(
    repo: RepoReader, commit_id: CommitId, predecessors: Sequence[CommitId]
) -> VersionDiff:
    """Return the difference between a commit and its predecessors.

    Raises:
        InvalidSession, ObjectError: one of them cannot be read.
    """
    scratch = Scratch(repo.repository)
    commit = read_commit(scratch, commit_id)
    before = [read_commit(scratch, one) for one in predecessors]
    tree = _moved(scratch, before, commit.parents)
    said = "\n\n".join(text for one in before if (text := _description(scratch, one)))
    now = _description(scratch, commit)
    return VersionDiff(
        (said, now) if said != now else None,
        *(_compared(scratch, tree, commit.tree) if tree != commit.tree else ((), ())),
    )


def _moved(scratch: Scratch, commits: Sequence[Commit], parents: Sequence[CommitId]) -> TreeId:
    """Return the changes of these commits, replayed on other parents."""
    if len(commits) == 1 and commits[0].parents == tuple(parents):
        return commits[0].tree
    tree = starting_tree(scratch, tuple(parents))
    for commit in commits:
        tree = replayed(scratch, commit.tree, starting_tree(scratch, commit.parents), tree)
    return tree


def _description(scratch: Scratch, commit: Commit) -> str:
    return "" if is_generated(scratch, commit) else commit.message.strip("\n")


def _compared(
    reader: ObjectReader, old: TreeId, new: TreeId
) -> tuple[tuple[FieldChange, ...], tuple[RowChange, ...]]:
    before = read_session(reader, old) if old != EMPTY_TREE else None
    after = read_session(reader, new) if new != EMPTY_TREE else None
    fields = changed_fields(before.header, after.header) if before and after else ()
    return tuple(fields), tuple(_rows(before, after))


def changed_fields(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[FieldChange]:
    """Yield the fields of two headers that differ."""
    for name in dict.fromkeys((*old, *new)):
        if name != _WRITTEN and old.get(name) != new.get(name):
            yield FieldChange(name, old.get(name), new.get(name))


def _rows(before: Session | None, after: Session | None) -> Iterator[RowChange]:
    """Yield the changed rows; rows at the same place as pairs."""
    old, new = NumberedRows(before), NumberedRows(after)
    for start, end, first, last in changes(old.ids, new.ids):
        for place in range(max(end - start, last - first)):
            gone = old.row(start + place) if start + place < end else None
            came = new.row(first + place) if first + place < last else None
            yield RowChange(gone, came)


class NumberedRows:
    """The rows of a session, with the numbers of messages, read on demand in ascending order."""

    def __init__(self, session: Session | None) -> None:
        """Read nothing yet; None has no rows."""
        self._session = session
        self._before: tuple[int, int] | None = None  # a place, and the messages before it
        self.messages = session.messages if session else ()
        self.ids = message_ids(self.messages)
        self.formats = names_by_row(session.format, len(self.messages)) if session else []

    def row(self, place: int) -> Numbered:
        """Return a row with its number; the reason in place of one that cannot be read."""
        read: Row | str
        try:
            read = format_named(self.formats[place]).read_row(self.messages[place].raw)
        except Exception as error:  # noqa: BLE001 - the error is shown in place of the row
            read = f"cannot be read: {error}"
        assert self._session is not None
        if self._before is None or self._before[0] != place:
            self._before = place, messages_among(self._session, place)
        ((number, _),) = found = numbered([read], self._before[1])
        self._before = place + 1, number or self._before[1]
        return found[0]
