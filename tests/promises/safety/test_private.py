"""Only its owner may read a repository, an export or a bug report, unless it is shared."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from porcelain.cli.run.errors import report_bug
from store.errors import ForeignOwner
from store.maintenance.housekeeping import gc
from store.repository.ref_pack import pack_refs
from store.repository.repository import Repository
from store.session_store.store import SessionStore
from tests.harness.bare import git
from tests.porcelain.cli.sandbox import Sandbox
from tests.store.session_store.conversations import message, session

SHARED = {"group": (0o2770, 0o660), "all": (0o2775, 0o664)}


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def modes(path: Path) -> dict[str, int]:
    found = {"": path.stat().st_mode}
    found |= {str(p.relative_to(path)): p.lstat().st_mode for p in path.rglob("*")}
    return {name: stat.S_IMODE(mode) for name, mode in found.items()}


def used(path: Path, shared: str = "") -> SessionStore:
    """Write in all the ways that there are: packs, refs, folders, locks, the config, git's own."""
    store = SessionStore.init(path, shared=shared)  # type: ignore[arg-type]
    at = store.save(session("deep/er/a", "1"))
    store.append(at.id, [message("2")])
    store.repository.set_config({"wajutsu.layout": "native"})
    pack_refs(store.repository)
    gc(store.repository)
    git(path, "hash-object", "-w", "--stdin", data=b"by git itself")
    store.save(session("b", "1"))
    list(store.sessions())
    return store


def test_a_new_repository_is_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    used(tmp_path / "r.git")

    assert {n: oct(m) for n, m in modes(tmp_path / "r.git").items() if m & 0o077} == {}


def test_an_empty_folder_becomes_private(tmp_path: Path, umask: int) -> None:
    (tmp_path / "r.git").mkdir(0o755)
    used(tmp_path / "r.git")

    assert {n: oct(m) for n, m in modes(tmp_path / "r.git").items() if m & 0o077} == {}


@pytest.mark.parametrize("shared", SHARED)
def test_a_shared_repository_is_shared_whatever_the_umask(
    tmp_path: Path, umask: int, shared: str
) -> None:
    path = tmp_path / "r.git"
    used(path, shared)
    folder_mode, file_mode = SHARED[shared]

    for name, mode in modes(path).items():
        if (path / name).is_dir():
            assert oct(mode) == oct(folder_mode), name
        else:
            # git and we write packs and objects once and for all: nobody may write them.
            assert mode in (file_mode, file_mode & 0o444), (name, oct(mode))


def test_init_shares_as_git_does(box: Sandbox) -> None:
    for line, wanted in (
        ("init one.git", 0o700),
        ("init --shared two.git", 0o2770),
        ("init --shared=group three.git", 0o2770),
        ("init --shared=all four.git", 0o2775),
    ):
        box.ok(line)
        assert stat.S_IMODE(Path(line.split()[-1]).stat().st_mode) == wanted


@pytest.mark.parametrize(("setting", "left"), [("", 0o000), ("group", 0o070), ("all", 0o077)])
def test_doctor_reports_a_readable_repository_and_closes_it(
    box: Sandbox, setting: str, left: int
) -> None:
    box.begin()
    git(box.repo, "config", "--unset", "core.sharedRepository")
    if setting:
        git(box.repo, "config", "core.sharedRepository", setting)
    for place in (box.repo, *box.repo.rglob("*")):
        place.chmod(place.stat().st_mode | (0o755 if place.is_dir() else 0o444))

    said = box.ok("doctor")
    assert ("Note: The repository is open to all users of this machine" in said) == (left != 0o077)
    box.ok("doctor --fix")

    assert "The repository is open" not in box.ok("doctor")
    assert {n: oct(m) for n, m in modes(box.repo).items() if m & 0o077 & ~left} == {}
    key = git(box.repo, "config", "core.sharedRepository").decode().strip()
    assert key == (setting or "0600")


def test_exports_and_bug_reports_are_private(box: Sandbox, umask: int) -> None:
    box.begin()

    box.ok("export -o one.jsonl")
    box.ok("export --all -o folder")
    Path("two.jsonl").touch(0o644)
    box.ok("export -o two.jsonl --force")
    report_bug(ValueError("x"), str(box.folder / "bugs"), 1, ["log"], debugging=False)

    (bug,) = (box.folder / "bugs").iterdir()
    (all_,) = Path("folder").iterdir()
    for path in (Path("one.jsonl"), Path("two.jsonl"), all_, bug):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to another user")
@pytest.mark.parametrize("part", ["", "objects", "refs", "config"])
def test_a_part_that_belongs_to_another_user_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    path = tmp_path / "r.git"
    used(path)
    os.chown(path / part, 12345, -1)
    monkeypatch.setenv("HOME", str(tmp_path))

    with pytest.raises(ForeignOwner):
        Repository.open(str(path))


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to another user")
def test_in_a_shared_repository_others_own_what_they_wrote(tmp_path: Path) -> None:
    path = tmp_path / "r.git"
    used(path, "group")
    os.chown(path / "config", 12345, -1)

    assert SessionStore.open(path).load("b").rows == 1
