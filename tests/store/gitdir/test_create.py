"""Making repositories: whole or not at all, whatever is there and whoever else does it."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from store.errors import NotARepository, StorageFailure
from store.repository.replica import clean_host
from store.repository.repository import Repository
from tests.harness.bare import commit, fresh, fsck, git, leftovers, set_ref
from tests.harness.faults import failing_at, killed_at_every_step
from tests.harness.processes import together

OURS = ["config", "HEAD", "objects", "refs", "store.lock", "wj-staging"]


def config(path: Path | str, key: str) -> str:
    return git(path, "config", key).decode().strip()


def is_usable(path: Path) -> bool:
    repository = Repository.open(str(path))
    set_ref(repository, "refs/sessions/a", commit(repository, "hello"))
    fsck(path)
    assert repository.config["wajutsu.version"] == "1"
    assert repository.replica
    return not leftovers(path)


def test_a_fresh_one_is_a_bare_repository_of_git(repo_path: Path) -> None:
    repository, written = Repository.init(str(repo_path), host="here")
    assert written
    assert repository.path == str(repo_path)
    assert set(os.listdir(repo_path)) == {"HEAD", "config", "objects", "refs", "wj-staging"}
    assert git(repo_path, "rev-parse", "--is-bare-repository") == b"true\n"
    assert config(repo_path, "gc.auto") == "0"
    assert config(repo_path, "maintenance.auto") == "false"
    assert config(repo_path, "commitGraph.generationVersion") == "1"
    assert config(repo_path, "core.repositoryFormatVersion") == "0"
    assert os.listdir(repo_path.parent) == [repo_path.name]
    assert is_usable(repo_path)


def test_a_second_time_nothing_is_written(repo_path: Path) -> None:
    first = fresh(repo_path)
    before = (repo_path / "config").read_bytes()
    again, written = Repository.init(str(repo_path), host="elsewhere")
    assert not written
    assert again.replica == first.replica
    assert (repo_path / "config").read_bytes() == before


def test_folders_above_it_are_made(tmp_path: Path) -> None:
    assert Repository.init(str(tmp_path / "a" / "b" / "c.git"))[1]
    assert is_usable(tmp_path / "a" / "b" / "c.git")


def test_an_empty_folder_stays_the_one_that_a_shell_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    inode = tmp_path.stat().st_ino
    assert Repository.init(".", host="here")[1]
    assert os.stat(".").st_ino == inode
    assert (Path.cwd() / "HEAD").exists()
    repository = Repository.open(".")
    assert repository.replica
    assert repository.replica.is_at(str(tmp_path), "here")
    assert is_usable(tmp_path)


def test_a_bare_repository_of_git_is_taken_over_with_all_it_has(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "plain.git")
    plain = tmp_path / "plain.git"
    kept = git(plain, "hash-object", "-w", "--stdin", data=b"x").decode().strip()
    git(plain, "update-ref", "refs/tags/kept", kept)
    git(plain, "config", "user.name", "Ada # not a note")
    before = git(plain, "config", "--list", "-z").split(b"\0")
    repository, written = Repository.init(str(plain), host="here")
    assert written
    assert set(before) < set(git(plain, "config", "--list", "-z").split(b"\0"))
    assert config(plain, "gc.auto") == "0"
    assert repository.replica
    assert Repository.init(str(plain))[1] is False
    assert repository.read(kept) == ("blob", b"x")
    assert git(plain, "rev-parse", "refs/tags/kept").decode().strip() == kept
    assert is_usable(plain)


@pytest.mark.parametrize("kind", ["file", "folder", "work tree", "hidden", "half"])
def test_what_is_something_else_is_refused_and_left_alone(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "x"
    if kind == "file":
        place.write_text("mine")
    elif kind == "work tree":
        place.mkdir()
        git(place, "init", "-q")
    else:
        place.mkdir()
        names = {"folder": "a.txt", "hidden": ".a", "half": "objects"}
        (place / names[kind]).write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(NotARepository):
        Repository.init(str(place))
    assert sorted(tmp_path.rglob("*")) == before


def test_a_path_through_a_file_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageFailure, match=r"cannot write .*file/x.git: "):
        Repository.init(str(tmp_path / "file" / "x.git"))


def test_the_users_own_git_configuration_does_not_get_in(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = tmp_path / "template"
    (template / "hooks").mkdir(parents=True)
    (template / "hooks" / "update").write_text("#!/bin/sh\nexit 1\n")
    (template / "config").write_text("[core]\n\tsharedRepository = 0666\n")
    for key, value in (
        ("init.defaultBranch", "trunk"),
        ("init.templateDir", str(template)),
        ("init.defaultObjectFormat", "sha256"),
        ("init.defaultRefFormat", "reftable"),
        ("core.sharedRepository", "all"),
        ("core.bare", "false"),
        ("core.logAllRefUpdates", "always"),
        ("extensions.objectFormat", "sha256"),
    ):
        git(home, "config", "--global", key, value)
    monkeypatch.setenv("GIT_DEFAULT_HASH", "sha256")
    monkeypatch.setenv("GIT_TEMPLATE_DIR", str(template))
    repository, _ = Repository.init(str(tmp_path / "x.git"))
    assert Path(repository.path, "HEAD").read_text() == "ref: refs/heads/main\n"
    assert not Path(repository.path, "hooks").exists()
    assert "sharedRepository = 0600" in Path(repository.path, "config").read_text()
    assert set(os.listdir(repository.path)) < set(OURS)
    assert is_usable(Path(repository.path))


@pytest.mark.parametrize("there", ["nothing", "empty folder", "plain repository"])
def test_of_many_at_once_one_makes_it_and_all_can_use_it(tmp_path: Path, there: str) -> None:
    place, told = tmp_path / "x.git", tmp_path / "told"
    told.mkdir()
    for turn in range(5):
        if there == "empty folder":
            place.mkdir()
        elif there == "plain repository":
            git(tmp_path, "init", "-q", "--bare", str(place))

        def work(turn: int = turn) -> None:
            repository, written = Repository.init(str(place), host="here")
            if written:
                (told / f"{turn}-{os.getpid()}").touch()
            assert repository.replica
            assert repository.replica.is_at(str(place), "here")

        together(*[work] * 4)
        assert len(list(told.iterdir())) == turn + 1
        assert set(os.listdir(tmp_path)) == {"x.git", "told"}
        assert is_usable(place)
        shutil.rmtree(place)


@pytest.mark.parametrize("there", ["nothing", "empty folder"])
def test_killed_at_any_step_the_next_one_makes_it(tmp_path: Path, there: str) -> None:
    def make(step: int) -> Path:
        place = tmp_path / str(step) / "x.git"
        (place if there == "empty folder" else place.parent).mkdir(parents=True)
        return place

    step = 0
    for step, place in killed_at_every_step(make, lambda place: Repository.init(str(place))):
        Repository.init(str(place))
        assert (place / "HEAD").read_text() == "ref: refs/heads/main\n"
        assert set(os.listdir(place)) <= set(OURS)
        assert Repository.open(str(place)).replica
        if step % 5 == 0:
            assert is_usable(place)
    assert step > 15


@pytest.mark.parametrize("there", ["nothing", "empty folder"])
def test_a_full_disk_leaves_what_was_there(tmp_path: Path, there: str) -> None:
    place = tmp_path / "deep" / "x.git"
    step, failed = 0, ["first"]
    while failed:
        step += 1
        if there == "empty folder":
            place.mkdir(parents=True)
        with failing_at(step, errno.ENOSPC) as failed:
            if _init_fails(place):
                assert failed
        if failed and not (place / "HEAD").exists():
            assert not place.exists() or os.listdir(place) == []
        elif failed:
            assert failed == ["fsync"]  # the very last one: it is all there
            assert is_usable(place)
        assert not any(name.endswith(".new") for name in _names(tmp_path))
        shutil.rmtree(tmp_path / "deep", ignore_errors=True)
    assert step > 8


def _names(folder: Path) -> list[str]:
    return [place.name for place in folder.rglob("*")]


def _init_fails(place: Path) -> bool:
    try:
        Repository.init(str(place))
    except StorageFailure:
        return True
    return False


def test_a_copy_is_told_from_its_origin_and_a_moved_one_is_not(tmp_path: Path) -> None:
    origin = fresh(tmp_path / "origin.git")
    replica = origin.replica
    assert replica
    assert origin.own_replica("here") == replica

    subprocess.run(["cp", "-r", origin.path, tmp_path / "copy.git"], check=True)
    copy = Repository.open(str(tmp_path / "copy.git"))
    assert copy.replica == replica
    with copy.locked():
        own = copy.own_replica("here")
    assert own.id != replica.id
    assert Repository.open(copy.path).replica == own
    assert copy.own_replica("here") == own

    (tmp_path / "origin.git").rename(tmp_path / "moved.git")
    moved = Repository.open(str(tmp_path / "moved.git"))
    assert moved.own_replica("here") == replica
    assert moved.own_replica("another host").id != replica.id


def test_a_clone_gets_a_replica_and_our_settings_at_its_first_write(tmp_path: Path) -> None:
    origin = fresh(tmp_path / "origin.git")
    git(tmp_path, "clone", "-q", "--mirror", origin.path, "clone.git")
    clone = Repository.open(str(tmp_path / "clone.git"))
    assert clone.replica is None
    own = clone.own_replica("here")
    assert Repository.open(clone.path).replica == own
    assert config(clone.path, "gc.auto") == "0"


@pytest.mark.parametrize(
    "host", ["", "plain", "two words", ' "; # \\', "\x1b[1m", "[x]\n", "日本", "a=b", socket.gethostname()]
)  # fmt: skip
def test_any_name_of_a_host_is_recorded_safely(repo_path: Path, host: str) -> None:
    repository, _ = Repository.init(str(repo_path), host=host)
    assert repository.replica
    assert repository.replica.is_at(str(repo_path), host)
    assert git(repo_path, "config", "wajutsu.replicaHost").decode() == clean_host(host) + "\n"
    assert repository.own_replica(host) == repository.replica


def test_a_replica_id_that_is_none_is_replaced(repo_path: Path) -> None:
    repository = fresh(repo_path)
    git(repo_path, "config", "wajutsu.replica", "\x1b[31m" + "z" * 27)
    broken = Repository.open(repository.path)
    assert broken.replica is None
    assert broken.own_replica("here").id.isalnum()
