"""Converging divergent changes: which version each field comes from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from porcelain.actions.editing.converge import (
    NO_CHOICES,
    Choices,
    Converged,
    converge,
    divergences,
    nearest_common_version,
)
from porcelain.actions.editing.message_conflicts import conflicts_of
from porcelain.actions.recording.record import Recorder
from porcelain.errors import Refused
from porcelain.graph.evolution import walk_evolution
from porcelain.index.view_rows import get_row
from porcelain.model.operation_store import head_operation, read_operation
from porcelain.model.view_value import SESSIONS, TAGS, parse_target
from porcelain.transaction.rebase_descendants import keep_change, rebase, replace
from store.ids import CommitId, TreeId
from store.objects.commit import Commit, Signature, read_commit
from store.tree_layout.layout import append_messages, read_session, write_session
from tests.harness.slow_commands import Slow, talking
from tests.harness.world import World, chat, check, texts_of


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A session `talk` of two commits: one, two; and three."""
    return talking(World(tmp_path))


def rewrite(tx: Recorder, commit_id: CommitId, **fields: object) -> CommitId:
    """Rewrite a commit with other fields, as the commands do."""
    old = read_commit(tx.batch, commit_id)
    new = old._replace(**fields)  # type: ignore[arg-type]
    made = replace(tx, commit_id, old, new, new.tree)
    tx.show([made])
    return made


def move(tx: Recorder, commit_id: CommitId, *parents: CommitId) -> CommitId:
    """Rebase a commit."""
    made = rebase(tx, commit_id, read_commit(tx.batch, commit_id), parents)
    tx.show([made])
    return made


def with_texts(tx: Recorder, commit_id: CommitId, *texts: str) -> TreeId:
    """Return a commit's transcript with other messages."""
    tree = read_commit(tx.batch, commit_id).tree
    rows = chat("talk", *texts).messages
    return write_session(tx.batch, read_session(tx.batch, tree).with_messages(rows), "native", tree)


def with_row(tx: Recorder, commit_id: CommitId, text: str) -> TreeId:
    """Return a commit's transcript with one more message."""
    row = json.dumps({"role": "user", "content": text}).encode()
    return append_messages(tx.batch, read_commit(tx.batch, commit_id).tree, [row])


def versions(world: World, revset: str = "divergent()") -> list[CommitId]:
    repo = world.repo()
    return [repo.row(position).id for position in repo.select(revset).positions()]


def converged(world: World, choices: Choices = NO_CHOICES) -> list[Converged]:
    """Converge all divergent changes."""
    named = versions(world)
    with world.repo().transaction("converge") as tx:
        done = [converge(tx, one, choices) for one in divergences(tx, named)]
    return [one for one in done if one is not None]


def commit_of(world: World, commit_id: CommitId) -> Commit:
    return read_commit(world.repo().repository, commit_id)


def part(world: World, *, describe: str = "", slow_row: str = "", fast_row: str = "") -> None:
    """Rewrite the tip of `talk` in two concurrent operations."""
    slow = Slow(world)
    with world.repo().transaction("fast") as tx:
        tip = world.tip("talk")
        tree = with_row(tx, tip, fast_row) if fast_row else read_commit(tx.batch, tip).tree
        rewrite(tx, tip, tree=tree, message="fast\n")
    with slow.transaction() as (tx, repo):
        tip = repo.resolve("talk")
        tree = with_row(tx, tip, slow_row) if slow_row else read_commit(tx.batch, tip).tree
        old = read_commit(tx.batch, tip)
        rewrite(tx, tip, tree=tree, message=f"{describe}\n" if describe else old.message,
                author=Signature("Bob", "bob@example.org", 5, "+0000"))  # fmt: skip


def test_what_each_version_changed_is_kept_and_names_follow(world: World) -> None:
    world.append("child")
    part(world, slow_row="slow row", fast_row="fast row")
    before = world.repo().head
    old = versions(world)
    assert len(old) == 2

    (done,) = converged(world)

    check(world)
    repo = world.repo()
    made = commit_of(world, done.commit)
    assert set(done.versions) == set(old)
    assert versions(world) == []
    assert made.message == "fast\n"
    assert made.author.name == "Bob"
    assert in_some_order(texts_of(repo, done.commit)) == in_some_order(
        ["one", "two", "three", "child", "slow row", "fast row"]
    )
    assert get_row(repo.index, SESSIONS, "talk") == done.commit
    assert repo.workspace.commit == done.commit
    links = read_operation(repo.repository, repo.head).data.predecessors
    assert links[done.commit] == done.versions
    world.repo().undo()
    check(world)
    assert (
        read_operation(repo.repository, world.repo().head).view
        == read_operation(repo.repository, before).view
    )


def in_some_order(texts: list[str]) -> list[str]:
    return sorted(texts)


def test_descendants_of_every_version_come_to_stand_on_the_one(world: World) -> None:
    part(world)
    one, two = versions(world)
    for tip, text in ((one, "on one"), (two, "on two")):
        world.new(tip)
        world.append(text, session=text.replace(" ", "-"))
    (done,) = converged(world)
    check(world)
    repo = world.repo()
    for name in ("on-one", "on-two"):
        tip = world.tip(name)
        assert commit_of(world, tip).parents == (done.commit,)
        assert texts_of(repo, tip) == ["one", "two", "three", name.replace("-", " ")]


def test_the_same_message_changed_twice_is_a_conflict(world: World) -> None:
    slow = Slow(world)
    with world.repo().transaction("fast") as tx:
        tip = world.tip("talk")
        rewrite(tx, tip, tree=with_texts(tx, tip, "one", "two", "DREI"))
    with slow.transaction() as (tx, repo):
        tip = repo.resolve("talk")
        rewrite(tx, tip, tree=with_texts(tx, tip, "one", "two", "trois"))
    (done,) = converged(world)
    check(world)
    repo = world.repo()
    row = repo.row(repo.position(done.commit))
    assert row.conflict
    (conflict,) = conflicts_of(repo.repository, TreeId(row.tree))
    assert conflict.start == 2
    assert len(conflict.terms) == 3
    assert versions(world) == []


def test_descriptions_that_differ_are_the_users_choice(world: World) -> None:
    below = world.repo().resolve("talk-")
    part(world, describe="slow")
    one, two = versions(world)
    before = world.repo().head
    with pytest.raises(Refused) as refused:
        converged(world)
    assert refused.value.code == "undecided"
    assert one[:12] in refused.value.hint
    assert two[:12] in refused.value.hint
    assert "--description-of" in refused.value.hint
    assert world.repo().head == before
    said = commit_of(world, two).message
    with pytest.raises(Refused) as other:
        converged(world, Choices(description_of=below))
    assert other.value.code == "no_version"

    converged(world, Choices(description_of=two))
    assert commit_of(world, world.tip("talk")).message == said

    world.repo().undo()
    converged(world, Choices(description="mine\n"))
    assert commit_of(world, world.tip("talk")).message == "mine\n"


def test_parents_that_differ_are_the_users_choice(world: World) -> None:
    slow = Slow(world)
    with world.repo().transaction("fast") as tx:
        move(tx, rewrite(tx, world.tip("talk"), message="fast\n"))
    with slow.transaction() as (tx, repo):
        above = read_commit(tx.batch, repo.resolve("talk-"))
        new = tx.write(tx.as_new_change(above._replace(message="x\n")))
        author = Signature("Bob", "bob@example.org", 5, "+0000")
        move(tx, rewrite(tx, repo.resolve("talk"), author=author), new)
    one, two = versions(world)
    with pytest.raises(Refused, match="different parents") as refused:
        converged(world)
    assert "the root" in refused.value.hint
    chosen = one if commit_of(world, one).parents else two
    above_it = commit_of(world, chosen).parents
    (done,) = converged(world, Choices(parents_of=chosen))
    check(world)
    assert commit_of(world, done.commit).parents == above_it
    assert texts_of(world.repo(), done.commit) == ["one", "two", "three"]
    assert commit_of(world, done.commit).message == "fast\n"


def test_a_version_that_was_rebased_goes_where_it_went(world: World) -> None:
    world.save(chat("side", "s"))
    slow = Slow(world)
    with world.repo().transaction("fast") as tx:
        move(tx, rewrite(tx, world.tip("talk"), message="fast\n"), world.tip("side"))
    with slow.transaction() as (tx, repo):
        tip = repo.resolve("talk")
        rewrite(tx, tip, tree=with_row(tx, tip, "slow"))
    (done,) = converged(world)
    check(world)
    assert commit_of(world, done.commit).parents == (world.tip("side"),)
    assert commit_of(world, done.commit).message == "fast\n"
    assert texts_of(world.repo(), done.commit) == ["s", "three", "slow"]


def test_a_parent_and_its_child_both_divergent_are_both_made_one(world: World) -> None:
    slow = Slow(world)
    with world.repo().transaction("fast") as tx:
        below, tip = world.repo().resolve("talk-"), world.tip("talk")
        move(tx, rewrite(tx, tip, message="tip\n"), rewrite(tx, below, message="fast\n"))
    with slow.transaction() as (tx, repo):
        author = Signature("Bob", "bob@example.org", 5, "+0000")
        below, tip = repo.resolve("talk-"), repo.resolve("talk")
        move(tx, rewrite(tx, tip, author=author), rewrite(tx, below, author=author))
    assert len(versions(world)) == 4
    done = converged(world)
    check(world)
    assert versions(world) == []
    tip = world.tip("talk")
    parent = commit_of(world, commit_of(world, tip).parents[0])
    assert (parent.message, parent.author.name) == ("fast\n", "Bob")
    assert texts_of(world.repo(), tip) == ["one", "two", "three"]
    above = commit_of(world, tip)
    assert (above.message, above.author.name) == ("tip\n", "Bob")
    assert [one.commit for one in done] == [above.parents[0], tip]


def test_versions_that_never_were_one_are_compared_with_what_they_begin_with(
    world: World,
) -> None:
    with world.repo().transaction("plant") as tx:
        below = world.tip("talk")
        header = tx.as_new_change(read_commit(tx.batch, below)).headers
        for text in ("left", "right"):
            old = read_commit(tx.batch, below)
            tree = with_row(tx, below, text)
            tx.write(old._replace(tree=tree, parents=(below,), headers=header, message="same\n"))
    one, two = versions(world)
    assert nearest_common_version(world.repo().index, [one, two]) is None
    (done,) = converged(world)
    check(world)
    found = texts_of(world.repo(), done.commit)
    assert found[:3] == ["one", "two", "three"]
    assert sorted(found[3:]) == ["left", "right"]


def test_a_version_that_continues_another_is_refused(world: World) -> None:
    with world.repo().transaction("plant") as tx:
        below = world.tip("talk")
        old = keep_change(tx, below, read_commit(tx.batch, below))
        tx.write(old._replace(parents=(below,), message="nested\n"))
    with pytest.raises(Refused) as refused:
        converged(world)
    assert refused.value.code == "nested_versions"
    assert "--update-change-id" in refused.value.hint


def test_immutable_versions_are_refused_and_left_where_they_are_not_named(world: World) -> None:
    part(world)
    slow_one = versions(world)[0]
    with world.repo().transaction("tag") as tx:
        tx.set(TAGS, "v1", slow_one)
    before = world.repo().head
    with pytest.raises(Refused) as refused:
        converged(world)
    assert refused.value.code == "immutable_commit"
    assert world.repo().head == before
    with world.repo().transaction() as tx:
        assert divergences(tx, versions(world, "divergent() & mutable()")) == []


def test_the_nearest_common_version_is_the_newest_that_all_evolved_from(world: World) -> None:
    first = world.tip("talk")
    with world.repo().transaction("again") as tx:
        second = rewrite(tx, first, message="second\n")
    part(world)
    one, two = versions(world)
    index = world.repo().index
    assert nearest_common_version(index, [one, two]) == second
    assert nearest_common_version(index, [one, first]) == first
    walked = [version.commit for version in walk_evolution(index, [one, two])]
    assert walked.index(second) < walked.index(first)


WORDS = st.lists(st.sampled_from(["a", "b", "c"]), max_size=3)


@settings(max_examples=12, deadline=None)
@given(left=WORDS, right=WORDS, third=st.none() | WORDS)
def test_no_message_of_any_version_is_lost(
    tmp_path_factory: pytest.TempPathFactory,
    left: list[str],
    right: list[str],
    third: list[str] | None,
) -> None:
    world = talking(World(tmp_path_factory.mktemp("w")))
    sides = [("l", left), ("r", right), *([("t", third)] if third is not None else [])]
    slow = [Slow(world) for _ in sides]
    for at, (who, words) in zip(slow, sides, strict=True):
        with at.transaction(who) as (tx, repo):
            tip = repo.resolve("talk")
            tree = read_commit(tx.batch, tip).tree
            rows = [json.dumps({"role": "user", "content": f"{who}{w}"}).encode() for w in words]
            author = Signature(who, "x@y", 5, "+0000") if who == "l" else tx.signature()
            rewrite(tx, tip, tree=append_messages(tx.batch, tree, rows), author=author)
    before = world.repo().head
    count = len(versions(world))
    done = converged(world)
    check(world, fsck=False)
    found = texts_of(world.repo(), world.tip("talk"))
    assert found[:3] == ["one", "two", "three"]
    assert sorted(found[3:]) == sorted(f"{who}{w}" for who, words in sides for w in words)
    for who, words in sides:
        assert [text[1:] for text in found[3:] if text[0] == who] == words
    if count:
        assert len(done) == 1
        world.repo().undo()
        repository = world.repo().repository
        view = read_operation(repository, head_operation(repository)).view
        assert view == read_operation(repository, before).view
    assert parse_target(get_row(world.repo().index, SESSIONS, "talk"))
