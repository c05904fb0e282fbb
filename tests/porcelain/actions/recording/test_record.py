"""The position of `@` and the session that moves after new, fork, edit and append."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from porcelain.actions.naming.new_name import new_name
from porcelain.actions.recording.record import write_rows
from porcelain.errors import NoCurrentCommit, Refused
from store.errors import InvalidRefName, SessionExists
from store.ids import CommitId
from store.objects.commit import read_commit
from store.objects.objects import Kind
from store.repository.pack_writer import ObjectBatch
from store.tree_layout.layout import read_session
from tests.harness.world import World, chat, check
from tests.porcelain.transcript.claude_rows import Chat


@pytest.fixture
def world(repo_path: Path) -> World:
    """A repository with one session of two commits, current in the default workspace."""
    world = World(repo_path)
    world.save(chat("talk", "one", "two"))
    world.save(chat("talk", "one", "two", "three", "four"))
    return world


def document(world: World, rev: str) -> dict[str, object]:
    """Return the document's header at a revision."""
    repo = world.repo()
    tree = read_commit(repo.repository, repo.resolve(rev)).tree
    return dict(read_session(repo.repository, tree).header)


def test_after_init_there_is_no_current_commit(repo_path: Path) -> None:
    world = World(repo_path)
    with pytest.raises(NoCurrentCommit), world.repo().transaction() as tx:
        tx.require_current()
    assert world.repo().workspace == (None, None)


@pytest.mark.parametrize("first", ["new", "append", "save"])
def test_the_first_new_append_or_save_makes_the_current_commit(repo_path: Path, first: str) -> None:
    world = World(repo_path)
    if first == "new":
        made = world.new("root()").commit
    elif first == "append":
        made = world.append("hello").commit
    else:
        made = world.save(chat("a", "hello")).commit
    assert world.repo().workspace.commit == made
    check(world)


def test_append_with_no_session_anywhere_starts_one_of_eight_hex_digits(repo_path: Path) -> None:
    world = World(repo_path)
    name = world.append("hello").session
    assert name is not None
    assert len(name) == 8
    assert set(name) <= set("0123456789abcdef")
    assert world.repo().workspace.session == name
    assert world.append("again").session == name
    assert world.texts(name) == ["hello", "again"]
    check(world)


def test_append_after_new_root_starts_the_session_that_was_asked_for(world: World) -> None:
    empty = world.new("root()").commit
    done = world.append("fresh", session="fresh")
    assert (done.session, world.texts("fresh")) == ("fresh", ["fresh"])
    assert document(world, "fresh")["id"] == "fresh"
    repo = world.repo()
    assert repo.change_id(repo.position("fresh")) == repo.change_id(repo.position(empty))
    check(world)


def test_append_moves_the_current_session_if_its_tip_is_the_current_commit(world: World) -> None:
    done = world.append("five")
    assert (done.session, world.tip("talk")) == ("talk", done.commit)
    assert world.repo().resolve("talk-") != done.commit
    check(world)


def test_append_moves_it_from_an_empty_change_on_the_tip_too(world: World) -> None:
    tip = world.tip("talk")
    empty = world.new("@").commit
    done = world.append("five")
    assert (done.session, world.repo().resolve("talk-")) == ("talk", tip)
    repo = world.repo()
    assert repo.change_id(repo.position("talk")) == repo.change_id(repo.position(empty))
    check(world)


def test_append_elsewhere_moves_no_session_and_says_how_to_name_the_new_head(world: World) -> None:
    tip = world.tip("talk")
    world.edit("talk-")
    done = world.append("another way")
    assert done.session is None
    assert "wj session create" in done.notes[0]
    assert world.tip("talk") == tip
    assert world.repo().workspace == (done.commit, None)
    check(world)


def test_append_moves_only_its_side_of_a_conflicted_session(world: World) -> None:
    tip, above = world.tip("talk"), world.repo().resolve("talk-")
    other = world.fork("talk-", "other").commit
    world.edit(tip, "talk")
    with world.repo().transaction("test") as tx:
        tx.set("sessions", "talk", f"{other} {above} {tip}")
    done = world.append("five")
    assert dict(world.repo().names("sessions"))["talk"] == f"{other} {above} {done.commit}"
    check(world)


@pytest.mark.parametrize("why", ["titled", "child", "session", "workspace"])
def test_append_never_writes_into_a_change_that_somebody_may_miss(world: World, why: str) -> None:
    empty = world.new("@", "a title" if why == "titled" else "").commit
    if why == "child":
        world.new(empty, "child", workspace="two")
    elif why == "session":
        with world.repo("two").transaction("test") as tx:
            tx.set_session("named", empty)
    elif why == "workspace":
        world.edit(empty, workspace="two")
    done = world.append("five")
    assert world.repo().resolve("@-") == empty
    assert done.commit != empty
    check(world)


def test_after_fork_append_writes_into_the_fork(world: World) -> None:
    made = world.fork("talk", "try").commit
    world.append("five")
    repo = world.repo()
    assert repo.resolve("try-") == world.tip("talk")
    assert repo.change_id(repo.position("try")) == repo.change_id(repo.position(made))
    check(world)


def test_append_writes_the_format_of_the_conversation(world: World) -> None:
    from tests.porcelain.transaction.test_publish import two_turns

    world.load(two_turns())
    name = world.repo().names("sessions")[0][0]
    world.edit(name, name)
    world.append("in Claude's form")
    repo = world.repo()
    tree = read_commit(repo.repository, repo.resolve("@")).tree
    row = json.loads(read_session(repo.repository, tree).messages[-1].raw)
    assert row["parentUuid"] == "a2"
    assert row["message"]["content"] == "in Claude's form"
    assert row["uuid"]
    assert row["sessionId"] == "11111111-2222-4333-8444-555555555555"


def test_a_message_is_written_without_reading_the_conversation(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = Chat()
    for number in range(300):
        talk.turn(number)
    world.load(talk.data())
    name = world.repo().names("sessions")[0][0]
    world.edit(name, name)
    read: list[str] = []
    get = ObjectBatch.read

    def counted(batch: ObjectBatch, object_id: str) -> tuple[Kind, bytes]:
        read.append(object_id)
        return get(batch, object_id)

    with world.repo().transaction("append") as tx:
        monkeypatch.setattr(ObjectBatch, "read", counted)
        rows = write_rows(tx, "user", ["next", "and next"])
    assert json.loads(rows[0])["parentUuid"] == talk.last
    assert json.loads(rows[1])["parentUuid"] == json.loads(rows[0])["uuid"]
    assert len(read) < 20


def test_edit_by_name_makes_the_session_current_by_id_only_at_its_tip(world: World) -> None:
    tip, above = world.tip("talk"), world.repo().resolve("talk-")
    assert world.edit("talk", "talk").session == "talk"
    assert world.edit(tip).session == "talk"
    assert world.edit(above).session is None
    assert world.edit(tip).session is None
    check(world)


def test_edit_never_goes_to_the_root(world: World) -> None:
    with pytest.raises(Refused):
        world.edit("root()")


def test_new_never_moves_a_session_and_others_on_the_commit_stay(world: World) -> None:
    with world.repo().transaction("test") as tx:
        tx.set_session("twin", world.tip("talk"))
    refs = world.refs()
    world.new("@")
    assert world.refs() == refs
    world.append("five")
    assert world.refs()["twin"] == refs["twin"]
    check(world)


def test_an_empty_untitled_unnamed_change_is_dropped_on_leaving_it(world: World) -> None:
    empty = world.new("@").commit
    world.edit("talk", "talk")
    assert not world.repo().row(world.repo().position(empty)).visible
    titled = world.new("@", "title").commit
    world.edit("talk", "talk")
    assert world.repo().row(world.repo().position(titled)).visible
    shared = world.new("@").commit
    world.edit(shared, workspace="two")
    world.edit("talk", "talk")
    assert world.repo().row(world.repo().position(shared)).visible
    named = world.fork("talk", "named").commit
    world.edit("talk", "talk")
    assert world.repo().row(world.repo().position(named)).visible
    check(world)


def test_fork_makes_one_empty_change_with_its_own_id_and_lineage_fields(world: World) -> None:
    done = world.fork("talk-", "try-b")
    assert world.repo().workspace == (done.commit, "try-b")
    assert world.repo().row(world.repo().position("try-b")).empty
    header = document(world, "try-b")
    wanted = {"id": "try-b", "parent_id": "talk", "root_id": "talk", "branch_depth": 1}
    assert {key: header[key] for key in wanted} == wanted
    world.fork("try-b", "deeper")
    header = document(world, "deeper")
    assert (header["parent_id"], header["root_id"], header["branch_depth"]) == ("try-b", "talk", 2)
    check(world)


def test_fork_without_a_name_numbers_the_current_session(world: World) -> None:
    assert world.fork("@").session == "talk-2"
    assert world.fork("@").session == "talk-3"
    world.edit("talk-")
    assert world.fork("talk-").session == "talk-4"


def test_fork_without_a_current_session_takes_the_names_there_else_the_documents(
    world: World,
) -> None:
    above = world.repo().resolve("talk-")
    assert world.fork(above, workspace="two").session == "talk-2"
    with world.repo("three").transaction("test") as tx:
        tx.set_session("named", above)
    assert world.fork(above, workspace="three").session == "named-2"


@pytest.mark.parametrize("name", ["talk", "TALK", "talk/deeper"])
def test_fork_under_a_name_that_is_in_use_or_too_close_is_refused(world: World, name: str) -> None:
    before = world.kinds()
    with pytest.raises(SessionExists):
        world.fork("talk", name)
    assert world.kinds() == before
    check(world)


@pytest.mark.parametrize("name", ["a..b", "-a", "a\u202eb", "x" * 300, "a" * 40, ""])
def test_fork_under_a_bad_name_is_refused(world: World, name: str) -> None:
    with pytest.raises(InvalidRefName), world.repo().transaction() as tx:
        new_name(tx, name)


def test_a_session_whose_tip_is_abandoned_moves_to_the_parent_of_the_same_document(
    world: World,
) -> None:
    above = world.repo().resolve("talk-")
    abandon(world, world.tip("talk"))
    assert world.tip("talk") == above
    check(world)


def test_a_session_whose_only_commit_is_abandoned_is_deleted_and_the_output_says_so(
    world: World,
) -> None:
    made = world.fork("talk", "try").commit
    notes = abandon(world, made)
    assert "try" not in world.refs()
    assert any("try" in note for note in notes)
    assert world.repo().workspace.session is None
    check(world)


def test_a_session_follows_when_its_tip_is_rewritten(world: World) -> None:
    with world.repo().transaction("test") as tx:
        tx.set_session("twin", world.tip("talk"))
    world.save(chat("talk", "one", "two", "three", "four", notes="x"), name="talk")
    assert world.tip("twin") == world.tip("talk")
    check(world)


def test_deleting_a_session_clears_it_where_it_is_current(world: World) -> None:
    world.edit("talk", "talk", workspace="two")
    with world.repo().transaction("session delete") as tx:
        tx.set_session("talk", None)
    assert world.repo().workspace.session is None
    assert world.repo("two").workspace.session is None
    assert world.repo("two").workspace.commit is not None
    check(world)


def abandon(world: World, commit_id: CommitId) -> list[str]:
    """Abandon a commit; return the notes for the user."""
    with world.repo().transaction("abandon") as tx:
        tx.abandon(commit_id)
    return tx.notes
