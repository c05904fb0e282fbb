"""`import porcelain`: the tour of the documentation, and the modules that an import loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import porcelain
from porcelain.errors import UnknownWorkspace
from porcelain.repo.reader import RepoReader
from store.errors import NotARepository
from store.repository.repository import Repository
from store.session.session import Session
from store.session_store.store import SessionStore


def begin(path: Path) -> porcelain.Repo:
    Repository.init(str(path))
    sessions = SessionStore.open(str(path))
    first = Session.new(
        "fw", model="m", created_at="t", messages=[{"role": "user", "content": "a"}]
    )
    saved = sessions.save(first)
    sessions.append(saved.id, [{"role": "user", "content": "b"}])
    return porcelain.open(str(path), actor=porcelain.default_actor("Ada", "ada@example.org"))


def test_the_tour(repo_path: Path) -> None:
    repo = begin(repo_path)

    with repo.transaction("fork try-b") as tx:
        tx.fork(repo.resolve("fw-"), session="try-b")

    assert [name for name, _ in repo.names("sessions")] == ["fw", "try-b"]
    assert repo.workspace.session == "try-b"
    repo.undo()
    assert [name for name, _ in repo.names("sessions")] == ["fw"]
    repo.redo()
    assert [name for name, _ in repo.names("sessions")] == ["fw", "try-b"]


def test_an_actor_is_made_where_none_is_given(repo_path: Path) -> None:
    begin(repo_path)

    actor = porcelain.open(str(repo_path)).actor

    assert actor.name
    assert "@" in actor.email
    assert len(actor.random(16)) == 16
    assert abs(actor.clock() - actor.operation_clock()) < 60_000


def test_what_is_not_there_is_refused(repo_path: Path) -> None:
    with pytest.raises(NotARepository):
        porcelain.open(str(repo_path))
    begin(repo_path)
    with pytest.raises(UnknownWorkspace):
        porcelain.open(str(repo_path), workspace="nobody")


def test_a_reader_sees_what_the_repository_sees(repo_path: Path) -> None:
    repo = begin(repo_path)
    with repo.transaction("new") as tx:
        tx.new(repo.resolve("fw"))

    reader = RepoReader.look(str(repo_path), repo.actor.host)

    assert reader.workspace == repo.workspace
    assert reader.names("sessions") == repo.names("sessions")
    assert list(reader.select("all()").positions()) == list(repo.select("all()").positions())
    assert reader.resolve("@") == repo.resolve("@")


def test_importing_it_loads_nothing_heavy() -> None:
    code = (
        "import sys; before = set(sys.modules); import porcelain; print(*set(sys.modules) - before)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)

    assert {name.partition(".")[0] for name in done.stdout.split()} & {
        "pygit2",
        "click",
        "tomlkit",
    } == set()


def test_a_name_that_it_does_not_have() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = porcelain.nonsense
