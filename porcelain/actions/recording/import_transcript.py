"""Import the new turns of agents' transcripts, each as one change.

The ledger in the view records the imported part of each native conversation. The tail of a grown
file is replayed on the visible version of the change that holds its last imported row, so
messages that were abandoned, squashed or redacted here do not come back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from porcelain.actions.naming.new_name import free_name, new_name
from porcelain.actions.recording.ledger import (
    entry_by_name,
    is_known,
    ledger,
    present_commit,
    present_name,
)
from porcelain.actions.recording.match_prefix import first_parents, longest_prefix
from porcelain.actions.recording.record import new_layout
from porcelain.display import plain
from porcelain.errors import Refused
from porcelain.graph.visible_versions import name_ahead, visible_version
from porcelain.index.view_rows import is_continued, names_at
from porcelain.model.redacted_row import are_redacted_forms
from porcelain.model.view_value import IMPORTS, SESSIONS, ImportEntry
from porcelain.transaction.discardable import is_discardable
from porcelain.transaction.rebase_descendants import generated_message, keep_change
from porcelain.transaction.transaction import Transaction
from porcelain.transcript.formats import to_session
from porcelain.transcript.row import (
    Transcript,
    Turn,
    heads,
    lineage_rows,
    message_count,
    path,
    title,
)
from store.document.headline import commit_message
from store.errors import InvalidSession
from store.ids import BlobId, CommitId, TreeId
from store.objects.commit import Signature, read_commit
from store.session.message import Message
from store.session.message import message_ids as ids_of
from store.tree_layout.append import Grown, StoredSession, grow, read_stored
from store.tree_layout.facts import read_facts
from store.tree_layout.layout import read_session, write_session
from store.tree_layout.message_tree import digest_chain

Grouping = Literal["turn", "message", "file"]

_SHOWN_AT_ONCE = 500


class Imported(NamedTuple):
    """The result for one file: its session, its newest commit, and the numbers of new parts."""

    source: str
    session: str
    commit: CommitId
    rows: int
    changes: int
    started: bool


def import_transcript(
    tx: Transaction,
    transcript: Transcript,
    source: str,
    *,
    by: Grouping = "turn",
    session: str | None = None,
    again: bool = False,
) -> Imported:
    """Import one transcript and put a session on its newest line of conversation.

    `again` ignores an earlier import, of which nothing may be visible any more.

    Raises:
        Refused: nothing of an earlier import is visible, and `again` is not given.
        InvalidSession: an export of the recorded session would differ from the file.
    """
    key = f"{transcript.format}:{transcript.native_id}"
    whole = to_session(transcript)
    ids = ids_of(whole.messages)
    if not ids:
        raise Refused(f"{source}: there is nothing in it yet")
    entry = None if again else ledger(tx, key) or entry_by_name(tx, transcript, ids)
    present = present_commit(tx, entry, source) if entry is not None else None
    if entry is not None and present is not None and is_known(tx, entry, whole):
        name = present_name(tx, entry) or name_ahead(tx.index, present) or entry.session
        if session is not None and tx.get(SESSIONS, session) is None:
            name = new_name(tx, session)
            tx.set_session(name, present)
        return Imported(source, name, present, 0, 0, started=name == session)
    if entry is not None and (entry.rows > len(ids) or ids[entry.rows - 1] != entry.last):
        entry = None  # another file, or a rewritten one: its content finds its place
    work = _Import(tx, transcript, ids, _groups(transcript, by))
    if entry is not None and present is not None:
        work.continue_from(entry, present)
    head = work.run()
    name, started = _name(tx, session, entry, transcript, head)
    before = tx.tips(name)
    if not any(tx.is_ancestor(head, tip) for tip in before):
        if before and present and not any(tx.is_ancestor(present, tip) for tip in before):
            tx.notes.append(f"Session {plain(name)} had been moved back; it moved forward again")
        tx.set_session(name, head)
    tx.set(IMPORTS, key, ImportEntry(len(ids), ids[-1], head, name).text())
    return Imported(source, name, head, work.rows, work.made, started)


def move_workspace(tx: Transaction, imported: Sequence[Imported]) -> None:
    """Move `@` and the current session to the only session that is new or has grown.

    They move if `@` was absent, that session's old tip, or empty, untitled and unnamed.
    """
    grown = [item for item in imported if item.changes or item.started]
    if len({item.session for item in grown}) != 1:
        return
    item = grown[-1]
    here = tx.workspace.commit
    old = tx.moved_sessions.get(item.session, (None, None))[0]
    if here is None or here == old or is_discardable(tx, here):
        tx.set_workspace(item.commit, item.session)


class _Import:
    def __init__(
        self,
        tx: Transaction,
        transcript: Transcript,
        ids: list[BlobId],
        groups: tuple[Turn, ...],
    ) -> None:
        self.tx = tx
        self.transcript = transcript
        self.ids = ids
        self.groups = groups

        self.made = 0
        self.rows = 0
        self.done: dict[int, CommitId] = {}
        self.old: set[int] = set()
        self.ends = set(heads(groups))
        lines = transcript.separators
        self._odd = None if lines is None else {row - 1 for row, _ in lines.odd}
        self._rooted: list[bool] = []
        for group in groups:  # parents first
            first = group.rows[0]
            is_regular = first == 0 or first not in (self._odd or ())
            self._rooted.append(is_regular if group.parent is None else self._rooted[group.parent])
        self._digests: list[bytes] = []
        for group in groups:  # parents first
            self._digests.append(self._chain(group, len(group.rows)))
        self._last: tuple[int, CommitId, int] | None = None
        self._amends = False
        self._staged: list[CommitId] = []
        self._by_digest: dict[bytes, CommitId] = {}
        self._digest_of: dict[CommitId, bytes] = {}
        self._newest: tuple[CommitId, StoredSession] | None = None

    def continue_from(self, entry: ImportEntry, present: CommitId) -> None:
        """Mark imported groups as done, so that none is recorded again.

        New rows of the last imported group amend its change.
        """
        last = entry.rows - 1
        self._amends = present == visible_version(self.tx.index, entry.commit)
        for number, group in enumerate(self.groups):
            if group.rows[-1] <= last:
                self.old.add(number)
            if last in group.rows and self._last is None:
                self._last = (number, present, group.rows.index(last) + 1)
                if group.rows[-1] == last:
                    self.done[number] = present

    def run(self) -> CommitId:
        """Record every new group; return the last group's commit."""
        for number in range(len(self.groups)):
            if number not in self.done and number not in self.old:
                self.done[number] = self._record(number)
                if len(self._staged) >= _SHOWN_AT_ONCE:
                    self._show()
        self._show()
        live = self.done[len(self.groups) - 1]
        self._check(live)
        return live

    def _record(self, number: int) -> CommitId:
        if self._last is not None and self._last[0] == number:
            return self._grow(*self._last)
        existing = self._existing(number)
        if existing is not None:
            return existing
        group = self.groups[number]
        parent = self._commit_of(group.parent)
        self.made += 1
        self.rows += len(group.rows)
        return self._write(number, parent, len(group.rows))

    def _show(self) -> None:
        """Make staged commits visible; many at once cost less than one after the other."""
        self.tx.show(self._staged)
        self._staged.clear()

    def _commit_of(self, number: int | None) -> CommitId | None:
        """Return the commit of a group, or of its nearest ancestor that has one."""
        while number is not None:
            if number not in self.done and number in self.old:
                found = self._existing(number) or self._redacted(number)
                if found is not None:
                    self.done[number] = found
            if number in self.done:
                return self.done[number]
            number = self.groups[number].parent
        return self._last[1] if self._last is not None else None

    def _redacted(self, number: int) -> CommitId | None:
        """Return the commit of a group on the imported line whose rows were redacted since."""
        if self._last is None or number not in path(self.groups, self._last[0]):
            return None
        rows = lineage_rows(self.groups, number)
        source = [Message(self.transcript.rows[row].raw) for row in rows]
        for row in first_parents(self.tx, self._last[1]):
            if row.rows == len(rows):
                stored = read_session(self.tx.batch, TreeId(row.tree)).messages
                if are_redacted_forms(stored, source):
                    return row.id
        return None

    def _grow(self, number: int, commit_id: CommitId, known: int) -> CommitId:
        """Add new rows to a group's change, or to a child of it if it must not be amended."""
        row = self.tx.row(commit_id)
        rest = len(self.groups[number].rows) - known
        self.made += 1
        self.rows += rest
        named = names_at(self.tx.index, SESSIONS, commit_id)
        is_tip = bool(named) and not is_continued(self.tx.index, row.pos)
        if not self._amends or not is_tip or not self.tx.may_rewrite(commit_id):
            return self._write(number, commit_id, rest)
        tree, _ = self._tree(number, commit_id, rest)
        commit = self.tx.commit(commit_id)
        message = generated_message(self.tx.batch, tree) if row.generated else commit.message
        amended = commit._replace(
            tree=tree, message=message, author=self._author(number), committer=self.tx.signature()
        )
        return self.tx.write(keep_change(self.tx, commit_id, amended), [commit_id])

    def _write(self, number: int, parent: CommitId | None, count: int) -> CommitId:
        """Stage a change with the last `count` rows of a group, to be shown later."""
        tree, grown = self._tree(number, parent, count)
        digest = self._digests[number]
        message = None
        if grown is not None and parent is not None:
            digest = [
                self._digest_at(parent),
                *digest_chain(grown.growth.added, self._digest_at(parent)),
            ][-1]
            facts = grown.growth.facts
            message = commit_message(facts.id, facts.prompt) + "\n"
        parents = (parent,) if parent else ()
        made = self.tx.stage_new(tree, parents, message, self._author(number))
        if grown is not None:
            stored = StoredSession(
                self.tx.commit(made), grown.session, grown.layout, grown.conflicts
            )
            self._newest = made, stored
        self._staged.append(made)
        self._digest_of[made] = digest
        self._by_digest.setdefault(digest, made)
        return made

    def _digest_at(self, commit_id: CommitId) -> bytes:
        """Return the digest of a commit's transcript; b"" for one that cannot be read."""
        return self._digest_of.get(commit_id) or self.tx.row(commit_id).digest or b""

    def _tree(
        self, number: int, parent: CommitId | None, count: int
    ) -> tuple[TreeId, Grown | None]:
        """Stage the transcript up to a group, whose last `count` rows are new."""
        tx, rows = self.tx, self.groups[number].rows
        base = tx.commit(parent).tree if parent else None
        if parent is not None:
            same = self._digest_at(parent) == self._digest(number, len(rows) - count)
            if not same or (number not in self.ends and self._is_regular(number, count)):
                grown = self._append(parent, rows[-count:])
                return grown.tree, grown
        layout = read_facts(tx.batch, base).layout if base else new_layout(tx)
        session = to_session(self.transcript, lineage_rows(self.groups, number))
        return write_session(tx.batch, session, layout, base), None

    def _is_regular(self, number: int, count: int) -> bool:
        """Tell whether the last `count` rows of a group, appended, are separated as in the file."""
        group = self.groups[number]
        before = group.rows[:-count]
        if not before and group.parent is not None:
            before = self.groups[group.parent].rows
        if self._odd is None or not self._rooted[number]:
            return False
        return self._odd.isdisjoint((*before[-1:], *group.rows[-count:]))

    def _append(self, parent: CommitId, rows: Sequence[int]) -> Grown:
        newest = self._newest
        if newest is not None and newest[0] == parent:
            stored = newest[1]
        else:
            stored = read_stored(self.tx.batch, parent, "")
        new = [self.transcript.rows[row] for row in rows]
        return grow(
            self.tx.batch,
            stored,
            [row.raw for row in new],
            max([stored.session.updated_at, *(row.time for row in new if row.time)]),
            title=title(new) if any(row.prompt for row in new) else None,
            message_count=stored.session.message_count + message_count(new),
        )

    def _existing(self, number: int) -> CommitId | None:
        """Return a commit that holds the equal transcript up to a group, or None."""
        digest = self._digest(number, len(self.groups[number].rows))
        place = longest_prefix(self.tx, [digest], ())
        return place.commit if place else self._by_digest.get(digest)

    def _digest(self, number: int, count: int) -> bytes:
        """Return the digest of the transcript up to a group's first `count` rows."""
        group = self.groups[number]
        return self._digests[number] if count == len(group.rows) else self._chain(group, count)

    def _chain(self, group: Turn, count: int) -> bytes:
        start = bytes(20) if group.parent is None else self._digests[group.parent]
        return [start, *digest_chain([self.ids[row] for row in group.rows[:count]], start)][-1]

    def _author(self, number: int) -> Signature:
        """Return the user's signature with the time of the turn, if the transcript has it."""
        who = self.tx.signature()
        rows = [self.transcript.rows[row] for row in self.groups[number].rows]
        time = max((row.time for row in rows if row.time), default=self.transcript.updated_at)
        seconds = _seconds(time)
        return who if seconds is None else who._replace(time=seconds, zone="+0000")

    def _check(self, commit_id: CommitId) -> None:
        """Check that an export would equal the file, if it is one line of conversation."""
        if len(self.ends) != 1:
            return
        session = read_session(self.tx.batch, read_commit(self.tx.batch, commit_id).tree)
        if list(ids_of(session.messages)) != self.ids:
            return  # rewritten here since it was imported
        if session.to_bytes() != self.transcript.to_bytes():
            raise InvalidSession("would not come out again as it is", source=session.id)


def _groups(transcript: Transcript, by: Grouping) -> tuple[Turn, ...]:
    if by == "turn" or not transcript.rows:
        return transcript.turns
    if by == "file":
        live = lineage_rows(transcript.turns, len(transcript.turns) - 1)
        return (Turn(live, None),)
    groups: list[Turn] = []
    last: dict[int, int] = {}
    for number, turn in enumerate(transcript.turns):
        parent = last[turn.parent] if turn.parent is not None else None
        for row in turn.rows:
            groups.append(Turn((row,), parent))
            parent = len(groups) - 1
        last[number] = len(groups) - 1
    return tuple(groups)


def _name(
    tx: Transaction,
    wanted: str | None,
    entry: ImportEntry | None,
    transcript: Transcript,
    head: CommitId,
) -> tuple[str, bool]:
    if wanted is not None:
        known = tx.get(SESSIONS, wanted) is not None
        return (wanted, False) if known else (new_name(tx, wanted), True)
    if entry is not None:
        name = present_name(tx, entry)
        if name is not None:
            return name, False
    own = transcript.session_name
    if any(tx.is_ancestor(place, head) for place in tx.tips(own)):
        return own, False
    return free_name(tx, own, always=False), True


def _seconds(text: str) -> int | None:
    """Return a transcript's time in seconds since the epoch, or None if it is invalid."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    seconds = int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())
    return seconds if seconds >= 0 else None
