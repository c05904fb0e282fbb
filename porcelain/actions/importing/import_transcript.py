"""Import agents' files: each as a source with all its rows, and its turns as changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from porcelain.actions.importing.find_source import FileRows, find_source
from porcelain.actions.importing.known_rows import known_rows, restore_damaged
from porcelain.actions.importing.record_file import FileRecorder
from porcelain.actions.importing.record_source import ContainerRecorder
from porcelain.actions.importing.resumed_turns import has_base
from porcelain.actions.importing.source_book import SourceBook
from porcelain.actions.importing.turn_tree import Grouping
from porcelain.errors import Refused
from porcelain.transaction.discardable import is_discardable
from porcelain.transaction.transaction import Transaction
from porcelain.transcript.formats import row_ids
from porcelain.transcript.row import Transcript
from store.ids import CommitId


class Imported(NamedTuple):
    """The outcome for one file.

    `kind` is unchanged, older, grown, rewritten or new, as in `match_source`; `source_id` is the
    key of its source. `rows` and `changes` are the numbers of new ones, `restored` that of
    damaged objects that were written again from the file. `notes` are remarks for the user.
    """

    source: str
    session: str
    commit: CommitId
    rows: int
    changes: int
    started: bool
    source_id: str
    kind: str
    restored: int
    notes: tuple[str, ...]

    @property
    def is_news(self) -> bool:
        """Whether anything was recorded or restored for the file."""
        is_known = self.kind in ("unchanged", "older")
        return not is_known or self.started or bool(self.restored)


class Inside(NamedTuple):
    """The place of a conversation in a file with several, from byte to byte."""

    container: ContainerRecorder
    place: tuple[int, int]


class Importer:
    """The import of files in one transaction."""

    def __init__(self, tx: Transaction, *, checks_known: bool = True) -> None:
        """Read the sources of the view.

        `checks_known` tells whether the stored rows of known files are compared with the files,
        and damaged ones written again.
        """
        self.tx = tx
        self.checks_known = checks_known
        self.book = SourceBook(tx)

    def add(  # noqa: PLR0913 - the choices of the user
        self,
        transcript: Transcript,
        source: str,
        *,
        location: str = "",
        by: Grouping | None = None,
        session: str | None = None,
        again: bool = False,
        inside: Inside | None = None,
    ) -> Imported:
        """Import one file, and put a session on its live end.

        `source` names the file in messages; `location` is where it lies (`location_of`), "" for
        input without a path. `by` defaults to the source's own, else to one change a turn.
        `again` records turns that were abandoned here; without it, only the rows of a file are
        stored of which no change is visible any more. `inside` tells where it is in a file with
        several conversations.

        Raises:
            Refused: the file has no rows.
            InvalidSession: the stored rows would not give the file back.
            CorruptOperation: an earlier import of this conversation cannot be read.
        """
        file = FileRows(transcript, transcript.rows, row_ids(transcript))
        if not file.ids:
            raise Refused(f"{source}: there is nothing in it yet")
        self.book.require_readable(transcript.format, transcript.native_id)
        found = find_source(self.book, file, location)
        rows = known_rows(self.tx, self.book, file, found)
        restored = restore_damaged(self.tx, file, found, rows) if self.checks_known else 0
        work = FileRecorder(self.tx, self.book, file, found, rows, source)
        if work.is_recorded(location) and not again:
            done = work.name_only(session)
        else:
            done = work.record(location, by, session, again=again)
        if inside is not None:
            inside.container.add(inside.place, lambda: work.file_tree(done), done.source_id)
        return Imported(
            source, done.session, done.commit, done.rows, done.changes, done.started,
            done.source_id, done.kind, restored, done.notes,
        )  # fmt: skip

    def goes_on(self, transcript: Transcript, location: str) -> bool:
        """Tell whether the rows before those of a file are known, or it needs none.

        They are part of the conversation since its first import; or their file is a source.
        """
        if transcript.base is None:
            return True
        key = self.book.at(location)
        if key is not None and self.book.sources[key].resumed:
            return True
        return has_base(self.book, transcript)


def move_workspace(tx: Transaction, imported: Sequence[Imported]) -> None:
    """Move `@` and the current session to the only session that is new or has grown.

    They move if `@` was that session's old tip, or empty, untitled and unnamed. If there was no
    `@`, they move to the newest tip, of however many sessions.
    """
    grown = [item for item in imported if item.changes or item.started]
    here = tx.workspace.commit
    if here is None and grown:
        newest = max(grown, key=lambda item: tx.row(item.commit).time)
        tx.set_workspace(newest.commit, newest.session)
        return
    if len({item.session for item in grown}) != 1:
        return
    item = grown[-1]
    old = tx.moved_sessions.get(item.session, (None, None))[0]
    if here == old or (here is not None and is_discardable(tx, here)):
        tx.set_workspace(item.commit, item.session)
