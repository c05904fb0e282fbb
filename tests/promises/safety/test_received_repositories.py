"""A received repository harms nothing outside itself, and makes no command wait."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from porcelain.cli.run.errors import REFUSED
from porcelain.index.text import text_file
from store.errors import StoreError, UnsafeRepository
from store.gitdir.staged_file import KEEP_MARK
from store.ids import RefName
from store.index.database_file import FILE_NAME
from store.maintenance.housekeeping import gc
from store.maintenance.quarantine import put_aside_damaged
from store.repository.ref_update import Expect, RefEdit, update_refs
from store.repository.repository import Repository
from store.session_store.store import SessionStore
from tests.store.session_store.conversations import message, session

FILES = (
    *("HEAD", "config", "config.toml", "packed-refs", "objects/info/alternates", "shallow"),
    *("store.lock", "rollup.lock"),
)
INDEX = (FILE_NAME, f"{FILE_NAME}-wal", text_file.FILE_NAME, f"{text_file.FILE_NAME}-wal")
FOLDERS = ("objects", "objects/pack", "refs", "refs/sessions", "refs/wj", "wj-staging")


def put(path: Path, make: Callable[[Path], object]) -> None:
    """Put something in place of a file or folder; what was there lies beside the repository."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(path):
        path.rename(path.parent.parent / f"{path.name}.{os.urandom(4).hex()}")
    make(path)


@pytest.fixture
def store(tmp_path: Path) -> SessionStore:
    made = SessionStore.init(tmp_path / "r.git")
    made.save(session("a", "1"))
    return made


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder with a file and an empty folder, which nothing may change."""
    folder = tmp_path / "outside"
    (folder / "empty").mkdir(parents=True)
    (folder / "file").write_text("mine")
    return folder


def untouched(outside: Path) -> bool:
    names = sorted(str(path.relative_to(outside)) for path in outside.rglob("*"))
    return names == ["empty", "file"] and (outside / "file").read_text() == "mine"


def refused(path: Path, work: Callable[[], object]) -> None:
    with pytest.raises(UnsafeRepository) as caught:
        work()
    assert caught.value.path == str(path)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((name, kind) for name in FILES for kind in ("link", "FIFO", "folder")),
        *((name, kind) for name in INDEX for kind in ("link", "FIFO")),
    ],
)
def test_a_file_that_is_something_else_is_refused(
    store: SessionStore, outside: Path, name: str, kind: str
) -> None:
    path = Path(store.repository.path, name)
    makers: dict[str, Callable[[Path], object]] = {
        "link": lambda at: at.symlink_to(outside / "file"),
        "FIFO": os.mkfifo,
        "folder": os.mkdir,
    }
    put(path, makers[kind])

    refused(path, lambda: SessionStore.open(store.repository.path))
    refused(path, lambda: SessionStore.init(store.repository.path))
    assert untouched(outside)


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize("kind", ["link", "FIFO", "file"])
def test_a_folder_that_is_something_else_is_refused(
    store: SessionStore, outside: Path, name: str, kind: str
) -> None:
    path = Path(store.repository.path, name)
    makers: dict[str, Callable[[Path], object]] = {
        "link": lambda at: at.symlink_to(outside),
        "FIFO": os.mkfifo,
        "file": Path.touch,
    }
    put(path, makers[kind])

    refused(path, lambda: SessionStore.open(store.repository.path))
    assert untouched(outside)


@pytest.mark.parametrize("command", ["log", "new", "doctor", "doctor --fix", "util gc"])
@pytest.mark.parametrize("name", ["config", "packed-refs", "objects/info/alternates", "refs"])
def test_no_command_waits_for_a_fifo(store: SessionStore, command: str, name: str) -> None:
    path = Path(store.repository.path, name)
    put(path, os.mkfifo)

    done = subprocess.run(
        [sys.executable, "-m", "porcelain", "-R", store.repository.path, *command.split()],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == REFUSED
    assert f"{path}: is a FIFO" in done.stderr


def test_the_path_of_the_repository_may_lead_through_links(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    made = SessionStore.init(tmp_path / "link" / "r.git")
    (tmp_path / "again").symlink_to(tmp_path / "real" / "r.git")

    made.save(session("a", "1"))

    assert SessionStore.open(tmp_path / "again").load("a").rows == 1


def test_links_that_appear_while_it_is_open_are_not_followed(
    store: SessionStore, outside: Path
) -> None:
    gitdir = Path(store.repository.path)
    for name, target in (
        ("store.lock", outside / "file"),
        ("wj-staging", outside),
        ("refs/sessions", outside),
    ):
        put(gitdir / name, lambda at, target=target: at.symlink_to(target))  # type: ignore[misc]
        refused(gitdir / name, lambda: store.save(session("b", "1")))
        refused(gitdir / name, lambda: store.repository.set_config({"wajutsu.layout": "native"}))
        (gitdir / name).unlink()
        (gitdir / "refs/sessions").mkdir(exist_ok=True)
    assert untouched(outside)


def test_only_files_of_our_naming_are_swept(store: SessionStore, outside: Path) -> None:
    gitdir = Path(store.repository.path)
    left = f"123-{'ab' * 6}.pack"
    (gitdir / "wj-staging" / left).write_text("left by a killed writer")
    kept = [
        gitdir / "wj-staging" / "notes.txt",
        gitdir / "wj-staging" / "456-abababababab.pack",
        gitdir / "objects/pack/notes.keep",
        gitdir / "objects/pack/notes.pack",
    ]
    kept[0].write_text("not ours")
    kept[1].symlink_to(outside / "file")
    kept[2].write_bytes(KEEP_MARK)
    kept[3].write_text("not ours")

    store.save(session("b", "1"))

    assert [path for path in kept if not os.path.lexists(path)] == []
    assert not (gitdir / "wj-staging" / left).exists()
    assert untouched(outside)


def test_a_link_among_the_refs_leads_nowhere(store: SessionStore, outside: Path) -> None:
    link = Path(store.repository.path, "refs/sessions/deep")
    link.symlink_to(outside)

    tip = store.resolve("a")
    edit = RefEdit(RefName("refs/sessions/deep/x"), tip, Expect.MISSING)
    refused(link, lambda: update_refs(store.repository, [edit]))
    for name in ("deep", "deep/x"):
        with pytest.raises(StoreError):
            store.save(session(name, "1"))
    refused(link, lambda: gc(store.repository))

    assert untouched(outside)
    assert store.append("a", [message("2")]).message_count == 2


def test_locks_that_a_repository_announces_are_removed_inside_it_only(
    store: SessionStore, outside: Path
) -> None:
    gitdir = Path(store.repository.path)
    (outside / "x.lock").write_text("token\n")
    (gitdir / "refs/sessions/deep").symlink_to(outside)
    (gitdir / "store.lock").write_text("refs/sessions/deep/x token\n")

    refused(gitdir / "refs/sessions/deep", lambda: store.save(session("b", "1")))

    assert (outside / "x.lock").read_text() == "token\n"


def test_a_ref_or_an_object_that_is_no_file_is_one_error(store: SessionStore) -> None:
    gitdir = Path(store.repository.path)
    os.mkfifo(gitdir / "refs/sessions/pipe")
    object_id = "ab" * 20
    (gitdir / "objects/ab").mkdir()
    os.mkfifo(gitdir / "objects" / "ab" / object_id[2:])

    with pytest.raises(StoreError, match="is a FIFO"):
        store.load("pipe")
    with pytest.raises(StoreError, match="is a FIFO"):
        store.repository.read(object_id)
    assert [info.name for info in store.sessions()] == ["a"]


def test_damaged_objects_are_moved_from_inside_only(store: SessionStore, outside: Path) -> None:
    gitdir = Path(store.repository.path)
    object_id = f"ab{'cd' * 19}"
    (outside / object_id[2:]).write_text("not an object")
    (gitdir / "objects/ab").symlink_to(outside)

    refused(gitdir / "objects/ab", lambda: put_aside_damaged(store.repository, [object_id]))

    assert (outside / object_id[2:]).exists()


def test_an_unfinished_repository_is_not_completed_through_links(
    tmp_path: Path, outside: Path
) -> None:
    path = tmp_path / "unfinished.git"
    (path / "wj-staging").mkdir(parents=True)
    (path / "config").symlink_to(outside / "file")

    refused(path / "config", lambda: Repository.init(str(path)))

    assert untouched(outside)
