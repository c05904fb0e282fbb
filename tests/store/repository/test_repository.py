"""Opening repositories, refusing what cannot be used, and reading objects whatever happens."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import zlib
from itertools import pairwise
from pathlib import Path

import pytest

from store.errors import (
    AmbiguousId,
    CorruptObject,
    ForeignOwner,
    NotARepository,
    ObjectNotFound,
    UnknownId,
    UnsupportedRepository,
)
from store.objects.objects import hash_object
from store.repository.object_database import ObjectDatabase
from store.repository.repository import Repository
from tests.harness.bare import commit, fresh, fsck, git, set_ref
from tests.harness.places import ROOT
from tests.harness.processes import finish, start


@pytest.fixture
def repository(repo_path: Path) -> Repository:
    return fresh(repo_path)


def everything(path: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() if p.is_file() else b"" for p in sorted(path.rglob("*"))}


def refused(path: Path | str) -> str:
    """Open must refuse; whatever it says is returned, and nothing may have changed."""
    root = Path(path)
    before = everything(root) if root.is_dir() else {}
    with pytest.raises((NotARepository, UnsupportedRepository)) as caught:
        Repository.open(str(path))
    assert (everything(root) if root.is_dir() else {}) == before
    assert caught.value.path == os.path.realpath(path)
    return str(caught.value)


def test_a_path_with_nothing(tmp_path: Path) -> None:
    assert refused(tmp_path / "none").endswith("none: there is no such folder")


def test_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert refused(tmp_path / "file").endswith("file: is not a folder")


def test_a_folder_that_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    assert "is not a bare git repository" in refused(tmp_path)


def test_a_name_that_no_folder_can_have() -> None:
    with pytest.raises(NotARepository, match="no folder can have this name"):
        Repository.open("a\0b")


def test_a_work_tree_and_its_git_folder(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", ".")
    assert "has a work tree" in refused(tmp_path)
    assert "has a work tree" in refused(tmp_path / ".git")


@pytest.mark.parametrize("version", ["3", "99", "1.5", "", "²", "٣", "-1"])
def test_another_version_of_ours(repository: Repository, version: str) -> None:
    git(repository.path, "config", "wajutsu.version", version)
    with pytest.raises(UnsupportedRepository) as caught:
        Repository.open(repository.path)
    assert f"its format version is {version}, this program reads up to 2" in str(caught.value)
    assert caught.value.hint == "install a newer version of wajutsu"


def test_sha256(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "--object-format=sha256", "x.git")
    assert "its object format is sha256" in refused(tmp_path / "x.git")


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("extensions.refStorage", "reftable", "refs are stored as reftable"),
        ("extensions.partialClone", "origin", "it is a partial clone"),
        ("remote.origin.promisor", "true", "it is a partial clone"),
        ("extensions.compatObjectFormat", "sha256", "object formats"),
        ("extensions.fromTheFuture", "x", "extensions.fromthefuture, which is unknown"),
        ("core.repositoryFormatVersion", "2", "git's version of its layout is 2"),
        ("core.bare", "false", "has a work tree"),
    ],
)
def test_a_kind_of_repository_that_is_not_supported(
    repository: Repository, key: str, value: str, reason: str
) -> None:
    # Not through git: it would refuse the second key as well.
    section, _, name = key.rpartition(".")
    head = '[remote "origin"]' if section == "remote.origin" else f"[{section}]"
    with open(os.path.join(repository.path, "config"), "a", encoding="utf-8") as config:
        config.write(f"{head}\n\t{name} = {value}\n")
    assert reason in refused(repository.path)


def test_a_remote_that_promises_nothing_is_no_partial_clone(repository: Repository) -> None:
    git(repository.path, "config", "remote.origin.promisor", "false")
    git(repository.path, "config", "extensions.worktreeConfig", "false")
    Repository.open(repository.path)


def test_a_partial_clone_of_git(repository: Repository, tmp_path: Path) -> None:
    set_ref(repository, "refs/heads/main", commit(repository, "x"))
    git(repository.path, "config", "uploadpack.allowFilter", "true")
    url = f"file://{repository.path}"
    git(tmp_path, "clone", "-q", "--bare", "--filter=blob:none", url, "partial.git")
    assert "it is a partial clone" in refused(tmp_path / "partial.git")


def test_a_foreign_owner_is_refused_unless_git_trusts_the_folder(
    repository: Repository, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = commit(repository, "x")
    if os.geteuid():
        # Only root can give a folder away; that libgit2 is asked is seen without it.
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
        assert Repository.open(repository.path).read(made)[0] == "commit"
        return
    for place in (repository.path, *(str(p) for p in Path(repository.path).rglob("*"))):
        os.chown(place, 12345, 12345)

    with pytest.raises(ForeignOwner) as caught:
        Repository.open(repository.path)
    assert "belongs to another user" in str(caught.value)
    assert "safe.directory" in caught.value.hint
    git(home, "config", "--global", "safe.directory", repository.path)
    # libgit2 looks for the user's configuration once, when it is loaded.
    code = "import sys; from store.repository.repository import Repository as R; "
    code += "print(R.open(sys.argv[1]).read(sys.argv[2])[0])"
    environment = {"HOME": str(home), "PYTHONPATH": str(ROOT)}
    arguments = [sys.executable, "-c", code, repository.path, made]
    assert subprocess.check_output(arguments, env=environment) == b"commit\n"


def test_a_shallow_clone_can_be_told(repository: Repository, tmp_path: Path) -> None:
    set_ref(repository, "refs/heads/main", commit(repository, "b", commit(repository, "a")))
    url = f"file://{repository.path}"
    git(tmp_path, "clone", "-q", "--bare", "--depth=1", url, "shallow.git")
    assert Repository.open(str(tmp_path / "shallow.git")).is_shallow
    assert not repository.is_shallow


def test_an_object_is_read_by_its_whole_id_only(repository: Repository) -> None:
    made = commit(repository, "x")
    assert repository.read(made)[0] == "commit"
    assert repository.exists(made)
    for wrong in (made[:39], made[:10], made + "0", "", "zz", "0" * 40, "é" * 40):
        with pytest.raises((ObjectNotFound, CorruptObject)):
            repository.read(wrong)
    for wrong in (made[:39], made[:10], made.upper(), "", "zz", "0" * 40, "1" * 40):
        assert not repository.exists(wrong)


def test_a_prefix_finds_its_object(repository: Repository) -> None:
    made = commit(repository, "x")
    for length in (4, 8, 39, 40):
        assert repository.find(made[:length]) == made
    git(repository.path, "update-ref", "refs/heads/main", made)
    git(repository.path, "repack", "-adq")
    assert repository.find(made[:7]) == made
    for wrong in ("", "zz", "1" * 40, made + "0", made[:6].upper() + "G", "--"):
        with pytest.raises(UnknownId):
            repository.find(wrong)
    with pytest.raises(UnknownId, match="no session is called 'ffff', and no commit"):
        repository.find("ffff")


def test_a_prefix_of_several_objects_is_ambiguous(repository: Repository) -> None:
    ids = sorted((hash_object("blob", b"%d" % n), b"%d" % n) for n in range(3000))
    pairs = ((one, two) for one, two in pairwise(ids) if one[0][:4] == two[0][:4])
    (one, data), (two, other) = next(pairs)
    for content in (data, other):
        git(repository.path, "hash-object", "-w", "--stdin", data=content)
    with pytest.raises(AmbiguousId, match="is ambiguous"):
        repository.find(one[:4])
    assert (repository.find(one[:12]), repository.find(two[:12])) == (one, two)


def test_a_roll_up_that_takes_packs_away_is_not_noticed(repository: Repository) -> None:
    made = [commit(repository, str(n)) for n in range(20)]
    for n, commit_id in enumerate(made):
        set_ref(repository, f"refs/sessions/s{n}", commit_id)
    assert repository.read(made[0])
    for n in range(3):
        git(repository.path, "repack", "-adfq")
        for commit_id in made:
            assert repository.read(commit_id)[0] == "commit"
            assert repository.exists(commit_id)
            assert repository.find(commit_id[:12]) == commit_id
        set_ref(repository, "refs/sessions/new", commit(repository, f"new {n}"))


def test_roll_ups_while_the_packs_are_opened_again_are_not_noticed(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = commit(repository, "first")
    set_ref(repository, "refs/sessions/s", made)
    assert repository.read(made)
    opened, left = ObjectDatabase.__init__, [2]

    def roll_up(self: ObjectDatabase, gitdir: str, waiting: list[str]) -> None:
        opened(self, gitdir, waiting)
        if left[0]:
            left[0] -= 1
            git(repository.path, "hash-object", "-w", "--stdin", data=b"%d" % left[0])
            git(repository.path, "repack", "-adfq", "--keep-unreachable")

    git(repository.path, "repack", "-adfq")
    set_ref(repository, "refs/sessions/new", commit(repository, "new"))
    git(repository.path, "repack", "-adfq")
    monkeypatch.setattr(ObjectDatabase, "__init__", roll_up)

    assert repository.read(made)[0] == "commit"
    assert left == [0]


def test_a_forked_child_opens_the_packs_for_itself(repository: Repository) -> None:
    made = commit(repository, "x")
    assert repository.read(made)
    objects = repository.objects

    def work() -> None:
        assert repository.read(made)[0] == "commit"
        assert repository.objects is not objects

    finish(start(work))


def test_objects_of_another_repository_are_read_through_its_alternates(
    repository: Repository, tmp_path: Path
) -> None:
    packed = commit(repository, "packed")
    set_ref(repository, "refs/heads/main", packed)
    loose = git(repository.path, "hash-object", "-w", "--stdin", data=b"loose").decode().strip()
    git(tmp_path, "clone", "-q", "--bare", "--shared", repository.path, "one.git")
    git(tmp_path, "clone", "-q", "--bare", "--shared", "one.git", "two.git")
    two = Repository.open(str(tmp_path / "two.git"))
    assert two.read(packed)[0] == "commit"
    assert two.read(loose) == ("blob", b"loose")
    relative = tmp_path / "two.git" / "objects" / "info" / "alternates"
    relative.write_text(f"# a note\n../../{Path(repository.path).name}/objects\n../nowhere\n")
    assert Repository.open(two.path).read(loose) == ("blob", b"loose")


def loose_file(repository: Repository, data: bytes) -> tuple[str, Path]:
    made = git(repository.path, "hash-object", "-w", "--stdin", data=data).decode().strip()
    place = Path(repository.path, "objects", made[:2], made[2:])
    place.chmod(0o644)
    return made, place


def test_a_loose_object_cut_short_anywhere_is_corrupt(repository: Repository) -> None:
    made, place = loose_file(repository, os.urandom(300))
    whole = place.read_bytes()
    signal.alarm(900)  # libgit2 never comes back from most of these
    for cut in (*range(30), 100, 300, len(whole) - 5, len(whole) - 1):
        place.write_bytes(whole[:cut])
        with pytest.raises(CorruptObject, match=f"object {made} is corrupt: its file"):
            repository.read(made)
    signal.alarm(0)
    place.write_bytes(whole)
    assert repository.read(made)[0] == "blob"


@pytest.mark.parametrize(
    "data",
    [
        b"garbage",
        zlib.compress(b"blob 2\0ho"),
        zlib.compress(b"blob 5\0hi"),
        zlib.compress(b"blub 2\0hi"),
        zlib.compress(b"no header"),
        zlib.compress(b"tree 2\0hi"),
        zlib.compress(b"blob 02\0hi"),
    ],
)
def test_a_loose_object_with_other_content_is_corrupt(repository: Repository, data: bytes) -> None:
    made, place = loose_file(repository, b"hi")
    place.write_bytes(data)
    with pytest.raises(CorruptObject, match=made) as caught:
        repository.read(made)
    assert caught.value.hint == "run `git fsck` in the repository"


def test_a_damaged_pack_names_the_object(repository: Repository) -> None:
    made = [commit(repository, os.urandom(500).hex()) for _ in range(3)]
    for n, commit_id in enumerate(made):
        set_ref(repository, f"refs/sessions/{n}", commit_id)
    git(repository.path, "repack", "-adq")
    (pack,) = Path(repository.path, "objects", "pack").glob("*.pack")
    blobs = [git(repository.path, "rev-parse", f"{c}:text").decode().strip() for c in made]
    listed = git(repository.path, "verify-pack", "-v", str(pack)).decode().split("\n")
    offsets = {line.split()[0]: int(line.split()[4]) for line in listed if " blob " in line}
    pack.chmod(0o644)
    data = bytearray(pack.read_bytes())
    data[offsets[blobs[1]] + 40] ^= 0xFF
    pack.write_bytes(data)
    broken = Repository.open(repository.path)
    assert broken.read(blobs[0])[0] == "blob"
    assert broken.read(blobs[2])[0] == "blob"
    with pytest.raises(CorruptObject, match=f"object {blobs[1]} is corrupt"):
        broken.read(blobs[1])


@pytest.mark.parametrize("suffix", ["pack", "idx"])
def test_an_object_of_a_pack_cut_short_is_named(repository: Repository, suffix: str) -> None:
    made = commit(repository, "x")
    (place,) = Path(repository.path, "objects", "pack").glob(f"*.{suffix}")
    place.chmod(0o644)
    place.write_bytes(place.read_bytes()[:-25])
    with pytest.raises((CorruptObject, ObjectNotFound), match=made) as caught:
        Repository.open(repository.path).read(made)
    assert "git fsck" in caught.value.hint


def test_a_good_copy_in_a_pack_is_read_beside_a_damaged_loose_one(repository: Repository) -> None:
    made, place = loose_file(repository, b"x")
    git(repository.path, "pack-objects", "-q", "objects/pack/pack", data=f"{made}\n".encode())
    place.write_bytes(b"")
    assert repository.read(made) == ("blob", b"x")


def test_a_repository_that_vanishes_is_one_clear_error(repository: Repository) -> None:
    made = commit(repository, "x")
    shutil.rmtree(repository.path)
    with pytest.raises((UnsupportedRepository, ObjectNotFound)):
        repository.read(made)


def test_what_is_committed_here_is_sound_for_git(repository: Repository) -> None:
    set_ref(repository, "refs/sessions/a", commit(repository, "b", commit(repository, "a")))
    fsck(repository.path)


@pytest.mark.skipif(not os.path.exists("/proc/self/maps"), reason="lists the mapped files")
def test_packs_are_closed_when_they_are_opened_again(repository: Repository) -> None:
    made = commit(repository, "hello")
    for _ in range(3):
        repository.read(made)
        repository.refresh()

    mapped = Path("/proc/self/maps").read_text()

    assert repository.path not in mapped
