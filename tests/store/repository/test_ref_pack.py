"""Packing refs: as git packs them, beside other writers, and never lost to a power cut."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from store.errors import CorruptRef
from store.repository.ref_pack import pack_refs
from store.repository.ref_read import list_refs, read_ref
from store.repository.ref_update import Expect, RefEdit, update_refs
from store.repository.repository import Repository
from tests.harness.bare import commit, fresh, fsck, git, leftovers, set_ref
from tests.harness.faults import intercepted, killed_at_every_step
from tests.harness.power_cut import cut_at_every_step


@pytest.fixture
def repository(repo_path: Path) -> Repository:
    return fresh(repo_path)


def with_refs(repository: Repository) -> dict[str, str]:
    """Make loose refs of all kinds; return them."""
    one, two = commit(repository, "one"), commit(repository, "two")
    for number in range(5):
        set_ref(repository, f"refs/sessions/s{number}", one)
    set_ref(repository, "refs/sessions/a/b", two)
    set_ref(repository, "refs/tags/t", two)
    set_ref(repository, "refs/wj/op", two)
    identity = ("-c", "user.name=T", "-c", "user.email=t@x")
    git(repository.path, *identity, "tag", "-a", "v1", "-m", "x", one)
    return {str(name): value for name, value in list_refs(repository, "refs/").items()}


def loose_files(repository: Repository) -> list[str]:
    return sorted(str(path) for path in Path(repository.path, "refs").rglob("*") if path.is_file())


def test_the_file_is_the_one_that_git_writes(repository: Repository, tmp_path: Path) -> None:
    before = with_refs(repository)
    copy = tmp_path / "copy.git"
    git(tmp_path, "clone", "-q", "--mirror", repository.path, str(copy))
    git(copy, "pack-refs", "--all", "--prune")
    assert pack_refs(repository)
    assert loose_files(repository) == []
    assert list_refs(repository, "refs/") == before
    ours = Path(repository.path, "packed-refs").read_bytes()
    assert ours == (copy / "packed-refs").read_bytes()
    fsck(Path(repository.path))
    assert leftovers(repository.path) == []


def test_what_was_packed_before_is_kept_or_replaced(repository: Repository) -> None:
    with_refs(repository)
    pack_refs(repository)
    three = commit(repository, "three")
    set_ref(repository, "refs/sessions/s1", three)
    set_ref(repository, "refs/sessions/new", three)
    before = list_refs(repository, "refs/")
    assert pack_refs(repository)
    assert loose_files(repository) == []
    assert list_refs(repository, "refs/") == before
    assert list(before) == sorted(before)
    git(repository.path, "for-each-ref")


@pytest.mark.parametrize("header", ["", "# pack-refs with: peeled \n"])
def test_a_file_without_all_peeled_ids_does_not_claim_to_have_them(
    repository: Repository, header: str
) -> None:
    with_refs(repository)
    tag = read_ref(repository, "refs/tags/v1")
    os.unlink(os.path.join(repository.path, "refs/tags/v1"))
    Path(repository.path, "packed-refs").write_text(f"{header}{tag} refs/tags/v1\n")
    assert pack_refs(repository)
    assert b"peeled" not in Path(repository.path, "packed-refs").read_bytes()
    shown = git(repository.path, "show-ref", "-d", "v1").decode().split()
    assert shown[2:] == [read_ref(repository, "refs/sessions/s0"), "refs/tags/v1^{}"]


def test_links_broken_refs_and_refs_to_nothing_stay(repository: Repository) -> None:
    with_refs(repository)
    refs = Path(repository.path, "refs")
    (refs / "tags/link").write_text("ref: refs/tags/t\n")
    (refs / "tags/broken").write_text("nonsense\n")
    (refs / "tags/missing").write_text(f"{'12' * 20}\n")
    assert pack_refs(repository)
    left = sorted(os.path.basename(path) for path in loose_files(repository))
    assert left == ["broken", "link", "missing"]


def test_a_damaged_file_is_left_as_it_is(repository: Repository) -> None:
    with_refs(repository)
    loose = loose_files(repository)
    Path(repository.path, "packed-refs").write_text("# pack-refs with: sorted \nnonsense\n")
    assert not pack_refs(repository)
    assert loose_files(repository) == loose
    with pytest.raises(CorruptRef):
        list_refs(repository, "refs/")
    assert leftovers(repository.path) == []


def test_a_ref_that_another_program_has_locked_stays(repository: Repository) -> None:
    before = with_refs(repository)
    lock = Path(repository.path, "refs/sessions/s1.lock")
    lock.write_text("")
    assert pack_refs(repository)
    assert [os.path.basename(path) for path in loose_files(repository)] == ["s1", "s1.lock"]
    assert list_refs(repository, "refs/") == before


def test_a_ref_that_moves_meanwhile_keeps_its_new_value(repository: Repository) -> None:
    before = with_refs(repository)
    three = commit(repository, "three")
    path = os.path.join(repository.path, "refs/sessions/s1")

    def move(name: str, arguments: tuple[object, ...]) -> None:
        if name == "link" and str(arguments[1]) == f"{path}.lock":
            Path(path).write_text(f"{three}\n")  # as a git would that had the lock before

    with intercepted(move):
        assert pack_refs(repository)
    assert list_refs(repository, "refs/") == before | {"refs/sessions/s1": three}
    assert loose_files(repository) == [path]


def test_files_stay_when_another_program_has_rewritten_the_packed_refs(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.repository.ref_pack._AT_ONCE", 3)
    before = with_refs(repository)
    removed: list[str] = []

    def pack(name: str, arguments: tuple[object, ...]) -> None:
        if name == "unlink" and "packed-refs.lock" in str(arguments[0]) and not removed:
            removed.append("x")
            path = Path(repository.path, "packed-refs")
            data = path.read_bytes()
            path.unlink()
            path.write_bytes(data)  # which has not been synced

    with intercepted(pack):
        assert pack_refs(repository)
    assert len(loose_files(repository)) == len(before) - 3
    assert list_refs(repository, "refs/") == before


def test_no_ref_is_lost_to_a_power_cut_while_refs_are_packed(repository: Repository) -> None:
    before = with_refs(repository)

    def check(copy: Path, when: str) -> None:
        assert list_refs(Repository.open(str(copy)), "refs/") == before, when

    looked = cut_at_every_step(Path(repository.path), lambda: pack_refs(repository), check)
    assert looked > 2 * len(before)
    assert loose_files(repository) == []


def test_no_other_ref_is_lost_to_a_power_cut_while_one_is_deleted(repository: Repository) -> None:
    before = with_refs(repository)
    pack_refs(repository)
    doomed = [RefEdit(name, None, Expect.ANY) for name in ("refs/sessions/s1", "refs/tags/t")]  # type: ignore[arg-type]
    kept = {name: value for name, value in before.items() if name not in {e.name for e in doomed}}

    def check(copy: Path, when: str) -> None:
        found = list_refs(Repository.open(str(copy)), "refs/")
        assert found.items() >= kept.items(), when
        assert found.items() <= before.items(), when

    assert cut_at_every_step(Path(repository.path), lambda: update_refs(repository, doomed), check)
    assert list_refs(repository, "refs/") == kept


def test_a_killed_packing_loses_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    before: dict[str, str] = {}

    def make(step: int) -> Repository:
        path = tmp_path / f"{step}.git"
        repository = fresh(path)
        before.clear()
        before.update(with_refs(repository))
        return repository

    for step, repository in killed_at_every_step(make, pack_refs, every=3):
        assert list_refs(repository, "refs/") == before, step
        with repository.locked():
            pass
        assert leftovers(repository.path) == [], step
        assert pack_refs(repository)
        assert list_refs(repository, "refs/") == before, step
        assert loose_files(repository) == [], step
