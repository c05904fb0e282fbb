"""Operations with two parents, as synchronising makes them: shown, compared, undone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from porcelain.errors import NotOneOperation, Refused
from porcelain.index.operation_expression import resolve_operation
from porcelain.index.operation_walk import only_before, walk_operations
from porcelain.maintenance.abandon_operations import abandon, operation_range
from porcelain.model.ids import OperationId
from porcelain.model.operation import OperationData
from porcelain.model.operation_store import (
    EXPORTED_REF,
    OPERATION_REF,
    heads_among,
    read_operation,
    stage_operation,
)
from porcelain.model.view import read_roots, write_view
from porcelain.model.view_value import HEADS, SESSIONS
from porcelain.repo.operation_diff import OperationDiffs
from store.ids import CommitId
from store.repository.pack_writer import ObjectBatch
from store.repository.ref_name import session_ref
from store.repository.ref_update import Expect, RefEdit, update_refs
from tests.harness.bare import git
from tests.harness.world import World, chat, view_of


class Merged(World):
    """A log that two copies continued: `base`, then `ours` and `theirs`, then `merge`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.save(chat("talk", "one", "two"))
        self.base = self.repo().head
        copy = path.parent / "copy.git"
        shutil.copytree(path, copy)
        other = World(copy, seed="other", make=False, host="there")
        other.fork("talk", "theirs")
        self.theirs = other.repo().head
        self.fork("talk", "ours")
        self.ours = self.repo().head
        self.git("fetch", "--quiet", str(copy), f"{self.theirs}:refs/wj/remotes/copy/op")
        self.merge = self._merge()

    def _merge(self) -> OperationId:
        repository = self.repo().repository
        ours, theirs = (read_operation(repository, one) for one in (self.ours, self.theirs))
        added = {
            key: value
            for key, value in view_of(self.repo(), theirs).items()
            if key[0] in (HEADS, SESSIONS)
        }
        edits: dict[str, dict[str, str | None]] = {HEADS: {}, SESSIONS: {}}
        for (part, key), value in added.items():
            edits[part][key] = value
        with ObjectBatch(repository) as batch:
            view, _ = write_view(batch, read_roots(batch, ours.view), edits)
            data = OperationData("merge", "merge", end=ours.data.end, parents=(ours.id, theirs.id))
            keep = heads_among(batch, [CommitId(key) for part, key in added if part == HEADS])
            made = stage_operation(batch, data, view, keep)
            batch.flush()
            update_refs(
                repository,
                [
                    RefEdit(ref, CommitId(made.id), CommitId(ours.id))
                    for ref in (OPERATION_REF, EXPORTED_REF)
                ],
            )
        tip = CommitId(added[SESSIONS, "theirs"])
        update_refs(repository, [RefEdit(session_ref("theirs"), tip, Expect.MISSING)])
        return made.id


@pytest.fixture
def world(repo_path: Path) -> Merged:
    """A merged log."""
    return Merged(repo_path)


def test_both_sides_come_before_what_they_have_in_common(world: Merged) -> None:
    log = [operation.id for operation in world.repo().operations()]
    assert log[0] == world.merge
    assert set(log[1:3]) == {world.ours, world.theirs}
    assert log[3] == world.base
    assert world.repo().operations()[0].data.parents == (world.ours, world.theirs)


def test_a_range_leaves_out_all_that_is_before_its_beginning(world: Merged) -> None:
    index = world.repo().index

    def between(one: OperationId, other: OperationId) -> list[OperationId]:
        return [operation.id for operation in only_before(index, one, other)]

    assert between(world.merge, world.ours) == [world.merge, world.theirs]
    assert between(world.ours, world.theirs) == [world.ours]
    assert between(world.base, world.merge) == []
    assert len(between(world.merge, world.base)) == 3
    assert next(op.id for op in walk_operations(index)) == world.merge


def test_what_is_several_is_named_with_the_part_at_fault(world: Merged) -> None:
    repo = world.repo()
    with pytest.raises(NotOneOperation, match='"@-" expression') as before:
        resolve_operation(repo, "@--")
    assert set(before.value.found) == {world.ours[:12], world.theirs[:12]}
    with pytest.raises(NotOneOperation, match=r"\+\" expression") as after:
        resolve_operation(repo, f"{world.base}++")
    assert set(after.value.found) == {world.ours[:12], world.theirs[:12]}
    assert resolve_operation(repo, f"{world.ours}+-".removesuffix("-")) == world.merge


def test_the_past_does_not_see_what_came_after_it(world: Merged) -> None:
    past = world.repo().at_operation(world.ours)
    assert next(op.id for op in past.operations()) == world.ours
    assert world.theirs not in [op.id for op in past.operations()]
    assert resolve_operation(past, f"{world.base}+") == world.ours
    with pytest.raises(NotOneOperation, match="resolved to no operations"):
        resolve_operation(past, "@+")


def test_siblings_are_compared_in_both_directions_seen_from_anywhere(world: Merged) -> None:
    repo = world.repo()
    ours, theirs = (repo.resolve(name) for name in ("ours", "theirs"))
    for seen_from in (world.merge, world.ours, world.base):
        diffs = OperationDiffs(repo.at_operation(seen_from))
        there = diffs.between(world.ours, world.theirs)
        assert (theirs, ()) in there.commits
        assert (None, (ours,)) in there.commits
        names = {n.key: (n.before, n.after) for n in there.names if n.part == SESSIONS}
        assert names == {"ours": (ours, None), "theirs": (None, theirs)}
        back = diffs.between(world.theirs, world.ours)
        assert {(ours, ()), (None, (theirs,))} == set(back.commits)


def test_a_merge_changes_nothing_that_one_of_its_parents_had(world: Merged) -> None:
    repo = world.repo()
    assert not OperationDiffs(repo).of(repo.operations(1)[0])


def test_a_merge_is_neither_reverted_nor_abandoned_alone(world: Merged) -> None:
    with pytest.raises(Refused, match="Cannot revert a merge operation"):
        world.repo().revert(world.merge)
    world.new("talk")
    with pytest.raises(Refused, match="Cannot abandon a merge operation"):
        operation_range(world.repo(), world.merge)


def test_a_merge_above_what_goes_keeps_both_its_sides(world: Merged) -> None:
    world.new("talk")
    repo = world.repo()
    abandon(repo, operation_range(repo, f"..{world.base}"))

    log = {op.id: op.data for op in world.repo().operations()}
    (merge,) = (data for data in log.values() if data.kind == "merge")
    assert len(merge.parents) == 2
    assert [log[parent].parents for parent in merge.parents] == [(), ()]
    world.git("update-ref", "-d", "refs/wj/remotes/copy/op")
    world.git("gc", "--quiet", "--prune=now")
    git(world.path, "fsck", "--strict", "--no-dangling", "--no-progress")
    assert sorted(world.refs()) == ["ours", "talk", "theirs"]


def test_one_side_of_a_merge_goes_and_its_work_stays(world: Merged) -> None:
    world.new("talk")
    before = view_of(world.repo())
    repo = world.repo()
    abandon(repo, operation_range(repo, world.theirs))

    merge = next(op for op in world.repo().operations() if op.data.kind == "merge")
    assert merge.data.parents == (world.ours, world.base)
    assert view_of(world.repo()) == before
    world.git("update-ref", "-d", "refs/wj/remotes/copy/op")
    world.git("gc", "--quiet", "--prune=now")
    assert world.texts("theirs") == ["one", "two"]


def test_restoring_to_one_side_takes_back_the_other(world: Merged) -> None:
    found = world.repo().restore(world.ours)
    assert {operation.id for operation in found.taken_back} == {world.merge, world.theirs}
    assert sorted(world.refs()) == ["ours", "talk"]
