"""Differences between two conversations by messages, and the place where two lines parted.

Equal messages are aligned. A message that has another one of its role in its place counts as
changed where it is the same row of its agent, or where their words are alike; otherwise one
was removed and the other added.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Literal, NamedTuple

from porcelain.language.revset.graph_walks import common_heads
from porcelain.model.message_numbers import Numbered
from porcelain.repo.interdiff import FieldChange, NumberedRows, changed_fields
from porcelain.repo.reader import RepoReader
from porcelain.transaction.rebase_descendants import starting_tree
from store.ids import EMPTY_TREE, TreeId
from store.merge.patience_diff import changes
from store.objects.objects import ObjectReader, Scratch
from store.session.session import Session
from store.tree_layout.layout import common_prefix, read_session

Kind = Literal["removed", "added", "changed"]

_WORD = re.compile(r"\w+")
_MOST_WORDS = 5_000
_ALIKE = 0.5


class MessageChange(NamedTuple):
    """A row that differs: as it was, and as it is; None if it was added or removed."""

    before: Numbered | None
    after: Numbered | None

    @property
    def kind(self) -> Kind:
        """The kind of its change."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


class ConversationDiff(NamedTuple):
    """The fields of the documents, and the rows, that differ, in order."""

    fields: tuple[FieldChange, ...]
    rows: tuple[MessageChange, ...]


class Trees(NamedTuple):
    """Two transcripts to compare, and a reader of both."""

    reader: ObjectReader
    before: TreeId
    after: TreeId


class Parting(NamedTuple):
    """Where two lines parted: the commit, and the number of rows that they share."""

    position: int
    rows: int


def trees_of_commit(repo: RepoReader, position: int) -> Trees:
    """Return the transcript of a commit, and the one that it continues: its parents', merged."""
    scratch = Scratch(repo.repository)
    parents = [repo.row(parent).id for parent in repo.graph.parents(position) if parent]
    before = starting_tree(scratch, tuple(parents)) if parents else EMPTY_TREE
    return Trees(scratch, before, _tree(repo, position))


def trees_between(repo: RepoReader, start: int, end: int) -> Trees:
    """Return the transcripts of two commits."""
    return Trees(repo.repository, _tree(repo, start), _tree(repo, end))


def diff_trees(trees: Trees) -> ConversationDiff:
    """Compare two transcripts.

    Raises:
        InvalidSession, ObjectError: one of them cannot be read.
    """
    reader, old, new = trees
    if old == new:
        return ConversationDiff((), ())
    before, after = _session(reader, old), _session(reader, new)
    fields = changed_fields(before.header, after.header) if before and after else ()
    return ConversationDiff(tuple(fields), tuple(_rows(before, after)))


def parting(repo: RepoReader, one: int, other: int) -> Parting | None:
    """Return where the lines of two commits parted.

    None if one of them continues the other, or if they have no commit in common.

    Raises:
        InvalidSession, ObjectError: one of them cannot be read.
    """
    found = common_heads([one], [other], repo.graph.parents)
    if not any(found) or one in found or other in found:
        return None
    trees = trees_between(repo, one, other)
    shared = 0
    if EMPTY_TREE not in (trees.before, trees.after):
        shared = common_prefix(trees.reader, trees.before, trees.after)
    return Parting(max(found), shared)


def _tree(repo: RepoReader, position: int) -> TreeId:
    return repo.row(position).tree if position else EMPTY_TREE


def _session(reader: ObjectReader, tree: TreeId) -> Session | None:
    return read_session(reader, tree) if tree != EMPTY_TREE else None


def _rows(before: Session | None, after: Session | None) -> Iterator[MessageChange]:
    """Yield what differs; of each place what was removed before what was added."""
    old, new = NumberedRows(before), NumberedRows(after)
    for start, end, first, last in changes(old.ids, new.ids):
        gone = [old.row(place) for place in range(start, end)]
        came = [new.row(place) for place in range(first, last)]
        waiting: list[MessageChange] = []
        while gone and came:
            was, now = gone.pop(0), came.pop(0)
            if _is_changed(was, now):
                yield from _in_order(waiting)
                waiting.clear()
                yield MessageChange(was, now)
            else:
                waiting += [MessageChange(was, None), MessageChange(None, now)]
        waiting += [MessageChange(row, None) for row in gone]
        waiting += [MessageChange(None, row) for row in came]
        yield from _in_order(waiting)


def _in_order(rows: list[MessageChange]) -> list[MessageChange]:
    return sorted(rows, key=lambda change: change.before is None)


def _is_changed(before: Numbered, after: Numbered) -> bool:
    """Tell whether one row is a version of the other."""
    was, now = before[1], after[1]
    if isinstance(was, str) or isinstance(now, str) or was.role != now.role:
        return False
    if was.native_id is not None and was.native_id == now.native_id:
        return True
    ours, theirs = (Counter(_WORD.findall(row.text)[:_MOST_WORDS]) for row in (was, now))
    total = ours.total() + theirs.total()
    return total > 0 and 2 * (ours & theirs).total() / total >= _ALIKE
