"""A session goes back by turns; the later commits stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from porcelain.actions.recording.rewind import Rewound, rewind
from porcelain.errors import ConflictedName, Refused
from porcelain.transcript.formats import read_transcript, to_session
from store.objects.commit import read_commit
from store.tree_layout.layout import read_session
from tests.harness.world import World, chat, check, view_of
from tests.porcelain.transcript.claude_rows import Chat


def talk(turns: int = 3) -> Chat:
    file = Chat("demo")
    for number in range(1, turns + 1):
        file.turn(number)
    return file


def back(
    world: World, turns: int = 1, name: str | None = None, workspace: str = "default"
) -> Rewound:
    with world.repo(workspace).transaction() as tx:
        return rewind(tx, turns, name)


@pytest.fixture
def world(repo_path: Path) -> World:
    """Three turns, each a change."""
    world = World(repo_path)
    world.load(talk().data(), "demo.jsonl")
    return world


@pytest.fixture
def whole(repo_path: Path) -> World:
    """Three turns in one change."""
    world = World(repo_path)
    world.save(to_session(read_transcript(talk().data(), "demo.jsonl")))
    return world


def visible(world: World, commit_id: str) -> bool:
    repo = world.repo()
    position = repo.index.position(commit_id)
    return position is not None and bool(repo.row(position).visible)


def test_it_goes_back_to_the_commit_that_ends_there(world: World) -> None:
    tip, target = world.tip("demo"), world.repo().resolve("demo--")
    before = view_of(world.repo())
    done = back(world, 2)
    assert (done.commit, done.tail, done.rows, done.taken) == (target, tip, 2, 4)
    assert world.tip("demo") == target
    assert world.repo().workspace == (target, "demo")
    assert visible(world, tip)
    assert f"wj session set demo -r {tip[:12]}`" in done.notes[0]
    assert world.subjects()[0] == "rewind demo by 2 turns"
    check(world)
    world.repo().undo()
    assert view_of(world.repo()) == before


def test_a_turn_that_ends_inside_of_a_commit_is_cut_off_with_the_same_document(
    whole: World,
) -> None:
    tip = whole.tip("demo")
    before = view_of(whole.repo())
    done = back(whole)
    assert whole.texts("demo") == ["q1", "r1", "q2", "r2"]
    repository = whole.repo().repository
    old, new = (
        read_session(repository, read_commit(repository, commit).tree).header
        for commit in (tip, done.commit)
    )
    assert {k: new[k] for k in old} == dict(old)
    assert "parent_id" not in new
    assert visible(whole, tip)
    assert "--allow-backwards" in done.notes[0]
    check(whole)
    whole.repo().undo()
    assert view_of(whole.repo()) == before
    assert not visible(whole, done.commit)


def test_it_never_goes_back_into_another_conversation(world: World) -> None:
    world.fork("demo-", "b")
    world.append("mine")
    own = world.repo().row(world.repo().position("b")).session
    done = back(world, 2, "b")
    repo = world.repo()
    row = repo.row(repo.position(done.commit))
    assert own != "demo"
    assert (row.session, row.rows) == (own, 2)
    assert read_commit(repo.repository, done.commit).parents == (repo.resolve("demo--"),)
    assert world.texts("demo") == ["q1", "r1", "q2", "r2", "q3", "r3"]


def test_what_would_leave_nothing_is_refused(world: World) -> None:
    before = world.kinds()
    with pytest.raises(Refused, match="has 3 turns: it cannot go back by 3") as told:
        back(world, 3)
    assert "wj rewind 2" in told.value.hint
    with pytest.raises(Refused, match="No such session: nobody"):
        back(world, 1, "nobody")
    with pytest.raises(Refused, match="no current session"):
        back(world, workspace="second")
    assert world.kinds() == before


def test_a_session_in_several_places_is_refused(world: World) -> None:
    first = world.repo().resolve("demo-")
    with world.repo().transaction() as tx:
        tx.set("sessions", "demo", f"{world.tip('demo')} {first} {world.repo().resolve('demo--')}")
    with pytest.raises(ConflictedName):
        back(world)


def test_only_who_is_on_the_session_goes_along(world: World) -> None:
    tip = world.tip("demo")
    world.edit("demo", "demo", workspace="second")
    world.fork("demo--", "b")
    here = world.repo().workspace
    back(world, 1, "demo")
    assert world.repo().workspace == here
    assert world.repo("second").workspace == (tip, "demo")


def test_an_empty_change_on_the_session_goes_along_and_is_dropped(world: World) -> None:
    tip = world.tip("demo")
    empty = world.new().commit
    done = back(world)
    assert world.repo().workspace == (done.commit, "demo")
    assert visible(world, tip)
    assert not visible(world, empty)
    check(world)


def test_what_is_appended_next_goes_another_way(world: World) -> None:
    tip = world.tip("demo")
    back(world)
    world.append("else")
    assert world.texts("demo") == ["q1", "r1", "q2", "r2", "else"]
    assert visible(world, tip)


def test_pawans_nudges_begin_no_turn(repo_path: Path) -> None:
    world = World(repo_path)
    world.save(chat("talk", "one", "r", "[SYSTEM] go on", "r", "two", "r"))
    back(world)
    assert world.texts("talk") == ["one", "r", "[SYSTEM] go on", "r"]
    assert session_title(world) == "[SYSTEM] go on"


def session_title(world: World) -> str | None:
    repo = world.repo()
    return repo.row(repo.position(world.tip("talk"))).title


# save and import after it


@pytest.mark.parametrize("turns", [3, 4])
@pytest.mark.parametrize("kept", ["turns", "one change"])
def test_a_transcript_that_goes_on_moves_the_session_forward_again(
    repo_path: Path, kept: str, turns: int
) -> None:
    world = World(repo_path)
    if kept == "turns":
        world.load(talk().data(), "demo.jsonl")
    else:
        world.save(to_session(read_transcript(talk().data(), "demo.jsonl")))
    tip = world.tip("demo")
    back(world)
    done = world.save(to_session(read_transcript(talk(turns).data(), "demo.jsonl")))
    assert done.session == "demo"
    assert done.outcome == ("forwarded" if turns == 3 else "recorded")
    assert done.notes or done.outcome == "forwarded"
    repo = world.repo()
    assert tip in {done.commit, *read_commit(repo.repository, done.commit).parents}
    assert world.repo().workspace == (done.commit, "demo")
    check(world)


def test_the_same_file_imported_again_moves_nothing_but_a_longer_one_does(world: World) -> None:
    done = back(world)
    world.load(talk().data(), "demo.jsonl")
    assert world.tip("demo") == done.commit
    world.load(talk(4).data(), "demo.jsonl")
    assert world.texts("demo")[-2:] == ["q4", "r4"]
    assert len(world.texts("demo")) == 8


def test_a_longer_file_finds_the_session_that_was_cut_off(whole: World) -> None:
    back(whole)
    whole.load(talk(4).data(), "demo.jsonl")
    assert len(whole.texts("demo")) == 8
    assert dict(whole.repo().names("sessions")).keys() == {"demo"}


def test_a_shorter_transcript_moves_back_only_when_asked(whole: World) -> None:
    tip = whole.tip("demo")
    shorter = to_session(read_transcript(talk(2).data(), "demo.jsonl"))
    assert whole.save(shorter).outcome == "unchanged"
    assert whole.tip("demo") == tip
    whole.save(shorter, rewind=True)
    assert whole.texts("demo") == ["q1", "r1", "q2", "r2"]
    assert visible(whole, tip)
