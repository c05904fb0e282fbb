"""Unusable repositories: each is refused with its own message and left unchanged."""

from __future__ import annotations

import errno
import os
import re

import pytest

from tests.harness.bare import git
from tests.harness.copies import unchanged
from tests.harness.faults import failing_at, intercepted
from tests.porcelain.cli.sandbox import Sandbox


def test_a_folder_that_is_no_repository(box: Sandbox) -> None:
    (box.folder / "plain").mkdir()

    assert (
        box.wj("-R plain log")
        == """\
Error: $DIR/plain: is not a bare git repository
[exit 1]
"""
    )


def test_a_folder_that_does_not_exist(box: Sandbox) -> None:
    assert (
        box.wj("-R nowhere log")
        == """\
Error: $DIR/nowhere: there is no such folder
[exit 1]
"""
    )


def test_a_file(box: Sandbox) -> None:
    box.file("file", b"")

    assert (
        box.wj("-R file log")
        == """\
Error: $DIR/file: is not a folder
[exit 1]
"""
    )


def test_a_project_with_files(box: Sandbox) -> None:
    git(box.folder, "init", "-q", "project")

    assert (
        box.wj("-R project log")
        == """\
Error: $DIR/project: has a work tree; only bare repositories are used
[exit 1]
"""
    )
    assert (
        box.wj("-R project/.git log")
        == """\
Error: $DIR/project/.git: has a work tree; only bare repositories are used
[exit 1]
"""
    )


def test_no_repository_at_all(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WJ_REPO")

    assert (
        box.wj("log")
        == """\
Error: There is no repository yet
Hint: `wj init` makes one at ~/.local/share/wajutsu/repo
Hint: `-R PATH` or WJ_REPO names another
[exit 1]
"""
    )


def test_init_over_a_folder_that_holds_something_else(box: Sandbox) -> None:
    box.file("full/of/things", b"mine")

    assert (
        box.wj("init full")
        == """\
Error: $DIR/full: is not a bare git repository
[exit 1]
"""
    )
    assert (box.folder / "full/of/things").read_bytes() == b"mine"


def test_a_repository_of_a_newer_version(box: Sandbox) -> None:
    box.begin()
    git(box.repo, "config", "wajutsu.version", "99")

    with unchanged(box.repo):
        assert (
            box.wj("append -m more")
            == """\
Error: $DIR/conversations.git: its format version is 99, this program reads up to 2
Hint: Install a newer version of wajutsu
[exit 1]
"""
        )


def test_a_shallow_clone(box: Sandbox) -> None:
    box.begin()
    tip = git(box.repo, "rev-parse", "refs/sessions/demo")
    (box.repo / "shallow").write_bytes(tip)

    with unchanged(box.repo):
        assert (
            box.wj("append -m more")
            == """\
Error: $DIR/conversations.git: is a shallow clone, whose history is incomplete
Hint: Run `git fetch --unshallow` in it, or clone without --depth
[exit 1]
"""
        )


def test_an_object_that_is_damaged(box: Sandbox) -> None:
    box.begin()
    for pack in (box.repo / "objects/pack").glob("*.pack"):
        pack.chmod(0o644)
        data = bytearray(pack.read_bytes())
        data[12:-20] = bytes(len(data) - 32)
        pack.write_bytes(data)

    with unchanged(box.repo):
        said = box.wj("append -m more")

    assert re.match(r"Error: (Object|Operation) c\d+\.+ is corrupt", said)
    assert "Hint: `wj doctor` says what is damaged" in said
    assert said.endswith("[exit 1]\n")


def test_an_object_that_is_missing(box: Sandbox) -> None:
    box.begin()
    for pack in (box.repo / "objects/pack").iterdir():
        pack.unlink()

    with unchanged(box.repo):
        said = box.wj("append -m more")

    assert said.startswith("Error: ")
    assert "missing" in said
    assert said.endswith("[exit 1]\n")


def test_a_ref_that_is_damaged_is_reported_and_never_taken_for_deleted(box: Sandbox) -> None:
    box.begin()
    box.ok("fork @ other")
    ref = box.repo / "refs/sessions/demo"
    ref.unlink()
    ref.write_bytes(b"garbage\n")

    assert (
        box.wj("status")
        == """\
Working copy  (@) : kmxsnpyr c3...... other | (empty) other, forked from xrvpptnn at message 6
Parent commit (@-): xrvpptnn c1...... demo | q3
Current session   : other
Warning: Ref refs/sessions/demo cannot be read: ref 'refs/sessions/demo' is corrupt: it holds no object id
Hint: Run `git fsck` in the repository
"""
    )
    assert box.sessions() == {"demo": "q3", "other": "q3"}

    box.ok("append -m more")
    assert box.sessions() == {"demo": "q3", "other": "more"}


def test_an_operation_ref_that_is_damaged(box: Sandbox) -> None:
    box.begin()
    (box.repo / "refs/wj/op").write_bytes(b"garbage\n")

    with unchanged(box.repo):
        assert (
            box.wj("append -m more")
            == """\
Error: Ref 'refs/wj/op' is corrupt: it holds no object id
Hint: Run `git fsck` in the repository
[exit 1]
"""
        )
        assert (
            box.wj("log")
            == """\
Error: Ref 'refs/wj/op' is corrupt: it holds no object id
Hint: Run `git fsck` in the repository
[exit 1]
"""
        )


@pytest.mark.parametrize("damage", [b"", b"SQLite format 3\0 and then nothing", b"\0" * 4096])
def test_an_index_that_is_damaged_is_made_anew(box: Sandbox, damage: bytes) -> None:
    box.begin()
    before = box.ok("log")
    for path in box.repo.glob("store-index.sqlite*"):
        path.unlink()
    (box.repo / "store-index.sqlite").write_bytes(damage)

    assert box.ok("log") == before


def test_an_index_that_is_gone_is_made_anew(box: Sandbox) -> None:
    box.begin()
    before = box.ok("log")
    for path in box.repo.glob("store-index.sqlite*"):
        path.unlink()

    assert box.ok("log") == before


@pytest.mark.parametrize(
    ("code", "reason"), [(errno.ENOSPC, "No space"), (errno.EROFS, "Read-only")]
)
def test_a_full_or_read_only_disk(box: Sandbox, code: int, reason: str) -> None:
    box.begin()

    for step in (1, 2, 3, 5, 8):
        with unchanged(box.repo), failing_at(step, code) as failed:
            done = box.run("append", "-m", "more")
        if not failed:
            break
        assert done.code == 1, done.both
        assert done.err.startswith("Error: Cannot write ")
        assert reason in done.err


def test_a_full_disk_while_a_file_is_exported(box: Sandbox) -> None:
    box.begin()

    def refuse(name: str, _arguments: object) -> None:
        if name == "fsync":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with intercepted(refuse):
        assert (
            box.wj("export -o out.jsonl")
            == """\
Error: out.jsonl: No space left on device
[exit 1]
"""
        )
    assert sorted(os.listdir(box.folder)) == ["chat.jsonl", "conversations.git"]
