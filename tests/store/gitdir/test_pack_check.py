"""Pack indexes are checked once, and every damage that could harm a reader is found."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from store.errors import ObjectNotFound
from store.gitdir import pack_check
from store.gitdir.pack_check import FILE_NAME, check_packs, index_fault
from store.maintenance.quarantine import rebuild_index
from store.repository.repository import Repository
from tests.harness.bare import commit, fresh, fsck, git, set_ref
from tests.harness.processes import start


@pytest.fixture
def repository(repo_path: Path) -> Repository:
    made = fresh(repo_path)
    for number in range(5):
        set_ref(made, f"refs/sessions/s{number}", commit(made, str(number)))
    return made


def indexes(repository: Repository) -> list[Path]:
    return sorted(Path(repository.path, "objects", "pack").glob("*.idx"))


def damage(path: Path, place: int, data: bytes) -> None:
    path.chmod(0o644)
    whole = bytearray(path.read_bytes())
    whole[place : place + len(data)] = data
    path.write_bytes(whole)


def check(repository: Repository) -> dict[str, str]:
    return check_packs(repository.path, os.path.join(repository.path, "objects")).faults


@pytest.mark.parametrize("version", [1, 2])
def test_what_git_writes_is_sound(repository: Repository, version: int) -> None:
    git(repository.path, "-c", f"pack.indexVersion={version}", "repack", "-adfq")
    assert len(indexes(repository)) == 1
    assert check(repository) == {}
    tip = git(repository.path, "rev-parse", "refs/sessions/s1").decode().strip()
    assert repository.find(tip[:10]) == tip
    assert repository.read(tip)[0] == "commit"


def test_offsets_past_2_gib_are_checked_too(tmp_path: Path) -> None:
    import struct
    from hashlib import sha1

    from store.gitdir.pack_file import Placed, _encode_index

    for offset, fault in ((2**32, ""), (2**33, "it has an offset outside its pack")):
        pack = tmp_path / "x.pack"
        with pack.open("wb") as file:
            file.truncate(2**32 + 100)  # a sparse file
        index = _encode_index([Placed(b"a" * 20, 1, offset)], bytes(20))
        (tmp_path / "x.idx").write_bytes(index)
        assert index_fault(str(tmp_path / "x.idx")) == fault
    place = 8 + 1024 + 24
    forged = index[:place] + struct.pack(">L", 0x80000005) + index[place + 4 : -20]
    (tmp_path / "x.idx").write_bytes(forged + sha1(forged).digest())
    assert index_fault(str(tmp_path / "x.idx")) == "it names an offset that it does not have"


@pytest.mark.parametrize("kind", ["cut", "counts", "offset", "other", "header", "empty", "folder"])
def test_damage_is_named(repository: Repository, kind: str) -> None:
    path, other = indexes(repository)[:2]
    size = path.stat().st_size
    count = int.from_bytes(path.read_bytes()[8 + 1020 : 8 + 1024], "big")
    if kind == "cut":
        path.chmod(0o644)
        os.truncate(path, size - 30)
    elif kind == "counts":
        damage(path, 8, b"\x7f\xff\xff\xff")
    elif kind == "offset":
        damage(path, 8 + 1024 + 24 * count, b"\x7f\xff\xff\xff")
    elif kind == "other":
        path.chmod(0o644)
        path.write_bytes(other.read_bytes())
    elif kind == "header":
        damage(path, 0, b"\0")
    elif kind == "empty":
        path.chmod(0o644)
        path.write_bytes(b"")
    else:
        path.unlink()
        path.mkdir()
    assert list(check(repository)) == [str(path)]


def test_no_flipped_bit_of_an_index_harms_a_reader(repository: Repository) -> None:
    """Tried in a process of its own: libgit2 would die of it."""
    path = indexes(repository)[0]
    good = path.read_bytes()
    path.chmod(0o644)
    ids = git(repository.path, "rev-list", "--objects", "--all", "--no-object-names").split()
    dice = random.Random(5)
    places = [*range(8), *(dice.randrange(len(good)) for _ in range(60))]

    def work() -> None:
        for place in places:
            data = bytearray(good)
            data[place] ^= 1 << dice.randrange(8)
            path.write_bytes(data)
            repository.refresh()
            assert str(path) in repository.objects.faults, place
            for one in ids:
                try:
                    repository.read(one.decode())
                except ObjectNotFound:
                    pass

    child = start(work)
    assert os.waitpid(child, 0)[1] == 0


def test_a_multi_pack_index_never_reaches_libgit2(repository: Repository) -> None:
    git(repository.path, "multi-pack-index", "write")
    path = Path(repository.path, "objects", "pack", "multi-pack-index")
    good = path.read_bytes()
    path.chmod(0o644)
    ids = git(repository.path, "rev-list", "--objects", "--all", "--no-object-names").split()
    dice = random.Random(7)

    def work() -> None:
        for _ in range(60):
            data = bytearray(good)
            data[dice.randrange(len(good))] ^= 1 << dice.randrange(8)
            path.write_bytes(data)
            repository.refresh()
            assert all(repository.read(one.decode()) for one in ids)

    child = start(work)
    assert os.waitpid(child, 0)[1] == 0


def test_an_index_is_checked_once(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    real = pack_check.index_fault

    def counted(path: str) -> str:
        checked.append(path)
        return real(path)

    monkeypatch.setattr(pack_check, "index_fault", counted)
    Path(repository.path, FILE_NAME).unlink()
    assert check(repository) == {}
    assert check(Repository.open(repository.path)) == {}
    assert sorted(checked) == [str(path) for path in indexes(repository)]
    made = commit(repository, "more")
    assert Repository.open(repository.path).read(made)
    assert len(checked) == len(indexes(repository))
    damage(indexes(repository)[0], 40, b"\xff")  # a changed one is looked at again
    assert list(check(repository)) == [str(indexes(repository)[0])]


@pytest.mark.parametrize("what", ["garbage", "folder", "fifo", "link", "read-only", "a copy's"])
def test_the_memory_of_checks_can_be_anything(
    repository: Repository, tmp_path: Path, what: str
) -> None:
    assert check(repository) == {}
    path = Path(repository.path, FILE_NAME)
    lines = path.read_text()
    path.unlink()
    target = tmp_path / "target"
    target.write_text("untouched")
    if what == "garbage":
        path.write_bytes(b"\xff\0 1 2 3\n" * 100)
    elif what == "folder":
        path.mkdir()
    elif what == "fifo":
        os.mkfifo(path)
    elif what == "link":
        path.symlink_to(target)
    elif what == "a copy's":
        index = indexes(repository)[0]
        data = index.read_bytes()
        index.unlink()
        index.write_bytes(data)
        damage(index, 40, b"\xff")  # the file is another one now
        path.write_text(lines)
        assert list(check(repository)) == [str(index)]
        return
    damage(indexes(repository)[0], 40, b"\xff")
    assert list(check(repository)) == [str(indexes(repository)[0])]
    assert target.read_text() == "untouched"


@pytest.mark.parametrize("deltas", [True, False])
def test_an_index_is_rebuilt_from_its_pack(
    repository: Repository, deltas: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if deltas:
        git(repository.path, "repack", "-adfq")
    else:
        monkeypatch.setattr("store.maintenance.quarantine.run_git", lambda *_, **__: None)
    path = indexes(repository)[0]
    good = path.read_bytes()
    damage(path, 8, b"\x7f\xff\xff\xff")
    repository.refresh()
    assert list(repository.objects.faults) == [str(path)]
    assert rebuild_index(repository, str(path))
    assert path.read_bytes() == good
    assert repository.objects.faults == {}
    fsck(repository.path)


def test_an_index_whose_pack_is_damaged_too_stays(repository: Repository) -> None:
    path = indexes(repository)[0]
    damage(path.with_suffix(".pack"), 14, b"\xff\xff\xff")
    damage(path, 8, b"\x7f\xff\xff\xff")
    assert not rebuild_index(repository, str(path))
    assert path.exists()
