"""Law 1, durable and reachable: a power cut takes nothing that was acknowledged.

Also after refs and objects were packed, whichever git is installed.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from store.gitdir.git_process import run_git
from store.maintenance.housekeeping import gc
from store.repository.ref_read import list_refs
from store.repository.repository import Repository
from store.session_store.store import SessionStore
from tests.harness.bare import fsck, git
from tests.harness.power_cut import cut_at_every_step
from tests.harness.processes import finish, start
from tests.harness.world import World, chat
from tests.store.session_store.conversations import message, session, store_at

Acknowledged = dict[str, str]  # commit of each session


def check_all(path: Path, saved: Acknowledged, when: str = "") -> None:
    store = SessionStore.open(str(path))
    for name, commit_id in saved.items():
        found = store.load(name)
        assert found.id == name, when
        assert commit_id in {info.id for info in store.lineage(name)}, when


def test_every_acknowledged_save_survives_while_refs_are_packed(
    repo_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.maintenance.housekeeping.MANY_LOOSE_REFS", 2)
    store = store_at(repo_path)
    saved: Acknowledged = {}

    def work() -> None:
        for number in range(4):
            name = f"s{number}"
            saved[name] = store.save(session(name, "hello")).id

    def check(copy: Path, when: str) -> None:
        check_all(copy, dict(saved), when)

    assert cut_at_every_step(repo_path, work, check) > 50
    assert (repo_path / "packed-refs").exists()


def test_nothing_is_lost_while_garbage_is_collected(tmp_path: Path) -> None:
    world = World(tmp_path / "r.git")
    for number in range(3):
        world.save(chat(f"s{number}", "one"))
    before = list_refs(Repository.open(str(world.path)), "refs/")
    reached = world.git("rev-list", "--objects", "--all")

    def check(copy: Path, when: str) -> None:
        assert list_refs(Repository.open(str(copy)), "refs/") == before, when
        assert git(copy, "rev-list", "--objects", "--all").decode() == reached, when

    repository = Repository.open(str(world.path))
    assert cut_at_every_step(world.path, lambda: gc(repository), check) > 20
    fsck(world.path)


def test_no_git_that_we_start_packs_refs(repo_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = store_at(repo_path)
    store.save(session("a", "1"))
    monkeypatch.setattr("store.maintenance.housekeeping.pack_refs", lambda _: True)
    assert gc(store.repository, prune="now")
    assert (repo_path / "refs" / "sessions" / "a").exists()
    assert not (repo_path / "packed-refs").exists()


def test_git_is_told_to_sync_what_it_writes(repo_path: Path) -> None:
    store = store_at(repo_path)
    assert git(repo_path, "config", "core.fsync") == b"all\n"
    assert git(repo_path, "config", "core.fsyncMethod") == b"fsync\n"
    done = run_git(str(repo_path), ("config", "core.fsync"))
    assert done is not None
    assert done.stdout == b"all\n"
    git(repo_path, "config", "--unset", "core.fsync")
    git(repo_path, "config", "core.fsyncMethod", "writeout-only")
    again = SessionStore.open(str(repo_path))
    assert git(repo_path, "config", "core.fsync", check=False) == b""
    again.save(session("a", "1"))
    assert git(repo_path, "config", "core.fsync") == b"all\n"
    assert git(repo_path, "config", "core.fsyncMethod") == b"writeout-only\n"  # the user's own
    assert store.append("a", [message("2")])


def saves_past_the_limit(path: Path, saved: Callable[[str, str], None]) -> None:
    """Save until the refs are packed by themselves."""
    store = store_at(path)
    for number in range(258):
        saved(f"s{number}", store.save(session(f"s{number}", "hello")).id)
    assert (path / "packed-refs").exists()


def saves_and_gc(path: Path, saved: Callable[[str, str], None]) -> None:
    store = store_at(path)
    for number in range(20):
        saved(f"s{number}", store.save(session(f"s{number}", "hello")).id)
    assert gc(store.repository)


def gc_by_a_user(path: Path, saved: Callable[[str, str], None]) -> None:
    """Collect with plain git, which obeys the repository's config where it knows these keys."""
    store = store_at(path)
    for number in range(20):
        saved(f"s{number}", store.save(session(f"s{number}", "hello")).id)
    git(path, "gc", "-q")


@pytest.mark.soak
@pytest.mark.parametrize("work", [saves_past_the_limit, saves_and_gc, gc_by_a_user])
def test_on_a_real_file_system(
    tmp_path: Path, work: Callable[[Path, Callable[[str, str], None]], None]
) -> None:
    image = tmp_path / "disk.img"
    ran = tmp_path / "ran"

    def isolated() -> None:
        if ctypes.CDLL(None).unshare(0x00020000) or not mounted(image, tmp_path / "disk"):
            return
        saved: Acknowledged = {}
        work(tmp_path / "disk" / "r.git", saved.__setitem__)
        cut = tmp_path / "cut.img"
        shutil.copyfile(image, cut)  # the disk as the power cut leaves it
        assert mounted(cut, tmp_path / "after")
        check_all(tmp_path / "after" / "r.git", saved)
        fsck(tmp_path / "after" / "r.git")
        ran.write_text(str(len(saved)))

    with image.open("wb") as file:
        file.truncate(64 * 1024 * 1024)
    if not shutil.which("mkfs.ext4") or os.geteuid():
        pytest.skip("needs root and mkfs.ext4 for a file system of its own")
    subprocess.run(["mkfs.ext4", "-q", str(image)], check=True)
    finish(start(isolated))
    if not ran.exists():
        pytest.skip("this machine mounts no images")
    assert int(ran.read_text()) >= 20


def mounted(image: Path, folder: Path) -> bool:
    folder.mkdir()
    mount = ["mount", "-o", "loop", str(image), str(folder)]
    private = ["mount", "--make-rprivate", "/"]
    return not any(
        subprocess.run(command, check=False, capture_output=True).returncode
        for command in (private, mount)
    )
