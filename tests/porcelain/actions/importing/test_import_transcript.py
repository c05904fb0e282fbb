"""Importing: byte for byte, only new turns, and never again those that were abandoned here."""

from __future__ import annotations

from pathlib import Path

import pytest

from porcelain.actions.importing.import_transcript import Imported, Importer, move_workspace
from porcelain.actions.recording.record import Recorder
from porcelain.model.operation_store import head_operation
from porcelain.transcript.formats import read_transcript
from store.objects.commit import read_commit
from store.tree_layout.layout import read_session
from tests.harness.places import needs_real_files, real_files
from tests.harness.processes import together
from tests.harness.world import World, chat, check
from tests.porcelain.transcript.claude_rows import Chat

FILES = real_files(
    "claude_code/*.jsonl", "claude_code/growth/*.jsonl", "fixtures/claude*.jsonl", "pawan/*.json"
)
NATIVE = "11111111-2222-4333-8444-555555555555"
FORK = "22222222-2222-4333-8444-555555555555"


@pytest.fixture
def world(repo_path: Path) -> World:
    """An empty repository."""
    return World(repo_path)


def turns(count: int, chat_: Chat | None = None) -> Chat:
    """A file with this number of turns."""
    found = chat_ or Chat()
    for number in range(1, count + 1):
        found.turn(number)
    return found


def exported(world: World, rev: str) -> bytes:
    """Export a conversation."""
    repo = world.repo()
    tree = read_commit(repo.repository, repo.resolve(rev)).tree
    return read_session(repo.repository, tree).to_bytes()


@needs_real_files
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_real_file_comes_out_again_byte_for_byte(world: World, path: Path) -> None:
    data = path.read_bytes()
    found = world.load(data, str(path))
    again = world.load(data, str(path))
    assert (again.changes, again.rows) == (0, 0)
    assert world.kinds() == ["import"]
    if len(list(world.repo().graph.heads())) == 1:
        assert exported(world, found.session) == data
    check(world, fsck=len(data) < 400_000)


@needs_real_files
def test_growing_real_files_add_only_what_is_new(world: World) -> None:
    total = 0
    for path in real_files("claude_code/growth/*.jsonl"):
        data = path.read_bytes()
        found = world.load(data, str(path))
        assert found.started == (total == 0)
        total += found.rows
        assert total == len(data.splitlines())
        assert exported(world, found.session) == data
        assert len(list(world.repo().graph.heads())) == 1
    check(world)


def test_one_change_for_each_turn(world: World) -> None:
    found = world.load(turns(3).data())
    assert (found.changes, found.session, found.started) == (3, NATIVE, True)
    repo = world.repo()
    rows = [repo.row(p) for p in repo.select("all()") if p]
    assert [row.messages for row in rows] == [6, 4, 2]
    assert repo.workspace == (found.commit, NATIVE)
    check(world)


@pytest.mark.parametrize(("by", "changes"), [("turn", 3), ("message", 6), ("file", 1)])
def test_by_message_or_by_file(world: World, by: str, changes: int) -> None:
    data = turns(3).data()
    assert world.load(data, by=by).changes == changes  # type: ignore[arg-type]
    assert exported(world, NATIVE) == data
    assert world.load(data, by=by).changes == 0  # type: ignore[arg-type]
    more = turns(3)
    more.turn(4)
    world.load(more.data(), by=by)  # type: ignore[arg-type]
    assert exported(world, NATIVE) == more.data()
    assert len(list(world.repo().graph.heads())) == 1
    check(world)


def test_rows_that_continue_the_last_turn_amend_its_change_while_it_is_a_childless_tip(
    world: World,
) -> None:
    grown = turns(2)
    world.load(grown.data())
    repo = world.repo()
    change = repo.change_id(repo.position(NATIVE))
    grown.answer("more", "m1")
    world.load(grown.data())
    repo = world.repo()
    assert repo.change_id(repo.position(NATIVE)) == change
    assert exported(world, NATIVE) == grown.data()
    assert world.repo().workspace.commit == world.tip(NATIVE)
    check(world)


def test_else_they_make_a_new_change(world: World) -> None:
    grown = turns(2)
    tip = world.load(grown.data()).commit
    world.fork(NATIVE, "child")
    grown.answer("more", "m1")
    world.load(grown.data())
    assert world.repo().resolve(f"{NATIVE}-") == tip
    assert exported(world, NATIVE) == grown.data()
    check(world)


def test_a_real_rewind_makes_a_fork(world: World) -> None:
    grown = turns(3)
    world.load(grown.data())
    old = world.tip(NATIVE)
    grown.user("another way", "u9", parent="a1")
    grown.answer("ok", "b9")
    found = world.load(grown.data())
    assert found.changes == 1
    assert world.texts(NATIVE) == ["q1", "r1", "another way", "ok"]
    assert len(list(world.repo().graph.heads())) == 2
    assert world.repo().row(world.repo().position(old)).visible
    assert world.load(grown.data()).changes == 0
    check(world)


def test_what_was_abandoned_here_does_not_come_back(world: World) -> None:
    grown = turns(3)
    world.load(grown.data())
    with world.repo().transaction("abandon") as tx:
        tx.abandon(world.repo().resolve(f"{NATIVE}-"))
    assert world.texts(NATIVE) == ["q1", "r1", "q3", "r3"]
    assert world.load(grown.data()).changes == 0
    grown.turn(4)
    assert world.load(grown.data()).changes == 1
    assert world.texts(NATIVE) == ["q1", "r1", "q3", "r3", "q4", "r4"]
    assert len(list(world.repo().graph.heads())) == 1
    check(world)


def test_an_abandoned_last_turn_does_not_come_back_either(world: World) -> None:
    grown = turns(3)
    world.load(grown.data())
    with world.repo().transaction("abandon") as tx:
        tx.abandon(world.tip(NATIVE))
    assert world.load(grown.data()).changes == 0
    grown.turn(4)
    world.load(grown.data())
    assert world.texts(NATIVE) == ["q1", "r1", "q2", "r2", "q4", "r4"]
    check(world)


@pytest.mark.parametrize(("abandoned", "rest"), [("-", "13"), ("", "12")])
def test_turns_that_follow_an_abandoned_one_stay_one_line(
    world: World, abandoned: str, rest: str
) -> None:
    grown = turns(3)
    world.load(grown.data())
    with world.repo().transaction("abandon") as tx:
        tx.abandon(world.repo().resolve(NATIVE + abandoned))
    wanted = [f"{who}{number}" for number in rest for who in "qr"]
    for number in (4, 5, 6):
        grown.turn(number)
        assert world.load(grown.data()).changes == 1
        wanted += [f"q{number}", f"r{number}"]
        assert world.texts(NATIVE) == wanted
    assert len(list(world.repo().graph.heads())) == 1
    check(world)


def test_a_further_answer_joins_its_turn_though_an_earlier_one_was_abandoned(
    world: World,
) -> None:
    grown = turns(3)
    world.load(grown.data())
    with world.repo().transaction("abandon") as tx:
        tx.abandon(world.repo().resolve(f"{NATIVE}-"))
    grown.answer("and more", "c3")
    world.load(grown.data())
    assert world.texts(NATIVE) == ["q1", "r1", "q3", "r3", "and more"]
    grown.turn(4)
    world.load(grown.data())
    assert world.texts(NATIVE) == ["q1", "r1", "q3", "r3", "and more", "q4", "r4"]
    assert len(list(world.repo().graph.heads())) == 1
    check(world)


def test_a_turn_that_was_abandoned_below_a_fork_does_not_come_back(world: World) -> None:
    grown = turns(3)
    world.load(grown.data())
    world.fork(NATIVE, "try-a")
    with world.repo().transaction("abandon") as tx:
        tx.abandon(world.tip(NATIVE))
    grown.turn(4)
    world.load(grown.data())
    assert world.texts(NATIVE) == ["q1", "r1", "q2", "r2", "q4", "r4"]
    assert world.texts("try-a") == ["q1", "r1", "q2", "r2"]
    assert world.repo().row(world.repo().position("try-a")).empty
    check(world)


def test_a_fork_whose_own_turn_was_abandoned_goes_on_without_it(world: World) -> None:
    parent = turns(1)
    world.load(parent.data(), "parent.jsonl")
    fork = turns(2, Chat(session=FORK))
    world.load(fork.data(), "fork.jsonl")
    with world.repo().transaction("abandon") as tx:
        tx.abandon(world.tip(FORK))
    wanted = ["q1", "r1"]
    for number in (3, 4):
        fork.turn(number)
        world.load(fork.data(), "fork.jsonl")
        wanted += [f"q{number}", f"r{number}"]
        assert world.texts(FORK) == wanted
    assert world.texts(NATIVE) == ["q1", "r1"]
    check(world)


def test_an_abandoned_side_line_does_not_come_back(world: World) -> None:
    grown = turns(3)
    grown.user("another way", "u9", parent="a1")
    world.load(grown.data())
    side = next(p for p in world.repo().graph.heads() if world.repo().row(p).messages == 6)
    with world.repo().transaction("abandon") as tx:
        tx.abandon(world.repo().row(side).id)
    heads = len(list(world.repo().graph.heads()))
    grown.answer("and on", "b9")
    world.load(grown.data())
    assert len(list(world.repo().graph.heads())) == heads
    check(world)


def test_where_nothing_of_it_is_visible_any_more_the_file_is_kept_and_again_is_named(
    world: World,
) -> None:
    data = turns(2).data()
    world.load(data)
    with world.repo().transaction("abandon") as tx:
        tx.abandon(world.repo().resolve(f"{NATIVE}-"))
        tx.abandon(world.tip(NATIVE))
    operation = head_operation(world.repo().repository)
    unchanged = world.load(data)
    assert head_operation(world.repo().repository) == operation
    assert "--again" in unchanged.notes[0]
    grown = world.load(turns(3).data())
    assert (grown.kind, grown.changes) == ("grown", 0)
    assert "--again" in grown.notes[0]
    assert not any(world.repo().row(p).messages for p in world.repo().graph.heads())
    assert world.load(turns(3).data(), again=True).changes == 3
    assert exported(world, NATIVE) == turns(3).data()
    check(world)


def test_after_undo_of_an_import_it_is_imported_anew(world: World) -> None:
    data = turns(2).data()
    world.load(data)
    world.repo().undo()
    assert world.refs() == {}
    assert world.load(data).changes == 2
    check(world)


def test_an_earlier_state_of_the_file_is_nothing_new(world: World) -> None:
    world.load(turns(3).data())
    tip = world.tip(NATIVE)
    for count in (1, 2):
        assert world.load(turns(count).data()).changes == 0
    assert world.tip(NATIVE) == tip
    assert world.kinds() == ["import"]


def test_a_grown_file_finds_its_session_under_its_present_name(world: World) -> None:
    grown = turns(2)
    world.load(grown.data())
    with world.repo().transaction("session rename") as tx:
        tx.set_session("mine", world.tip(NATIVE))
        tx.set_session(NATIVE, None)
    grown.turn(3)
    assert world.load(grown.data()).session == "mine"
    assert sorted(world.refs()) == ["mine"]
    check(world)


def test_it_moves_the_workspace_only_where_nobody_is_at_work(world: World) -> None:
    grown = turns(1)
    world.load(grown.data())
    world.save(chat("other", "x"))
    place = world.repo().workspace
    grown.turn(2)
    world.load(grown.data())
    assert world.repo().workspace == place
    world.new("root()")
    grown.turn(3)
    world.load(grown.data())
    assert world.repo().workspace == (world.tip(NATIVE), NATIVE)
    check(world)


def test_two_processes_that_import_one_file_do_it_once(world: World) -> None:
    data = turns(4).data()
    world.open()

    def work(seed: str) -> None:
        own = World(world.path, seed=seed, make=False)
        own.load(data)

    together(lambda: work("a"), lambda: work("b"), lambda: work("c"))
    assert world.kinds() == ["import"]
    assert len(list(world.repo().graph.heads())) == 1
    assert sorted(world.refs()) == [NATIVE]
    check(world)


def test_a_large_file_is_written_before_the_lock_is_taken(world: World) -> None:
    data = turns(30).data()
    transcript = read_transcript(data, "chat.jsonl")
    held = []

    def work(tx: Recorder) -> Imported:
        found = Importer(tx).add(transcript, "chat.jsonl", location="chat.jsonl")
        move_workspace(tx, [found])
        tx.kind = tx.description = "import"
        held.append(tx.batch.repository.lock_file.fd >= 0)
        return found

    assert world.repo().perform(work, large=True).changes == 30
    assert held == [False]
    assert world.repo().workspace == (world.tip(NATIVE), NATIVE)
    assert exported(world, NATIVE) == data
    check(world)
