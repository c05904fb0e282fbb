"""The objects of a repository: packed ones read by libgit2, loose ones by ourselves.

libgit2 sees a pack only when its index was checked, and never a `multi-pack-index`: one
flipped bit in either makes it crash the process. Where a folder holds a damaged index or a
`multi-pack-index`, libgit2 gets a private folder of links to the sound packs in its place.
The backends are asked directly: they look for new packs only when they are opened, after all
packs were checked, and open an index only when an object is looked for.
"""

from __future__ import annotations

import mmap
import os
import shutil
import weakref
from bisect import bisect_left
from collections.abc import Iterator, Sequence

import pygit2

from store.errors import CorruptObject, StorageFailure
from store.gitdir import own_files
from store.gitdir.loose_object import object_folders, read_loose
from store.gitdir.pack_check import check_packs
from store.gitdir.pack_file import KINDS, read_index
from store.objects.objects import Kind, hash_object

# libgit2 would map whole packs, and what was read of them counts as this process's memory.
pygit2.settings.mwindow_size = 2 * 1024 * 1024
pygit2.settings.mwindow_mapped_limit = 24 * 1024 * 1024

_MULTI = "multi-pack-index"
_ATTEMPTS = 5
_CACHED, _CACHED_SIZE = 4096, 16 * 1024  # objects, and bytes of each


class ObjectDatabase:
    """The packs and loose objects of a repository and its alternates, as they are now."""

    def __init__(self, gitdir: str, waiting: Sequence[str] = ()) -> None:
        """Check all packs that are new, and open them; those of `waiting` folders too."""
        self.faults: dict[str, str] = {}
        """Paths of damaged pack indexes, and what is wrong with them."""
        self._gitdir = gitdir
        self._folders = [*object_folders(gitdir), *waiting]
        self._listed = self._list_packs()
        self._indexes: list[str] = []
        self._cache: dict[str, tuple[Kind, bytes]] = {}
        # pygit2 frees a backend, with its files and maps, only where an object database owns it.
        self._owner = pygit2.Odb()
        self._backends = [self._opened(folder) for folder in self._folders]

    def read(self, object_id: str) -> tuple[Kind, bytes]:
        """Return an object's kind and content.

        Raises:
            KeyError: it is not here.
            CorruptObject: it is damaged.
        """
        found = self._cache.get(object_id)
        if found is None:
            found = self._read(object_id)
            if len(found[1]) <= _CACHED_SIZE:
                if len(self._cache) >= _CACHED:
                    self._cache.clear()
                self._cache[object_id] = found
        return found

    def _read(self, object_id: str) -> tuple[Kind, bytes]:
        for backend in self._backends:
            try:
                number, data = backend.read(object_id)
            except KeyError:
                continue
            except (pygit2.GitError, OSError, ValueError) as error:
                raise CorruptObject(object_id, str(error) or "it cannot be read") from error
            if hash_object(KINDS[number], data) != object_id:
                raise CorruptObject(object_id, "its pack holds something else")
            return KINDS[number], data
        loose = read_loose(self._folders, object_id)
        if loose is None:
            raise KeyError(object_id)
        return loose

    def is_current(self) -> bool:
        """Tell whether the packs are still those that were there when they were opened."""
        return self._list_packs() == self._listed

    def _list_packs(self) -> list[set[str]]:
        return [set(_listed(os.path.join(folder, "pack"))) for folder in self._folders]

    def exists(self, object_id: str) -> bool:
        """Tell whether the object is here, damaged or not."""
        if any(backend.exists(object_id) for backend in self._backends):
            return True
        parts = (object_id[:2], object_id[2:])
        return any(os.path.exists(os.path.join(folder, *parts)) for folder in self._folders)

    def find(self, prefix: str) -> set[str]:
        """Return the ids that begin with `prefix`; some of them if there are several."""
        found = {one for one in self._loose(prefix[:2]) if one.startswith(prefix)}
        for path in self._indexes:
            found.update(_packed_ids(path, prefix))
        return found

    def __iter__(self) -> Iterator[str]:
        """Yield the ids of all objects, in no order; an id may come twice."""
        yield from self._loose("")
        for path in self._indexes:
            try:
                with open(path, "rb") as file:
                    listed = read_index(file.read())
            except (OSError, ValueError):
                continue  # a concurrent roll-up has just deleted it
            yield from (one.id.hex() for one in listed)

    def _loose(self, first: str) -> Iterator[str]:
        for folder in self._folders:
            for name in _listed(folder):
                if len(name) == 2 and name.startswith(first):
                    for rest in _listed(os.path.join(folder, name)):
                        if len(rest) == 38:
                            yield name + rest

    def _opened(self, folder: str) -> pygit2.OdbBackendPack:
        own_files.check_packs(os.path.join(folder, "pack"))
        for _ in range(_ATTEMPTS):
            checked = check_packs(self._gitdir, folder)
            is_multi = any(n.startswith(_MULTI) for n in _listed(os.path.join(folder, "pack")))
            if checked.faults or is_multi:
                break
            backend = self._backend(folder)
            if check_packs(self._gitdir, folder) == checked:  # else one may have come between
                self._indexes += checked.sound
                return backend
        self.faults.update(checked.faults)
        self._indexes += checked.sound
        return self._backend(self._linked(checked.sound))

    def _backend(self, folder: str) -> pygit2.OdbBackendPack:
        backend = pygit2.OdbBackendPack(folder)
        self._owner.add_backend(backend, 1)
        return backend

    def _linked(self, indexes: tuple[str, ...]) -> str:
        """Return a private folder in which libgit2 finds these packs alone."""
        import tempfile

        try:
            folder = tempfile.mkdtemp(prefix="wj-packs-")
            weakref.finalize(self, _remove, folder, os.getpid())
            os.mkdir(os.path.join(folder, "pack"))
            for path in indexes:
                for target in (path, f"{path.removesuffix('.idx')}.pack"):
                    os.symlink(target, os.path.join(folder, "pack", os.path.basename(target)))
        except OSError as error:
            raise StorageFailure(tempfile.gettempdir(), os.strerror(error.errno or 0)) from error
        return folder


def _packed_ids(path: str, prefix: str) -> Iterator[str]:
    """Yield the first two ids of a sound index that begin with `prefix`."""
    low = bytes.fromhex(prefix.ljust(40, "0"))
    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            is_new = data[:2] == b"\377t"
            start, step, skip = (1032, 20, 0) if is_new else (1024, 24, 4)
            count = int.from_bytes(data[start - 4 : start], "big")

            def entry(number: int) -> bytes:
                place = start + step * number + skip
                return data[place : place + 20]

            first = bisect_left(range(count), low, key=entry)
            yield from (entry(n).hex() for n in range(first, min(first + 2, count))
                        if entry(n).hex().startswith(prefix))  # fmt: skip
    except OSError:
        return


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _remove(folder: str, process: int) -> None:
    if os.getpid() == process:  # a forked child has the folder of its parent
        shutil.rmtree(folder, ignore_errors=True)
