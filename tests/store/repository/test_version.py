"""The version of a repository: raised by the first write that needs it, before publication."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from store.errors import StorageFailure, UnsupportedRepository
from store.ids import CommitId, RefName
from store.repository.pack_writer import ObjectBatch
from store.repository.ref_read import read_ref
from store.repository.ref_update import Expect, RefEdit, update_refs
from store.repository.repository import Repository
from tests.harness.bare import fresh, fsck, git, stage_commit
from tests.harness.faults import killed_at_every_step

REF = RefName("refs/sessions/s")


@pytest.fixture
def repository(repo_path: Path) -> Repository:
    return fresh(repo_path)


def version(path: str) -> str:
    return git(path, "config", "wajutsu.version").decode().strip()


def write(repository: Repository, needed: int) -> CommitId:
    with ObjectBatch(repository) as batch:
        batch.needs_version(needed)
        made = stage_commit(batch, "one")
        batch.flush()
        update_refs(repository, [RefEdit(REF, made, Expect.MISSING)], landed=batch.holds)
    return made


def test_it_stays_at_1_until_something_needs_2(repository: Repository) -> None:
    assert (repository.version, version(repository.path)) == (1, "1")

    write(repository, 1)
    assert version(repository.path) == "1"

    repository.require_version(2)
    assert (repository.version, version(repository.path)) == (2, "2")
    assert Repository.open(repository.path).version == 2


def test_a_raised_version_is_written_once(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.require_version(2)

    def refuse(values: dict[str, str]) -> None:
        raise AssertionError(values)

    monkeypatch.setattr(repository, "set_config", refuse)
    repository.require_version(2)
    repository.require_version(1)
    assert version(repository.path) == "2"


def test_a_handle_that_was_opened_before_sees_what_another_process_wrote(
    repository: Repository,
) -> None:
    other = Repository.open(repository.path)
    repository.require_version(2)
    assert other.version == 1

    other.require_version(2)
    assert other.version == 2


def test_a_version_that_a_newer_program_raised_meanwhile_is_refused(
    repository: Repository,
) -> None:
    git(repository.path, "config", "wajutsu.version", "3")

    with pytest.raises(UnsupportedRepository, match="version is 3"):
        repository.require_version(2)
    assert version(repository.path) == "3"


def test_a_batch_that_is_dropped_raises_nothing(repository: Repository) -> None:
    with ObjectBatch(repository) as batch:
        batch.needs_version(2)
        batch.add("blob", b"x")
        assert batch.version == 2

    assert version(repository.path) == "1"


def test_a_plain_repository_gets_our_settings_with_the_version(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "plain.git")
    plain = Repository.open(str(tmp_path / "plain.git"))

    plain.require_version(2)

    assert version(plain.path) == "2"
    assert git(plain.path, "config", "gc.auto") == b"0\n"
    own = plain.own_replica("here")
    assert Repository.open(plain.path).replica == own
    assert version(plain.path) == "2"


def test_a_config_that_cannot_be_written_fails_the_write(repository: Repository) -> None:
    Path(repository.path, "config.lock").touch()

    with pytest.raises(StorageFailure, match="config"):
        write(repository, 2)
    assert read_ref(repository, REF) is None


def test_a_writer_killed_at_any_step_leaves_version_and_content_in_step(tmp_path: Path) -> None:
    def make(step: int) -> Repository:
        return fresh(tmp_path / f"{step}.git")

    raised = set()
    for _, repository in killed_at_every_step(make, lambda repository: write(repository, 2)):
        opened = Repository.open(repository.path)
        is_published = read_ref(opened, REF) is not None
        raised.add((opened.version, is_published))
        assert is_published <= (opened.version == 2)
        fsck(Path(repository.path))
        lock = os.path.join(repository.path, "config.lock")
        assert not os.path.exists(lock)
        if not is_published:
            assert write(opened, 2) == read_ref(opened, REF)
    assert raised == {(1, False), (2, False), (2, True)}
