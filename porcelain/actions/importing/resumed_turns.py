"""The commits that hold turns of a file, and those before its rows, although they differ from it.

They are found by the stored rows: `wj resume` wrote the file, or it goes on where another ends.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Iterable, Iterator
from typing import NamedTuple

from porcelain.actions.importing.source_book import Known, SourceBook
from porcelain.actions.importing.turn_tree import TurnTree
from porcelain.actions.recording.match_prefix import first_parents, longest_prefix
from porcelain.graph.visible_versions import visible_version
from porcelain.model.source import Source
from porcelain.transaction.transaction import Transaction
from porcelain.transcript.formats import read_rows
from porcelain.transcript.json_lines import read_object
from porcelain.transcript.row import Base, Transcript, message_count, title
from store.errors import InvalidSession
from store.ids import CommitId, TreeId
from store.session.message import message_ids
from store.session.session import Session
from store.tree_layout.facts import read_facts
from store.tree_layout.layout import read_session, write_session


def resumed_turns(
    tx: Transaction, tree: TurnTree, old: Container[int], present: CommitId
) -> dict[int, CommitId]:
    """Map the groups of a file to the commits of a line that end with their last known row.

    Of several, as after a fork, it is the newest. The file lacks rows of the conversation, so
    its turns cannot be found by their digests. `present` is the end of the line, `old` has the
    rows that the file had at the last import.
    """
    ends: dict[int, CommitId] = {}
    for row in first_parents(tx, present):
        ends.setdefault(row.rows or 0, row.id)
    counts = sorted(ends)
    session = read_session(tx.batch, TreeId(tx.commit(present).tree))
    places = {one: place for place, one in enumerate(message_ids(session.messages))}
    found = {}
    for number, group in enumerate(tree.groups):
        known = (row for row in reversed(group.rows) if row in old and tree.ids[row] in places)
        last = next(known, None)
        if last is not None:
            found[number] = ends[counts[bisect_right(counts, places[tree.ids[last]])]]
    return found


def forked_turns(
    tx: Transaction, tree: TurnTree, turns: Iterable[int], present: CommitId
) -> dict[int, CommitId]:
    """Map turns of an agent's fork to changes of the original that stand for them.

    They have the same messages, and lack rows that are no messages, such as a title. They are on
    the line that ends with `present`.
    """
    line = list(first_parents(tx, present))
    rows = tree.transcript.rows
    found = {}
    for number in turns:
        said = [tree.ids[row] for row in tree.lineage(number) if rows[row].role]
        for one in line:
            if one.messages == len(said):
                there = {*message_ids(read_session(tx.batch, TreeId(one.tree)).messages)}
                if there.issuperset(said):
                    found[number] = one.id
                    break
    return found


def originals(
    tx: Transaction, before: TurnTree, edited: Iterable[bytes], present: CommitId | None
) -> dict[bytes, CommitId]:
    """Map digests of turns that an agent's fork had to the original's changes that stand for them.

    `edited` are the digests of the turns in `before` that were edited; a change with such a
    transcript needs no other to stand for it.
    """
    wanted = {digest for digest in edited if longest_prefix(tx, [digest], ()) is None}
    turns = [n for n in range(len(before.groups)) if before.digest(n) in wanted]
    if present is None or not turns:
        return {}
    found = forked_turns(tx, before, turns, present)
    return {before.digest(number): commit_id for number, commit_id in found.items()}


class Begun(NamedTuple):
    """The commit with the rows before a file's own, and the source of the file they are in."""

    commit: CommitId
    key: str
    source: Source


def base_end(tx: Transaction, book: SourceBook, transcript: Transcript) -> Begun | None:
    """Find the commit that holds just the rows which a file goes on from.

    The file with these rows has to be a source, whose change is visible. Where the rows end
    inside a turn, a commit with its first rows is staged. None if there is nothing to go on from.
    """
    for known, count in _bases(book, transcript):
        present = visible_version(tx.index, known.source.commit)
        if present is not None:
            found = _commit_at(tx, known, count, present, transcript.format)
            if found is not None:
                return Begun(found, known.key, known.source)
    return None


def has_base(book: SourceBook, transcript: Transcript) -> bool:
    """Tell whether the file that a transcript goes on from is a source."""
    return any(_bases(book, transcript))


def _bases(book: SourceBook, transcript: Transcript) -> Iterator[tuple[Known, int]]:
    """Yield the sources whose files begin with the rows before a file's own, and their number."""
    base = transcript.base
    if base is None:
        return
    names = (base.file, transcript.parent or base.file, transcript.native_id)
    keys = [key for name in names for key in book.named(transcript.format, name)]
    for known in map(book.load, dict.fromkeys(keys)):
        count = _rows_of(known, base) if known is not None else None
        if known is not None and count is not None:
            yield known, count


def _rows_of(known: Known, base: Base) -> int | None:
    """Return the number of rows in the first bytes of a source's file; None if it is another."""
    data = known.rows.to_bytes()
    count = data.count(b"\n", 0, base.size)
    is_cut = 0 < base.size <= len(data) and data[base.size - 1 : base.size] == b"\n"
    if not is_cut or count > known.source.rows:
        return None
    try:
        ordinal = read_object(known.rows.raw(count - 1)).get("ordinal")
    except InvalidSession:
        return None
    return count if ordinal == base.ordinal - 1 else None


def _commit_at(
    tx: Transaction, known: Known, count: int, present: CommitId, format_: str
) -> CommitId | None:
    """Return a commit that ends with a row of a source, on the line that ends with `present`."""
    session = read_session(tx.batch, TreeId(tx.commit(present).tree))
    wanted = known.rows.session.messages[count - 1].blob_id
    ids = message_ids(session.messages)
    if wanted not in ids:
        return None  # it was rewritten here
    rows = ids.index(wanted) + 1
    line = (row for row in first_parents(tx, present) if (row.rows or 0) <= rows)
    nearest = next(line, None)
    before = nearest.rows or 0 if nearest is not None else 0
    rest = read_rows(format_, (message.raw for message in session.messages[before:rows]))
    if nearest is not None and not any(row.role for row in rest):
        return nearest.id
    told = read_rows(format_, (message.raw for message in session.messages[:rows]))
    count, said = message_count(told), title(told)
    cut = session.with_messages(session.messages[:rows], title=said, message_count=count)
    return _staged(tx, cut, present, nearest and nearest.id)


def _staged(tx: Transaction, cut: Session, whole: CommitId, parent: CommitId | None) -> CommitId:
    """Stage a commit with the first rows of the conversation of another."""
    like = tx.commit(whole)
    tree = write_session(tx.batch, cut, read_facts(tx.batch, like.tree).layout, like.tree)
    made = tx.stage_new(tree, (parent,) if parent else (), None, like.author)
    tx.show([made])
    return made
