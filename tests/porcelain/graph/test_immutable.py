"""Immutable commits, compared with a naive evaluation, and the refusal to rewrite them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from porcelain.errors import ConfigError, Refused
from porcelain.graph.immutable import Immutability
from porcelain.graph.repo_graph import Preferences, RepoGraph
from store.ids import CommitId
from tests.harness.world import World

ROOT = CommitId("0" * 40)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "r.git")


def line(world: World, count: int) -> list[CommitId]:
    """Make empty changes, each on the one before."""
    made = [world.new("root()", "c0").commit]
    for number in range(1, count):
        made.append(world.new(made[-1], f"c{number}").commit)
    return made


def of(world: World, **aliases: str) -> Immutability:
    spelled = {f"{name}()": text for name, text in aliases.items()}
    repo = world.repo()
    graph = RepoGraph(repo.index, repo.workspace_key, Preferences(spelled))
    return Immutability(graph, describe=lambda position: f"commit {repo.row(position).subject}")


def refusal(immutability: Immutability, *commits: CommitId, ignore: bool = False) -> Refused:
    with pytest.raises(Refused) as caught:
        immutability.refuse(commits, ignore)
    return caught.value


def immutable(world: World, commits: list[CommitId], **aliases: str) -> set[int]:
    found = of(world, **aliases)
    graph = world.repo().graph
    return {n for n, one in enumerate(commits) if found.is_immutable(graph.position_of(one) or 0)}


def test_without_tags_only_the_root_is_immutable(world: World) -> None:
    commits = line(world, 3)

    assert immutable(world, [ROOT, *commits]) == {0}
    of(world).refuse(commits)


def test_a_tag_holds_its_commit_and_what_that_continues(world: World) -> None:
    commits = line(world, 4)
    world.git("tag", "v1", commits[1])

    assert immutable(world, commits) == {0, 1}
    of(world).refuse(commits[2:])
    error = refusal(of(world), commits[0], commits[3], commits[1])

    assert str(error) == f"Commit {commits[1][:12]} is immutable"
    assert error.code == "immutable_commit"
    one = commits[1][:12]
    *others, way_on = error.hints
    assert others == [
        "Could not modify commit: commit c1",
        "The tag `v1` names it",
        "This operation would rewrite 2 immutable commits",
    ]
    assert f"`wj new {one}` continues it, and `wj duplicate {one}` makes a copy" in way_on
    assert way_on.endswith("`--ignore-immutable` rewrites it all the same")


def test_the_rule_says_which_later_commit_is_named(world: World) -> None:
    commits = line(world, 4)
    world.git("tag", "-m", "annotated", "v2", commits[2])

    error = refusal(of(world), commits[0])

    assert f"The tag `v2` names what continues it, commit {commits[2][:12]}" in error.hints


def test_a_remote_session_that_is_not_tracked_holds_what_it_names(world: World) -> None:
    commits = line(world, 3)
    with world.repo().transaction("fetch") as tx:
        tx.set("remotes/origin/sessions", "theirs", f"untracked {commits[0]}")
        tx.set("remotes/origin/sessions", "ours", f"tracked {commits[2]}")

    assert immutable(world, commits) == {0}
    assert (
        "The session `theirs@origin`, which is not tracked, names it"
        in refusal(of(world), commits[0]).hints
    )
    with world.repo().transaction("track") as tx:
        tx.set("remotes/origin/sessions", "theirs", f"tracked {commits[0]}")
    assert immutable(world, commits) == set()


def test_every_side_of_a_conflicted_name_counts(world: World) -> None:
    a, b, c, d = line(world, 4)
    with world.repo().transaction("conflict") as tx:
        tx.set("tags", "v1", f"{a} {d} {b}")
        tx.set("remotes/origin/sessions", "x", f"untracked {a} {d} {c}")

    assert immutable(world, [a, b, c, d]) == {0, 1, 2}
    assert "The tag `v1` names it" in refusal(of(world), b).hints


def test_the_root_is_never_rewritten(world: World) -> None:
    (commit,) = line(world, 1)

    for ignore in (False, True):
        error = refusal(of(world), commit, ROOT, ignore=ignore)
        assert str(error) == "The root commit 000000000000 is immutable"
        assert error.code == "root_commit"


def test_ignoring_lets_everything_else_through(world: World) -> None:
    commits = line(world, 2)
    world.git("tag", "v1", commits[1])

    of(world).refuse(commits, ignore=True)
    assert immutable(world, commits) == {0, 1}


def test_a_hidden_commit_that_is_tagged_still_holds_its_ancestors(world: World) -> None:
    commits = line(world, 2)
    tip = world.new(commits[-1], "gone").commit
    world.git("tag", "v1", tip)
    with world.repo().transaction("abandon") as tx:
        tx.abandon(tip)

    assert not world.repo().graph.is_visible(world.repo().graph.position_of(tip) or 0)
    assert immutable(world, [*commits, tip]) == {0, 1, 2}


def test_immutable_heads_can_be_configured(world: World) -> None:
    commits = line(world, 4)
    world.git("tag", "v1", commits[0])
    mine = f"builtin_immutable_heads() | {commits[2]}"

    assert immutable(world, commits, immutable_heads=mine) == {0, 1, 2}
    assert immutable(world, commits, immutable_heads="none()") == set()
    assert immutable(world, commits, trunk=commits[1]) == {0, 1}
    error = refusal(of(world, immutable_heads=mine), commits[1])
    assert (
        f"`immutable_heads()`, configured as `{mine}`, names what continues it, "
        f"commit {commits[2][:12]}" in error.hints
    )


def test_an_expression_that_fails_is_a_fault_of_the_configuration(world: World) -> None:
    commits = line(world, 1)

    with pytest.raises(ConfigError) as caught:
        of(world, immutable_heads="nothing").refuse(commits)

    assert str(caught.value) == (
        'revset-aliases."immutable_heads()": cannot be evaluated: Revision `nothing` doesn\'t exist'
    )
    of(world, immutable_heads="present(nothing)").refuse(commits)


@pytest.mark.parametrize("seed", range(3))
def test_it_is_what_the_revset_says_whatever_the_order_of_questions(
    world: World, seed: int
) -> None:
    chance = random.Random(seed)
    commits = [world.new("root()", "c0").commit]
    with world.repo().transaction("grow") as tx:
        for number in range(60):
            parent = chance.choice(commits[-6:])
            commits.append(tx.new(parent, f"c{number}").commit)
        for number, one in enumerate(chance.sample(commits, 6)):
            tx.set("tags", f"v{number}", one)
    graph = world.repo().graph
    named = {graph.commit_id(p) for p in world.repo().select("immutable()").positions()}
    asked = of(world)

    for one in chance.sample(commits, len(commits)):
        assert asked.is_immutable(graph.position_of(one) or 0) == (one in named)
        asked_again = of(world)
        if one in named:
            assert refusal(asked_again, one).code == "immutable_commit"
        else:
            asked_again.refuse([one])
