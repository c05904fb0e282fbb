"""Law 6: outside changes of refs are seen, recorded as one operation a ref, and can be undone."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.ids import CommitId
from store.objects.commit import Commit, Signature, read_commit, write_commit
from store.repository.pack_writer import ObjectBatch
from tests.harness.bare import git
from tests.harness.world import World, chat, check, described, log_of, view_of

WHO = Signature("Bob", "bob@example.org", 1_600_000_000)


@pytest.fixture
def world(repo_path: Path) -> World:
    """A repository with one session of two commits, recorded in the log."""
    world = World(repo_path)
    world.save(chat("talk", "one", "two"))
    world.save(chat("talk", "one", "two", "three", "four"))
    return world


def outside_commit(world: World, parent: str, text: str = "x") -> CommitId:
    """Write a commit with the transcript of another one, as plain git would."""
    repository = world.repo().repository
    with ObjectBatch(repository) as batch:
        tree = read_commit(repository, CommitId(parent)).tree
        made = write_commit(batch, Commit(tree, (CommitId(parent),), WHO, WHO, f"{text}\n"))
        batch.flush()
    return made


def record(world: World) -> list[str]:
    """Run a command, which records outside changes; return the descriptions of these."""
    before = len(world.subjects())
    world.new("@", "later")
    return [text for text in world.subjects()[:-before] if text.startswith("outside")][::-1]


def test_a_session_that_a_framework_made_is_shown_at_once_and_recorded_by_the_next_writer(
    world: World,
) -> None:
    made = world.store().save(chat("fw", "hello"))
    repo = world.repo()
    assert dict(repo.names("sessions"))["fw"] == made.id
    assert [repo.row(p).id for p in repo.select("fw")] == [made.id]
    assert len(world.kinds()) == 2
    assert record(world) == ["outside: session fw created"]
    check(world)


@pytest.mark.parametrize("packed", [False, True])
def test_each_kind_of_move_by_plain_git_is_one_operation(world: World, packed: bool) -> None:
    world.fork("talk", "back")
    world.fork("talk", "side")
    world.fork("talk", "gone")
    tip, above = world.tip("talk"), world.repo().resolve("talk-")
    if packed:
        world.git("pack-refs", "--all")
    forward = outside_commit(world, tip)
    sideways = outside_commit(world, above)
    world.git("update-ref", "refs/sessions/talk", forward)
    world.git("update-ref", "refs/sessions/back", tip)
    world.git("update-ref", "refs/sessions/side", sideways)
    world.git("update-ref", "-d", "refs/sessions/gone")
    world.git("update-ref", "refs/sessions/made", tip)
    assert set(record(world)) == {
        "outside: session gone deleted",
        "outside: session talk moved forward",
        "outside: session back moved back",
        "outside: session side moved",
        "outside: session made created",
    }
    check(world)


def test_deletions_come_first_then_older_commits_then_names(world: World) -> None:
    tip = world.tip("talk")
    world.fork("talk", "zz")
    old = outside_commit(world, tip, "old")
    young = world.store().save(chat("young", "hi")).id
    assert world.tip("young") == young
    for name, target in (("b", young), ("a", young), ("c", old)):
        world.git("update-ref", f"refs/sessions/{name}", target)
    world.git("update-ref", "-d", "refs/sessions/zz")
    world.git("update-ref", "-d", "refs/sessions/young")
    assert record(world) == [
        "outside: session zz deleted",
        "outside: session c created",
        "outside: session a created",
        "outside: session b created",
    ]


def test_the_old_commit_of_a_deleted_or_moved_ref_stays_visible(world: World) -> None:
    tip, above = world.tip("talk"), world.repo().resolve("talk-")
    world.new("root()")
    world.git("update-ref", "refs/sessions/talk", above)
    record(world)
    assert [world.repo().row(p).id for p in world.repo().select(tip)] == [tip]
    assert world.repo().row(world.repo().position(tip)).visible
    world.git("update-ref", "-d", "refs/sessions/talk")
    record(world)
    assert world.repo().row(world.repo().position(tip)).visible
    check(world)


def test_a_reader_sees_one_head_where_a_framework_continued_a_session(world: World) -> None:
    made = world.store().append(world.tip("talk"), [{"role": "user", "content": "five"}])
    repo = world.repo()
    assert [repo.row(p).id for p in repo.select("heads(all())")] == [made.id]
    assert list(repo.graph.heads()) == [repo.position(made.id)]


def test_an_outside_commit_on_a_rewritten_one_is_rebased_onto_its_successor(world: World) -> None:
    old = world.tip("talk")
    world.save(chat("talk", "one", "two", "three", "four", notes="new header"))
    new = world.tip("talk")
    assert new != old
    stale = outside_commit(world, outside_commit(world, old, "x1"), "x2")
    world.git("update-ref", "refs/sessions/fw", stale)
    record(world)
    repo = world.repo()
    assert repo.resolve("fw--") == new
    assert not repo.row(repo.position(old)).visible, "the old version must not come back"
    check(world)


def test_a_ref_put_on_an_old_version_stays_there(world: World) -> None:
    old = world.tip("talk")
    world.save(chat("talk", "one", "two", "three", "four", notes="new header"))
    world.git("update-ref", "refs/sessions/fw", old)
    record(world)
    assert world.tip("fw") == old
    check(world)


def test_a_save_of_a_framework_on_a_commit_whose_export_was_not_finished_is_kept(
    world: World,
) -> None:
    old = world.tip("talk")
    exported = world.refs("refs/wj")["exported"]
    world.save(chat("talk", "one", "two", "three", "four", notes="new header"))
    new = world.tip("talk")
    world.git("update-ref", "refs/sessions/talk", old)
    world.git("update-ref", "refs/wj/exported", exported)
    made = world.store().append(old, [{"role": "user", "content": "five"}])
    assert made.parents == (old,)
    assert record(world) == ["outside: session talk moved forward"]
    assert world.repo().resolve("talk-") == new
    assert world.texts("talk")[-1] == "five"
    check(world)


def test_of_more_than_200_moves_all_but_the_newest_200_share_one_operation(world: World) -> None:
    tip = world.tip("talk")
    refs = "".join(f"create refs/sessions/n{number:03} {tip}\n" for number in range(230))
    git(world.path, "update-ref", "--stdin", data=refs.encode())
    found = record(world)
    assert found[0] == "outside: 30 refs moved"
    assert found[1:] == [f"outside: session n{number:03} created" for number in range(30, 230)]
    check(world)


def test_undo_of_a_bad_fork_made_through_import_store_restores_refs_and_log_exactly(
    world: World,
) -> None:
    sessions = world.store()
    info = sessions.save(chat("fw", "hello"))
    world.new("@", "note")
    refs, log = world.refs(), described(log_of(world.repo()))
    view = view_of(world.repo())
    bad = sessions.fork(info.id, chat("bad", "hello", "wrong"))
    good = sessions.append(info.id, [{"role": "user", "content": "more"}])
    done = world.repo().undo()
    assert done.operation.data.description == "outside: session bad created"
    assert described(done.stepped_over) in ([], ["outside: session fw moved forward"])
    assert world.refs() == refs | {"fw": good.id}
    assert described(log_of(world.repo()))[-len(log) :] == log
    assert not world.repo().row(world.repo().position(bad.id)).visible
    after = view_of(world.repo())
    changed = {key for key in {*view, *after} if view.get(key) != after.get(key)}
    assert changed == {("sessions", "fw"), ("heads", good.id), ("heads", info.id)}
    check(world)
    again = sessions.append(good.id, [{"role": "user", "content": "still works"}])
    assert world.repo().resolve("fw") == again.id


def test_saves_of_a_framework_are_stepped_over_and_said_to_be(world: World) -> None:
    world.fork("talk", "mine")
    info = world.store().append(world.tip("talk"), [{"role": "user", "content": "five"}])
    done = world.repo().undo()
    assert done.operation.data.kind == "fork"
    assert described(done.stepped_over) == ["outside: session talk moved forward"]
    assert world.refs() == {"talk": info.id}
    check(world)


def test_a_tag_or_remote_moved_by_git_is_recorded_but_never_undone_by_itself(
    world: World,
) -> None:
    tip = world.tip("talk")
    world.git("update-ref", "refs/tags/v1", tip)
    world.git("update-ref", "refs/remotes/origin/sessions/talk", tip)
    assert set(record(world)) == {
        "outside: ref refs/tags/v1 created",
        "outside: ref refs/remotes/origin/sessions/talk created",
    }
    rows = dict(world.repo().names("remotes/origin/sessions"))
    assert rows == {"talk": f"untracked {tip}"}
    assert world.repo().resolve("talk@origin") == tip
    above = world.repo().resolve("talk-")
    world.git("update-ref", "refs/remotes/origin/sessions/talk", above)
    assert world.repo().resolve("talk@origin") == above
    record(world)
    check(world)
    world.repo().undo()
    world.repo().undo()
    assert world.refs("refs/tags") == {"v1": tip}
    check(world)


def test_an_annotated_tag_is_compared_peeled_and_never_rewritten(world: World) -> None:
    tip = world.tip("talk")
    world.git("tag", "-a", "-m", "kept", "v1", tip)
    own = world.refs("refs/tags")["v1"]
    assert own != tip
    record(world)
    world.fork("talk", "more")
    world.repo().undo()
    assert world.refs("refs/tags")["v1"] == own
    assert record(world) == []
    assert dict(world.repo().names("tags")) == {"v1": tip}


def test_an_unreadable_ref_never_counts_as_deleted(world: World) -> None:
    tip = world.tip("talk")
    (world.path / "refs/sessions/talk").write_text("garbage\n")
    assert world.tip("talk") == tip
    assert record(world) == []
    assert world.tip("talk") == tip
    (world.path / "refs/sessions/talk").write_text("1" * 40 + "\n")
    assert record(world) == []
    assert world.tip("talk") == tip
    (world.path / "refs/sessions/talk").write_text(f"{tip}\n")
    assert record(world) == []
    check(world)


def test_a_ref_to_something_that_is_no_commit_is_left_alone(world: World) -> None:
    blob = world.git("hash-object", "-w", "--stdin", check=True).strip()
    world.git("update-ref", "refs/sessions/odd", blob)
    world.git("update-ref", "refs/tags/odd", blob)
    assert record(world) == []
    assert world.refs()["odd"] == blob
    assert "odd" not in dict(world.repo().names("sessions"))


@pytest.mark.parametrize(
    "name",
    ["-dash", "é\u200bx", "TALK", "a" * 40, "k" * 32, "x" * 220, "with'quote", "%41", "=", "!"],
)
def test_names_that_break_our_rules_are_imported_and_shown(world: World, name: str) -> None:
    tip = world.tip("talk")
    world.git("update-ref", f"refs/sessions/{name}", tip)
    assert record(world) == [f"outside: session {name} created"]
    assert dict(world.repo().names("sessions"))[name] == tip
    check(world)


def test_a_name_that_is_no_utf8_does_not_stop_anything(world: World) -> None:
    tip = world.tip("talk")
    path = bytes(world.path) + b"/refs/sessions/caf\xe9"
    with open(path, "wb") as file:
        file.write(f"{tip}\n".encode())
    world.new("@", "still works")
    assert (world.path / "refs/sessions/talk").exists()
    world.git("fsck", "--strict")


def test_of_two_names_that_cannot_both_be_refs_the_second_is_exported_once_it_can(
    world: World,
) -> None:
    tip = world.tip("talk")
    with world.repo().transaction() as tx:
        tx.set_session("a", tip)
        tx.set_session("a/b", tip)
        tx.kind = tx.description = "test"
    assert world.refs() == {"talk": tip, "a": tip}
    check(world)
    with world.repo().transaction() as tx:
        tx.set_session("a", None)
        tx.kind = tx.description = "test"
    assert world.refs() == {"talk": tip, "a/b": tip}
    check(world)
    assert record(world) == []


def test_a_name_that_git_cannot_have_is_kept_in_the_view_and_listed(world: World) -> None:
    from porcelain.index.exported_refs import not_exported

    tip = world.tip("talk")
    with world.repo().transaction() as tx:
        tx.set_session("a..b", tip)
        tx.kind = tx.description = "test"
    assert world.refs() == {"talk": tip}
    assert record(world) == []
    assert not_exported(world.repo().index) == [("sessions", "a..b")]
    check(world)


def test_a_conflicted_session_that_a_framework_continues_keeps_its_other_side(
    world: World,
) -> None:
    tip, above = world.tip("talk"), world.repo().resolve("talk-")
    other = world.fork("talk-", "other").commit
    with world.repo().transaction() as tx:
        tx.set("sessions", "talk", f"{tip} {above} {other}")
        tx.kind = tx.description = "test"
    assert world.refs()["talk"] == tip
    made = world.store().append(tip, [{"role": "user", "content": "five"}])
    record(world)
    assert dict(world.repo().names("sessions"))["talk"] == f"{made.id} {above} {other}"
    check(world)
