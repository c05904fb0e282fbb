"""Refs: every expectation, every way in which names exclude each other, nothing half done."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from store.errors import (
    CorruptRef,
    InvalidRefName,
    ObjectNotFound,
    RefConflict,
    RefError,
    StoreError,
)
from store.ids import CommitId, RefName
from store.repository.ref_read import list_refs, read_ref
from store.repository.ref_update import Expect, RefEdit, update_refs
from store.repository.repository import Repository
from tests.harness.bare import commit, fresh, fsck, git, leftovers, set_ref
from tests.harness.work import lines_run

A = RefName("refs/sessions/a")


@pytest.fixture
def repository(repo_path: Path) -> Repository:
    return fresh(repo_path)


@pytest.fixture
def one(repository: Repository) -> CommitId:
    return commit(repository, "one")


@pytest.fixture
def two(repository: Repository) -> CommitId:
    return commit(repository, "two")


def state(repository: Repository) -> dict[str, bytes]:
    root = Path(repository.path)
    places = [root / "packed-refs", *(root / "refs").rglob("*")]
    return {str(p.relative_to(root)): p.read_bytes() for p in places if p.is_file()}


def refused(repository: Repository, *edits: RefEdit, by: type[StoreError] = RefError) -> str:
    before = state(repository)
    with pytest.raises(by) as caught:
        update_refs(repository, edits, patience=0.05)
    assert state(repository) == before
    assert not leftovers(repository.path)
    return str(caught.value)


def pack(repository: Repository) -> None:
    git(repository.path, "pack-refs", "--all", "--prune")


@pytest.mark.parametrize("packed", [False, True])
def test_every_expectation(
    repository: Repository, one: CommitId, two: CommitId, packed: bool
) -> None:
    """Absent, as expected, elsewhere; created, moved, deleted."""

    def settle() -> None:
        if packed:
            pack(repository)

    assert "expected no such ref" not in refused(repository, RefEdit(A, one, two))
    assert refused(repository, RefEdit(A, None, two)).endswith("found no such ref")
    update_refs(repository, [RefEdit(A, None, Expect.MISSING)])
    update_refs(repository, [RefEdit(A, None, Expect.ANY)])
    assert read_ref(repository, A) is None
    update_refs(repository, [RefEdit(A, one, Expect.MISSING)])
    settle()
    message = refused(repository, RefEdit(A, two, Expect.MISSING), by=RefConflict)
    assert message == f"'refs/sessions/a' has moved: expected no such ref, found {one[:12]}"
    refused(repository, RefEdit(A, two, two), by=RefConflict)
    refused(repository, RefEdit(A, None, two), by=RefConflict)
    refused(repository, RefEdit(A, None, Expect.MISSING), by=RefConflict)
    assert read_ref(repository, A) == one
    update_refs(repository, [RefEdit(A, two, one)])
    settle()
    update_refs(repository, [RefEdit(A, one, Expect.ANY)])
    update_refs(repository, [RefEdit(A, one, one)])
    assert git(repository.path, "rev-parse", A).decode().strip() == one
    settle()
    update_refs(repository, [RefEdit(A, None, one)])
    assert read_ref(repository, A) is None
    assert git(repository.path, "for-each-ref") == b""
    assert not leftovers(repository.path)


def test_a_conflict_tells_both_positions(
    repository: Repository, one: CommitId, two: CommitId
) -> None:
    set_ref(repository, A, one)
    with pytest.raises(RefConflict) as caught:
        update_refs(repository, [RefEdit(A, two, two)])
    assert (caught.value.name, caught.value.expected, caught.value.actual) == (A, two, one)


def test_several_edits_are_all_checked_before_the_first_is_made(
    repository: Repository, one: CommitId, two: CommitId
) -> None:
    names = [RefName(f"refs/sessions/{letter}") for letter in "abcd"]
    for name in names[:2]:
        set_ref(repository, name, one)
    good = [
        RefEdit(names[0], two, one),
        RefEdit(names[1], None, one),
        RefEdit(names[2], two, Expect.MISSING),
    ]
    for bad in (
        RefEdit(names[3], two, one),
        RefEdit(names[3], CommitId("1" * 40), Expect.ANY),
        RefEdit(RefName("refs/sessions/a/b"), two, Expect.ANY),
        RefEdit(RefName("refs/sessions/c/x"), two, Expect.ANY),
        RefEdit(RefName("refs/sessions"), two, Expect.ANY),
        RefEdit(RefName("refs/sessions/a..b"), two, Expect.ANY),
        RefEdit(names[0], one, Expect.ANY),
    ):
        for edits in ([bad, *good], [*good, bad]):
            refused(repository, *edits, by=StoreError)
    update_refs(repository, good)
    assert list_refs(repository, "refs/sessions/") == {names[0]: two, names[2]: two}


def test_a_target_that_is_missing_or_no_id_is_refused(
    repository: Repository, one: CommitId
) -> None:
    for wrong in ("1" * 40, one[:10], one.upper(), "", "HEAD", f"{one}\n"):
        message = refused(repository, RefEdit(A, CommitId(wrong), Expect.ANY), by=ObjectNotFound)
        assert "is missing from the repository" in message


@pytest.mark.parametrize(
    "name",
    ["", "a", "HEAD", "objects/x", "config", "wj-staging/x", "../x/y", "refs/../config",
     "refs/a b", "refs/x.lock", "refs/a\0b", "/refs/x", "refs//x", "refs/\ud800", "packed-refs"],
)  # fmt: skip
def test_nothing_but_a_ref_is_ever_written(
    repository: Repository, one: CommitId, name: str
) -> None:
    before = sorted(Path(repository.path).rglob("*"))
    refused(repository, RefEdit(RefName(name), one, Expect.ANY), by=InvalidRefName)
    assert sorted(set(Path(repository.path).rglob("*")) - set(before)) == []


@pytest.mark.parametrize("packed", [False, True])
def test_names_that_are_parts_of_each_others_path(
    repository: Repository, one: CommitId, packed: bool
) -> None:
    deep = RefName("refs/sessions/x/y/z")
    for there, others in (
        (A, ["refs/sessions/a/b", "refs/sessions/a/b/c"]),
        (deep, ["refs/sessions/x", "refs/sessions/x/y", "refs/sessions/x/y/z/0"]),
    ):
        set_ref(repository, there, one)
        if packed:
            pack(repository)
        for other in others:
            text = refused(
                repository, RefEdit(RefName(other), one, Expect.MISSING), by=InvalidRefName
            )
            assert "path" in text
        for neighbour in (f"{there}-", f"{there}0", f"{there}.x"):
            set_ref(repository, neighbour, one)
    fsck(repository.path)


def test_two_new_names_of_one_call_that_exclude_each_other(
    repository: Repository, one: CommitId
) -> None:
    names = ["refs/sessions/n", "refs/sessions/n-", "refs/sessions/n/m"]
    edits = [RefEdit(RefName(name), one, Expect.MISSING) for name in names]
    assert "path" in refused(repository, *edits, by=InvalidRefName)
    refused(repository, *reversed(edits), by=InvalidRefName)


def test_a_name_given_twice_is_refused(repository: Repository, one: CommitId) -> None:
    twice = [RefEdit(A, one, Expect.ANY), RefEdit(A, one, Expect.ANY)]
    assert "named twice" in refused(repository, *twice, by=InvalidRefName)


def test_folders_that_deletions_left_are_not_in_the_way(
    repository: Repository, one: CommitId
) -> None:
    os.makedirs(os.path.join(repository.path, A, "empty", "deeper"))
    set_ref(repository, A, one)
    assert read_ref(repository, A) == one
    set_ref(repository, A, None)
    set_ref(repository, f"{A}/b/c", one)
    set_ref(repository, f"{A}/b/c", None)
    assert not os.path.exists(os.path.join(repository.path, A))
    set_ref(repository, A, one)
    fsck(repository.path)


def test_what_lies_in_the_way_is_told_before_anything_is_written(
    repository: Repository, one: CommitId, two: CommitId
) -> None:
    first = RefName("refs/sessions/0")
    set_ref(repository, first, one)
    blocking = Path(repository.path, A, "b.lock")
    blocking.parent.mkdir(parents=True)
    blocking.write_text("a killed git's\n")
    edits = [RefEdit(first, two, one), RefEdit(A, two, Expect.MISSING)]
    with pytest.raises(RefError, match="is locked by what is in the folder"):
        update_refs(repository, edits, patience=0.05)
    assert read_ref(repository, first) == one
    assert blocking.read_text() == "a killed git's\n"


def test_a_refused_new_name_leaves_no_folders(repository: Repository, one: CommitId) -> None:
    refused(repository, RefEdit(RefName(f"{A}/b/c/d"), one, one))
    update_refs(repository, [RefEdit(RefName(f"{A}/b/c/d"), None, Expect.ANY)])
    assert not os.path.exists(os.path.join(repository.path, A))


def test_deleting_a_packed_ref_keeps_all_others_and_what_tags_point_to(
    repository: Repository, one: CommitId
) -> None:
    for number in range(50):
        set_ref(repository, f"refs/sessions/{number:02}", one)
    for number in range(5):
        git(repository.path, "-c", "user.name=T", "-c", "user.email=t@x",
            "tag", "-a", f"v{number}", "-m", "x", one)  # fmt: skip
    pack(repository)
    before = (Path(repository.path) / "packed-refs").read_text()
    assert before.count("^") == 5
    git(repository.path, "update-ref", "refs/sessions/07", commit(repository, "newer"))
    doomed = [RefName(f"refs/{name}") for name in ("sessions/07", "sessions/13", "tags/v2")]
    update_refs(repository, [RefEdit(name, None, Expect.ANY) for name in doomed])
    after = (Path(repository.path) / "packed-refs").read_text()
    assert len(after.splitlines()) == len(before.splitlines()) - 4
    assert set(after.splitlines()) < set(before.splitlines())
    assert after.count("^") == 4
    assert len(list_refs(repository, "refs/")) == 52
    assert git(repository.path, "show-ref", "-d").count(b"^{}") == 4
    assert [read_ref(repository, name) for name in doomed] == [None] * 3


def test_links_to_other_refs_are_followed_and_replaced(
    repository: Repository, one: CommitId, two: CommitId
) -> None:
    set_ref(repository, A, one)
    git(repository.path, "symbolic-ref", "refs/sessions/link", A)
    link = RefName("refs/sessions/link")
    assert read_ref(repository, link) == one
    Path(repository.path, link).write_text(f"ref:\t{A}")
    assert read_ref(repository, link) == one
    pack(repository)
    assert list_refs(repository, "refs/sessions/") == {A: one, link: one}
    update_refs(repository, [RefEdit(link, two, one)])
    assert (read_ref(repository, A), read_ref(repository, link)) == (one, two)
    git(repository.path, "symbolic-ref", link, "refs/sessions/none")
    assert read_ref(repository, link) is None
    assert list_refs(repository, "refs/sessions/") == {A: one}
    set_ref(repository, link, None)
    assert not os.path.exists(os.path.join(repository.path, link))


@pytest.mark.parametrize(
    "content",
    ["", "\n", "garbage", "ab" * 19, "zz" * 20, "ab" * 21, "ref: ", "ref: ../../etc/passwd",
     "ref: HEAD", "ref: refs/../HEAD", "ref: refs/sessions/a", "\0" * 41, "ab" * 20 + "x"],
)  # fmt: skip
def test_a_corrupt_ref_is_named_and_left_alone(
    repository: Repository, one: CommitId, content: str
) -> None:
    other = RefName("refs/sessions/b")
    set_ref(repository, other, one)
    Path(repository.path, A).write_text(content)
    with pytest.raises(CorruptRef, match="ref 'refs/sessions/a' is corrupt: ") as caught:
        read_ref(repository, A)
    assert caught.value.hint == "run `git fsck` in the repository"
    for new in (one, None):
        refused(repository, RefEdit(A, new, Expect.ANY), RefEdit(other, None, Expect.ANY),
                by=CorruptRef)  # fmt: skip
    with pytest.raises(CorruptRef):
        list_refs(repository, "refs/sessions/")
    told: list[CorruptRef] = []
    assert list_refs(repository, "refs/sessions", told.append) == {other: one}
    assert [error.name for error in told] == [A]


def test_a_corrupt_ref_is_not_listed_at_its_older_packed_place(
    repository: Repository, one: CommitId
) -> None:
    set_ref(repository, A, one)
    pack(repository)
    Path(repository.path, A).write_text("")
    told: list[CorruptRef] = []
    assert list_refs(repository, "refs/", told.append) == {}
    assert len(told) == 1


@pytest.mark.parametrize("name", ["x" * 300, "a\0b", "\ud800", "a/" * 3000 + "b", "none", "a/b/c"])
def test_a_name_that_no_file_can_have_is_no_ref(
    repository: Repository, one: CommitId, name: str
) -> None:
    set_ref(repository, A, one)
    assert read_ref(repository, f"refs/sessions/{name}") is None
    pack(repository)
    assert read_ref(repository, f"refs/sessions/{name}") is None


def test_files_that_are_no_refs_are_passed_over_as_git_does(
    repository: Repository, one: CommitId
) -> None:
    set_ref(repository, A, one)
    for name in (".DS_Store", "b.lock", ".hidden/x"):
        place = Path(repository.path, "refs", "sessions", name)
        place.parent.mkdir(exist_ok=True)
        place.write_text("junk")
    assert list_refs(repository, "refs/sessions/") == {A: one}


def test_an_annotated_tag_is_its_own_id(repository: Repository, one: CommitId) -> None:
    git(repository.path, "-c", "user.name=T", "-c", "user.email=t@x",
        "tag", "-a", "v1", "-m", "x", one)  # fmt: skip
    tag = CommitId(git(repository.path, "rev-parse", "refs/tags/v1").decode().strip())
    assert read_ref(repository, "refs/tags/v1") == tag != one
    pack(repository)
    assert read_ref(repository, "refs/tags/v1") == tag
    update_refs(repository, [RefEdit(RefName("refs/tags/v2"), tag, Expect.MISSING)])
    assert git(repository.path, "rev-parse", "refs/tags/v2^{commit}").decode().strip() == one


def test_only_the_refs_of_a_folder_are_listed(repository: Repository, one: CommitId) -> None:
    names = ["refs/sessions/a", "refs/sessions/b/c", "refs/sessions-old/x", "refs/tags/t"]
    for name in names:
        set_ref(repository, name, one)
    assert list(list_refs(repository, "refs/sessions/")) == names[:2]
    pack(repository)
    assert list(list_refs(repository, "refs/sessions")) == names[:2]
    set_ref(repository, "refs/sessions/B", one)
    set_ref(repository, "refs/sessions/é", one)
    assert list(list_refs(repository, "refs/")) == sorted(
        [*names, "refs/sessions/B", "refs/sessions/é"], key=lambda name: name.encode()
    )


def test_a_write_costs_the_same_beside_100_000_packed_refs(
    repository: Repository, one: CommitId, two: CommitId
) -> None:
    def write() -> None:
        update_refs(repository, [RefEdit(A, two, one)])
        update_refs(repository, [RefEdit(RefName("refs/sessions/new"), one, Expect.MISSING)])

    def cost() -> int:
        lines = lines_run(write)
        os.unlink(os.path.join(repository.path, "refs/sessions/new"))
        update_refs(repository, [RefEdit(A, one, two)])
        return lines

    def fill(count: int) -> None:
        rows = "".join(f"{one} refs/sessions/s{n:06}\n" for n in range(count))
        header = "# pack-refs with: peeled fully-peeled sorted \n"
        Path(repository.path, "packed-refs").write_text(f"{header}{one} {A}\n{rows}")

    fill(10)
    update_refs(repository, [RefEdit(A, one, one)])
    few = cost()
    fill(100_000)
    assert cost() < 5 * few
    listed = subprocess.check_output(["git", "-C", repository.path, "for-each-ref", "--count=3"])
    assert listed.count(b"\n") == 3
