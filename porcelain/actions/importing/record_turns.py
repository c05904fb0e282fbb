"""Record the turns of a file as changes: new ones, grown ones, and ones edited in place.

A turn whose transcript is in the repository already is that commit. A turn that the file's own
source had at the last import is not recorded again, so that nothing comes back that was
abandoned, squashed or redacted here.
"""

from __future__ import annotations

from porcelain.actions.importing.lineage import lineage_members
from porcelain.actions.importing.turn_tree import FIRST, Ground, TurnTree
from porcelain.actions.recording.match_prefix import Place, longest_prefix
from porcelain.actions.recording.record import new_layout
from porcelain.index.view_rows import is_continued, names_at
from porcelain.model.view_value import SESSIONS
from porcelain.transaction.discardable import stands_elsewhere
from porcelain.transaction.rebase_descendants import generated_message, keep_change
from porcelain.transaction.transaction import Transaction
from porcelain.transcript.formats import message_of, to_session
from porcelain.transcript.row import message_count, title
from store.document.agent_facts import Conversation, conversation_members
from store.document.headline import commit_message
from store.ids import CommitId, TreeId
from store.objects.commit import Signature
from store.session.session import Session
from store.tree_layout.append import Grown, Growth, StoredSession, grow, read_stored
from store.tree_layout.facts import read_facts
from store.tree_layout.layout import read_session, write_session
from store.tree_layout.message_tree import digest_chain

_SHOWN_AT_ONCE = 500


class TurnRecorder:
    """The recording of one file's turns in a transaction.

    `made` and `rows` are the numbers of recorded changes and rows, `left` that of edited turns
    whose changes were rewritten here or must not be changed.
    """

    def __init__(self, tx: Transaction, tree: TurnTree, ground: Ground) -> None:
        """Record nothing yet."""
        self.tx = tx
        self.tree = tree
        self.ground = ground
        self.made = 0
        self.rows = 0
        self.left = 0
        self.done: dict[int, CommitId] = dict(ground.same)
        self._staged: dict[CommitId, Growth | None] = {}
        self._own: set[CommitId] = set()
        self._by_digest: dict[bytes, CommitId] = {}
        self._digest_of: dict[CommitId, bytes] = {}
        self._newest: tuple[CommitId, StoredSession] | None = None
        self._gone: set[int] = set()
        self._old_end = max(ground.old_rows, default=None)

    def run(self) -> CommitId | None:
        """Record every new group; return the commit of the live end, None if nothing is visible."""
        for number in range(len(self.tree.groups)):
            if number in self.ground.edited:
                self._edit(number)
            elif number in self.ground.copied and self._is_copied(number):
                continue
            elif self.tree.digest(number) not in self.ground.old_digests:
                self.done[number] = self._record(number)
            if len(self._staged) >= _SHOWN_AT_ONCE:
                self._show()
        self._show()
        self._end_copy()
        return self._commit_of(self.tree.live)

    def _end_copy(self) -> None:
        """Give a fork that nobody has continued a change of its own, if it left rows out."""
        live = self.tree.live
        if live not in self.ground.copied or live not in self.done:
            return
        if self._digest_at(self.done[live]) != self.tree.digest(live):
            self.made += 1
            self.done[live] = self._write(live, self.done[live], 0)
            self._show()

    def _is_copied(self, number: int) -> bool:
        """Take the commit of the turn of which a group is a copy, if that is visible."""
        place = longest_prefix(self.tx, [self.ground.copied[number]], self.ground.tips)
        if place is not None and self._existing(self.tree.digest(number)) is None:
            self.done[number] = place.commit
        return number in self.done

    def _record(self, number: int) -> CommitId:
        found = self._existing(self.tree.digest(number))
        if found is not None:
            return found
        group = self.tree.groups[number]
        known = self._known_rows(number)
        parent = self._commit_of(group.parent)
        begun = self._begun(number, known, parent)
        if begun is not None:
            return self._grow(number, *begun)
        self.made += 1
        self.rows += len(group.rows) - known
        return self._write(number, parent, len(group.rows))

    def _known_rows(self, number: int) -> int:
        """Return how many leading rows of a group its source had already."""
        old, rows = self.ground.old_rows, self.tree.groups[number].rows
        return next((n for n, row in enumerate(rows) if row not in old), len(rows))

    def _begun(
        self, number: int, known: int, parent: CommitId | None
    ) -> tuple[CommitId, int] | None:
        """Return the commit that holds the first rows of a group, and their number.

        It is the commit whose transcript ends with them; of rows that are visible no more, the
        nearest visible commit before them. None if the group begins a change of its own.
        """
        if parent in self._own and not known:
            return None
        place = self._prefix(number)
        if place is not None and place.rows >= known:
            return place.commit, place.rows
        if known and self._parts_inside(number, known):
            return None
        if known:
            before = self.ground.homes.get(number) or parent or self.ground.present
            before = place.commit if place is not None else before
            return (before, known) if before is not None else None
        empty = self._empty_tip(self.tree.digest(number, 0), parent)
        return (empty, 0) if empty is not None else None

    def _parts_inside(self, number: int, known: int) -> bool:
        """Tell whether a group branches off inside a turn of which the change is visible.

        Its first rows are then part of both changes, as when both are imported at once.
        """
        last = self.tree.groups[number].rows[known - 1]
        if last == self._old_end:
            return False
        turn = self.tree.group_of(last)
        if turn in (None, number) or turn in self.done:
            return True
        return self._existing(self.tree.digest(turn)) is not None

    def _prefix(self, number: int) -> Place | None:
        if not self.ground.joins:
            return None
        return longest_prefix(self.tx, self.tree.digests(number)[:-1], self.ground.tips)

    def _empty_tip(self, digest: bytes, parent: CommitId | None) -> CommitId | None:
        """Return a tip of the file's session that adds nothing, as after `fork`.

        It is the parent of the group, or has the same transcript as that.
        """
        for tip in self.ground.tips:
            row = self.tx.row(tip)
            is_parent = tip == parent or row.digest == digest
            if is_parent and row.empty and (row.generated or not row.subject):
                return tip
        return None

    def _show(self) -> None:
        """Make staged commits visible; many at once cost less than one after the other."""
        self.tx.show(self._staged, self._staged)
        self._staged, self._digest_of = {}, {}  # the index has them by now
        if self.ground.joins:
            self._by_digest.clear()
        for one in [*self.tx.commits][:-_SHOWN_AT_ONCE]:
            del self.tx.commits[one]  # it is read again if it is needed

    def _commit_of(self, number: int | None) -> CommitId | None:
        """Return the commit of a group, or of its nearest ancestor that has one.

        None stands for the parent of a first turn.
        """
        if number is None:
            return self.ground.homes.get(FIRST)
        while number is not None:
            if number in self.done:
                return self.done[number]
            if number in self.ground.homes:
                return self.ground.homes[number]
            found = None if number in self._gone else self._existing(self.tree.digest(number))
            if found is not None:
                self.done[number] = found
                return found
            number = self.tree.groups[number].parent
        return self.ground.present

    def _existing(self, digest: bytes) -> CommitId | None:
        """Return a visible commit that holds the transcript with this digest."""
        if self.ground.joins:
            place = longest_prefix(self.tx, [digest], self.ground.tips)
            if place is not None:
                return place.commit
        return self._by_digest.get(digest)

    def _edit(self, number: int) -> None:
        """Rewrite the change of an edited turn in place, if it is still as it was imported.

        A change that another file shares stays; the edited turn gets one of its own beside it.
        """
        digest = self.ground.edited[number]
        place = longest_prefix(self.tx, [digest], self.ground.tips)
        original = self.ground.originals.get(digest) if place is None else None
        if original is not None:
            place = Place(original, len(self.tree.groups[number].rows), original)
        if place is None:
            self.left += 1
            self._gone.add(number)  # abandoned here, whatever another file shows
            return
        again = self._existing(self.tree.digest(number))
        if again is not None:
            self.done[number] = again
            return
        old = place.commit
        parent = self._commit_of(self.tree.groups[number].parent)
        parents = (parent,) if parent else ()
        before = self.tx.commit(old).parents
        moved = self.tx.rewrites.new_parents(before)
        is_shared = original is not None or any(
            self.tx.is_ancestor(old, other) for other in self.ground.others
        )
        is_placed = parents in (before, moved) or self._continues(parent, number)
        is_placed = is_placed or self._ends_copy(old, before)
        if place.commit != place.matched or not (is_shared or self.tx.may_rewrite(old)):
            is_placed = False
        if not is_placed:
            self.left += 1
            self.done[number] = old
            return
        self.made += 1
        if is_shared:
            self.done[number] = self._write(number, parent, len(self.tree.groups[number].rows))
            self._show()
            return
        session = to_session(self.tree.transcript, self.tree.lineage(number))
        base = self.tx.commit(old).tree
        tree = write_session(self.tx.batch, session, read_facts(self.tx.batch, base).layout, base)
        self.done[number] = self._amend(old, tree, self._author(number), parents)

    def _ends_copy(self, commit_id: CommitId, parents: tuple[CommitId, ...]) -> bool:
        """Tell whether a change only ends a copy: it has the messages of the change before it."""
        said = self.tx.row(commit_id).messages
        return len(parents) == 1 and self.tx.row(parents[0]).messages == said

    def _continues(self, parent: CommitId | None, number: int) -> bool:
        """Tell whether a commit holds just the transcript that a group continues."""
        above = self.tree.groups[number].parent
        if parent is None or above is None:
            return False
        return self._digest_at(parent) == self.tree.digest(above)

    def _grow(self, number: int, commit_id: CommitId, known: int) -> CommitId:
        """Add the rows of a group after the first `known` to a commit, or to a child of it."""
        rest = len(self.tree.groups[number].rows) - known
        if not rest:
            return commit_id
        self.made += 1
        self.rows += rest
        if not self._is_amendable(commit_id):
            return self._write(number, commit_id, rest)
        tree, _ = self._tree(number, commit_id, rest)
        return self._amend(commit_id, tree, self._author(number), self.tx.commit(commit_id).parents)

    def _amend(
        self, old: CommitId, tree: TreeId, author: Signature, parents: tuple[CommitId, ...]
    ) -> CommitId:
        commit = self.tx.commit(old)
        generated = self.tx.row(old).generated
        message = generated_message(self.tx.batch, tree) if generated else commit.message
        amended = commit._replace(
            tree=tree, message=message, parents=parents,
            author=author, committer=self.tx.signature(),
        )  # fmt: skip
        made = self.tx.write(keep_change(self.tx, old, amended), [old])
        self._own.add(made)
        return made

    def _is_amendable(self, commit_id: CommitId) -> bool:
        """Tell whether new rows belong into a commit: its session's childless tip.

        It must be the last imported change, or one that adds nothing and that no other session
        or workspace needs.
        """
        row = self.tx.row(commit_id)
        names = names_at(self.tx.index, SESSIONS, commit_id)
        if not names or is_continued(self.tx.index, row.pos):
            return False
        if not self.tx.may_rewrite(commit_id):
            return False
        if commit_id == self.ground.last:
            return not self.ground.shared
        is_own = commit_id in self.ground.tips and len(names) == 1
        return row.empty and row.generated and is_own and not stands_elsewhere(self.tx, commit_id)

    def _write(self, number: int, parent: CommitId | None, count: int) -> CommitId:
        """Stage a change with the last `count` rows of a group, to be shown later."""
        tree, grown = self._tree(number, parent, count)
        digest = self.tree.digest(number)
        message = None
        if grown is not None and parent is not None:
            start = self._digest_at(parent)
            digest = [start, *digest_chain(grown.growth.added, start)][-1]
            facts = grown.growth.facts
            message = commit_message(facts.id, facts.prompt) + "\n"
        parents = (parent,) if parent else ()
        made = self.tx.stage_new(tree, parents, message, self._author(number))
        if grown is not None:
            commit, session = self.tx.commit(made), grown.session
            self._newest = made, StoredSession(commit, session, grown.layout, grown.conflicts)
        self._staged[made] = grown and grown.growth
        self._own.add(made)
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
        tx, rows, transcript = self.tx, self.tree.groups[number].rows, self.tree.transcript
        session, base = None, tx.commit(parent).tree if parent else None
        if parent is not None and base is not None:
            same = self._digest_at(parent) == self.tree.digest(number, len(rows) - count)
            own = self._session_id(parent) in (transcript.session_name, self.ground.document)
            if count and own and (not same or self.tree.can_grow(number, count)):
                said = self._said(number) if same and number in self.tree.ends else None
                grown = self._append(parent, number, count, said)
                return grown.tree, grown
            session = self._forked(number, read_session(tx.batch, base), count)
        layout = read_facts(tx.batch, base).layout if base else new_layout(tx)
        if session is None:  # turns before it that are not there any more must not come back
            above = self.tree.groups[number].parent
            lineage = self.tree.lineage(number) if above is None or above in self.done else rows
            session = to_session(transcript, lineage)
        return write_session(tx.batch, session, layout, base), None

    def _forked(self, number: int, parent: Session, count: int) -> Session:
        """Return the transcript up to a group as a conversation that was forked from another.

        Where the turn before is not there any more, its rows must not come back; where the rows
        before are another file's, they stay: the last `count` rows follow those of `parent`.
        """
        session = to_session(self.tree.transcript, self.tree.lineage(number))
        if count and self._is_apart(self.tree.groups[number].parent):
            new = [*parent.messages, *session.messages[-count:]]
            said = parent.message_count + message_count(self.tree.rows_of(number)[-count:])
            session = session.with_messages(new, message_count=said)
        return session.with_header(lineage_members(parent, self.tree.transcript))

    def _is_apart(self, above: int | None) -> bool:
        """Tell whether the commit before a turn is another than that of the turn above it."""
        return above not in self.done if above is not None else FIRST in self.ground.homes

    def _session_id(self, commit_id: CommitId) -> str:
        if self._newest is not None and self._newest[0] == commit_id:
            return self._newest[1].session.id
        return read_facts(self.tx.batch, self.tx.commit(commit_id).tree).id

    def _said(self, number: int) -> dict[str, object]:
        """Return the members that `to_session` gives the conversation that ends with a group."""
        transcript, found = self.tree.transcript, self.tree.last_model(number)
        if transcript.session is not None:
            return {}
        about = Conversation(transcript.native_id, transcript.facts)
        return {**conversation_members(about, transcript.session_name), "model": found}

    def _append(
        self, parent: CommitId, number: int, count: int, fields: dict[str, object] | None
    ) -> Grown:
        """Stage a commit's transcript with the last `count` rows of a group."""
        newest, stored = self._newest or (None, None)
        if stored is None or newest != parent:
            stored = read_stored(self.tx.batch, parent, "")
        stored = stored._replace(session=self.tree.before_new(stored.session))
        document, name = self.tree.transcript.session, self.tree.transcript.format
        if document is not None:
            messages = [document.messages[row] for row in self.tree.groups[number].rows[-count:]]
            updated = stored.session.updated_at
            return grow(self.tx.batch, stored, messages, updated, format_name=name)
        new = self.tree.rows_of(number)[-count:]
        return grow(
            self.tx.batch,
            stored,
            [message_of(row) for row in new],
            max([stored.session.updated_at, *(row.time for row in new if row.time)]),
            title=title(new) if any(row.prompt for row in new) else None,
            message_count=stored.session.message_count + message_count(new),
            fields=fields,
            format_name=name,
        )

    def _author(self, number: int) -> Signature:
        """Return the user's signature with the time of the turn, if the transcript has it."""
        who, seconds = self.tx.signature(), self.tree.seconds(number)
        return who if seconds is None else who._replace(time=seconds, zone="+0000")
