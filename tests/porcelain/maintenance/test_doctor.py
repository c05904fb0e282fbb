"""The doctor reports every problem, and its repairs lose nothing."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from porcelain.maintenance.doctor import examine
from porcelain.maintenance.repair import repair
from porcelain.model.operation import ROOT_OPERATION
from porcelain.model.operation_store import head_operation
from store.ids import CommitId, RefName
from store.repository.ref_update import Expect, RefEdit, update_refs
from store.repository.repository import Repository
from tests.harness.bare import git, leftovers
from tests.harness.faults import killed_at_every_step
from tests.harness.world import World, chat, check, log_of, view_of

ABSENT = "1234567890123456789012345678901234567890"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two sessions and five operations."""
    return begun(tmp_path / "r.git")


def begun(path: Path) -> World:
    found = World(path)
    found.save(chat("talk", "one", "two"))
    found.save(chat("talk", "one", "two", "three"))
    found.fork("talk-", "side")
    found.append("four")
    return found


def opened(world: World) -> Repository:
    return Repository.open(str(world.path))


def found(world: World) -> dict[str, list[str]]:
    """Return the messages of the problems, by check."""
    by_check: dict[str, list[str]] = {}
    for fault in examine(opened(world), patience=0.01).faults:
        by_check.setdefault(fault.check, []).append(fault.message)
    return by_check


def run_repair(world: World) -> list[str]:
    repository = opened(world)
    return repair(repository, world.actor, examine(repository, patience=0.01))


def files(path: Path) -> dict[str, bytes]:
    """Return every file but those of the index, which is only a cache."""
    return {
        str(one.relative_to(path)): one.read_bytes()
        for one in path.rglob("*")
        if one.is_file() and "store-index" not in one.name
    }


def test_a_sound_repository_is_found_sound_and_left_alone(world: World) -> None:
    before = files(world.path)

    report = examine(opened(world))

    assert report.findings == ()
    assert report.counts["operations"] == 5 - 1
    assert report.counts["refs"] == 4
    assert files(world.path) == before


def test_an_empty_repository_is_sound(tmp_path: Path) -> None:
    world = World(tmp_path / "r.git")

    assert examine(opened(world)).findings == ()


def test_a_repository_without_a_log_is_sound_with_a_remark(tmp_path: Path) -> None:
    world = World(tmp_path / "r.git")
    world.store().save(chat("fw", "hello"))

    (remark,) = examine(opened(world)).findings

    assert not remark.is_fault
    assert "no operation log yet" in remark.message


def test_a_missing_object_is_named(world: World) -> None:
    blob = world.git("ls-tree", "-r", "talk", check=False) or world.git(
        "ls-tree", "-r", "refs/sessions/talk"
    )
    victim = next(line.split()[2] for line in blob.splitlines() if "messages/0000/02" in line)
    git(world.path, "unpack-objects", "-q", data=packs(world))
    (world.path / "objects" / victim[:2] / victim[2:]).unlink()

    assert any(victim in message for message in found(world)["objects"])
    run_repair(world)
    assert any(victim in message for message in found(world)["objects"])


def packs(world: World) -> bytes:
    """Unpack every object, and return them."""
    data = git(world.path, "rev-list", "--objects", "--all", "--no-object-names")
    pack = git(world.path, "pack-objects", "--stdout", "-q", data=data)
    for file in (world.path / "objects" / "pack").iterdir():
        file.unlink()
    return pack


def test_refs_moved_by_others_are_a_remark(world: World) -> None:
    world.store().save(chat("fw", "hello"))

    (remark,) = examine(opened(world)).findings

    assert not remark.is_fault
    assert "Moved by others" in remark.message
    assert "refs/sessions/fw" in remark.message


def test_an_unfinished_export_is_found_and_finished(tmp_path: Path) -> None:
    seen = 0
    for step, world in killed_at_every_step(
        lambda step: begun(tmp_path / f"{step}.git"), lambda w: w.append("five"), every=7
    ):
        faults = found(world)
        seen += "export" in faults
        run_repair(world)
        assert found(world) == {}, step
        assert [f for f in leftovers(world.path) if "store-index" not in f] == []
        check(world)
        shutil.rmtree(world.path)
    assert seen


def test_a_lock_that_stays_is_reported_and_never_touched(world: World) -> None:
    lock = world.path / "refs" / "sessions" / "talk.lock"
    lock.write_text("somebody's\n")

    assert any("talk.lock" in message for message in found(world)["locks"])
    run_repair(world)
    assert lock.read_text() == "somebody's\n"


def test_what_killed_writers_staged_is_cleared(world: World) -> None:
    staged = world.path / "wj-staging" / "123-abc.pack"
    staged.write_bytes(b"PACK")

    assert any("123-abc.pack" in message for message in found(world)["staging"])
    run_repair(world)
    assert not staged.exists()
    assert found(world) == {}


def test_a_ref_that_holds_nonsense_goes_back_to_where_the_view_has_it(world: World) -> None:
    tip = world.tip("talk")
    (world.path / "refs" / "sessions" / "talk").write_bytes(b"")

    assert any("refs/sessions/talk" in message for message in found(world)["refs"])
    run_repair(world)
    assert world.refs()["talk"] == tip
    assert found(world) == {}
    check(world)


def test_a_ref_to_a_missing_commit_goes_back_to_where_the_view_has_it(world: World) -> None:
    tip = world.tip("talk")
    (world.path / "refs" / "sessions" / "talk").write_text(f"{ABSENT}\n")

    assert any("missing" in message for message in found(world)["refs"])
    run_repair(world)
    assert world.refs()["talk"] == tip
    check(world)


def test_a_damaged_index_is_found_and_made_anew(world: World) -> None:
    for file in world.path.glob("store-index.sqlite-*"):
        file.unlink()
    index = world.path / "store-index.sqlite"
    data = bytearray(index.read_bytes())
    data[4096:] = b"\0" * (len(data) - 4096)
    index.write_bytes(bytes(data))

    assert "index" in found(world)
    run_repair(world)
    assert found(world) == {}
    check(world)


def test_an_index_that_shows_something_else_is_made_anew(world: World) -> None:
    world.repo().index.close()
    with sqlite3.connect(world.path / "store-index.sqlite") as connection:
        connection.execute("DELETE FROM view_rows WHERE key = 'side'")
    connection.close()

    assert "index" in found(world)
    run_repair(world)
    assert found(world) == {}
    check(World(world.path, make=False))


def test_an_index_that_lacks_an_operation_is_made_anew(world: World) -> None:
    world.repo().index.close()
    with sqlite3.connect(world.path / "store-index.sqlite") as connection:
        connection.execute("DELETE FROM operations WHERE kind = 'fork'")
    connection.close()

    assert "index" in found(world)
    run_repair(world)
    assert found(world) == {}


@pytest.mark.parametrize("harm", ["gone", "nonsense", "missing object"])
@pytest.mark.parametrize("index", ["there", "gone"])
def test_a_lost_log_goes_on_where_it_was(world: World, harm: str, index: str) -> None:
    log, view = log_of(world.open()), view_of(world.open())
    ref = world.path / "refs" / "wj" / "op"
    if harm == "gone":
        ref.unlink()
    else:
        ref.write_text("" if harm == "nonsense" else f"{ABSENT}\n")
    if index == "gone":
        for file in world.path.glob("store-index*"):
            file.unlink()

    assert found(world)
    assert any(log[0].id[:12] in line for line in run_repair(world))

    fresh = World(world.path, make=False)
    assert found(fresh) == {}
    assert log_of(fresh.open()) == log
    assert view_of(fresh.open()) == view
    check(fresh)


def test_without_its_refs_the_log_is_found_among_the_objects(world: World) -> None:
    refs, log = world.refs(), log_of(world.open())
    for name in ("op", "exported"):
        (world.path / "refs" / "wj" / name).unlink()
    for file in world.path.glob("store-index*"):
        file.unlink()

    report = examine(opened(world))
    assert [one.id for one in report.lost] == [one.id for one in log]
    assert [fault.repair for fault in report.faults] == ["log"]
    run_repair(world)

    fresh = World(world.path, make=False)
    assert found(fresh) == {}
    assert fresh.refs() == refs
    assert log_of(fresh.open()) == log
    assert dict(fresh.repo().names("sessions")) == refs
    assert examine(opened(fresh)).findings == ()
    check(fresh)


def test_a_log_that_ends_in_an_unreadable_operation_loses_nothing_that_refs_show(
    world: World,
) -> None:
    before = head_operation(opened(world))
    world.append("five")
    newest, tip = head_operation(opened(world)), world.tip("side")
    git(world.path, "unpack-objects", "-q", data=packs(world))
    (world.path / "objects" / newest[:2] / newest[2:]).unlink()

    assert any("newest operation" in message for message in found(world)["operations"])
    run_repair(world)

    fresh = World(world.path, make=False)
    assert fresh.tip("side") == tip
    assert before in [one.id for one in log_of(fresh.open())]
    assert fresh.kinds()[:2] == ["doctor", "outside"]  # `@` is in no ref
    check(fresh, fsck=False)


def test_names_that_cannot_be_refs_are_told(world: World) -> None:
    with world.repo().transaction("strange") as tx:
        tx.set_session("a", world.tip("talk"))
        tx.set_session("a/b", world.tip("talk"))

    (message,) = found(world)["names"]
    assert "a/b" in message


def test_a_position_that_is_not_visible_is_shown_again_by_an_operation(world: World) -> None:
    hidden = world.new("talk").commit
    world.new("talk-")
    with world.repo().transaction("break") as tx:
        tx.set("workspaces", f"{tx.base.replica}/odd", f'{{"commit":"{hidden}","session":null}}')

    assert any("Workspace odd" in message for message in found(world)["views"])
    before = len(log_of(world.open()))
    run_repair(world)
    assert found(world) == {}
    assert len(log_of(world.open())) == before + 1
    check(world)


def test_many_packs_and_loose_refs_are_brought_together(world: World) -> None:
    for number in range(45):
        git(world.path, "hash-object", "-w", "--stdin", data=str(number).encode())
        pack_loose(world)
    repository = opened(world)
    tip = world.tip("talk")
    edits = [
        RefEdit(RefName(f"refs/heads/b{n}"), CommitId(tip), Expect.MISSING) for n in range(514)
    ]
    update_refs(repository, edits)

    faults = found(world)
    assert "packs" in faults
    assert "loose refs" in faults
    run_repair(world)
    assert found(world) == {}
    check(world)


def pack_loose(world: World) -> None:
    """Pack the loose objects."""
    ids = [
        file.parent.name + file.name
        for file in (world.path / "objects").glob("??/*")
        if len(file.parent.name) == 2
    ]
    stem = str(world.path / "objects" / "pack" / "pack")
    git(world.path, "pack-objects", "-q", stem, data="\n".join(ids).encode())
    git(world.path, "prune-packed", "-q")


def test_everything_is_lost_but_the_sessions(world: World) -> None:
    """refs/wj/op names a missing object, and packed-refs has an older value."""
    world.git("pack-refs", "--all")
    world.append("five")
    tip = world.tip("side")
    (world.path / "refs" / "wj" / "op").write_bytes(b"\0" * 41)
    (world.path / "refs" / "wj" / "exported").write_bytes(b"\0" * 41)

    assert found(world)
    run_repair(world)

    fresh = World(world.path, make=False)
    assert head_operation(opened(fresh)) != ROOT_OPERATION
    assert fresh.tip("side") == tip
    assert found(fresh) == {}
    check(fresh)
