"""The place of a saved transcript: a test for each sentence of the design."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.ids import CommitId
from store.objects.commit import read_commit
from store.session.session import Session
from store.tree_layout.layout import read_session
from tests.harness.world import World, chat, check, described, texts_of


@pytest.fixture
def world(repo_path: Path) -> World:
    """A repository with one session of two commits, of two and four messages."""
    world = World(repo_path)
    world.save(chat("talk", *"ab"))
    world.save(chat("talk", *"abcd"))
    return world


def summary(name: str, *texts: str) -> Session:
    """A pawan document that was compacted: a summary replaces the earlier messages."""
    rows = [{"role": "system", "content": "Previous conversation summary: …"}]
    rows += [{"role": "user", "content": text} for text in texts]
    return Session.new(name, model="m", created_at="2026-01-01T00:00:00+00:00", messages=rows)


def parents(world: World, commit_id: CommitId) -> tuple[CommitId, ...]:
    """Return a commit's parents."""
    return read_commit(world.repo().repository, commit_id).parents


def test_new_messages_at_the_end_continue(world: World) -> None:
    tip = world.tip("talk")
    done = world.save(chat("talk", *"abcdef"))
    assert (done.outcome, done.session, parents(world, done.commit)) == ("recorded", "talk", (tip,))
    assert world.repo().workspace == (done.commit, "talk")
    check(world)


def test_a_conversation_that_took_another_way_becomes_a_fork_at_the_right_place(
    world: World,
) -> None:
    old, above = world.tip("talk"), world.repo().resolve("talk-")
    done = world.save(chat("talk", *"abxy"))
    assert parents(world, done.commit) == (above,)
    assert done.session == "talk", "its source is known, and it is still on that line"
    assert any(old[:12] in note for note in done.notes), "the old tip is left behind: it says so"
    assert world.repo().row(world.repo().position(old)).visible
    check(world)


def test_a_match_that_ends_inside_a_commit_makes_a_sibling(world: World) -> None:
    above = world.repo().resolve("talk-")
    done = world.save(chat("talk", *"abcX"), name="other")
    assert parents(world, done.commit) == (above,)
    assert [world.texts("talk"), world.texts("other")] == [list("abcd"), list("abcX")]
    check(world)


def test_without_anything_in_common_it_is_a_new_root(world: World) -> None:
    done = world.save(chat("else", *"xyz"))
    assert (parents(world, done.commit), done.session) == ((), "else")
    check(world)


def test_hidden_commits_count_as_their_visible_successor(world: World) -> None:
    old = world.tip("talk")
    world.save(chat("talk", *"abcd", notes="header"))
    new = world.tip("talk")
    assert new != old
    done = world.save(chat("talk", *"abcde"))
    assert parents(world, done.commit) == (new,)
    check(world)


def test_a_version_that_only_grew_is_no_match_for_what_went_another_way(world: World) -> None:
    tip = world.tip("talk")
    world.fork("talk", "try")
    world.append("grown")
    done = world.save(chat("new", *"abcdX"), name="new")
    assert parents(world, done.commit) == (tip,)
    assert world.texts("new") == list("abcdX")
    check(world)


def test_of_equal_matches_the_sessions_own_lineage_then_its_tip_wins_else_the_oldest(
    world: World,
) -> None:
    tip = world.tip("talk")
    fork = world.fork("talk", "try").commit
    own = world.save(chat("try", *"abcdE"), name="try")
    assert parents(world, own.commit) == (fork,)
    other = world.save(chat("third", *"abcdF"), name="third")
    assert parents(world, other.commit) == (tip,)
    check(world)


@pytest.mark.parametrize("texts", ["abcd", "ab", "abc", "a"])
def test_an_equal_or_shorter_transcript_is_nothing_new(world: World, texts: str) -> None:
    before, place = world.kinds(), world.repo().workspace
    assert world.save(chat("talk", *texts)).outcome == "unchanged"
    assert (world.kinds(), world.repo().workspace) == (before, place)


def test_an_empty_transcript_is_recorded_once(repo_path: Path) -> None:
    world = World(repo_path)
    assert world.save(chat("talk")).outcome == "recorded"
    assert world.save(chat("talk")).outcome == "unchanged"
    world.save(chat("talk", "a"))
    assert world.save(chat("talk")).outcome == "unchanged"
    assert sorted(world.refs()) == ["talk"]
    check(world)


def test_rewind_moves_the_session_back_and_a_later_save_forward_again(world: World) -> None:
    tip, above = world.tip("talk"), world.repo().resolve("talk-")
    done = world.save(chat("talk", *"ab"), rewind=True)
    assert (done.outcome, world.tip("talk")) == ("rewound", above)
    assert world.repo().workspace == (above, "talk")
    check(world)
    done = world.save(chat("talk", *"abcdef"))
    assert (done.session, parents(world, done.commit)) == ("talk", (tip,))
    check(world)


def test_the_same_messages_under_a_changed_header_amend_the_tip(world: World) -> None:
    repo = world.repo()
    change, above = repo.change_id(repo.position("talk")), repo.resolve("talk-")
    done = world.save(chat("talk", *"abcd", notes="changed"))
    repo = world.repo()
    assert (done.outcome, parents(world, done.commit)) == ("amended", (above,))
    assert repo.change_id(repo.position("talk")) == change
    tree = read_commit(repo.repository, done.commit).tree
    assert read_session(repo.repository, tree).header["notes"] == "changed"
    assert len(list(repo.graph.heads())) == 1
    check(world)


def test_an_equal_commit_under_a_new_session_name_only_adds_the_name(world: World) -> None:
    tip, above = world.tip("talk"), world.repo().resolve("talk-")
    done = world.save(chat("talk", *"ab"), name="early")
    assert (done.outcome, done.commit, world.tip("talk")) == ("named", above, tip)
    assert world.repo().workspace == (above, "early")
    check(world)


def test_by_hand_it_goes_where_it_is_told(world: World) -> None:
    above = world.repo().resolve("talk-")
    done = world.save(chat("talk", *"abcde"), parent=above)
    assert parents(world, done.commit) == (above,)
    done = world.save(chat("talk", *"abcdef"), parent=CommitId("0" * 40), name="rooted")
    assert parents(world, done.commit) == ()
    assert world.texts("rooted") == list("abcdef")
    check(world)


def test_a_compacted_document_becomes_a_child_of_the_tip_that_removes_messages(
    world: World,
) -> None:
    tip = world.tip("talk")
    done = world.save(summary("talk", "c", "d", "e"))
    assert (done.session, parents(world, done.commit)) == ("talk", (tip,))
    assert texts_of(world.repo(), done.commit)[1:] == ["c", "d", "e"]
    more = world.save(summary("talk", "c", "d", "e", "f"))
    assert parents(world, more.commit) == (done.commit,)
    check(world)


def test_a_compacted_document_of_a_new_session_is_a_root(world: World) -> None:
    done = world.save(summary("fresh", "x"))
    assert parents(world, done.commit) == ()


def test_the_session_whose_tip_is_the_parent_moves_the_current_one_first(world: World) -> None:
    with world.repo().transaction("test") as tx:
        for name in ("aa", "zz"):
            tx.set_session(name, world.tip("talk"))
        tx.set_workspace(world.tip("talk"), "zz")
    assert world.save(chat("talk", *"abcde"), native=False).session == "zz"
    check(world)


def test_the_session_of_a_source_moves_under_its_present_name(world: World) -> None:
    with world.repo().transaction("session rename") as tx:
        tx.set_session("renamed", world.tip("talk"))
        tx.set_session("talk", None)
    world.save(chat("talk", *"abcde"))
    assert sorted(world.refs()) == ["renamed"]
    world.save(chat("talk", *"abcdX"))
    assert sorted(world.refs()) == ["renamed"]
    check(world)


def test_else_a_new_one_starts_under_the_documents_id_with_a_number_if_that_is_taken(
    world: World,
) -> None:
    done = world.save(chat("talk", *"xyz"), native=False)
    assert done.session == "talk-2"
    assert world.texts("talk") == list("abcd")
    check(world)


def test_a_source_moves_no_session_that_was_moved_to_another_line(world: World) -> None:
    other = world.save(chat("other", *"mn")).commit
    with world.repo().transaction("session move") as tx:
        tx.set_session("talk", other)
    done = world.save(chat("talk", *"abXY"))
    assert done.session == "talk-2"
    assert world.tip("talk") == other
    check(world)


def test_what_a_framework_saved_is_found_too(world: World) -> None:
    info = world.store().append(world.tip("talk"), [{"role": "user", "content": "e"}])
    done = world.save(chat("talk", *"abcdef"))
    assert parents(world, done.commit) == (info.id,)
    assert described(world.repo().operations()[:2]) == [
        "save talk",
        "outside: session talk moved forward",
    ]
    check(world)


def test_a_save_in_another_workspace_leaves_ours_where_it_is(world: World) -> None:
    place = world.repo().workspace
    world.save(chat("talk", *"abcde"), workspace="two")
    assert world.repo().workspace == place
    assert world.repo("two").workspace.session == "talk"
