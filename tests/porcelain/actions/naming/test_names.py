"""Setting, renaming, deleting and tracking names: promises of the domain, without commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from porcelain.actions.naming.sessions_and_tags import (
    delete_names,
    forget_sessions,
    rename_session,
    track_sessions,
    untrack_sessions,
)
from porcelain.actions.naming.set_names import (
    create_sessions,
    move_sessions,
    set_sessions,
    set_tags,
)
from porcelain.errors import Refused
from porcelain.graph.name_list import Wanted, list_names, match_names, remote_names
from porcelain.language.string_pattern import NamePattern
from porcelain.model.view_value import SESSIONS, TAGS
from store.errors import InvalidRefName, SessionExists
from tests.harness.world import World, chat, check, view_of


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Return one with the sessions `one` (two changes) and `two`."""
    world = World(tmp_path / "r.git")
    world.save(chat("one", "a"))
    world.save(chat("one", "a", "b"))
    world.save(chat("two", "x"))
    return world


def sessions(world: World) -> dict[str, str]:
    return dict(world.repo().names(SESSIONS))


def fetch(world: World, name: str, commit: str, remote: str = "origin") -> None:
    """Set a remote session, as a fetch would."""
    world.git("update-ref", f"refs/remotes/{remote}/sessions/{name}", commit)


def track(world: World, name: str) -> None:
    with world.repo().transaction() as tx:
        track_sessions(tx, remote_names(tx.index, SESSIONS, name))


def test_a_refusal_of_one_name_changes_none(world: World) -> None:
    repo = world.repo()
    before, head = sessions(world), repo.head
    here = world.tip("two")
    wrong: list[tuple[list[str], type[Exception]]] = [
        (["new", "ONE"], SessionExists),
        (["new", "new/x"], SessionExists),
        (["new", "two/x"], SessionExists),
        (["new", "-x"], InvalidRefName),
        (["new", "one"], Refused),
    ]
    for names, error in wrong:
        with pytest.raises(error), repo.transaction() as tx:
            create_sessions(tx, names, here)

    assert (sessions(world), world.repo().head) == (before, head)
    check(world)


def test_set_and_move_return_what_was_elsewhere(world: World) -> None:
    one, two = world.tip("one"), world.tip("two")
    with world.repo().transaction() as tx:
        done = set_sessions(tx, ["two", "fresh", "two"], two)
        assert done == (("fresh",), ())
        assert move_sessions(tx, ["two", "fresh", "one"], one, backwards=True) == ("two", "fresh")

    assert sessions(world) == {"one": one, "two": one, "fresh": one}
    assert two in {key for part, key in view_of(world.repo()) if part == "heads"}
    check(world)


def test_names_on_hidden_commits_reveal_them(world: World) -> None:
    hidden = world.new("one").commit
    world.edit("one", "one")
    assert not world.repo().index.row(hidden).visible  # type: ignore[union-attr]

    with world.repo().transaction() as tx:
        set_tags(tx, ["kept"], hidden)

    assert world.repo().index.row(hidden).visible  # type: ignore[union-attr]
    check(world)
    world.git("reflog", "expire", "--expire=now", "--all", check=False)
    world.git("gc", "--prune=now", "--quiet")
    check(world)


def test_rename_swaps_in_one_transaction(world: World) -> None:
    one, two = world.tip("one"), world.tip("two")
    with world.repo().transaction() as tx:
        rename_session(tx, "one", "spare")
        rename_session(tx, "two", "one")
        rename_session(tx, "spare", "two")

    assert sessions(world) == {"one": two, "two": one}
    assert world.repo().workspace.session == "one"  # it stood in `two`, and went along
    check(world)


def test_a_rename_undone_is_as_before(world: World) -> None:
    before = view_of(world.repo())
    with world.repo().transaction() as tx:
        rename_session(tx, "two", "three")
    assert world.repo().workspace.session == "three"

    world.repo().undo()

    assert view_of(world.repo()) == before
    check(world)


def test_another_workspace_sees_its_session_go(world: World) -> None:
    world.edit("one", "one", workspace="desk")
    with world.repo().transaction() as tx:
        delete_names(tx, SESSIONS, ["one"])

    assert world.repo("desk").workspace.session is None
    assert world.repo().workspace.session == "two"
    check(world)


def test_tracking_takes_in_what_is_ahead(world: World) -> None:
    ahead = world.tip("one")
    with world.repo().transaction() as tx:
        set_sessions(tx, ["one"], world.repo().resolve("one-"), backwards=True)
    fetch(world, "one", ahead)
    fetch(world, "other", world.tip("two"))

    track(world, "one")
    track(world, "other")

    assert world.tip("one") == ahead
    assert world.tip("other") == world.tip("two")
    assert view_of(world.repo())["remotes/origin/sessions", "one"] == f"tracked {ahead}"
    check(world)
    with world.repo().transaction() as tx:
        untrack_sessions(tx, remote_names(tx.index, SESSIONS, "one"))
    assert view_of(world.repo())["remotes/origin/sessions", "one"] == f"untracked {ahead}"


def test_tracking_two_lines_conflicts(world: World) -> None:
    here, there = world.tip("one"), world.tip("two")
    fetch(world, "one", there)

    track(world, "one")

    assert sessions(world)["one"].split(" ") == [here, "-", there]
    check(world)


def test_forgetting_with_remotes_takes_their_refs(world: World) -> None:
    fetch(world, "one", world.tip("one"), "a")
    fetch(world, "one", world.tip("two"), "b")
    with world.repo().transaction() as tx:
        done = forget_sessions(tx, ["one"], include_remotes=True)

    assert [one.remote for one in done.remote] == ["a", "b"]
    assert world.refs("refs/remotes") == {}
    check(world)


def test_patterns_find_names_here_and_at_remotes(world: World) -> None:
    fetch(world, "three", world.tip("two"))
    index = world.repo().index

    def found(*texts: str, remotes: bool = False) -> tuple[tuple[str, ...], tuple[str, ...]]:
        patterns = [NamePattern.parse(text) for text in texts]
        return match_names(index, SESSIONS, patterns, with_remotes=remotes)

    assert found("t*", "one", "nope") == (("one", "two"), ("nope",))
    assert found("t*", "three", remotes=True) == (("three", "two"), ())
    assert found("x*") == ((), ())


def test_lists_are_in_byte_order_with_remotes_in_place(world: World) -> None:
    with world.repo().transaction() as tx:
        create_sessions(tx, ["B", "a-b", "a.b"], world.tip("one"))
    for remote in ("up", "origin"):
        fetch(world, "a.a", world.tip("two"), remote)
        fetch(world, "two", world.tip("two"), remote)
    track(world, "two")
    index = world.repo().index

    plain = [item.name for item in list_names(index, SESSIONS, Wanted())]
    every = [
        (item.name, item.remote, [one.remote for one in item.below])
        for item in list_names(index, SESSIONS, Wanted(all_remotes=True))
    ]

    assert plain == ["B", "a-b", "a.b", "one", "two"]
    assert every == [
        ("B", None, []),
        ("a-b", None, []),
        ("a.a", "origin", []),
        ("a.a", "up", []),
        ("a.b", None, []),
        ("one", None, []),
        ("two", None, ["origin", "up"]),
    ]
    assert [i.name for i in list_names(index, SESSIONS, Wanted(tracked=True))] == ["two"]


def test_tags_do_not_collide_with_sessions(world: World) -> None:
    with world.repo().transaction() as tx:
        set_tags(tx, ["one", "two/x"], world.tip("one"))
    with pytest.raises(Refused, match="too close"), world.repo().transaction() as tx:
        set_tags(tx, ["ONE"], world.tip("one"))

    assert [name for name, _ in world.repo().names(TAGS)] == ["one", "two/x"]
    check(world)
