"""Commands that began at an older operation and end now, after concurrent ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from porcelain.actions.recording import record as recording
from porcelain.actions.recording.record import Recorder
from porcelain.model.operation_store import head_operation
from porcelain.repo.repo import Repo
from porcelain.transaction.rebase_descendants import keep_change
from store.ids import CommitId
from store.objects.commit import read_commit
from tests.harness.world import World, chat, view_of


class Slow:
    """A command that begins when this is made."""

    def __init__(self, world: World, workspace: str = "default") -> None:
        self.world = world
        self.workspace = workspace
        self.began = head_operation(world.open().repository)

    @contextmanager
    def transaction(self, kind: str = "slow") -> Iterator[tuple[Recorder, Repo]]:
        repo = self.world.open(self.workspace).at_operation(self.began)
        with repo.transaction(f"{kind} command") as tx:
            yield tx, repo

    def new(self, rev: str = "@") -> Repo:
        with self.transaction("new") as (tx, repo):
            tx.new(repo.resolve(rev))
        return repo

    def append(self, *texts: str) -> Repo:
        with self.transaction("append") as (tx, repo):
            recording.append(tx, recording.write_rows(tx, "user", texts))
        return repo


def describe(tx: Recorder, commit_id: CommitId, text: str) -> CommitId:
    """Give a commit a description, keeping its change."""
    commit = read_commit(tx.batch, commit_id)._replace(message=f"{text}\n")
    return tx.write(keep_change(tx, commit_id, commit), [commit_id])


def described(world: World, rev: str, text: str) -> CommitId:
    repo = world.repo()
    with repo.transaction(f"describe {text}") as tx:
        return describe(tx, repo.resolve(rev), text)


def abandoned(world: World, rev: str) -> None:
    repo = world.repo()
    with repo.transaction("abandon") as tx:
        tx.abandon(repo.resolve(rev))


def subject(repo: Repo, rev: str) -> str:
    return repo.row(repo.position(rev)).subject


def heads(world: World) -> set[str]:
    return {key for part, key in view_of(world.open()) if part == "heads"}


def talking(world: World) -> World:
    """Make a session `talk` of two commits; `@` is its tip."""
    world.save(chat("talk", "one", "two"))
    world.save(chat("talk", "one", "two", "three"))
    return world
