"""Record sources that no import of turns makes: files written here, and containers.

Every source is checked here before it is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from porcelain.actions.importing.find_source import FileRows
from porcelain.actions.importing.known_rows import KnownRows, copy_of
from porcelain.actions.importing.source_book import SourceBook
from porcelain.index.source_rows import put_rows
from porcelain.model.copied_row import CopiedRow
from porcelain.model.source import CONTAINER, MOST_EARLIER, Source, SourceKey
from porcelain.model.stored_source import (
    StoredContainer,
    StoredSource,
    commit_source,
    read_source,
    write_source,
)
from porcelain.transaction.transaction import Transaction
from porcelain.transcript.formats import keyed_rows, to_session
from porcelain.transcript.input import Input
from porcelain.transcript.row import Transcript
from store.document.separators import measure_elements, measure_lines
from store.errors import InvalidSession, ObjectError
from store.ids import CommitId, TreeId
from store.objects.commit import read_commit
from store.objects.objects import blob_id
from store.objects.tree import FILE, TREE, TreeEntry
from store.session.held_messages import HeldMessages
from store.session.message import LazyMessages, Message, message_ids
from store.session.session import Session
from store.tree_layout.layout import read_session

SOURCES_VERSION = 2
"""The repository version from which on imports keep sources."""


def record_source(
    tx: Transaction,
    transcript: Transcript,
    places: Sequence[int | None],
    commit_id: CommitId,
    *,
    session: str,
    location: str,
) -> str:
    """Record a file that holds the conversation of a commit, and return the source's key.

    `places` has, for each row of the file, the place of the conversation's row that it stands
    for, or None. Such a row is stored as the conversation has it, with the file's differences,
    so that nothing which the writer of the file changed is ever taken for an edit. What an agent
    adds to the file continues the commit, and moves the session.

    Raises:
        InvalidSession: the stored rows would not give the file back.
    """
    messages = read_session(tx.batch, tx.commit(commit_id).tree).messages
    file = FileRows(transcript, transcript.rows, message_ids(to_session(transcript).messages))
    ids = list(file.ids)
    raws: dict[int, bytes] = {}
    copied: dict[int, CopiedRow] = {}
    for row, place in enumerate(places):
        if place is not None and messages[place].blob_id != ids[row]:
            ids[row] = messages[place].blob_id
            raws[row] = messages[place].raw
            copied[row] = copy_of(file, file.rows[row].raw, raws[row])
    rows = KnownRows(ids, raws, copied, {}, redacted=())
    whole = with_torn(rows.stored(transcript))
    stored = write_source(tx.batch, StoredSource(whole, copied), tx.signature())
    check_stored(tx, stored, whole, file, rows, transcript.native_id)
    tx.needs_version(SOURCES_VERSION)
    book = SourceBook(tx)
    key = book.new_key(transcript.format, transcript.native_id)
    source = Source(len(ids), commit_id, session, stored, location=location, resumed=True)
    book.put(key, source)
    keys = keyed_rows(transcript.format, [message.raw for message in whole.messages])
    put_rows(tx.index, key, stored, keys)
    return key


class FileTree(NamedTuple):
    """The stored rows of one conversation of a file: their tree, and their number.

    `is_redacted` tells that rows of it are stored redacted.
    """

    tree: TreeId
    rows: int
    is_redacted: bool


class ContainerRecorder:
    """The recording of a file with several conversations, so that it comes back byte for byte.

    Each part is added behind the one before it, once its conversation is recorded as a source.
    """

    def __init__(self, tx: Transaction, book: SourceBook, data: Input, location: str) -> None:
        """Begin before the first part of a file; `location` is where it lies."""
        self._tx = tx
        self._book = book
        self._data = data
        self._location = location
        self._known = book.container(location)
        self._is_kept = self._known is not None and self._known[1].redacted
        self._done = 0
        self._parts: list[TreeEntry] = []
        self._texts: list[str] = []
        self._rows = 0
        self._is_redacted = False
        self._last: str | None = None
        self._before = dict(book.sources) if self._known is None and book.containers else {}
        self._were: set[str] = set()  # trees that its conversations had before
        self._kinds: set[str] = set()
        self._newest = ""

    def add(self, place: tuple[int, int], stage: Callable[[], FileTree], source: str) -> None:
        """Add a conversation that was recorded as `source`; `stage` stages its tree."""
        self._last = source
        if not self._is_kept:
            part = stage()
            self._add(place, TreeEntry("", TREE, part.tree))
            self._rows += part.rows
            self._is_redacted = self._is_redacted or part.is_redacted

    def note(self, source: str, kind: str, time: str) -> None:
        """Note the kind of a conversation that was added, and the time of its newest row."""
        self._kinds.add(kind)
        self._newest = max(self._newest, time)
        before = self._before.get(source)
        if before is not None and before.stored is not None:
            self._were.add(read_commit(self._tx.batch, before.stored).tree)

    def add_other(self, place: tuple[int, int]) -> None:
        """Add a part that is no conversation, or one that was not recorded."""
        if not self._is_kept:
            blob = self._tx.batch.add("blob", self._data.read(*place))
            self._add(place, TreeEntry("", FILE, blob))

    def finish(self) -> str | None:
        """Record the file, and return its key.

        A file that shares conversations with one elsewhere is a version of that. None where it was
        redacted here, and keeps the version that it has; where it is an older version; or where
        none of its conversations was recorded.
        """
        if self._last is None or self._is_kept:
            return None
        known = self._known or self._same_elsewhere()
        is_elsewhere = known is not None and known is not self._known
        if known is not None and is_elsewhere and self._is_to_be_kept(known[1]):
            return None
        texts = [*self._texts, self._between(self._data.size)]
        regular = texts[1] if len(texts) > 2 else "\n"
        tx = self._tx
        tree = StoredContainer(self._parts, measure_elements(texts, regular)).write(tx.batch)
        before = known[1].stored if known is not None else None
        if known is not None and before is not None and read_commit(tx.batch, before).tree == tree:
            if not known[1].location:  # one conversation was in its place for a while
                moved = known[1]._replace(location=self._location)
                self._book.put_container(known[0], moved)
            return known[0]
        tx.needs_version(SOURCES_VERSION)
        last = self._book.sources[self._last]
        key = known[0] if known is not None else self._book.new_key(self._format, CONTAINER)
        earlier = known[1].earlier if known is not None else ()
        source = Source(
            self._rows, last.commit, last.session,
            commit_source(tx.batch, tree, tx.signature()),
            location=self._location, redacted=self._is_redacted,
            earlier=(before, *earlier)[:MOST_EARLIER] if before is not None else (),
        )  # fmt: skip
        self._book.put_container(key, source)
        return key

    def _same_elsewhere(self) -> tuple[str, Source] | None:
        """Return the file that has the most of the same conversations, if there is one."""
        own = self._were | {part.id for part in self._parts if part.mode == TREE}
        shared = {
            one: len(own.intersection(self._trees(one[1])))
            for one in self._book.containers_of(self._format)
            if self._before
        }
        best = max(shared, key=lambda one: shared[one], default=None)
        return best if best is not None and shared[best] else None

    def _is_to_be_kept(self, known: Source) -> bool:
        """Tell whether a known file is redacted, or newer than this one.

        Then nothing in this one is new, and a conversation is older than the one that is known, or
        some that it lacks is newer than all that it has.
        """
        if known.redacted:
            return True
        if not self._kinds <= {"unchanged", "older"}:
            return False
        if "older" in self._kinds:
            return True
        missing = self._trees(known) - {part.id for part in self._parts}
        times = (read_session(self._tx.batch, TreeId(one)).updated_at for one in missing)
        return max(times, default="") > self._newest

    def _trees(self, source: Source) -> set[str]:
        """Return the trees of the conversations that a file has."""
        assert source.stored is not None
        try:
            tree = read_commit(self._tx.batch, source.stored).tree
            found = StoredContainer.read(self._tx.batch, tree)
        except ObjectError:
            return set()
        return {*found.conversations()} if found is not None else set()

    @property
    def _format(self) -> str:
        assert self._last is not None
        return SourceKey.of(self._last, self._book.sources[self._last]).format

    def _add(self, place: tuple[int, int], entry: TreeEntry) -> None:
        self._texts.append(self._between(place[0]))
        self._parts.append(entry)
        self._done = place[1]

    def _between(self, stop: int) -> str:
        return self._data.read(self._done, stop).decode()


def check_stored(
    tx: Transaction, stored: CommitId, whole: Session, file: FileRows, rows: KnownRows, name: str
) -> None:
    """Check that the stored rows of a source give its file back; `name` is the file's.

    Raises:
        InvalidSession: they would not.
    """
    found = read_source(tx.batch, stored)
    transcript = file.transcript
    is_whole = found.session.parts == whole.parts
    if whole.parts.lines is None and not rows.redacted:
        is_whole = found.to_bytes() == transcript.to_bytes()
    torn = [blob_id(transcript.torn)] if transcript.torn else []
    is_whole = is_whole and found.session.rows == len(file.ids) + len(torn)
    # The trees follow from the ids, and those of a file that is not in memory are its own.
    if not rows.redacted and not isinstance(whole.messages, HeldMessages):
        is_whole = is_whole and StoredSource(whole, found.copied).ids() == [*file.ids, *torn]
    if not is_whole:
        raise InvalidSession("would not come out again as it is", source=name)


def with_torn(transcript: Transcript) -> Session:
    """Return a session with all rows of a file, a torn last one included."""
    if not transcript.torn or transcript.separators is None:
        return to_session(transcript)
    session = to_session(transcript)
    lines = measure_lines([*transcript.separators.texts(len(transcript.rows)), ""])
    torn = Message(transcript.torn, rule="line")
    rows = session.messages
    longer = rows.plus((torn,), "line") if isinstance(rows, LazyMessages) else (*rows, torn)
    return Session(session.parts._replace(lines=lines), longer)
