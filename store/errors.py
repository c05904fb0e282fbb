"""The errors of `store`: one base, a class for each condition, with fields.

    StoreError
    ├── RepositoryError        NotARepository, UnsupportedRepository, UnsafeRepository,
    │                          UntrustedConfig, ForeignOwner
    ├── ObjectError            ObjectNotFound, WrongObjectKind, CorruptObject
    ├── IdError                UnknownId, AmbiguousId
    ├── RefError               InvalidRefName, CorruptRef, RefConflict, RefLocked, SessionExists
    ├── StoreLocked            another process holds the store lock for too long
    ├── StorageFailure         the disk is full, read-only, or fails; nothing was changed
    ├── NotDurable             the disk failed when the write was visible already
    ├── RemoteFailure          GitMissing, TransferLimit: a remote that cannot be used as asked
    ├── EraseRefused           a session that cannot be erased here; nothing was changed
    ├── NotErased              objects of an erased session that could not be removed
    ├── TokenExpired           a place in the changes of sessions that is not known any more
    ├── FieldError             a member of documents that cannot be listed by
    └── InvalidSession         input that is not a session, with place and reason

`str(error)` is one sentence for a person; `hint` is a safe next step, or "".
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence

_FULL = (
    *(os.strerror(code) for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)),
    "database or disk is full",  # as sqlite says it
)


class StoreError(Exception):
    """Base of every error that `store` raises on purpose."""

    hint: str = ""

    def __reduce__(self) -> tuple[object, ...]:
        """Support pickle and copy, whatever arguments the class takes: a worker's error arrives."""
        return _remake, (type(self), self.args, self.__dict__)


def _remake(kind: type[StoreError], args: tuple[object, ...], fields: dict[str, object]) -> object:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(fields)
    return error


class RepositoryError(StoreError):
    """The folder cannot be used as a repository."""

    def __init__(self, path: str, reason: str, hint: str = "") -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class NotARepository(RepositoryError):
    """There is no bare git repository at the path."""


class UnsupportedRepository(RepositoryError):
    """A repository in a format that this version does not read."""


class UnsafeRepository(RepositoryError):
    """A repository with a link, a FIFO or the like in place of one of its files or folders."""


class UntrustedConfig(RepositoryError):
    """A key of the repository's config with which git is not started; `key` names it."""

    def __init__(self, path: str, key: str, hint: str = "") -> None:
        """Name the repository and the key."""
        super().__init__(
            path, f"its config has {ascii(key)[1:-1]}, with which git may run programs", hint
        )
        self.key = key


class ForeignOwner(RepositoryError):
    """The repository belongs to another user."""


class ObjectError(StoreError):
    """An object that cannot be used; `id` is its id."""

    def __init__(self, object_id: str, reason: str = "") -> None:
        super().__init__(object_id, reason)
        self.id = object_id
        self.reason = reason
        self.hint = "run `git fsck` in the repository"


class ObjectNotFound(ObjectError):
    """An object that is named but missing from the repository."""

    def __str__(self) -> str:
        return f"object {self.id} is missing from the repository"


class WrongObjectKind(ObjectError):
    """An object that exists but is of another kind."""

    def __init__(self, object_id: str, expected: str, actual: str) -> None:
        super().__init__(object_id, f"expected a {expected}, found a {actual}")
        self.expected = expected
        self.actual = actual
        self.hint = f"give the id of a {expected}"

    def __str__(self) -> str:
        return f"object {self.id} is a {self.actual}, not a {self.expected}"


class CorruptObject(ObjectError):
    """An object whose bytes are not valid for its kind."""

    def __str__(self) -> str:
        return f"object {self.id} is corrupt: {self.reason}"


class IdError(StoreError):
    """A prefix that does not name exactly one commit."""

    def __init__(self, prefix: str, candidates: Sequence[str] = ()) -> None:
        super().__init__(prefix, tuple(candidates))
        self.prefix = prefix
        self.candidates = tuple(candidates)


class UnknownId(IdError):
    """No session has this name, and no commit this id."""

    hint = "list the sessions, or give more of the commit's id"

    def __str__(self) -> str:
        if not self.prefix:
            return "the name of a session or the id of a commit cannot be empty"
        return f"no session is called {self.prefix!r}, and no commit has this id"


class AmbiguousId(IdError):
    """Several commits begin with this prefix."""

    hint = "give more of the id"

    def __str__(self) -> str:
        shown = ", ".join(c[:12] for c in self.candidates[:8])
        return f"the id {self.prefix!r} is ambiguous: {shown}"


class RefError(StoreError):
    """A ref that cannot be read or written as asked; `name` names it."""

    def __init__(self, name: str, reason: str = "") -> None:
        super().__init__(name, reason)
        self.name = name
        self.reason = reason


class InvalidRefName(RefError):
    """A name that breaks a rule, which `reason` states."""

    def __str__(self) -> str:
        shown = self.name if len(self.name) <= 80 else self.name[:77] + "..."
        return f"invalid name {ascii(shown)}: {self.reason}"


class CorruptRef(RefError):
    """A ref file that contains neither an id nor the name of another ref."""

    hint = "run `git fsck` in the repository"

    def __str__(self) -> str:
        return f"ref {ascii(self.name)} is corrupt: {self.reason}"


class RefConflict(RefError):
    """A ref that is not where the caller expected it; nothing was changed.

    `expected` and `actual` are commit ids, None where there is no ref.
    """

    hint = "load the session and go on from there, or fork under another name"

    def __init__(
        self, name: str, expected: str | None, actual: str | None, reason: str = ""
    ) -> None:
        super().__init__(name, reason)
        self.expected = expected
        self.actual = actual

    def __str__(self) -> str:
        want = self.expected[:12] if self.expected else "no such ref"
        have = self.actual[:12] if self.actual else "no such ref"
        tail = f"; {self.reason}" if self.reason else ""
        if self.actual and self.expected == self.actual:
            return f"{self.name!r} is at {have}, and this does not continue it{tail}"
        return f"{self.name!r} has moved: expected {want}, found {have}{tail}"


class RefLocked(RefError):
    """A ref on which another program holds a lock file; `reason` is the file's path."""

    hint = "another program, such as git, is changing it or was killed: try again later"

    def __str__(self) -> str:
        return f"ref {self.name!r} is locked by {self.reason}"


class SessionExists(RefError):
    """A name that is in use, or too similar to one that is."""

    hint = "choose another name"

    def __str__(self) -> str:
        tail = f" ({self.reason})" if self.reason else ""
        return f"session {self.name!r} already exists{tail}"


class StoreLocked(StoreError):
    """Another process held the store lock for longer than the time limit."""

    def __init__(self, path: str, seconds: float) -> None:
        super().__init__(path, seconds)
        self.path = path
        self.seconds = seconds
        self.hint = "wait for the other process to finish, then try again"

    def __str__(self) -> str:
        return f"{self.path} has been held by another process for {self.seconds:.0f} s"


class StorageFailure(StoreError):
    """The operating system failed to read or write a file of the repository."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason
        if any(full in reason for full in _FULL):
            self.hint = "make room on that disk and run it again; nothing is lost"

    def __str__(self) -> str:
        return f"cannot write {self.path}: {self.reason}"


class NotDurable(StoreError):
    """A write that is recorded and visible, but that a power cut may undo: the disk failed after it.

    `what` names the write. `recorded` is its result: a `CommitInfo` of `SessionStore`, or the
    published operations of a transaction. Do not repeat the write.
    """

    hint = "it is done, so do not run it again; check the disk"

    def __init__(self, what: str, path: str, reason: str, recorded: object = None) -> None:
        super().__init__(what, path, reason, recorded)
        self.what = what
        self.path = path
        self.reason = reason
        self.recorded = recorded

    def __str__(self) -> str:
        return (
            f"{self.what} is recorded and visible, but may not survive a power cut: "
            f"{self.path}: {self.reason}"
        )

    def of(self, what: str, recorded: object) -> NotDurable:
        """Return this error for a larger write."""
        return NotDurable(what, self.path, self.reason, recorded)


class RemoteFailure(StoreError):
    """A remote that cannot be reached, or does not do as asked; nothing was changed here.

    `remote` is its URL without a password.
    """

    def __init__(self, remote: str, reason: str, hint: str = "") -> None:
        super().__init__(remote, reason, hint)
        self.remote = remote
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.remote}: {self.reason}" if self.remote else self.reason


class GitMissing(RemoteFailure):
    """There is no `git` on this machine, which does all transfers."""

    def __init__(self, remote: str = "") -> None:
        super().__init__(remote, "git is not installed", "install git 2.29 or newer")


class TransferLimit(RemoteFailure):
    """A transfer that was ended because it is larger, or takes longer, than is allowed."""


class EraseRefused(StoreError):
    """A session that cannot be erased in this repository; nothing was changed."""

    def __init__(self, name: str, reason: str, hint: str) -> None:
        super().__init__(name, reason, hint)
        self.name = name
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        return f"session {self.name!r} cannot be erased: {self.reason}"


class NotErased(StoreError):
    """A session is deleted, but `left` of its objects are still in the repository."""

    hint = "another process keeps them: run `store.gc(repository, prune='now')` when it has ended"

    def __init__(self, name: str, left: int) -> None:
        super().__init__(name, left)
        self.name = name
        self.left = left

    def __str__(self) -> str:
        return (
            f"session {self.name!r} is deleted, but {self.left} of its objects could not be removed"
        )


class TokenExpired(StoreError):
    """A place in the changes of sessions that the index does not know any more."""

    hint = "list the sessions, and go on from `SessionStore.token()`"

    def __init__(self, token: str) -> None:
        super().__init__(token)
        self.token = token

    def __str__(self) -> str:
        return f"the changes since {self.token!r} are not known any more"


class FieldError(StoreError):
    """A member of documents that cannot be declared, selected or sorted by; `field` names it."""

    def __init__(self, field: str, reason: str, hint: str = "") -> None:
        super().__init__(field, reason, hint)
        self.field = field
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        return f"field {ascii(self.field)}: {self.reason}"


class InvalidSession(StoreError):
    """Input that is not a session: `where` is a JSON path or a line, `source` names the input."""

    def __init__(self, reason: str, where: str = "", source: str = "") -> None:
        super().__init__(reason, where, source)
        self.reason = reason
        self.where = where
        self.source = source

    def __str__(self) -> str:
        return ": ".join(part for part in (self.source, self.where, self.reason) if part)
