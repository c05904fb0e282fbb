"""A session whose ref names a missing commit is recovered from its earlier saves."""

from __future__ import annotations

from pathlib import Path

import pytest

from porcelain.maintenance.abandon_operations import abandon, operation_range
from porcelain.maintenance.doctor import examine
from porcelain.maintenance.repair import repair
from store.repository.repository import Repository
from tests.harness.bare import git
from tests.harness.world import World, chat, check

ABSENT = "1234567890123456789012345678901234567890"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A session `talk` that the log knows."""
    world = World(tmp_path / "r.git")
    world.save(chat("talk", "one"))
    return world


def lose(world: World, session: str) -> None:
    """Let a session's ref name a missing commit."""
    path = world.path / "refs" / "sessions" / session
    path.write_text(f"{ABSENT}\n")


def repaired(world: World) -> World:
    repository = Repository.open(str(world.path))
    repair(repository, world.actor, examine(repository, patience=0))
    fresh = World(world.path, make=False)
    assert examine(Repository.open(str(world.path)), patience=0).faults == []
    check(fresh)
    return fresh


@pytest.mark.parametrize("session", ["talk", "unknown"])
def test_the_newest_that_a_framework_saved_is_shown(world: World, session: str) -> None:
    store = world.store()
    texts = ["one"] if session == "talk" else []
    for text in ("two", "three", "four"):
        texts.append(text)
        newest = store.save(chat(session, *texts)).id
    lose(world, session)

    assert repaired(world).tip(session) == newest


def test_what_another_session_made_of_it_is_not_taken_for_it(world: World) -> None:
    store = world.store()
    newest = store.save(chat("talk", "one", "two")).id
    fork = store.fork(newest, chat("fork", "one", "two", "else")).id
    longer = store.save(chat("fork", "one", "two", "else", "more")).id
    lose(world, "talk")
    lose(world, "fork")

    found = repaired(world)
    assert (found.tip("talk"), found.tip("fork")) == (newest, longer)
    assert fork != longer


def test_without_any_it_stays_where_the_view_has_it(world: World) -> None:
    tip = world.tip("talk")
    lose(world, "talk")

    assert repaired(world).tip("talk") == tip


def test_what_was_undone_and_forgotten_is_not_brought_back(world: World) -> None:
    tip = world.tip("talk")
    world.append("undone", session="talk")
    world.repo().undo()
    abandon(world.repo(), operation_range(world.repo(), "..@-"))
    lose(world, "talk")

    assert repaired(world).tip("talk") == tip


def test_what_is_torn_is_passed_over(world: World) -> None:
    store = world.store()
    whole = store.save(chat("talk", "one", "two")).id
    torn = store.save(chat("talk", "one", "two", "three")).id
    store.close()
    git(world.path, "repack", "-a", "-d", "-q", "-f", "--depth=0")
    (pack,) = (world.path / "objects" / "pack").glob("*.pack")
    data = pack.read_bytes()
    message = git(world.path, "ls-tree", "-r", torn).decode().splitlines()
    blob = next(line.split()[2] for line in message if "three" in blob_of(world, line))
    for file in pack.parent.glob(f"{pack.stem}.*"):
        file.unlink()
    git(world.path, "unpack-objects", "-q", data=data)
    (world.path / "objects" / blob[:2] / blob[2:]).unlink()
    lose(world, "talk")
    repository = Repository.open(str(world.path))

    repair(repository, world.actor, examine(repository, patience=0))

    assert World(world.path, make=False).tip("talk") == whole


def blob_of(world: World, line: str) -> str:
    return git(world.path, "cat-file", "-p", line.split()[2]).decode()


def repair_without_log(world: World) -> None:
    repository = Repository.open(str(world.path))
    repair(repository, world.actor, examine(repository, patience=0))
    assert examine(Repository.open(str(world.path)), patience=0).faults == []
    assert not (world.path / "refs" / "wj").exists()


def test_the_sessions_of_a_repository_without_a_log_get_their_names_back(tmp_path: Path) -> None:
    world = World(tmp_path / "r.git")
    store = world.store()
    store.save(chat("talk", "one"))
    second = store.save(chat("talk", "one", "two"))
    git(world.path, "update-ref", "-d", "refs/sessions/talk")
    other = store.save(chat("talk/other", "else"))
    strange = store.save(chat("second", "words"))
    store.close()
    for name in ("talk/other", "second"):
        git(world.path, "update-ref", "-d", f"refs/sessions/{name}")

    found = examine(Repository.open(str(world.path)), patience=0)
    assert [one.message for one in found.faults] == [
        "3 conversations in the packs, such as second, but no session leads to them"
    ]
    repair_without_log(world)
    assert world.refs() == {
        "second": strange.id,
        "talk": second.id,
        f"recovered-{other.id[:12]}": other.id,
    }


def test_two_ends_of_one_conversation_both_get_a_name(tmp_path: Path) -> None:
    world = World(tmp_path / "r.git")
    store = world.store()
    store.save(chat("talk", "one"))
    old = store.save(chat("talk", "one", "two"))
    git(world.path, "update-ref", "-d", "refs/sessions/talk")
    new = store.save(chat("talk", "else"))
    git(world.path, "update-ref", "-d", "refs/sessions/talk")
    store.close()

    repair_without_log(world)
    assert set(world.refs().values()) == {old.id, new.id}
    assert set(world.refs()) == {"talk", "talk-2"}
    fresh = World(world.path, make=False)
    fresh.new("talk")
    check(fresh)


def test_deleted_sessions_beside_others_stay_deleted(tmp_path: Path) -> None:
    world = World(tmp_path / "r.git")
    store = world.store()
    store.save(chat("talk", "one"))
    store.save(chat("gone", "words"))
    store.close()
    git(world.path, "update-ref", "-d", "refs/sessions/gone")
    assert examine(Repository.open(str(world.path)), patience=0).faults == []
