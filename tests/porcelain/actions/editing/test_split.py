"""Splitting one change in two at a message."""

from __future__ import annotations

from pathlib import Path

import pytest

from porcelain.actions.editing.split import Split, split
from porcelain.errors import Refused
from porcelain.transcript.formats import read_transcript, to_session
from store.ids import CommitId
from store.objects.commit import read_commit
from tests.harness.world import World, chat, check, view_of
from tests.porcelain.transcript.claude_rows import Chat


def talk(turns: int = 3) -> Chat:
    """A call and its result are rows 2 and 3; then a turn is two rows."""
    file = Chat("demo")
    file.user("q0", "u0")
    file.call("x")
    file.result("x")
    for number in range(1, turns + 1):
        file.turn(number)
    return file


@pytest.fixture
def world(repo_path: Path) -> World:
    """A change of nine rows and its child of two rows, where `@` and the session are."""
    world = World(repo_path)
    world.save(to_session(read_transcript(talk(3).data(), "demo.jsonl")))
    world.save(to_session(read_transcript(talk(4).data(), "demo.jsonl")))
    return world


def cut(
    world: World, rev: str, at: int, *, parallel: bool = False, message: str | None = None
) -> Split:
    repo = world.repo()
    with repo.transaction() as tx:
        return split(tx, repo.resolve(rev), at, parallel=parallel, message=message)


def change(world: World, commit_id: CommitId) -> str:
    repo = world.repo()
    position = repo.index.position(commit_id)
    assert position is not None
    return repo.change_id(position)


def parents(world: World, commit_id: CommitId) -> tuple[CommitId, ...]:
    return read_commit(world.repo().repository, commit_id).parents


def test_the_first_part_keeps_the_change_id_and_all_else_follows_the_second(world: World) -> None:
    before = view_of(world.repo())
    old = world.repo().resolve("demo-")
    texts, kept = world.texts("demo"), change(world, old)
    with world.repo().transaction() as tx:
        tx.set_session("beside", old)
    done = cut(world, "demo-", 5)
    assert change(world, done.first) == kept
    assert change(world, done.second) != kept
    assert parents(world, done.second) == (done.first,)
    assert parents(world, world.tip("demo")) == (done.second,)
    assert world.tip("beside") == done.second
    assert world.repo().workspace == (world.tip("demo"), "demo")
    assert world.texts(done.first) == texts[:5]
    assert world.texts(done.second) == texts[:9]
    assert world.texts("demo") == texts
    predecessors = next(iter(world.repo().operations())).data.predecessors
    assert predecessors[done.first] == predecessors[done.second] == (old,)
    check(world)
    world.repo().undo()
    world.repo().undo()
    assert view_of(world.repo()) == before


def test_parallel_parts_are_siblings_on_which_the_rest_stands(world: World) -> None:
    texts = world.texts("demo")
    before = view_of(world.repo())
    done = cut(world, "demo-", 5, parallel=True)
    assert parents(world, done.first) == parents(world, done.second) == ()
    assert parents(world, world.tip("demo")) == (done.first, done.second)
    assert world.texts(done.first) == texts[:5]
    assert world.texts(done.second) == texts[5:9]
    assert world.texts("demo") == texts
    check(world)
    world.repo().undo()
    assert view_of(world.repo()) == before


@pytest.mark.parametrize(
    ("message", "first", "second"),
    [
        (None, "[demo] q1\n", "[demo] q3\n"),
        ("said\n", "said\n", "[demo] q3\n"),
        ("", "[demo] q1\n", "[demo] q3\n"),
    ],
)
def test_generated_descriptions_are_made_anew(
    world: World, message: str | None, first: str, second: str
) -> None:
    done = cut(world, "demo-", 5, message=message)
    repository = world.repo().repository
    assert read_commit(repository, done.first).message == first
    assert read_commit(repository, done.second).message == second


def test_a_description_that_was_given_stays_on_both(world: World) -> None:
    from porcelain.actions.editing.describe import describe

    repo = world.repo()
    with repo.transaction() as tx:
        describe(tx, {repo.resolve("demo-"): "mine\n"})
    done = cut(world, "demo-", 5)
    repository = world.repo().repository
    assert [read_commit(repository, c).message for c in done[:2]] == ["mine\n", "mine\n"]


def test_a_cut_inside_of_a_tool_call_moves(world: World) -> None:
    done = cut(world, "demo-", 2)
    assert done.rows == 1
    assert done.notes == ("Cut at 1 instead of 2: a tool call stays with its result",)
    assert len(world.texts(done.first)) == 1


@pytest.mark.parametrize("at", [5, 9, 11, 12])
def test_a_number_that_parts_nothing_is_refused_with_those_that_do(world: World, at: int) -> None:
    before = view_of(world.repo())
    with pytest.raises(Refused, match=f"cannot be split at {at}") as told:
        cut(world, "demo", at)
    assert "`--at` can be 10;" in told.value.hint
    assert view_of(world.repo()) == before


def test_what_has_no_two_parts_is_refused(world: World) -> None:
    world.append("one")
    with pytest.raises(Refused, match="no two parts"):
        cut(world, "@", 11)
    world.new()
    with pytest.raises(Refused, match="no two parts"):
        cut(world, "@", 11)


def test_a_call_and_its_result_alone_are_no_two_parts(repo_path: Path) -> None:
    world = World(repo_path)
    file = Chat("demo")
    file.turn(1)
    world.save(to_session(read_transcript(file.data(), "demo.jsonl")))
    file.call("x")
    file.result("x")
    world.save(to_session(read_transcript(file.data(), "demo.jsonl")))
    with pytest.raises(Refused, match="no two parts"):
        cut(world, "@", 3)


def test_a_change_of_earlier_messages_is_cut_only_behind_them(repo_path: Path) -> None:
    world = World(repo_path)
    world.save(chat("talk", *"abcd"))
    tip = world.tip("talk")
    world.save(chat("talk", *"aXcdef"), parent=tip)
    with pytest.raises(Refused, match="behind the messages that it changes") as told:
        cut(world, "talk", 2)
    assert "`--at` can be 5;" in told.value.hint
    done = cut(world, "talk", 5)
    assert world.texts(done.first) == list("aXcde")
    assert world.texts(done.second) == list("aXcdef")
    check(world)


def test_the_root_and_what_is_immutable_stay(world: World) -> None:
    with pytest.raises(Refused, match="root"):
        cut(world, "root()", 1)
    repo = world.repo()
    with repo.transaction() as tx:
        tx.set("tags", "v1", repo.resolve("demo-"))
    with pytest.raises(Refused, match="immutable"):
        cut(world, "demo-", 5)


def test_a_transcript_that_grows_goes_on_after_the_second_part(repo_path: Path) -> None:
    for verb in ("save", "import"):
        world = World(repo_path.with_name(f"{verb}.git"))
        world.load(talk(1).data(), "demo.jsonl")
        done = cut(world, "demo", 4)
        data = talk(2).data()
        if verb == "save":
            world.save(to_session(read_transcript(data, "demo.jsonl")))
        else:
            world.load(data, "demo.jsonl")
        assert world.texts("demo") == [*world.texts(done.second), "q2", "r2"]
        assert parents(world, world.tip("demo")) == (done.second,)


def test_a_transcript_saved_from_elsewhere_finds_the_second_part(world: World) -> None:
    done = cut(world, "demo-", 5)
    other = talk(3)
    other.turn(9)
    found = world.save(to_session(read_transcript(other.data(), "x.jsonl")), name="other")
    assert parents(world, found.commit) == (done.second,)
