"""Packed refs: found as git finds them, in files that git wrote and in files that it did not."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.errors import CorruptRef, StoreError
from store.gitdir.packed_refs import find_packed, iterate_packed, remove_packed
from store.ids import RefName
from store.index.commit_index import Index
from store.repository.ref_read import list_refs, read_ref
from store.repository.ref_update import RefEdit, update_refs
from store.repository.repository import Repository
from tests.harness.bare import commit, fresh, git

HEADER = b"# pack-refs with: peeled fully-peeled sorted \n"
ID = "ab" * 20
parts = st.text(st.sampled_from("ab-./0é~"), min_size=1, max_size=6)
ref_names = parts.map(lambda part: f"refs/sessions/{part}")
ref_sets = st.sets(ref_names, max_size=30)


def lines_of(names: set[str], *, peeled: bool) -> bytes:
    rows = []
    for number, name in enumerate(sorted(names, key=lambda n: n.encode())):
        rows.append(b"%040x %s\n" % (number, name.encode()))
        if peeled and number % 3 == 0:
            rows.append(b"^%040x\n" % (number + 1000))
    return b"".join(rows)


def write(folder: Path, data: bytes) -> str:
    (folder / "packed-refs").write_bytes(data)
    return str(folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@settings(max_examples=150)
@given(names=ref_sets, header=st.booleans(), probes=st.sets(ref_names, max_size=5))
def test_every_ref_is_found_and_no_other(
    tmp_path_factory: pytest.TempPathFactory, names: set[str], header: bool, probes: set[str]
) -> None:
    folder = tmp_path_factory.getbasetemp() / "packed"
    folder.mkdir(exist_ok=True)
    rows = lines_of(names, peeled=True)
    gitdir = write(folder, (HEADER if header else b"") + rows)
    wanted = {n: f"{i:040x}" for i, n in enumerate(sorted(names, key=lambda n: n.encode()))}
    for name in names | probes:
        assert find_packed(gitdir, name) == wanted.get(name)
    for prefix in ("refs/", "refs/sessions/", "refs/sessions/a", "refs/zzz/", ""):
        found = list(iterate_packed(gitdir, prefix))
        assert found == [(n, i) for n, i in wanted.items() if n.startswith(prefix)]


@settings(max_examples=100)
@given(names=ref_sets, doomed=ref_sets)
def test_a_rewrite_drops_what_it_should_and_keeps_peeled_lines(
    tmp_path_factory: pytest.TempPathFactory, names: set[str], doomed: set[str]
) -> None:
    folder = tmp_path_factory.getbasetemp() / "rewritten"
    folder.mkdir(exist_ok=True)
    before = HEADER + lines_of(names, peeled=True)
    gitdir = write(folder, before)
    assert remove_packed(gitdir, doomed) == bool(names & doomed)
    after = (folder / "packed-refs").read_bytes()
    kept, going = [], False
    for line in before.splitlines(keepends=True):
        if not line.startswith(b"^"):
            going = line[41:-1].decode() in doomed
        if not going:
            kept.append(line)
    assert after == b"".join(kept)
    assert not (folder / "wj-staging").exists() or os.listdir(folder / "wj-staging") == []


def test_a_file_in_no_order_is_read_all_the_same(folder: Path) -> None:
    gitdir = write(folder, b"".join(b"%040x refs/tags/%d\n" % (n, n) for n in (3, 1, 2)))
    assert find_packed(gitdir, "refs/tags/1") == f"{1:040x}"
    assert find_packed(gitdir, "refs/tags/4") is None
    assert [name for name, _ in iterate_packed(gitdir, "refs/")] == [
        "refs/tags/1",
        "refs/tags/2",
        "refs/tags/3",
    ]


@pytest.mark.parametrize("data", [None, b"", HEADER])
def test_a_file_with_no_refs(folder: Path, data: bytes | None) -> None:
    gitdir = str(folder) if data is None else write(folder, data)
    assert find_packed(gitdir, "refs/tags/1") is None
    assert list(iterate_packed(gitdir, "")) == []
    assert not remove_packed(gitdir, {"refs/tags/1"})


def test_bytes_that_are_no_text_are_names_like_any_other(folder: Path) -> None:
    gitdir = write(folder, HEADER + f"{ID} ".encode() + b"refs/tags/\xff\xfe\n")
    name = b"refs/tags/\xff\xfe".decode("utf-8", "surrogateescape")
    assert find_packed(gitdir, name) == ID
    assert dict(iterate_packed(gitdir, "refs/")) == {name: ID}


@pytest.mark.parametrize(
    "line",
    [b"garbage\n", f"{ID}\n".encode(), f"{ID}refs/tags/1\n".encode(), f"{ID} refs/ta".encode(),
     b"zz" * 20 + b" refs/tags/1\n", b"\0" * 60 + b"\n"],
)  # fmt: skip
def test_a_damaged_file_is_an_error_and_not_a_shorter_list(repo_path: Path, line: bytes) -> None:
    repository = fresh(repo_path)
    write(repo_path, HEADER + line)
    with pytest.raises(CorruptRef, match="ref 'packed-refs' is corrupt: it"):
        list_refs(repository, "refs/tags/")


def test_a_file_that_cannot_be_read_is_one_clear_error(repo_path: Path) -> None:
    repository = fresh(repo_path)
    (repo_path / "packed-refs").mkdir()
    with pytest.raises(CorruptRef, match="ref 'packed-refs' is corrupt: "):
        read_ref(repository, "refs/tags/1")


def test_git_and_we_see_the_same_in_what_git_packed(repo_path: Path) -> None:
    repository: Repository = fresh(repo_path)
    made = commit(repository, "x")
    names = [f"refs/{kind}/{name}" for kind in ("sessions", "tags", "heads")
             for name in ("a", "a-b", "a/b", "a.b", "é", "Z", "ab", "0", "@") if name != "a"]  # fmt: skip
    git(repo_path, "update-ref", "--stdin",
        data="".join(f"create {name} {made}\n" for name in names).encode())  # fmt: skip
    git(repo_path, "-c", "user.name=T", "-c", "user.email=t@x", "tag", "-a", "v1", "-m", "x", made)
    loose = list_refs(repository, "refs/")
    git(repo_path, "pack-refs", "--all", "--prune")
    assert not any(path.is_file() for path in (repo_path / "refs").rglob("*"))
    packed = list_refs(repository, "refs/")
    assert packed == loose
    assert list(packed) == list(loose)
    listed = git(repo_path, "for-each-ref", "--format=%(objectname) %(refname)").decode()
    assert [line.split(" ") for line in listed.splitlines()] == [[i, n] for n, i in packed.items()]
    for name in names:
        assert read_ref(repository, name) == made
        assert read_ref(repository, f"{name}x") is None


def test_a_disk_that_cannot_read_the_file_is_an_error_of_the_store(
    repo_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = fresh(repo_path)
    tip = commit(repository, "one")
    for name in ("a", "b"):
        git(repo_path, "update-ref", f"refs/sessions/{name}", tip)
    git(repo_path, "pack-refs", "--all")

    def broken(path: str, *_: object) -> int:
        raise OSError(errno.EIO, "broken", path)

    for place in ("store.gitdir.packed_refs.open_regular", "store.gitdir.own_files.open_regular"):
        with monkeypatch.context() as patch:
            patch.setattr(place, broken)
            with pytest.raises(StoreError, match=r"packed-refs|Input/output"):
                Index(repository).refresh()
            with pytest.raises(StoreError, match=r"packed-refs|Input/output"):
                update_refs(repository, [RefEdit(RefName("refs/sessions/a"), None, tip)])
    assert set(list_refs(repository, "refs/sessions/")) == {"refs/sessions/a", "refs/sessions/b"}
