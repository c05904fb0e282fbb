"""SessionStore: conversations saved, continued, forked and listed, in a bare repository.

Each writing call is one pack and one compare-and-swap of the session's ref, under the store
lock. When it returns, the data survives a power cut and is reachable from a ref, whatever
other processes write. A save that would orphan the tip is refused with `RefConflict`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Unpack, overload

from store.errors import SessionExists
from store.ids import CommitId
from store.repository.deleted_ref import deleted_ref
from store.repository.pack_writer import ObjectBatch
from store.repository.ref_name import session_ref
from store.repository.ref_update import Expect, RefEdit, update_refs
from store.repository.repository import Repository, Shared
from store.session.session import Session
from store.session_store.addition import Addition, Headers
from store.session_store.batch import Batch
from store.session_store.commit_info import CommitInfo, Place
from store.session_store.erasing import Erased, erase
from store.session_store.listing import SHORT
from store.session_store.writer import TIP, Options, Parent, SessionWriter, Tip
from store.tree_layout.attachments import Attachments

__all__ = ["SHORT", "TIP", "CommitInfo", "SessionStore", "Tip"]


class Forked(NamedTuple):
    """A new session: its first commit, and the session as loaded from there."""

    info: CommitInfo
    session: Session


class SessionStore(SessionWriter):
    """The sessions of one repository.

    Safe to share between threads and to use after a fork. `author` is a name and an
    address, `clock` returns seconds since the epoch, `headers` the extra commit headers of
    each new commit, in order. `layout` is that of conversations that begin here. `fields` are
    the members of session documents to list by: the repository remembers those of all openers.
    `message_key` is the member of messages by which `find_message` looks.
    """

    @classmethod
    def init(
        cls,
        path: str | os.PathLike[str],
        *,
        shared: Shared = "",
        **options: Unpack[Options],
    ) -> SessionStore:
        """Create a bare repository at `path`, or open the one that is there.

        A new one is private unless `shared` ("group" or "all"). `options` are the class's.

        Raises:
            NotARepository: the folder holds something else.
            UnsupportedRepository, ForeignOwner, StorageFailure
        """
        repository, _ = Repository.init(os.fspath(path), shared=shared)
        return cls(repository, **options)

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        **options: Unpack[Options],
    ) -> SessionStore:
        """Open the bare repository at `path`; `options` are those of the class.

        Raises:
            NotARepository, UnsupportedRepository, ForeignOwner
        """
        repository = Repository.open(os.fspath(path))
        return cls(repository, **options)

    def save(self, session: Session, parent: Parent = TIP) -> CommitInfo:
        """Save a whole conversation under `session.name` and return its commit.

        With `TIP` the session continues from its present tip, or starts; the tip's messages
        must be a prefix of the new ones. A commit must be the tip or have the tip's exact
        transcript; the new messages are then free. With None a new name starts a root.
        If the tip already holds the conversation, the tip is returned.

        Raises:
            RefConflict: any other parent, or a name that is gone; nothing is changed.
            InvalidRefName, SessionExists: the name cannot be made.
            UnknownId, AmbiguousId: `parent` is no commit.
            NotDurable: it is saved, but the disk failed afterwards; `recorded` is the commit.
        """
        name = session.name
        wanted = self.resolve(parent) if isinstance(parent, str) else parent
        with ObjectBatch(self.repository) as batch:
            self._prepare(batch, name, session)
            with self.repository.locked():
                tip = self.place(name)
                self._check_parent(session, wanted, tip)
                landed = self._write(batch, session, tip, tip.id if tip else None)
            session.note_saved(name)
            return self._done(batch, name, tip, landed)

    def append(  # noqa: PLR0913 - what one commit may change
        self,
        commit: CommitId | str,
        messages: Iterable[object] = (),
        *,
        session: str | None = None,
        fields: Mapping[str, object] | None = None,
        headers: Headers = (),
        expected: CommitId | str | None = None,
        attachments: Attachments | None = None,
    ) -> CommitInfo:
        """Add messages to a session; the cost depends on the new messages alone.

        With a session's name they go to its end, wherever that is by then, so writers that only
        add never conflict. With a commit they continue that commit, which must be a parent that
        `save` accepts; `session` names the session if several are at it and none has its
        document's id as its name. Each message is a JSON value or its raw bytes. `fields` are
        members of the document's header to set with the same commit, `headers` further headers
        of this commit, `expected` a commit that the session must be at. `attachments` are small
        contents to keep beside the messages under a name, None to remove one; those that are
        not named stay. Without messages, a changed field and a changed attachment no commit is
        made.

        Raises:
            UnknownId: there is no such session or commit.
            RefConflict: the session is gone, or at another commit than the given or the
                expected one; nothing is changed.
            AmbiguousId: several sessions are at the commit; the candidates are their names.
            InvalidSession: a message that the session's format does not allow, one message in
                place of a sequence of them, or an attachment whose name is no text of 1 to 200
                bytes, or whose content is not bytes or has more than 16 MiB.
            NotDurable: as in `save`.
        """
        addition = Addition.of(messages, fields, headers, attachments)
        found, named = self.find(commit)
        name = session or named or self._name_at(found)
        base = None if name == named else found
        if expected is not None:
            base = self.resolve(expected)
        with ObjectBatch(self.repository) as batch:
            # Synced before the lock is taken, and repeated under it if another writer was faster.
            tip = self._tip(name, base, exact=expected is not None)
            staged = self._grow(batch, name, tip, addition)
            batch.flush(staged.id if staged else "")
            landed = None
            while staged is not None and landed is None:
                with self.repository.locked():
                    if self.place(name) != tip:
                        tip = self._tip(name, base, exact=expected is not None)
                        staged = self._grow(batch, name, tip, addition)
                    if staged is not None:
                        # None if plain git has moved it, which does not take our lock.
                        landed = self._try_move(batch, name, tip, staged, again=base is None)
            return self._done(batch, name, tip, landed)

    @overload
    def fork(self, commit: CommitId | str, session: Session) -> CommitInfo: ...
    @overload
    def fork(self, commit: CommitId | str, session: str, *, at: int | None = None) -> Forked: ...
    def fork(
        self, commit: CommitId | str, session: Session | str, *, at: int | None = None
    ) -> CommitInfo | Forked:
        """Begin a session as a child of any commit, under a name not yet in use.

        With a `Session` that is what it holds. With a name it holds the conversation at the
        commit, or its first `at` rows; the document has the name as its id and says what it was
        forked from. Its parent is then the last commit that has no more than these rows, so a
        fork may begin within a commit. The new session is returned as well.

        Raises:
            SessionExists, InvalidRefName: the name cannot be made.
            UnknownId, AmbiguousId: there is no such commit.
            InvalidSession: the conversation has fewer rows, or cannot be read.
            NotDurable: as in `save`.
        """
        found, named = self.find(commit)
        if isinstance(session, Session):
            return self._fork(found, session)
        whole = self.load(found)
        rows, parent = self._cut(found, whole.rows if at is None else at)
        info = self._fork(parent, rows.forked(session), Place(named, found) if named else None)
        return Forked(info, self.load(session))

    def _fork(
        self, parent: CommitId | None, session: Session, source: Place | None = None
    ) -> CommitInfo:
        name = session.name
        with ObjectBatch(self.repository) as batch:
            self._prepare(batch, name, session)
            with self.repository.locked():
                if self.place(name) is not None:
                    raise SessionExists(name)
                # Its objects may be shared while a ref still leads to them.
                there = self.place(source.raw) if source else None
                held = there.id if there and source and there.id == source.id else None
                landed = self._write(batch, session, None, parent, held)
            session.note_saved(name)
            return self._done(batch, name, None, landed)

    def batch(self) -> Batch:
        """Return a block of writes that are done together when it ends: all of them or none.

            with sessions.batch() as batch:
                batch.append("a", messages)
                batch.delete("b")
            infos = batch.results

        They are one pack and one hold of the store lock, which no other writer can come between.
        If the block raises, or one of the writes is refused, nothing is changed. If the process
        is killed meanwhile, the next writer does what is left, or nothing was done. A reader may
        see one session before another.

        Raises:
            The errors of the writes, at the end of the block.
        """
        return Batch(self)

    def exists(self, name: str) -> bool:
        """Tell whether there is a session of this name.

        Raises:
            CorruptRef, ObjectError: its ref, or the object that it names, cannot be read.
        """
        return self.place(name) is not None

    def __contains__(self, name: object) -> bool:
        """Tell whether there is a session of this name; errors are those of `exists`."""
        return isinstance(name, str) and self.exists(name)

    def delete(self, name: str, *, expected: CommitId | str | None = None) -> CommitId:
        """Delete a session's name, and return the commit that it was at.

        Its commits are kept: `wj undo` brings the session back, and until then they can be
        loaded and forked by their ids. `erase` removes them. Another session may take the name.

        Raises:
            UnknownId: there is no session of this name.
            RefConflict: it is not at the commit `expected`; nothing is changed.
            NotDurable: it is deleted, but the disk failed afterwards.
        """
        with self.repository.locked():
            tip = self._at(name, expected)
            edits = [
                RefEdit(deleted_ref(name, tip.id), tip.id, Expect.ANY),
                RefEdit(session_ref(name), None, CommitId(tip.raw)),
            ]
            with self._naming():
                update_refs(self.repository, edits, together=True)
        self._forget(name)
        return tip.id

    def rename(self, old: str, new: str, *, expected: CommitId | str | None = None) -> CommitInfo:
        """Give a session another name; its document and its commits stay as they are.

        A `Session` that was loaded from the old name cannot be saved there any more.

        Raises:
            UnknownId: there is no session `old`.
            RefConflict: it is not at the commit `expected`; nothing is changed.
            SessionExists, InvalidRefName: the new name cannot be made.
            NotDurable: it is renamed, but the disk failed afterwards.
        """
        with self.repository.locked():
            tip = self._at(old, expected)
            if new == old:
                return self.info(tip.id, old)
            if self.place(new) is not None:
                raise SessionExists(new)
            self._check_new_name(new, instead_of=old)
            raw = CommitId(tip.raw)
            edits = [
                RefEdit(session_ref(new), raw, Expect.MISSING),
                RefEdit(session_ref(old), None, raw),
            ]
            with self._naming():
                update_refs(self.repository, edits, together=True)
        self._forget(old)
        return self.info(tip.id, new)

    def erase(self, name: str) -> Erased:
        """Delete a session, present or deleted before, and what only it holds, for good.

        All objects that no other ref leads to are removed from the repository, and it is
        verified that they are gone. The result says how many are still there because others
        hold them, too, and which refs these are. It takes as long as reading the repository,
        and removes whatever else is unreachable as well. Copies elsewhere are not touched.

        Raises:
            EraseRefused: there is an operation log, which keeps every version, or no git.
            UnknownId: there is no session of this name, and none was deleted.
            NotErased: it is deleted, but objects are left.
        """
        done = erase(self.repository, name)
        self._forget(name)
        self.index.discard_file()  # its file holds titles and fields
        return done
