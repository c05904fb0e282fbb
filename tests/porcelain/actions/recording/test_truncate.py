"""Truncating conversations, and forking from inside a commit."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from porcelain.actions.recording import record as recording
from porcelain.actions.recording.record import Recorded
from porcelain.actions.recording.truncate import pair_boundary, truncate
from porcelain.errors import Refused
from porcelain.transaction.rebase_descendants import ROOT_COMMIT
from porcelain.transcript.formats import read_transcript, to_session
from store.document.row_format import runs_of
from store.errors import InvalidSession
from store.ids import CommitId, TreeId
from store.objects.commit import read_commit
from store.session.session import Session
from store.tree_layout.facts import read_facts
from store.tree_layout.layout import message_ids, read_session, write_session
from tests.harness.memory import LAYOUTS, Memory
from tests.harness.places import REAL_FILES, needs_real_files
from tests.harness.world import World, chat, check, texts_of
from tests.porcelain.transcript.claude.call_pairs import call_pairs
from tests.porcelain.transcript.claude_rows import Chat


def talk() -> Chat:
    """Three turns, the second with two parallel calls: rows 4 and 5 call, 6 and 7 answer."""
    file = Chat("demo")
    file.turn(1)
    file.user("q2", "u2")
    file.call("x")
    file.call("y")
    file.result("x")
    file.result("y")
    file.answer("r2")
    file.turn(3)
    return file


def stored(memory: Memory, file: Chat) -> TreeId:
    session = to_session(read_transcript(file.data(), "demo.jsonl"))
    return write_session(memory, session, "native")


@pytest.fixture
def world(repo_path: Path) -> World:
    """A file imported turn by turn: three changes of two, six and two rows."""
    world = World(repo_path)
    world.load(talk().data(), "demo.jsonl")
    return world


class Cut(NamedTuple):
    """A shorter conversation and its number of rows."""

    tree: TreeId
    rows: int


def cut(memory: Memory, tree: TreeId, count: int) -> Cut:
    """Cut a conversation at a boundary that parts no call from its result."""
    rows = pair_boundary(read_session(memory, tree), count)
    return Cut(truncate(memory, tree, rows), rows)


def fork(world: World, rev: str, at: int, name: str | None = None) -> Recorded:
    repo = world.repo()
    with repo.transaction() as tx:
        return recording.fork(tx, repo.resolve(rev), name, at=at)


def session_of(world: World, commit_id: CommitId) -> Session:
    repository = world.repo().repository
    return read_session(repository, read_commit(repository, commit_id).tree)


def test_a_cut_says_what_the_shorter_conversation_says() -> None:
    memory = Memory()
    tree = stored(memory, talk())
    for count, title, messages in ((1, "q1", 1), (3, "q2", 3), (8, "q2", 8), (9, "q3", 9)):
        found = cut(memory, tree, count)
        facts = read_facts(memory, found.tree)
        assert found.rows == count
        assert (facts.title, facts.rows, facts.message_count) == (title, count, messages)
        assert message_ids(memory, found.tree) == message_ids(memory, tree)[:count]


def test_a_cut_inside_of_calls_and_their_results_moves_before_the_calls() -> None:
    memory = Memory()
    tree = stored(memory, talk())
    assert [cut(memory, tree, count).rows for count in range(3, 8)] == [3, 3, 3, 3, 7]


def test_rows_that_are_no_messages_count_as_rows_only() -> None:
    file = Chat("demo")
    file.side("file-history-snapshot", snapshot={})
    file.turn(1)
    file.progress()
    file.turn(2)
    file.progress()
    memory = Memory()
    tree = stored(memory, file)
    facts = [read_facts(memory, cut(memory, tree, count).tree) for count in range(1, 8)]
    assert [one.message_count for one in facts] == [0, 1, 2, 2, 3, 4, 4]
    assert [one.title for one in facts] == ["", "q1", "q1", "q1", "q2", "q2", "q2"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_documents_are_cut_in_their_layout(layout: str) -> None:
    memory = Memory()
    whole = chat("talk", *"abcdef")
    tree = write_session(memory, whole, "native" if layout == "native" else "single-file")
    found = cut(memory, tree, 3)
    shorter = read_session(memory, found.tree)
    assert shorter.to_json() == chat("talk", *"abc").to_json()
    facts = read_facts(memory, found.tree)
    assert (facts.layout, facts.title, facts.message_count) == (layout, "c", 3)
    assert cut(memory, tree, 99) == (tree, 6)
    assert read_session(memory, cut(memory, tree, 0).tree).rows == 0


def test_runs_of_formats_are_cut_with_their_rows() -> None:
    memory = Memory()
    session = to_session(read_transcript(talk().data(), "demo.jsonl"))
    more = [{"role": "user", "content": "mine"}, {"role": "assistant", "content": "yes"}]
    tree = write_session(memory, session.appended(more, format="pawan", title="mine"), "native")
    one, two = cut(memory, tree, 11), cut(memory, tree, 9)
    assert runs_of(read_facts(memory, one.tree).format, 11) == (("claude-code", 10), ("pawan", 1))
    assert read_facts(memory, one.tree).title == "mine"
    facts = read_facts(memory, two.tree)
    assert (facts.format, facts.title, facts.message_count) == ("claude-code", "q3", 9)


def test_a_format_that_is_not_known_here_is_cut_all_the_same() -> None:
    memory = Memory()
    rows = [b'{"n": %d}' % number for number in range(5)]
    session = Session.from_lines(rows, id="x", format="other", title="t", message_count=5)
    tree = write_session(memory, session, "native")
    facts = read_facts(memory, cut(memory, tree, 2).tree)
    assert (facts.rows, facts.title, facts.message_count) == (2, "t", 2)


def test_a_cut_of_a_long_conversation_takes_whole_groups_over() -> None:
    memory = Memory()
    file = Chat("demo")
    for number in range(600):
        file.turn(number)
    tree = stored(memory, file)
    memory.forget()
    truncate(memory, tree, 1150)
    assert len(memory.reads) < 100
    assert len(memory.adds) <= 4, "a document, the last group, its tree and the root"


@needs_real_files
@pytest.mark.parametrize("name", ["fixtures/claude-small.jsonl", "claude_code/growth/2.jsonl"])
def test_every_cut_of_a_real_file_is_a_file_again_with_its_pairs_whole(name: str) -> None:
    data = (REAL_FILES / name).read_bytes()
    whole = to_session(read_transcript(data, "x.jsonl"))
    memory = Memory()
    tree = write_session(memory, whole, "native")
    answered = call_pairs(read_transcript(data, "x.jsonl").rows)
    for count in range(1, whole.rows + 1):
        found = cut(memory, tree, count)
        assert not [pair for pair in answered if pair[0] < found.rows <= pair[1]]
        made = read_session(memory, found.tree)
        out = made.to_bytes()
        assert data.startswith(out)
        assert len(out.splitlines()) == found.rows
        try:
            again = to_session(read_transcript(out, "x.jsonl"))
        except InvalidSession:
            continue  # nothing is in it yet but rows that are no messages
        assert (again.title, again.message_count) == (made.title, made.message_count)


@needs_real_files
def test_forks_from_inside_of_a_real_file_go_out_and_in_again(tmp_path: Path) -> None:
    data = (REAL_FILES / "claude_code/growth/1.jsonl").read_bytes()
    world = World(tmp_path / "one.git")
    world.load(data, "x.jsonl", session="whole")
    other = World(tmp_path / "other.git")
    for at in (9, 15, 22, 31):
        made = fork(world, "whole", at, f"at-{at}")
        out = session_of(world, made.commit).to_bytes()
        assert data.startswith(out)
        found = other.load(out, f"{at}.jsonl", session=f"at-{at}")
        assert session_of(other, found.commit).to_bytes() == out
    check(world)
    world.git("fsck", "--strict")


# fork --at


def test_a_fork_from_inside_stands_on_the_last_commit_within(world: World) -> None:
    made = fork(world, "demo", 3)
    repo = world.repo()
    commit = read_commit(repo.repository, made.commit)
    assert commit.parents == (repo.resolve("demo--"),)
    assert world.texts(made.commit) == ["q1", "r1", "q2"]
    assert (made.session, repo.workspace) == ("demo-2", (made.commit, "demo-2"))
    header = session_of(world, made.commit).header
    assert [header[k] for k in ("parent_id", "root_id", "branch_label", "branch_depth")] == [
        "demo",
        "demo",
        "demo-2",
        1,
    ]
    assert header["id"] not in ("demo", "demo-2")
    assert commit.message == f"[{header['id']}] q2\n"
    assert made.notes == ()
    check(world)
    repo.undo()
    assert dict(world.repo().names("sessions")).keys() == {"demo"}


def test_a_fork_that_ends_with_a_commit_is_a_plain_fork_of_that(world: World) -> None:
    made = fork(world, "demo", 8, "b")
    repo = world.repo()
    assert read_commit(repo.repository, made.commit).parents == (repo.resolve("demo-"),)
    assert repo.row(repo.position(made.commit)).empty
    here = fork(world, "demo", 10, "c")
    assert read_commit(repo.repository, here.commit).parents == (world.tip("demo"),)


def test_a_fork_inside_of_a_tool_call_moves_and_says_so(world: World) -> None:
    made = fork(world, "demo", 6)
    assert world.texts(made.commit) == ["q1", "r1", "q2"]
    assert made.notes == ("Cut at 3 instead of 6: a tool call stays with its result",)


def test_a_fork_from_inside_of_the_first_commit_begins_at_the_root(world: World) -> None:
    made = fork(world, "demo", 1)
    assert read_commit(world.repo().repository, made.commit).parents == ()
    assert world.texts(made.commit) == ["q1"]
    world.append("another way")
    assert world.texts("@") == ["q1", "another way"]
    assert world.texts("demo")[:2] == ["q1", "r1"]


def test_a_fork_of_a_fork_counts_the_whole_conversation(world: World) -> None:
    world.fork("demo--", "b")
    world.append("x")
    world.append("y")
    made = fork(world, "b", 3, "c")
    repo = world.repo()
    assert read_commit(repo.repository, made.commit).parents == (repo.resolve("b-"),)
    assert (
        session_of(world, made.commit).header["parent_id"] == session_of(world, world.tip("b")).id
    )
    assert session_of(world, made.commit).header["branch_depth"] == 2
    back = fork(world, "b", 1, "d")
    assert read_commit(repo.repository, back.commit).parents == ()


def test_what_cannot_be_cut_is_refused_and_changes_nothing(world: World) -> None:
    before = world.kinds()
    with pytest.raises(Refused, match="no message 11: the conversation has 10 messages"):
        fork(world, "demo", 11)
    with pytest.raises(Refused, match="leaves nothing"):
        fork(world, "demo", 0)
    repo = world.repo()
    with pytest.raises(Refused, match="root"), repo.transaction() as tx:
        recording.fork(tx, ROOT_COMMIT, None, at=1)
    assert world.kinds() == before


def test_a_cut_before_which_nothing_is_left_is_refused(repo_path: Path) -> None:
    file = Chat("demo")
    file.call("x")
    file.result("x")
    file.turn(1)
    world = World(repo_path)
    world.load(file.data(), "demo.jsonl")
    with pytest.raises(Refused, match="begins with message 1"):
        fork(world, "demo", 1)
    assert len(texts_of(world.repo(), fork(world, "demo", 2).commit)) == 2
