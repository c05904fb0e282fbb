"""Adoption: the refs of a repository without an operation log, recorded as operations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from porcelain.errors import Refused
from store.index.commit_index import Index
from store.session_store.store import SessionStore
from tests.harness.bare import git
from tests.harness.world import World, chat, check


def test_a_repository_without_a_log_is_adopted_ref_by_ref(repo_path: Path) -> None:
    world = World(repo_path)
    sessions = world.store()
    for name in ("a", "b", "c"):
        sessions.save(chat(name, f"hello {name}"))
    tagged = sessions.resolve("a")
    world.git("tag", "-a", "-m", "kept", "v1", tagged)
    assert [name for name, _ in world.repo().names("sessions")] == ["a", "b", "c"]
    world.new("a")
    assert sorted(world.subjects()[1:]) == [
        "outside: ref refs/tags/v1 created",
        "outside: session a created",
        "outside: session b created",
        "outside: session c created",
    ]
    assert dict(world.repo().names("tags")) == {"v1": tagged}
    repo = world.repo()
    repo.undo()
    assert sorted(world.refs()) == ["a", "b", "c"]
    for left in (2, 1, 0):
        repo.undo()
        assert len(world.refs()) == left
    with pytest.raises(Exception, match="Nothing to undo"):
        repo.undo()
    assert dict(world.repo().names("tags")) == {"v1": tagged}
    check(world)


def test_of_equal_seconds_ancestors_come_first_whatever_their_names(repo_path: Path) -> None:
    world = World(repo_path)
    store = SessionStore.open(str(world.path), clock=lambda: 1_772_000_000)
    first = store.save(chat("z", "hello"))
    tip = store.save(chat("z", "hello", "again"))
    store.fork(tip.id, chat("a", "hello", "again", "fork"))
    world.git("update-ref", "refs/sessions/y", first.id)
    world.new("z")
    assert world.subjects()[:0:-1] == [
        "outside: session y created",
        "outside: session z created",
        "outside: session a created",
    ]
    check(world)


def test_the_older_refs_of_an_adopted_repository_are_the_bottom(repo_path: Path) -> None:
    world = World(repo_path)
    tip = world.store().save(chat("a", "hello")).id
    refs = "".join(f"create refs/sessions/n{number:03} {tip}\n" for number in range(229))
    git(world.path, "update-ref", "--stdin", data=refs.encode())
    world.new("a")
    subjects = world.subjects()
    assert subjects[-1] == "adopt 30 refs that existed before the log"
    assert subjects[1:-1] == [f"outside: session n{n:03} created" for n in range(228, 28, -1)]
    with pytest.raises(Refused, match="before the log"):
        world.repo().revert([*world.repo().operations()][-1].id)
    check(world)


def test_many_refs_are_recorded_with_few_questions(
    repo_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the newest 200, a ref costs no question of its own."""
    asked: list[str] = []
    ask = Index.query

    def counted(index: Index, sql: str, arguments: Sequence[object] = ()) -> list[Any]:
        asked.append(sql)
        return ask(index, sql, arguments)

    monkeypatch.setattr(Index, "query", counted)
    counts = []
    for number in (400, 1400):
        world = World(repo_path.with_name(f"{number}.git"))
        tip = world.store().save(chat("a", "hello")).id
        refs = "".join(f"create refs/sessions/n{n:04} {tip}\n" for n in range(number))
        git(world.path, "update-ref", "--stdin", data=refs.encode())
        world.git("pack-refs", "--all")
        asked.clear()
        world.new("a")
        counts.append(len(asked))
    assert counts[1] - counts[0] < 200
