"""Naming operations: prefixes of ids, the shortest ones, `@`, `-` and `+`."""

from __future__ import annotations

from pathlib import Path

import pytest

from porcelain.errors import (
    AmbiguousPrefix,
    NotOneOperation,
    OperationSyntaxError,
    UnknownOperation,
)
from porcelain.index.operation_expression import resolve_operation, shortest_length
from porcelain.model.operation import ROOT_OPERATION
from porcelain.repo.repo import Repo
from tests.harness.world import World, chat


@pytest.fixture
def repo(repo_path: Path) -> Repo:
    """A repository of forty operations, so that some ids share their beginnings."""
    world = World(repo_path)
    world.save(chat("talk", "one"))
    for number in range(39):
        world.new("talk", f"note {number}")
    return world.repo()


def test_prefixes_of_odd_and_even_length_resolve(repo: Repo) -> None:
    for operation in repo.operations():
        length = shortest_length(repo, operation.id)
        for text in (operation.id, operation.id[:length], operation.id[: length + 1].upper()):
            assert resolve_operation(repo, text) == operation.id


def test_anything_shorter_than_the_shortest_is_ambiguous(repo: Repo) -> None:
    for operation in repo.operations():
        shorter = operation.id[: shortest_length(repo, operation.id) - 1]
        if shorter:
            with pytest.raises(AmbiguousPrefix) as caught:
                resolve_operation(repo, shorter)
            assert operation.id[:12] in caught.value.candidates


def test_the_root_operation_has_an_id_like_any_other(repo: Repo) -> None:
    length = shortest_length(repo, ROOT_OPERATION)
    assert resolve_operation(repo, "0" * length) == ROOT_OPERATION
    zeros = [op.id for op in repo.operations() if op.id.startswith("0" * (length - 1))]
    assert zeros or length == 1
    for operation_id in zeros:
        assert shortest_length(repo, operation_id) >= length


def test_what_is_empty_unknown_or_no_hex(repo: Repo) -> None:
    for text in ("", "-", "foo", "@@"):
        with pytest.raises(OperationSyntaxError):
            resolve_operation(repo, text)
    with pytest.raises(UnknownOperation):
        resolve_operation(repo, "beefbeefbeef")


def test_before_and_after(repo: Repo) -> None:
    log = [operation.id for operation in repo.operations()]
    assert resolve_operation(repo, "@") == log[0]
    assert resolve_operation(repo, "@--") == log[2]
    assert resolve_operation(repo, f"{log[3]}+") == log[2]
    assert resolve_operation(repo, f"{log[3]}++-") == log[2]
    assert resolve_operation(repo, f"{log[-1]}-") == ROOT_OPERATION
    assert resolve_operation(repo, f"{ROOT_OPERATION}+") == log[-1]
    for text in ("@+", f"{ROOT_OPERATION}-"):
        with pytest.raises(NotOneOperation, match="resolved to no operations"):
            resolve_operation(repo, text)


def test_only_the_operations_that_are_asked_for_are_read(repo: Repo) -> None:
    """The operation after another, and the state after one, cost the same in a log of any length."""
    log = [operation.id for operation in repo.operations()]
    with repo.index.writing() as connection:
        sql = "UPDATE operations SET data = 'unreadable' WHERE id NOT IN (?, ?)"
        connection.execute(sql, log[:2])
    assert resolve_operation(repo, f"{log[20]}+") == log[19]
    past = repo.at_operation("@-")
    assert past.index.query("SELECT id FROM operations ORDER BY seq DESC LIMIT 1") == [(log[1],)]
    with pytest.raises(NotOneOperation, match="resolved to no operations"):
        resolve_operation(past, f"{log[1]}+")
