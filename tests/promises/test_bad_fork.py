"""Promise (laws 5 and 6): undo takes back one bad fork among fifty saves of a framework."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from store.session_store.store import SessionStore
from tests.harness.bare import fsck, git
from tests.harness.processes import Gate, finish, start
from tests.harness.world import World, chat, check
from tests.porcelain.cli.sandbox import Sandbox

SAVES = 50
FORKED_AT = 25


def saying(count: int) -> list[str]:
    return [f"text {number}" for number in range(count + 1)]


def save_fifty(path: Path, halfway: Gate, saved: Gate, undone: Gate) -> None:
    """Save a conversation that grows; the last save comes after the undo."""
    store = SessionStore.open(str(path))
    for length in range(SAVES):
        store.save(chat("good", *saying(length)))
        if length == FORKED_AT:
            halfway.open()
    saved.open()
    undone.wait()
    store.save(chat("good", *saying(SAVES)))


def fork_badly(path: Path, halfway: Gate) -> None:
    """Fork from the middle of the session that the other process saves."""
    halfway.wait()
    store = SessionStore.open(str(path))
    store.fork([*store.lineage("good")][3].id, chat("bad", *saying(2), "nonsense"))


def undone_beside_saves(box: Sandbox, undo: str, looks: int) -> None:
    """Run both writers with `wj` commands in between, then undo the fork."""
    box.ok("init")
    halfway, saved, undone = Gate(), Gate(), Gate()
    saving = start(lambda: save_fifty(box.repo, halfway, saved, undone))
    forking = start(lambda: fork_badly(box.repo, halfway))
    for number in range(looks):
        box.ok(f"new 'root()' -m 'look {number}' --workspace default")
    finish(forking)
    saved.wait()
    store = SessionStore.open(str(box.repo))
    lineage = [one.id for one in store.lineage("good")]

    said = box.ok(undo)

    assert "session bad created" in said
    assert list(box.sessions()) == ["good"]
    assert [one.id for one in store.lineage("good")] == lineage
    assert len(lineage) == SAVES
    undone.open()
    finish(saving)
    assert len(store.load("good").messages) == SAVES + 1
    assert len([*store.lineage("good")]) == SAVES + 1
    box.ok("new good")
    assert box.one("@-")["commit_id"] == str(store.resolve("good"))
    fsck(box.repo)
    check(World(box.repo, make=False))


def test_undo_takes_away_a_bad_fork_beside_fifty_good_saves(box: Sandbox) -> None:
    undone_beside_saves(box, "undo", 1)


def test_undo_by_session_takes_away_a_bad_fork_among_commands_and_saves(box: Sandbox) -> None:
    undone_beside_saves(box, "undo --session bad", 5)


def test_the_bad_fork_of_a_session_that_is_adopted_whole(box: Sandbox) -> None:
    """Where `wj` never ran before, all existing state becomes the bottom of its log."""
    box.ok("init")
    store = SessionStore.open(str(box.repo))
    for length in range(3):
        store.save(chat("good", *saying(length)))
    box.ok("new good -m 'the first command'")
    store.fork([*store.lineage("good")][1].id, chat("bad", "text 0", "nonsense"))

    said = box.ok("undo")

    assert "session bad created" in said
    assert list(box.sessions()) == ["good"]
    store.save(chat("good", *saying(3)))
    box.ok("new good")
    check(World(box.repo, make=False))


def test_a_session_that_was_begun_and_badly_forked_since_the_last_command(box: Sandbox) -> None:
    """Within one second, the fork still counts as later than the saves."""
    box.ok("init")
    box.ok("new 'root()' -m 'the last command'")
    store = SessionStore.open(str(box.repo), clock=lambda: 1_772_000_000)
    for length in range(4):
        store.save(chat("good", *saying(length)))
    store.fork([*store.lineage("good")][1].id, chat("bad", *saying(2), "nonsense"))
    store.save(chat("good", *saying(4)))

    said = box.ok("undo")

    assert "session bad created" in said
    assert list(box.sessions()) == ["good"]
    store.save(chat("good", *saying(5)))


@pytest.mark.parametrize("seconds", [0, 1])
@pytest.mark.parametrize("name", ["a-fork", "z-fork"])
def test_the_bad_fork_of_a_framework_that_ran_before_any_command(
    box: Sandbox, name: str, seconds: int
) -> None:
    """Saves and a fork through the library alone; `wj undo` is the first command ever."""
    ticks = count(1_772_000_000, seconds)
    store = SessionStore.init(str(box.repo), clock=lambda: next(ticks))
    for length in range(3):
        store.save(chat("good", *saying(length)))
    store.fork([*store.lineage("good")][1].id, chat(name, "text 0", "text 1", "nonsense"))
    store.append(name, [{"role": "user", "content": "more nonsense"}])
    store.save(chat("good", *saying(3)))
    lineage = [one.id for one in store.lineage("good")]

    said = box.ok("undo")

    assert f"session {name} created" in said
    assert list(box.sessions()) == ["good"]
    assert [one.id for one in store.lineage("good")] == lineage
    store.save(chat("good", *saying(4)))
    box.ok("redo")
    assert sorted(box.sessions()) == sorted(["good", name])
    check(World(box.repo, make=False))


def test_a_bad_fork_is_the_newest_of_hundreds_of_sessions_without_a_log(box: Sandbox) -> None:
    """All but the newest 200 refs are the bottom of the log, which no undo takes back."""
    store = SessionStore.init(str(box.repo), clock=lambda: 1_772_000_000)
    first = store.save(chat("good", "hello"))
    refs = "".join(f"create refs/sessions/n{number:03} {first.id}\n" for number in range(220))
    git(box.repo, "update-ref", "--stdin", data=refs.encode())
    store.fork(first.id, chat("bad", "hello", "nonsense"))

    said = box.ok("undo")

    assert "session bad created" in said
    assert len(box.sessions()) == 221
    kinds = World(box.repo, make=False).kinds()
    assert (kinds.count("outside"), kinds[-1]) == (200, "adopt")
