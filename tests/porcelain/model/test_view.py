"""Views in git trees: every kind of value is read back, and git accepts the trees."""

from __future__ import annotations

from pathlib import Path

import pytest

from porcelain.errors import CorruptOperation
from porcelain.model.operation import ROOT_OPERATION, decode_operation, encode_operation
from porcelain.model.operation_store import kept_commits, read_operation
from porcelain.model.source import Source
from tests.harness.bare import fsck, git
from tests.harness.world import World, chat, check, log_of, view_of

NAMES = [
    ".git",
    "git~1",
    "a%2Fb",
    "deep/er",
    "é",
    "\u200b",
    "=",
    "!",
    "x" * 300,
    "UPPER",
    "..",
    "a b",
]


def test_every_kind_of_value_is_read_back_and_fsck_is_content(repo_path: Path) -> None:
    world = World(repo_path)
    world.save(chat("talk", "one"))
    one = world.tip("talk")
    two = world.fork("talk", "two").commit
    three = world.fork("talk", "three").commit
    conflict, half = f"{one} {two} {three}", f"{one} - {two}"
    with world.repo().transaction("all kinds") as tx:
        for name in NAMES:
            tx.set("sessions", name, one)
            tx.set("tags", name, conflict)
            tx.set("remotes/origin/sessions", name, f"tracked {half}")
            tx.set("remotes/up/tags", name, f"untracked {two}")
            tx.set("imports", name, Source(1, one, "é", last="x").text())
    view = view_of(world.repo())
    for name in NAMES:
        assert view["sessions", name] == one
        assert view["tags", name] == conflict
        assert view["remotes/origin/sessions", name] == f"tracked {half}"
        assert view["remotes/up/tags", name] == f"untracked {two}"
    check(world)
    world.repo().undo()
    assert not any(key in NAMES for _, key in view_of(world.repo()))
    check(world)


def test_the_log_reads_well_in_plain_git(repo_path: Path) -> None:
    world = World(repo_path)
    world.save(chat("talk", "one"))
    world.fork("talk", "two")
    shown = git(repo_path, "log", "--first-parent", "--format=%s", "refs/wj/op").decode()
    assert shown.splitlines()[0].startswith("fork two from ")
    assert shown.splitlines()[1] == "save talk"


def test_an_operation_keeps_everything_alive_that_it_names(repo_path: Path) -> None:
    world = World(repo_path)
    world.save(chat("talk", "one"))
    made = [world.fork("talk", f"f{number}").commit for number in range(3)]
    with world.repo().transaction("delete") as tx:
        for number in range(3):
            tx.set_session(f"f{number}", None)
    git(repo_path, "reflog", "expire", "--expire=now", "--all")
    git(repo_path, "gc", "-q", "--prune=now")
    for commit in made:
        world.open().repository.read(commit)
    for _ in range(4):
        world.repo().undo()
    check(world)
    git(repo_path, "gc", "-q", "--prune=now")
    for commit in made:
        world.open().repository.read(commit)


def test_past_sixteen_a_tree_of_keep_commits_holds_them(repo_path: Path) -> None:
    world = World(repo_path)
    world.save(chat("talk", "one"))
    with world.repo().transaction("many") as tx:
        made = {tx.fork(world.repo().resolve("talk"), f"f{n}").commit for n in range(300)}
    operation = log_of(world.repo())[0]
    assert len(operation.kept) == 1
    assert made <= set(kept_commits(world.repo().repository, operation))
    fsck(repo_path)


def test_the_root_operation_is_virtual() -> None:
    class Nothing:
        def read(self, object_id: str) -> tuple[str, bytes]:
            raise AssertionError(object_id)

    root = read_operation(Nothing(), ROOT_OPERATION)  # type: ignore[arg-type]
    assert (root.view, root.data.parents) == (None, ())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "operation.json"),
        (b"[]", "operation.json"),
        (b"{}", "version"),
        (b'{"version": 99}', "newer"),
        (b'{"version": 1}', "operation.json"),
    ],
)
def test_a_damaged_or_newer_operation_is_named(data: bytes, reason: str) -> None:
    with pytest.raises(CorruptOperation, match=reason):
        decode_operation(data, "1" * 40)


def test_an_operation_is_written_the_same_way_always(repo_path: Path) -> None:
    world = World(repo_path)
    world.save(chat("talk", "one"))
    data = log_of(world.repo())[0].data
    text = encode_operation(data)
    assert decode_operation(text, "x") == data
    assert encode_operation(decode_operation(text, "x")) == text


def test_two_runs_with_the_same_clock_and_chance_make_the_same_ids(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        world = World(tmp_path / name)
        world.save(chat("talk", "one", "two"))
        world.fork("talk", "b")
        world.append("x")
        world.repo().undo()
        found.append((world.refs(), world.refs("refs/wj")))
    assert found[0] == found[1]
