"""Resolving and restoring conflicts in commits: random chains on real repositories are moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from porcelain.actions.editing.message_conflicts import OURS, THEIRS, conflicts_of
from porcelain.actions.editing.restore_content import resolve, restore_content, restored_tree
from porcelain.actions.editing.restore_messages import restore_messages
from porcelain.actions.recording.record import Recorder
from porcelain.model.operation_store import head_operation, read_operation
from porcelain.transaction.rebase_descendants import rebase
from store.ids import CommitId, TreeId
from store.objects.commit import read_commit
from store.tree_layout.layout import read_session, write_session
from tests.harness.world import World, chat, check, texts_of

EDIT = st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(0, 2))
EDITS = st.lists(EDIT, min_size=1, max_size=3)


def edited(tx: Recorder, parent: CommitId, name: str, edit: tuple[int, int, int]) -> CommitId:
    """Make a commit that replaces some messages of its parent."""
    place, gone, come = edit
    tree = read_commit(tx.batch, parent).tree
    session = read_session(tx.batch, tree)
    rows = [*session.messages]
    place = min(place, len(rows))
    texts = [f"{name}{number}" for number in range(come)]
    rows[place : place + gone] = chat("s", *texts).messages
    new = write_session(tx.batch, session.with_messages(rows), "native", tree)
    return tx.write_new(new, (parent,), f"{name}\n")


def chain(tx: Recorder, start: CommitId, name: str, edits: Sequence[tuple[int, int, int]]) -> None:
    here = start
    for number, edit in enumerate(edits):
        here = edited(tx, here, f"{name}{number}", edit)
        tx.set_session(f"{name}{number}", here)


def conflicted(world: World) -> list[CommitId]:
    repo = world.repo()
    return [repo.row(position).id for position in repo.select("conflicts()").positions()]


def view_now(world: World) -> TreeId | None:
    repository = world.repo().repository
    return read_operation(repository, head_operation(repository)).view


@settings(max_examples=10, deadline=None)
@given(EDITS, EDITS, st.integers(0, 9), st.booleans())
def test_what_is_settled_below_is_settled_above_and_undone_exactly(
    one: list[tuple[int, int, int]],
    other: list[tuple[int, int, int]],
    pick: int,
    ours: bool,
) -> None:
    with TemporaryDirectory() as folder:
        world = World(Path(folder) / "r.git")
        world.save(chat("talk", *"abcdef"))
        with world.repo().transaction("build") as tx:
            chain(tx, world.tip("talk"), "x", one)
            chain(tx, world.tip("talk"), "y", other)
        before = {f"y{n}": texts_of(world.repo(), world.tip(f"y{n}")) for n in range(len(other))}
        with world.repo().transaction("move") as tx:
            low = world.tip("y0")
            onto = world.tip(f"x{len(one) - 1}")
            tx.show([rebase(tx, low, read_commit(tx.batch, low), (onto,))])
        check(world, fsck=False)
        found = conflicted(world)
        view = view_now(world)
        if found:
            commit_id = found[pick % len(found)]
            with world.repo().transaction("resolve") as tx:
                done = resolve(tx, commit_id, OURS if ours else THEIRS)
            check(world, fsck=False)
            assert done.left == ()
            assert conflicts_of(world.repo().repository, _tree(world, done.commit)) == ()
            assert len(conflicted(world)) < len(found)
            world.repo().undo()
            assert view_now(world) == view
        # Moved back, they add the same messages: nothing was lost in a conflict.
        with world.repo().transaction("back") as tx:
            low = world.tip("y0")
            tx.show([rebase(tx, low, read_commit(tx.batch, low), (world.tip("talk"),))])
        check(world)
        assert conflicted(world) == []
        for name, texts in before.items():
            now = texts_of(world.repo(), world.tip(name))
            assert Counter(t for t in now if t[0] == "y") == Counter(
                t for t in texts if t[0] == "y"
            )


def _tree(world: World, commit_id: CommitId) -> TreeId:
    return read_commit(world.repo().repository, commit_id).tree


@settings(max_examples=6, deadline=None)
@given(EDITS, EDITS, st.integers(1, 6))
def test_a_commit_restored_from_another_says_what_that_says(
    one: list[tuple[int, int, int]], other: list[tuple[int, int, int]], number: int
) -> None:
    with TemporaryDirectory() as folder:
        world = World(Path(folder) / "r.git")
        world.save(chat("talk", *"abcdef"))
        with world.repo().transaction("build") as tx:
            chain(tx, world.tip("talk"), "x", one)
            chain(tx, world.tip("talk"), "y", other)
        source, into = world.tip(f"x{len(one) - 1}"), world.tip("y0")
        wanted = texts_of(world.repo(), source)
        view = view_now(world)
        with world.repo().transaction("restore") as tx:
            here, there = (read_commit(tx.batch, c).tree for c in (into, source))
            restore_content(tx, into, restored_tree(tx, here, there))
        check(world, fsck=False)
        assert texts_of(world.repo(), world.tip("y0")) == wanted
        if world.tip("y0") != into:
            world.repo().undo()
        assert view_now(world) == view
        rows = len(texts_of(world.repo(), into))
        with world.repo().transaction("restore") as tx:
            tree = restore_messages(tx.batch, here, there, [(min(number, rows), None)])
            restore_content(tx, into, tree)
        check(world)
        found = texts_of(world.repo(), world.tip("y0"))
        assert (
            found[: min(number, rows) - 1] == texts_of(world.repo(), into)[: min(number, rows) - 1]
        )
