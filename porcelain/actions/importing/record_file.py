"""Record one file: its turns, the session that follows them, and its source."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, cast

from porcelain.actions.importing.copied_turns import copied_turns, edited_turns, old_turns
from porcelain.actions.importing.find_source import FileRows, Found
from porcelain.actions.importing.known_rows import (
    KnownRows,
    beside_to_store,
    has_other_files,
    session_tips,
)
from porcelain.actions.importing.record_source import (
    SOURCES_VERSION,
    FileTree,
    check_stored,
    with_torn,
)
from porcelain.actions.importing.record_turns import TurnRecorder
from porcelain.actions.importing.resumed_turns import (
    Begun,
    base_end,
    forked_turns,
    originals,
    resumed_turns,
)
from porcelain.actions.importing.source_book import Known, SourceBook
from porcelain.actions.importing.turn_tree import FIRST, Ground, Grouping, TurnTree
from porcelain.actions.naming.new_name import free_name, new_name
from porcelain.actions.recording.known_source import has_parted, present_commit, present_name
from porcelain.actions.recording.match_prefix import longest_prefix
from porcelain.display import counted, plain
from porcelain.errors import Refused
from porcelain.graph.visible_versions import name_ahead, visible_version
from porcelain.index.source_rows import indexed_version, put_rows, row_key_at
from porcelain.index.view_rows import names_at
from porcelain.model.source import MOST_EARLIER, Source
from porcelain.model.stored_source import StoredSource, write_source, write_source_tree
from porcelain.model.view_value import SESSIONS
from porcelain.transaction.transaction import Transaction
from porcelain.transcript.formats import identities_of, keyed_rows
from store.ids import CommitId
from store.objects.commit import read_commit
from store.session.session import Session
from store.tree_layout.message_tree import digest_chain


class Recorded(NamedTuple):
    """The outcome of one file; see `Imported`."""

    session: str
    commit: CommitId
    rows: int
    changes: int
    started: bool
    source_id: str
    kind: str
    notes: tuple[str, ...] = ()


class FileRecorder:
    """One file, its place among the sources, and its rows as they are stored."""

    def __init__(
        self,
        tx: Transaction,
        book: SourceBook,
        file: FileRows,
        found: Found,
        rows: KnownRows,
        name: str,
    ) -> None:
        """Record nothing yet; `name` is the file's in messages."""
        self.tx = tx
        self.book = book
        self.file = file
        self.found = found
        self.rows = rows
        self.name = name
        self.transcript = rows.stored(file.transcript)
        self.known: Known | None = found.known if found.match.kind != "new" else None
        self._notes: list[str] = []
        self._begun: Begun | None = None

    def is_recorded(self, location: str) -> bool:
        """Tell whether nothing of the file is to be recorded.

        A file with the rows of its source may differ in its torn last row, between the rows, or
        in the other files of its folder. Where the source lies that is recorded; of another copy
        only a torn row that grew, and the folder of a file that was imported without it.
        """
        if self.known is None or self.found.match.kind not in ("unchanged", "older"):
            return False
        source, torn = self.known.source, self.file.transcript.torn
        if self.found.match.kind == "older":
            return True
        if source.stored is None:
            return False
        before = self.known.rows.raw(source.rows) if source.torn else b""
        is_folder_new = has_other_files(self.file, self.found)
        if before == torn and self._is_spaced_alike(self.known) and not is_folder_new:
            return True
        if source.location == location or self.book.is_gone(self.known.key):
            return False
        if is_folder_new and self.known.rows.beside is None:
            return False
        return len(torn) <= len(before) or not torn.startswith(before)

    def _is_spaced_alike(self, known: Known) -> bool:
        """Tell whether the file equals the stored one apart from its rows."""
        before, whole = known.rows.session, with_torn(self.transcript)
        if before.parts.lines is not None:
            return before.parts.lines == whole.parts.lines
        return bool(self.rows.redacted) or before.to_bytes() == whole.to_bytes()

    def name_only(self, session: str | None) -> Recorded:
        """Record nothing but a further name, where `session` is given and is new."""
        assert self.known is not None
        source = self.known.source
        present = self._present(source)
        if present is None:
            key, kind = self.known.key, self.found.match.kind
            self._note_hidden()
            return Recorded(
                source.session, source.commit, 0, 0, False, key, kind, tuple(self._notes)
            )
        name = present_name(self.tx, source) or name_ahead(self.tx.index, present)
        started = session is not None and self.tx.get(SESSIONS, session) is None
        if started:
            assert session is not None
            name = new_name(self.tx, session)
            self.tx.set_session(name, present)
        key, kind = self.known.key, self.found.match.kind
        return Recorded(name or source.session, present, 0, 0, started, key, kind)

    def file_tree(self, done: Recorded) -> FileTree:
        """Return the stored rows of the file itself, after it was recorded or known.

        They are those of its source, unless that has more, or lies elsewhere and is spaced
        otherwise: then they are staged.
        """
        rows, known, source = self.rows, self.known, self.book.sources[done.source_id]
        is_own = source.stored is not None and source.rows == len(rows.ids)
        if is_own and known is not None and known.source == source:
            is_own = self.found.match.kind == "unchanged" and self._is_spaced_alike(known)
        if is_own and source.stored is not None:
            tree = read_commit(self.tx.batch, source.stored).tree
        else:
            whole = StoredSource(with_torn(self.transcript), rows.copied)
            tree = write_source_tree(self.tx.batch, whole)
        return FileTree(tree, len(rows.ids), rows.has_redactions)

    def record(
        self, location: str, by: Grouping | None, session: str | None, *, again: bool
    ) -> Recorded:
        """Record the turns and the source, and move the session."""
        source = self.known.source if self.known is not None else None
        grouping = cast("Grouping", source.by) if source is not None and source.by else by or "turn"
        tree = TurnTree(self.transcript, self.rows.ids, grouping)
        present = None
        if source is not None and not again:
            present = self._present(source)
            if present is None and self.found.match.kind != "rewritten":
                return self._store_only(location, grouping, source)
        ground = self._ground(tree, present, again=again)
        work = TurnRecorder(self.tx, tree, ground)
        head = work.run()
        if work.left and not (source is not None and source.resumed):
            turns = counted(work.left, "edited turn")
            self._notes.append(f"{turns} changed here since: only the stored file was updated")
        if head is None:
            assert source is not None
            name, started, head = source.session, False, source.commit
        else:
            name, started = self._name(session, source, ground, head)
            self._move(name, head, present)
        key = self._write_source(location, grouping, head, name)
        kind = self.found.match.kind
        return Recorded(
            name, head, work.rows, work.made, started, key,
            "grown" if kind in ("unchanged", "older") else kind, tuple(self._notes),
        )  # fmt: skip

    def _present(self, source: Source) -> CommitId | None:
        """Return the visible version of the source's last change, None if nothing is visible."""
        try:
            return present_commit(self.tx, source, self.name)
        except Refused:
            return None

    def _store_only(self, location: str, by: Grouping, source: Source) -> Recorded:
        """Record the rows of a file of which no change is visible any more, and no change."""
        key = self._write_source(location, by, source.commit, source.session)
        self._note_hidden()
        return Recorded(
            source.session, source.commit, 0, 0, False, key, "grown", tuple(self._notes)
        )

    def _note_hidden(self) -> None:
        self._notes.append(
            f"{plain(self.name, None)}: nothing of what was imported from it is visible any more; "
            "`wj import --again` records its turns again"
        )

    def _ground(self, tree: TurnTree, present: CommitId | None, *, again: bool) -> Ground:
        if self.known is None:
            self._begun = base_end(self.tx, self.book, self.transcript)
            homes = {FIRST: self._begun.commit} if self._begun is not None else {}
            tips = [] if self._has_source() else session_tips(self.book, self.transcript)
            closest = self.found.candidates[:1] if self.found.match.shared else ()
            copied = copied_turns(self.book, closest[0], tree) if closest else {}
            return Ground(tips=tips, copied=copied, joins=self._joins(), homes=homes)
        source = self.known.source
        name = present_name(self.tx, source)
        tips = self.tx.tips(name) if name else []
        if again:
            return Ground(tips=tips, joins=self._joins())
        last = visible_version(self.tx.index, source.commit)
        document = self.tx.row(source.commit).session if source.resumed else None
        if self.found.match.kind == "rewritten":
            before = old_turns(self.known, tree)
            edited = edited_turns(before, tree, self.rows.old)
            digests = {before.digest(number) for number in range(len(before.groups))}
            shared = self._is_shared(source)
            return Ground(
                (),
                digests,
                last,
                present,
                tips,
                edited,
                document=document,
                shared=shared,
                others=self._other_ends(),
                originals=originals(self.tx, before, edited.values(), present),
            )
        old = self.rows.old
        last_row = max(old, default=None)
        done = {tree.digest(number) for number in tree.recorded(old, last_row)}
        homes = resumed_turns(self.tx, tree, old, present) if source.resumed and present else {}
        end = tree.group_of(last_row) if last_row is not None else None
        if present is not None and end is not None:
            homes.setdefault(end, present)
        return Ground(
            old, done, last if last == present else None, present, tips,
            document=document, shared=self._is_shared(source),
            homes=homes, same=self._same(tree, end, present),
        )  # fmt: skip

    def _same(
        self, tree: TurnTree, end: int | None, present: CommitId | None
    ) -> dict[int, CommitId]:
        """Find the changes of the turns at which new branches part, where their rows differ."""
        parents = {group.parent for group in tree.groups if group.rows[0] not in self.rows.old}
        turns = [
            number
            for number in parents
            if number not in (None, end)
            and longest_prefix(self.tx, [tree.digest(number)], ()) is None
        ]
        return forked_turns(self.tx, tree, turns, present) if present and turns else {}

    def _other_ends(self) -> list[CommitId]:
        """Return the visible live ends of other sources that share rows with the file.

        Of one whose end was abandoned it is what is left of it.
        """
        others = (one for one in self.found.candidates if one.key != self.found.match.source)
        ends = (self._present(one.source) for one in others)
        return [end for end in ends if end is not None]

    def _is_shared(self, source: Source) -> bool:
        """Tell whether another source ends in the same change."""
        assert self.known is not None
        return any(
            key != self.known.key and other.commit == source.commit
            for key, other in self.book.sources.items()
        )

    def _has_source(self) -> bool:
        """Tell whether another file was imported under the native id of this one."""
        return bool(self.book.named(self.transcript.format, self.transcript.native_id))

    def _joins(self) -> bool:
        """Tell whether equal transcripts are the same conversation, and no coincidence.

        Without native row ids only a whole first turn with its answer proves it.
        """
        rows = self.transcript.rows
        if any(row.native_id for row in rows):
            return True
        first = self.transcript.turns[0].rows
        if sum(rows[row].role is not None for row in first) < 2:
            return False
        digest = [*digest_chain([self.rows.ids[row] for row in first])][-1]
        return longest_prefix(self.tx, [digest], ()) is not None

    def _name(
        self, wanted: str | None, source: Source | None, ground: Ground, head: CommitId
    ) -> tuple[str, bool]:
        if wanted is not None:
            known = self.tx.get(SESSIONS, wanted) is not None
            return (wanted, False) if known else (new_name(self.tx, wanted), True)
        begun = self._begun  # of the same conversation, unless an agent forked it
        if begun is not None and self.book.native_id(begun.key) == self.transcript.native_id:
            source = begun.source
        if source is not None:
            name = present_name(self.tx, source)
            if name is not None and self._has_parted(name, head):
                own = free_name(self.tx, name)
                self._notes.append(
                    f"Session {plain(name)} went on in another file; what this one has beside "
                    f"that is session {plain(own)}"
                )
                return own, True
            if name is not None:
                return name, False
        for tip in ground.tips if source is None else ():
            for name in names_at(self.tx.index, SESSIONS, tip):
                return name, False
        return free_name(self.tx, self.transcript.session_name, always=False), True

    def _has_parted(self, name: str, head: CommitId) -> bool:
        """Tell whether the session is on the line of another of its files, beside this one's."""
        if self.known is None or self.found.match.kind != "grown":
            return False
        own = self.known.source
        others = [
            one
            for key, one in self.book.sources.items()
            if key != self.known.key and one.session == own.session
        ]
        return has_parted(self.tx, name, head, own, others)

    def _move(self, name: str, head: CommitId, present: CommitId | None) -> None:
        """Move the session to the live end, unless it is there or beyond it."""
        before = self.tx.tips(name)
        is_rewritten = self.found.match.kind == "rewritten" and present in before
        if not is_rewritten and any(self.tx.is_ancestor(head, tip) for tip in before):
            return
        if before and present and not any(self.tx.is_ancestor(present, tip) for tip in before):
            self.tx.notes.append(
                f"Session {plain(name)} had been moved back; it moved forward again"
            )
        self.tx.set_session(name, head)

    def _write_source(self, location: str, by: Grouping, head: CommitId, session: str) -> str:
        transcript, old = self.transcript, self.known
        whole = with_torn(transcript)
        before = old.source.stored if old is not None else None
        beside, notes = beside_to_store(self.tx, self.file, self.found, self.name)
        self._notes += notes
        rows = StoredSource(whole, self.rows.copied, beside)
        stored = write_source(self.tx.batch, rows, self.tx.signature(), before)
        check_stored(self.tx, stored, whole, self.file, self.rows, self.name)
        key = (
            old.key
            if old is not None and before is not None
            else self.book.new_key(transcript.format, transcript.native_id)
        )
        earlier = old.source.earlier if old is not None else ()
        if self.found.match.kind == "rewritten" and before is not None:
            earlier = (before, *(one for one in earlier if one != before))[:MOST_EARLIER]
        if old is not None and before is None:
            self.book.remove(old.key)
        self.tx.needs_version(SOURCES_VERSION)
        source = Source(
            rows=len(self.rows.ids), commit=head, session=session, stored=stored,
            location=location, by=by, torn=bool(transcript.torn),
            redacted=self.rows.has_redactions or (old is not None and old.source.redacted),
            earlier=earlier,
            resumed=self._begun is not None or (old is not None and old.source.resumed),
        )  # fmt: skip
        self.book.put(key, source)
        self._index_rows(key, stored, before, whole)
        return key

    def _index_rows(
        self, key: str, stored: CommitId, before: CommitId | None, whole: Session
    ) -> None:
        """Index the rows of the source; of one that only grew those that are new."""
        start, after = 0, b""
        is_grown = self.known is not None and self.found.match.kind == "grown"
        if is_grown and before is not None and indexed_version(self.tx.index, key) == before:
            assert self.known is not None
            start = self.known.source.rows
            after = row_key_at(self.tx.index, key, start - 1) if start else b""
        rows: Iterable[tuple[bytes, str | None]]
        if self.rows.redacted or self.transcript.session is not None:
            raws = (whole.messages[row].raw for row in range(start, len(whole.messages)))
            rows = keyed_rows(self.transcript.format, raws, after)
        else:  # a row that another file has, too, has the same key there
            rows = identities_of(self.transcript, start)
        put_rows(self.tx.index, key, stored, rows, start)
