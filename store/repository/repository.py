"""Opens and creates bare repositories; owns the object database, the config and the lock.

Opening reads files only. libgit2 is loaded when the first object is read, so a command that
the index answers never loads it. libgit2's exceptions do not leave this module.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from typing import TYPE_CHECKING, Literal

from store.document.numbers import read_number
from store.errors import (
    AmbiguousId,
    CorruptObject,
    ForeignOwner,
    NotARepository,
    ObjectNotFound,
    StorageFailure,
    UnknownId,
    UnsupportedRepository,
)
from store.gitdir.config_file import GitConfig, is_true, parse_git_config
from store.gitdir.own_files import check_layout, foreign_part, read_regular
from store.ids import HEX_LENGTH, is_full_id, is_hex
from store.repository.replica import Replica, new_replica, read_replica

if TYPE_CHECKING:
    from store.gitdir.lock import ProcessLock
    from store.objects.objects import Kind
    from store.repository.object_database import ObjectDatabase

Shared = Literal["", "group", "all"]
"""Who besides the user may use a new repository: nobody, the group, or all users."""

FORMAT_VERSION = 2
"""The newest version that this program reads and writes; `docs/data-model.md` describes each."""
FIRST_VERSION = 1
"""The version of a new repository, and of one whose config names none."""
LOCK_TIMEOUT = 60.0
_SHARED = "core.sharedRepository"
_PERMISSIONS = {"": (0o700, "0600"), "group": (0o2770, "0660"), "all": (0o2775, "0664")}
_SYNC = {"core.fsync": "all", "core.fsyncMethod": "fsync"}
_VERSION = "wajutsu.version"
_SETTINGS = {
    **_SYNC,
    "commitGraph.generationVersion": "1",
    "gc.auto": "0",
    "maintenance.auto": "false",
}
_REFUSED = {
    "extensions.objectformat": ("sha1", "its object format is {}, only sha1 is supported"),
    "extensions.refstorage": ("files", "its refs are stored as {}, only files are supported"),
    "extensions.partialclone": (None, "it is a partial clone: some of its objects are elsewhere"),
    "extensions.compatobjectformat": (None, "it maps between object formats"),
}
_HARMLESS = frozenset(f"extensions.{name}" for name in (
    "noop", "noop-v1", "preciousobjects", "relativeworktrees", "worktreeconfig"
))  # fmt: skip
_HEADLESS = "`wj doctor --fix -R {}` writes it again"


class Repository:
    """A bare repository at `path` (its absolute git directory)."""

    def __init__(self, path: str, config: GitConfig) -> None:
        """Use `Repository.open` or `Repository.init`."""
        self.path = path
        self.config = config
        self._lock_file: ProcessLock | None = None
        self._objects: ObjectDatabase | None = None
        self.waiting: list[str] = []  # folders of objects that were received and not accepted yet
        self._pid = os.getpid()

    @classmethod
    def open(cls, path: str, *, headless: bool = False) -> Repository:
        """Open the bare repository at `path`; nothing is written.

        With `headless`, for a repair, the HEAD of a repository that is ours may be missing.

        Raises:
            NotARepository: there is none, or it is not bare.
            UnsupportedRepository: a newer version of ours, sha256, reftable, partial clone.
            UnsafeRepository: a link, a FIFO or the like is in place of a file or folder.
            ForeignOwner: it belongs to another user and is not marked safe for git.
        """
        path = _real_path(path)
        config = _read_config(path, headless=headless)
        repository = cls(path, config)
        _refuse_unsupported(path, config)
        foreign = foreign_part(path)
        if foreign == path:
            repository._ask_libgit2_about_owner()
        elif foreign:
            hint = "give it to the owner of the repository: its objects and settings are trusted"
            raise ForeignOwner(foreign, "belongs to another user than the repository", hint)
        return repository

    @classmethod
    def init(
        cls,
        path: str,
        *,
        host: str = "",
        random: Callable[[int], bytes] = os.urandom,
        shared: Shared = "",
    ) -> tuple[Repository, bool]:
        """Create a bare repository, or open the one that is there.

        Returns the repository and whether anything was written. A plain bare git
        repository is taken over: its config gets our keys, its refs and objects stay.
        A new folder appears whole or not at all. An empty folder is filled in place, since
        a shell may be in it, and becomes a repository in one step. Only the user may read a
        new repository, unless it is `shared` with the group, or with all users, as in git.

        Raises:
            NotARepository: the folder holds something else.
            StorageFailure: the disk is full or read-only; nothing is left behind.
        """
        from store.gitdir.create import create_repository
        from store.gitdir.durability import storage_errors

        path = _real_path(path)
        with storage_errors(path):
            mode, files = _PERMISSIONS[shared]
            written = create_repository(
                path,
                lambda folder: {_SHARED: files, **_our_config(new_replica(folder, host, random))},
                mode,
            )
        repository = cls.open(path)
        if not written and _VERSION not in repository.config:
            with repository.locked():
                repository.config = _read_config(path)
                written = _VERSION not in repository.config
                if written:
                    repository.set_config(_our_config(new_replica(path, host, random)))
        return repository, written

    @property
    def objects(self) -> ObjectDatabase:
        """The object database, opened at first use and again in a forked child.

        It knows the packs of the time when it was opened; `refresh` drops it.
        """
        if self._objects is None or self._pid != os.getpid():
            from store.repository.object_database import ObjectDatabase

            self._objects = ObjectDatabase(self.path, self.waiting)
            self._pid = os.getpid()
        return self._objects

    @property
    def lock_file(self) -> ProcessLock:
        """The store lock, one for all `Repository` objects of this path in this process."""
        if self._lock_file is None:
            from store.gitdir.lock import process_lock

            self._lock_file = process_lock(os.path.join(self.path, "store.lock"))
        return self._lock_file

    @property
    def is_shallow(self) -> bool:
        """Whether history is cut off (a shallow clone)."""
        return os.path.exists(os.path.join(self.path, "shallow"))

    @property
    def version(self) -> int:
        """The version of what is stored here, as this process has last read it."""
        return read_number(self.config.get(_VERSION, "")) or FIRST_VERSION

    def require_version(self, version: int) -> None:
        """Raise the repository's version to `version`, so that older programs refuse it.

        Call it before a ref leads to anything that only this version can read: it is durable
        when this returns. It takes the store lock only where the version has to be raised.

        Raises:
            StoreLocked, StorageFailure: nothing is changed.
            UnsupportedRepository: a newer program has raised it meanwhile.
        """
        if self.version >= version:
            return
        with self.locked():
            self.config = _read_config(self.path)
            _refuse_unsupported(self.path, self.config)
            if self.version < version:
                ours = {} if _VERSION in self.config else _SETTINGS
                self.set_config({**ours, _VERSION: str(version)})

    @property
    def replica(self) -> Replica | None:
        """The replica recorded in the config, or None; it may be another copy's."""
        return read_replica(self.config)

    def own_replica(self, host: str, random: Callable[[int], bytes] = os.urandom) -> Replica:
        """Return this copy's replica; make one if the recorded one belongs to another copy.

        Making one writes the git config; call it with the store lock held.
        """
        known = self.replica
        if known is not None and known.is_at(self.path, host):
            return known
        fresh = new_replica(self.path, host, random)
        self.set_config(_our_config(fresh, self.version))
        return fresh

    def read(self, object_id: str) -> tuple[Kind, bytes]:
        """Return an object's kind and content.

        An error counts only with freshly opened packs, and if none came or went meanwhile, since
        a concurrent roll-up deletes packs that are open here.

        Raises:
            ObjectNotFound: no object has this id, or it is no full id.
            CorruptObject: the object is damaged.
        """
        if len(object_id) != HEX_LENGTH:
            raise ObjectNotFound(object_id)
        try:
            return self.objects.read(object_id)
        except (KeyError, CorruptObject) as error:
            failure: Exception = error
        for objects in self._reopened():
            try:
                return objects.read(object_id)
            except (KeyError, CorruptObject) as error:
                failure = error
        raise failure if isinstance(failure, CorruptObject) else ObjectNotFound(object_id) from None

    def exists(self, object_id: str) -> bool:
        """Tell whether the object is there; only freshly opened packs may say no."""
        packs = chain([self.objects], self._reopened())
        return is_full_id(object_id) and any(one.exists(object_id) for one in packs)

    def find(self, prefix: str) -> str:
        """Return the only object id that begins with `prefix`.

        Raises:
            UnknownId: no id does.
            AmbiguousId: several ids do; its candidates are empty.
        """
        if not is_hex(prefix) or len(prefix) > HEX_LENGTH:
            raise UnknownId(prefix)
        found = self.objects.find(prefix) or next(self._reopened()).find(prefix)
        if len(found) > 1:
            raise AmbiguousId(prefix)
        if not found:
            raise UnknownId(prefix)
        return found.pop()

    def _reopened(self) -> Iterator[ObjectDatabase]:
        """Yield freshly opened packs until none comes or goes meanwhile."""
        for _ in range(10):  # more roll-ups will not come one after another
            self.refresh()
            yield self.objects
            if self.objects.is_current():
                return

    def refresh(self) -> None:
        """Drop the open packs; the next read opens those that are there by then."""
        self._objects = None

    @contextmanager
    def locked(self, timeout: float = LOCK_TIMEOUT) -> Iterator[None]:
        """Hold the store lock; first remove what killed writers of ours left behind.

        Raises:
            StoreLocked, StorageFailure
        """
        from store.gitdir.ref_intent import finish_killed_writers

        with self.lock_file.held(timeout) as outermost:
            if outermost:
                finish_killed_writers(self.path, self.lock_file)
            yield

    def ask_git_to_sync(self) -> None:
        """Make a user's own git sync what it writes here, unless the config says how it syncs.

        git's default leaves refs unsynced when it packs them. Call it with the store lock held.
        """
        missing = {key: value for key, value in _SYNC.items() if key.lower() not in self.config}
        if missing:
            with suppress(StorageFailure):
                self.set_config(missing)

    def set_config(self, values: dict[str, str]) -> None:
        """Write keys to the repository's own git config, each atomically, and read it again.

        They are durable when this returns.
        """
        import pygit2

        from store.gitdir.durability import storage_errors, sync_file, sync_folder

        check_layout(self.path)  # libgit2 writes through links
        path = os.path.join(self.path, "config")
        config = pygit2.Config(path)
        try:
            mode = os.stat(path).st_mode & 0o777 if os.path.exists(path) else 0o600
            for key, value in values.items():
                config[key] = value
            os.chmod(path, mode)  # libgit2 gives it those that the umask allows
        except (pygit2.GitError, OSError) as error:
            raise StorageFailure(path, str(error)) from error
        with storage_errors(path), open(path, "rb") as file:
            sync_file(file.fileno())
        sync_folder(self.path)
        self.config = _read_config(self.path)

    def reload_config(self) -> None:
        """Read the config again after another program has changed it."""
        self.config = _read_config(self.path)

    def change_config(self, key: str, change: Callable[[str], str]) -> None:
        """Replace a key's present value ("" if it has none), under the store lock.

        Raises:
            StoreLocked, StorageFailure: nothing is changed.
        """
        with self.locked():
            self.config = _read_config(self.path)
            self.set_config({key: change(self.config.get(key.lower(), ""))})

    def _ask_libgit2_about_owner(self) -> None:
        # Only libgit2 reads safe.directory, which says that a foreign folder is trusted.
        import pygit2

        try:
            pygit2.Repository(self.path)
        except (pygit2.GitError, OSError, KeyError) as error:
            reason = str(error)
            if "owned by" in reason:
                hint = f"if you trust it: git config --global --add safe.directory {self.path}"
                raise ForeignOwner(self.path, "belongs to another user", hint) from error
            raise UnsupportedRepository(self.path, reason) from error


def _real_path(path: str) -> str:
    try:
        return os.path.realpath(path)
    except ValueError:
        raise NotARepository(path, "no folder can have this name") from None


def _read_config(path: str, *, headless: bool = False) -> GitConfig:
    if not os.path.isdir(path):
        reason = "is not a folder" if os.path.exists(path) else "there is no such folder"
        raise NotARepository(path, reason)
    missing = [p for p in ("HEAD", "objects", "refs") if not os.path.exists(os.path.join(path, p))]
    is_headless = missing == ["HEAD"] and _VERSION in _config_of(path)
    if is_headless and not headless:
        raise NotARepository(path, "its HEAD is missing", _HEADLESS.format(path))
    if missing and not is_headless:
        inside = os.path.isdir(os.path.join(path, ".git"))
        reason = "has a work tree; only bare repositories are used" if inside else ""
        raise NotARepository(path, reason or "is not a bare git repository")
    return _config_of(path)


def _config_of(path: str) -> GitConfig:
    check_layout(path)
    try:
        data = read_regular(os.path.join(path, "config"))
        return parse_git_config(data.decode("utf-8", "replace"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise NotARepository(path, f"its config: {os.strerror(error.errno or 0)}") from error


def _refuse_unsupported(path: str, config: GitConfig) -> None:
    if "core.bare" in config and not is_true(config["core.bare"]):
        raise NotARepository(path, "has a work tree; only bare repositories are used")
    for key, (allowed, reason) in _REFUSED.items():
        value = config.get(key)
        if value is not None and (allowed is None or value.lower() != allowed):
            raise UnsupportedRepository(path, reason.format(value))
    for key, value in config.items():
        if key.startswith("remote.") and key.endswith(".promisor") and is_true(value):
            raise UnsupportedRepository(path, _REFUSED["extensions.partialclone"][1])
        if key.startswith("extensions.") and key not in _REFUSED and key not in _HARMLESS:
            raise UnsupportedRepository(path, f"it uses git's {key}, which is unknown here")
    layout = config.get("core.repositoryformatversion", "0")
    if layout not in ("0", "1"):
        raise UnsupportedRepository(path, f"git's version of its layout is {layout}, not 0 or 1")
    version = config.get(_VERSION, str(FIRST_VERSION))
    number = read_number(version)
    if number is None or number > FORMAT_VERSION:
        reason = f"its format version is {version[:40]}, this program reads up to {FORMAT_VERSION}"
        raise UnsupportedRepository(path, reason, "install a newer version of wajutsu")


def _our_config(replica: Replica, version: int = FIRST_VERSION) -> dict[str, str]:
    # The version is the last one: it says that the others are there.
    return {**_SETTINGS, **replica.config(), _VERSION: str(version)}
