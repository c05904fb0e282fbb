"""The versions that a change evolved from, in order, each with the operation that made it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pytest

from porcelain.actions.recording.record import Recorder
from porcelain.errors import CorruptOperation
from porcelain.graph.evolution import accumulate_predecessors, walk_evolution
from porcelain.index.id_sources import ROOT_COMMIT
from porcelain.maintenance.abandon_operations import abandon, operation_range
from porcelain.model.ids import OperationId
from porcelain.model.operation import ROOT_OPERATION, OperationData
from porcelain.model.operation_store import (
    EXPORTED_REF,
    OPERATION_REF,
    read_operation,
    stage_operation,
)
from porcelain.model.view import read_roots, write_view
from porcelain.model.view_value import HEADS
from porcelain.repo.interdiff import version_diff
from store.ids import EMPTY_TREE, CommitId
from store.objects.commit import Commit, read_commit, write_commit
from store.objects.objects import ObjectWriter
from store.repository.pack_writer import ObjectBatch
from store.repository.ref_update import Expect, RefEdit, update_refs
from store.session.session import Session
from tests.harness.world import World, chat

Links = Mapping[str, Sequence[str]]


class Evolving(World):
    """A repository whose commits have one letter and a number for a description."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.ids: dict[str, CommitId] = {}
        self.operations: dict[str, OperationId] = {}

    def commit(self, objects: ObjectWriter, label: str) -> Commit:
        """Return a commit without messages and without parents."""
        objects.add("tree", b"")
        who = self.actor.signature()
        return Commit(EMPTY_TREE, (), who, who, f"{label}\n", (("change-id", "k" * 32),))

    def record(self, name: str, links: Links) -> None:
        """Make commits in one transaction; each takes the place of those that it links to."""

        def work(tx: Recorder) -> None:
            for label, olds in links.items():
                commit = self.commit(tx.batch, label)
                self.ids[label] = tx.write(commit, [self.ids[old] for old in olds])

        with self.repo().transaction(name) as tx:
            work(tx)
        self.operations[name] = self.repo().head

    def plant(self, name: str, links: Links, parents: Sequence[str], heads: Iterable[str]) -> None:
        """Publish an operation as it would come from elsewhere, whatever it says."""
        repository = self.repo().repository
        above = [self.operations[parent] for parent in parents]
        with ObjectBatch(repository) as batch:
            for label in links:
                if label not in self.ids:
                    self.ids[label] = write_commit(batch, self.commit(batch, label))
            start = read_operation(repository, above[0]).view if above else None
            ids = [self.ids[label] for label in heads]
            view, _ = write_view(
                batch, read_roots(batch, start), {HEADS: {one: one for one in ids}}
            )
            named = {self.ids[n]: tuple(self.ids[old] for old in olds) for n, olds in links.items()}
            data = OperationData("x", name, parents=tuple(above), predecessors=named)
            made = stage_operation(batch, data, view, list(self.ids.values()))
            batch.flush()
            here = self.repo().head
            old = Expect.MISSING if here == ROOT_OPERATION else CommitId(here)
            update_refs(
                repository,
                [RefEdit(ref, CommitId(made.id), old) for ref in (OPERATION_REF, EXPORTED_REF)],
            )
        self.operations[name] = made.id

    def evolution(self, *starts: str) -> list[str]:
        """Return what a fresh look says that commits evolved from: `c <- a b @operation`."""
        labels = {commit_id: label for label, commit_id in self.ids.items()}
        repo = self.open()
        said = []
        for version in walk_evolution(repo.index, [self.ids[start] for start in starts]):
            olds = "".join(f" {labels[old]}" for old in version.predecessors)
            made_by = version.operation
            by = f" @{made_by.data.description}" if made_by else ""
            said.append(f"{labels[version.commit]} <-{olds}{by}")
        return said


@pytest.fixture
def world(repo_path: Path) -> Evolving:
    """An empty repository."""
    return Evolving(repo_path)


def test_the_root_was_made_by_nothing(world: Evolving) -> None:
    world.ids["root"] = ROOT_COMMIT
    world.record("one", {"a": []})
    assert world.evolution("root") == ["root <-"]


def test_a_commit_comes_with_the_operation_that_made_it(world: Evolving) -> None:
    world.record("one", {"a": []})
    assert world.evolution("a") == ["a <- @one"]
    world.record("two", {"b": ["a"]})
    assert world.evolution("b") == ["b <- a @two", "a <- @one"]
    assert world.evolution("a") == ["a <- @one"]


def test_what_plain_git_made_has_no_operation(world: Evolving) -> None:
    info = world.store().save(chat("talk", "one"))
    world.ids["outside"] = info.id
    world.record("amend", {"b": ["outside"]})
    assert world.evolution("b") == ["b <- outside @amend", "outside <-"]


def test_each_side_of_concurrent_operations_is_followed(world: Evolving) -> None:
    world.record("one", {"a": []})
    world.plant("two", {"b": ["a"]}, ["one"], "b")
    # Its sibling: published while "two" was there already, as a fetch would have it.
    world.plant("three", {"c": ["a"]}, ["one"], "c")
    world.plant("merge", {}, ["two", "three"], "bc")
    world.plant("last", {"d": ["b"], "e": ["c"]}, ["merge"], "de")
    assert world.evolution("d") == ["d <- b @last", "b <- a @two", "a <- @one"]
    assert world.evolution("e") == ["e <- c @last", "c <- a @three", "a <- @one"]
    both = world.evolution("d", "e")
    assert both[:2] == ["d <- b @last", "e <- c @last"]
    assert sorted(both[2:4]) == ["b <- a @two", "c <- a @three"]
    assert both[4:] == ["a <- @one"]


def test_several_steps_in_one_operation_are_all_shown(world: Evolving) -> None:
    world.record("one", {"a": []})
    world.record("two", {"b": ["a"], "c": ["b"]})
    assert world.evolution("c") == ["c <- b @two", "b <- a @two", "a <- @one"]


def test_several_predecessors_come_in_the_order_of_operations(world: Evolving) -> None:
    world.record("one", {"a": []})
    world.record("two", {"b": []})
    world.record("three", {"c": ["b", "a"]})
    world.record("four", {"d": [], "e": []})
    world.record("five", {"f": ["d", "e"]})
    assert world.evolution("c") == ["c <- b a @three", "b <- @two", "a <- @one"]
    assert world.evolution("f") == ["f <- d e @five", "d <- @four", "e <- @four"]


def test_within_an_operation_what_is_replaced_comes_after(world: Evolving) -> None:
    world.plant("one", {"a": [], "b": ["a"], "c": ["b"], "d": ["a"]}, [], "cd")
    world.record("two", {"e": ["d", "c"]})
    assert world.evolution("e") == [
        "e <- d c @two",
        "d <- a @one",
        "c <- b @one",
        "b <- a @one",
        "a <- @one",
    ]


def test_a_shared_version_is_shown_once_and_last(world: Evolving) -> None:
    world.record("one", {"a": []})
    world.record("two", {"b": ["a"]})
    world.plant("three", {"c": ["a", "b"]}, ["two"], "c")
    assert world.evolution("c") == ["c <- a b @three", "b <- a @two", "a <- @one"]


def test_a_commit_that_replaces_itself_is_an_error(world: Evolving) -> None:
    world.record("one", {"a": []})
    world.plant("two", {"a": ["a"]}, ["one"], "a")
    with pytest.raises(CorruptOperation, match="replaced by"):
        world.evolution("a")


def test_commits_that_replace_each_other_are_an_error(world: Evolving) -> None:
    world.record("one", {"a": [], "b": [], "c": []})
    world.plant("two", {"a": ["c"], "b": ["a"], "c": ["b"]}, ["one"], "a")
    for start in "abc":
        with pytest.raises(CorruptOperation, match="replaced by"):
            world.evolution(start)


def test_ids_that_are_none_in_an_operation_are_refused(world: Evolving) -> None:
    world.record("one", {"a": []})
    world.plant("two", {"b": []}, ["one"], "b")
    repository = world.repo().repository
    data = OperationData(
        "x",
        "odd",
        parents=(world.operations["two"],),
        predecessors={CommitId("no id"): (), world.ids["b"]: (CommitId("\ud800"),)},
    )
    with ObjectBatch(repository) as batch:
        view = read_operation(repository, world.operations["two"]).view
        assert view is not None
        made = stage_operation(batch, data, view, [])
        batch.flush()
        old = CommitId(world.operations["two"])
        edits = [RefEdit(ref, CommitId(made.id), old) for ref in (OPERATION_REF, EXPORTED_REF)]
        update_refs(repository, edits)
    with pytest.raises(CorruptOperation, match="predecessors"):
        world.open()


def test_made_again_after_it_was_rewritten(world: Evolving) -> None:
    world.record("one", {"a": []})
    world.record("two", {"b": ["a"]})
    world.plant("three", {"a": ["b"]}, ["two"], "a")
    assert world.evolution("a") == ["a <- b @three", "b <- a @two", "a <- @one"]
    world.plant("four", {"b": []}, ["three"], "b")
    assert world.evolution("b") == ["b <- a @two", "a <- @one"], "made again is not made new"


def test_what_was_made_and_what_was_rewritten_survives_a_new_index(world: Evolving) -> None:
    world.record("one", {"a": []})
    world.record("two", {"b": ["a"], "c": ["b"]})
    before = world.evolution("c")
    assert read_operation(world.repo().repository, world.operations["two"]).data.predecessors == {
        world.ids["b"]: (world.ids["a"],),
        world.ids["c"]: (world.ids["b"],),
    }
    for file in world.path.glob("store-index.sqlite*"):
        file.unlink()
    assert world.evolution("c") == before


def test_undo_takes_no_version_out(world: Evolving) -> None:
    world.record("one", {"a": []})
    world.record("two", {"b": ["a"]})
    world.repo().undo()
    assert world.evolution("a") == ["a <- @one"]
    assert world.evolution("b") == ["b <- a @two", "a <- @one"]


def test_where_operations_were_abandoned_the_list_is_cut(world: Evolving) -> None:
    world.record("one", {"a": []})
    world.record("two", {"b": ["a"]})
    world.record("three", {"c": ["b"]})
    repo = world.repo()
    abandon(repo, operation_range(repo, f"..{world.operations['two']}"))
    world.repo().reload()
    assert world.evolution("c") == ["c <- b @three", "b <-"]


def test_the_past_knows_nothing_of_later_operations(world: Evolving) -> None:
    world.record("one", {"a": []})
    world.record("two", {"b": ["a"]})
    world.plant("three", {"a": ["b"]}, ["two"], "a")
    past = world.open().at_operation(world.operations["two"])
    found = [version.operation for version in walk_evolution(past.index, [world.ids["a"]])]
    assert [operation and operation.data.description for operation in found] == ["one"]


def test_predecessors_over_a_range_of_operations(world: Evolving) -> None:
    world.record("a", {"a1": [], "a2": [], "a3": []})
    world.plant("b", {"b1": ["a1"], "b2": ["a2", "a3"]}, ["a"], ["b1", "b2"])
    world.plant("c", {"c1": ["b1"], "c2": ["b2", "a3"], "c3": ["c2"]}, ["b"], ["c1", "c3"])
    world.plant("d", {"d1": ["a1"], "d2": ["a2"]}, ["a"], ["d1", "d2"])
    world.plant("all", {}, ["c", "d"], ["c1"])
    labels = {commit_id: label for label, commit_id in world.ids.items()}
    repo = world.open()

    def over(new: str, old: str) -> dict[str, str]:
        start, end = (read_operation(repo.repository, world.operations[one]) for one in (old, new))
        found = accumulate_predecessors(repo.index, sorted(labels), start, end)
        return {
            labels[one]: " ".join(sorted(labels[old] for old in olds))
            for one, olds in found.items()
        }

    assert over("c", "c") == {}
    assert over("c", "b") == {"c1": "b1", "c2": "a3 b2", "c3": "a3 b2"}
    assert over("c", "a") == {
        "b1": "a1",
        "b2": "a2 a3",
        "c1": "a1",
        "c2": "a2 a3",
        "c3": "a2 a3",
    }
    back = {"a1": "c1", "a2": "c3", "a3": "c3", "b1": "c1", "b2": "c3", "c2": "c3"}
    assert over("a", "c") == back
    sideways = over("d", "c")
    assert sideways == back | {"d1": "c1", "d2": "c3"}


def test_operations_that_made_no_version_are_never_read(world: Evolving) -> None:
    world.record("one", {"a": []})
    world.record("other", {"x": []})
    world.record("two", {"b": ["a"]})
    world.record("another", {"y": ["x"]})
    repo = world.open()
    with repo.index.writing() as connection:
        connection.execute("UPDATE operations SET data = 'unreadable' WHERE data LIKE '%other%'")
    found = [version.commit for version in walk_evolution(repo.index, [world.ids["b"]])]
    assert found == [world.ids["b"], world.ids["a"]]


# What a version says that others did not.


def amended(
    world: World, rev: str, change: Callable[[Session], Session], message: str = ""
) -> tuple[CommitId, CommitId]:
    """Rewrite a commit's transcript in place; return the old and the new commit."""
    from store.tree_layout.layout import read_session, write_session

    repo = world.repo()
    old = repo.resolve(rev)
    with repo.transaction("amend") as tx:
        commit = read_commit(tx.batch, old)
        tree = write_session(tx.batch, change(read_session(tx.batch, commit.tree)), "native")
        who = tx.signature()
        text = message or commit.message
        new = tx.write(commit._replace(tree=tree, committer=who, message=text), [old])
    return old, new


def test_a_version_is_compared_message_by_message(repo_path: Path) -> None:
    world = World(repo_path)
    world.save(chat("talk", "one", "two", "three"))

    def change(session: Session) -> Session:
        rows = list(session.messages)
        rows[1] = chat("x", "-", "TWO").messages[1]
        return session.with_messages([*rows, chat("x", "four").messages[0]])

    old, new = amended(world, "@", change, "a title\n")
    diff = version_diff(world.repo(), new, [old])
    assert diff.description == ("", "a title")
    sides = [
        (change.before and (change.before[0], getattr(change.before[1], "text", "")),
         change.after and (change.after[0], getattr(change.after[1], "text", "")))
        for change in diff.rows
    ]  # fmt: skip
    assert sides == [((2, "two"), (2, "TWO")), (None, (4, "four"))]


def test_a_field_of_the_header_is_a_difference(repo_path: Path) -> None:
    world = World(repo_path)
    world.save(chat("talk", "one"))
    old, new = amended(world, "@", lambda session: session.with_header({"notes": "mine"}))
    diff = version_diff(world.repo(), new, [old])
    assert [(one.name, one.after) for one in diff.fields] == [("notes", "mine")]
    assert not diff.rows
    assert diff.description is None


def test_a_version_that_was_only_moved_is_no_difference(repo_path: Path) -> None:
    world = World(repo_path)
    world.save(chat("talk", "one", "two"))
    world.save(chat("talk", "one", "two", "three", "four"))
    tip = world.tip("talk")

    def change(session: Session) -> Session:
        return session.with_messages([chat("x", "ONE").messages[0], session.messages[1]])

    amended(world, "talk-", change)
    moved = world.tip("talk")
    assert moved != tip
    assert world.texts("talk") == ["ONE", "two", "three", "four"]
    versions = list(walk_evolution(world.repo().index, [moved]))
    assert [version.commit for version in versions] == [moved, tip]
    assert not version_diff(world.repo(), moved, [tip])
    begin = version_diff(world.repo(), tip, [])
    assert [change.after and change.after[0] for change in begin.rows] == [3, 4]


def test_what_was_squashed_counts_together(repo_path: Path) -> None:
    world = World(repo_path)
    world.save(chat("talk", "one", "two"))
    parent = world.tip("talk")
    world.save(chat("talk", "one", "two", "three", "four"))
    tip = world.tip("talk")
    repo = world.repo()
    with repo.transaction("squash") as tx:
        above, below = (read_commit(tx.batch, one) for one in (tip, parent))
        squashed = tx.write(below._replace(tree=above.tree), [parent, tip])
    assert not version_diff(world.repo(), squashed, [parent, tip]).rows
    alone = version_diff(world.repo(), squashed, [parent])
    assert [change.after and change.after[0] for change in alone.rows] == [3, 4]
