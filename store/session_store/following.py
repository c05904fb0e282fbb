"""SessionFollower: messages by their keys, and what has happened to sessions."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Self

from store.errors import AmbiguousId, FieldError, InvalidSession, ObjectError, UnknownId
from store.ids import CommitId
from store.index.message_keys import KeyedRow, find_rows
from store.index.session_log import Change, changes_since, present_token
from store.repository.ref_name import SESSIONS
from store.repository.repository import Repository
from store.session.message import Message
from store.session_store.reader import SessionReader

_ALL = 1 << 40
_AT_ONCE = 500
_INTERVAL, _LOOK = 0.05, 5.0
_DOWN = (
    "WITH RECURSIVE down (pos) AS (SELECT ? UNION SELECT child FROM down JOIN edges "
    "ON edges.parent = down.pos) SELECT name, commits.id FROM down JOIN refs USING (pos) "
    "JOIN commits USING (pos) WHERE name >= ? AND name < ?"
)


class FoundMessage(NamedTuple):
    """A message of a session: the session's name and tip, and the number of its row there."""

    name: str
    commit: CommitId
    row: int
    message: Message


class _RefEvents:
    """Waits until refs of sessions may have moved."""

    def __init__(self, gitdir: str) -> None:
        from store.session_store.folder_events import FolderEvents

        self._refs, self._packed = f"{gitdir}/refs/", f"{gitdir}/packed-refs"
        below = (folder for folder, _, _ in os.walk(f"{gitdir}/{SESSIONS}".rstrip("/")))
        self._events = FolderEvents.opened()
        self._is_told = self._events is not None and self._events.follow(
            [gitdir, self._refs.rstrip("/"), *below]
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._events is not None:
            self._events.close()

    def wait(self, seconds: float) -> None:
        """Return when one may have moved, or after some seconds at the latest."""
        if self._events is None or not self._is_told:
            time.sleep(min(seconds, _INTERVAL))
            return
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            paths, is_complete = self._events.wait(left)
            if not is_complete or any(map(self._is_ref, paths)):
                return

    def _is_ref(self, path: str) -> bool:
        return path == self._packed or (path.startswith(self._refs) and path[-5:] != ".lock")


class SessionFollower(SessionReader):
    """The sessions of one repository, looked through and followed."""

    def __init__(
        self, repository: Repository, fields: Sequence[str] = (), message_key: str = ""
    ) -> None:
        """Use `message_key` as the member by which messages are found."""
        super().__init__(repository, fields)
        self.message_key = message_key

    def find_messages(self, key: str) -> list[FoundMessage]:
        """Return the messages with a key in all sessions that hold them, by name and row.

        The key is the text in the member that the store was opened with as `message_key`, such
        as `uuid`. A fork holds the messages of its origin, too. Each message is read once in
        the life of the index: the first search of a long history takes its time.

        Raises:
            FieldError: the store was opened without `message_key`.
        """
        if not self.message_key:
            hint = "open the store with message_key='uuid', or the member that your messages have"
            raise FieldError("", "no member of messages was named", hint)
        self.index.refresh()

        def work() -> dict[tuple[str, int], FoundMessage]:
            rows = find_rows(self.index, self.message_key, key)
            return {(one.name, one.row): one for row in rows for one in self._holding(row, key)}

        found = self.index.retry_if_rebuilt(work)
        return [found[place] for place in sorted(found)]

    def find_message(self, key: str) -> FoundMessage:
        """Return the one message with a key.

        Raises:
            UnknownId: no session holds it.
            AmbiguousId: several do, or one in several rows; `candidates` are the names.
            FieldError: as in `find_messages`.
        """
        found = self.find_messages(key)
        if not found:
            raise UnknownId(key)
        if len(found) > 1:
            raise AmbiguousId(key, [one.name for one in found])
        return found[0]

    def token(self) -> str:
        """Return the present place in the changes of sessions, for `changes` and `watch`."""
        self.index.refresh()
        return present_token(self.index)

    def changes(self, since: str, limit: int | None = None) -> list[Change]:
        """Return what has happened to sessions since a token, oldest first.

        A session that moved several times while nobody looked is one change. A rename is a
        deletion and a creation.

        Raises:
            TokenExpired: the index does not go back that far; it is a cache that may be
                rebuilt, and keeps the newest 10,000 changes.
        """
        self.index.refresh()
        return changes_since(self.index, since, _ALL if limit is None else limit)

    def watch(self, since: str | None = None, *, timeout: float | None = None) -> Iterator[Change]:
        """Yield changes as they happen, from now or a token on, by any process.

        Ends when nothing has happened for `timeout` seconds; None waits for ever. Where the
        system reports changes of folders (Linux), it is told at once, and looks every 5 seconds
        for what may not have been reported. Elsewhere it looks at the times of the folders of
        refs 20 times a second, which reads no ref while none moves.

        Raises:
            TokenExpired: as in `changes`; at the first step, or when the index is rebuilt.
        """
        token = self.token() if since is None else since
        return self._watch(token, timeout)

    def _watch(self, token: str, timeout: float | None) -> Iterator[Change]:
        with _RefEvents(self.repository.path) as events:
            began = time.monotonic()
            while True:
                found = self.changes(token, _AT_ONCE)
                for change in found:
                    token = change.token
                    yield change
                if found:
                    began = time.monotonic()
                    continue
                left = _LOOK if timeout is None else began + timeout - time.monotonic()
                if left <= 0:
                    return
                events.wait(min(left, _LOOK))

    def _holding(self, found: KeyedRow, key: str) -> Iterator[FoundMessage]:
        """Yield the message in the tips that come from the commit that added it."""
        for ref, commit in self.index.query(_DOWN, (found.pos, SESSIONS, SESSIONS[:-1] + "0")):
            name, commit_id = ref[len(SESSIONS) :], CommitId(commit.hex())
            try:
                rows = self.load(commit_id).messages
                at = found.row
                if at >= len(rows) or rows[at].blob_id != found.blob:
                    at = [row.blob_id for row in rows].index(found.blob)
            except (ValueError, InvalidSession, ObjectError):
                continue  # the message was removed later, or the session cannot be read
            message = rows[at]
            if isinstance(message.value, dict) and message.value.get(self.message_key) == key:
                yield FoundMessage(name, commit_id, at, message)
