"""Walks over the commit graph, against a naive computation."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.errors import ObjectNotFound
from store.ids import CommitId
from store.objects.commit import Commit, Signature, read_commit, write_commit
from store.objects.commit_walk import ancestors, heads_of, nearest_common
from store.objects.objects import ObjectReader
from store.objects.tree import write_tree
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

    def heads(commits: Iterable[CommitId]) -> set[CommitId]:
        found = set(commits)
        return {c for c in found if not any(c in reach[o] for o in found if o != c)}

    for commit in made:
        assert sorted(ancestors(objects, [commit])) == sorted(reach[commit])
    assert heads_of(objects, made) == heads(made)
    for one, other in itertools.product(made, made):
        assert nearest_common(objects, [one], other) == heads(reach[one] & reach[other])


def test_a_long_line_yields_at_once() -> None:
    objects = Memory()
    made = build(objects, [([1], number) for number in range(3000)])
    objects.forget()
    walk = ancestors(objects, [made[-1]])
    assert [next(walk), next(walk)] == [made[-1], made[-2]]
    assert len(objects.reads) <= 3


def test_a_missing_commit_is_named() -> None:
    missing = CommitId("1" * 40)
    with pytest.raises(ObjectNotFound) as caught:
        list(ancestors(Memory(), [missing]))
    assert caught.value.id == missing
