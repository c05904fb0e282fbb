"""Walks over the commit graph, against a naive computation."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.errors import ObjectNotFound
from store.ids import CommitId
from store.objects.commit import Commit, Signature, read_commit, write_commit
from store.objects.commit_walk import (
    ancestors,
    heads_of,
    is_ancestor,
    lineage,
    merge_bases,
    topological_order,
)
from store.objects.objects import ObjectReader
from store.objects.tree import write_tree
from store.repository.pack_writer import ObjectBatch
from tests.harness.bare import empty_tree, fresh
from tests.harness.memory import Memory

GRAPHS = st.lists(
    st.tuples(st.lists(st.integers(1, 12), max_size=3), st.integers(0, 5)), max_size=12
)


def build(objects: Memory, shape: list[tuple[list[int], int]]) -> list[CommitId]:
    """Make commits, each with the parents so many places before it, at odd times."""
    tree = write_tree(objects, [])
    made: list[CommitId] = []
    for number, (back, when) in enumerate(shape):
        parents = dict.fromkeys(made[-b] for b in back if b <= len(made))
        who = Signature("a", "b", when)
        made.append(write_commit(objects, Commit(tree, tuple(parents), who, who, str(number))))
    return made


def above(reader: ObjectReader, commit: CommitId) -> set[CommitId]:
    found = {commit}
    for parent in read_commit(reader, commit).parents:
        found |= above(reader, parent)
    return found


@settings(max_examples=60)
@given(GRAPHS)
def test_walks_agree_with_a_naive_computation(shape: list[tuple[list[int], int]]) -> None:
    objects = Memory()
    made = build(objects, shape)
    reach = {commit: above(objects, commit) for commit in made}
    for commit in made:
        walked = list(ancestors(objects, [commit]))
        assert sorted(walked) == sorted(reach[commit])
        order = topological_order(objects, [commit])
        assert sorted(order) == sorted(reach[commit])
        for place, child in enumerate(order):
            assert all(order.index(p) > place for p in read_commit(objects, child).parents)
        assert set(lineage(objects, commit, first_parent=False)) == reach[commit]
        first = list(lineage(objects, commit))
        assert all(read_commit(objects, a).parents[0] == b for a, b in itertools.pairwise(first))
    heads = {c for c in made if not any(c in reach[o] for o in made if o != c)}
    assert heads_of(objects, made) == heads
    for one, other in itertools.combinations(made, 2):
        assert is_ancestor(objects, one, other) == (one in reach[other])
        common = reach[one] & reach[other]
        best = {c for c in common if not any(c in reach[o] for o in common if o != c)}
        assert merge_bases(objects, one, other) == best


def test_a_long_line_yields_at_once(repo_path: Path) -> None:
    repo = fresh(repo_path)
    with ObjectBatch(repo) as batch:
        tree = empty_tree(batch)
        who = Signature("a", "b", 1)
        at = write_commit(batch, Commit(tree, (), who, who, "root"))
        first = at
        for number in range(3000):
            who = who._replace(time=number)
            at = write_commit(batch, Commit(tree, (at,), who, who, ""))
        batch.flush()
    reads: list[str] = []

    class Counting:
        def read(self, object_id: str) -> object:
            reads.append(object_id)
            return repo.read(object_id)

    for walk in (ancestors(Counting(), [at]), lineage(Counting(), at)):  # type: ignore[arg-type]
        reads.clear()
        assert next(walk) == at
        next(walk)
        assert len(reads) <= 3
    assert is_ancestor(repo, first, at)


def test_a_missing_commit_is_named(repo_path: Path) -> None:
    repo = fresh(repo_path)
    missing = CommitId("1" * 40)
    with pytest.raises(ObjectNotFound) as caught:
        list(ancestors(repo, [missing]))
    assert caught.value.id == missing
