"""Laws of rewriting, on real repositories of random conversations with forks and merges.

A conversation is the sum of what its changes add. So whatever is done to some of them: every
other change keeps its id and adds what it added, in the same order, to what it stands on;
sessions and workspaces stay with their changes, tags with their commits; and undo
brings everything back to the very same trees.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from porcelain.actions.editing.abandon import abandon
from porcelain.actions.editing.describe import Metadata, describe, edit_metadata
from porcelain.actions.editing.restore_content import revert
from porcelain.actions.editing.squash import squash
from porcelain.actions.moving.destination import Location
from porcelain.actions.moving.duplicate import duplicate
from porcelain.actions.moving.parallelize import parallelize, simplify_parents
from porcelain.actions.moving.rebase import Options, rebase_commits
from porcelain.actions.recording.new import commit, new
from porcelain.errors import Refused
from porcelain.model.view_value import SESSIONS, TAGS, WORKSPACES, Workspace, parse_target
from store.ids import CommitId
from tests.harness.world import World, check, view_of
from tests.porcelain.actions.random_conversations import (
    PICK,
    PICKS,
    SPECS,
    STEP,
    Scene,
    Spec,
    State,
    Step,
    build,
    changes_of,
    look,
    view_trees,
)


def do(scene: Scene, step: Step) -> None:
    """Run one command, then check what it may have changed.

    Raises:
        Refused: it does not work on these.
    """
    verb: Callable[[Scene, Step], None] = VERBS[step.name]
    verb(scene, step)


def after(scene: Scene) -> State:
    """Read the state again, and check the laws that hold after every command."""
    world = scene.world
    now = look(world)
    view = view_of(world.repo())
    tags = {key: value for key, value in scene.view.items() if key[0] == TAGS}
    assert {key: value for key, value in view.items() if key[0] == TAGS} == tags
    visible = {change.commit for change in now.values()}
    for (part, _), value in view.items():
        if part == SESSIONS:
            assert {side for side in parse_target(value)[::2] if side} <= visible
    return now


def same(scene: Scene, now: State, *, but: Iterable[str] = ()) -> None:
    """Check that every change except some still exists, adds the same and has its names."""
    apart = set(but)
    for key, old in scene.before.items():
        if key not in apart:
            assert key in now, f"lost the change that adds {old.adds}"
            assert now[key].adds == old.adds
            assert now[key].title == old.title
    here = {change.commit: key for key, change in now.items()}
    there = {change.commit: key for key, change in scene.before.items()}
    view = view_of(scene.world.repo())
    for place, value in scene.view.items():
        if place[0] not in (SESSIONS, WORKSPACES):
            continue
        old_at = _at(place[0], value)
        if old_at is None or there[old_at] in apart:
            continue
        new_at = _at(place[0], view.get(place, ""))
        assert new_at is not None, f"{place} is gone"
        assert here[new_at] == there[old_at], f"{place} went elsewhere"


def _at(part: str, value: str) -> CommitId | None:
    """Return the change of a name or a workspace; None for a name in conflict."""
    if part == WORKSPACES:
        return Workspace.of(value).commit
    target = parse_target(value)
    return target[0] if len(target) == 1 else None


def _empties(scene: Scene, now: State) -> set[str]:
    """Return the new changes, all of which are empty."""
    made = set(now) - set(scene.before)
    assert not any(now[key].adds for key in made)
    return made


def _describe(scene: Scene, step: Step) -> None:
    chosen = scene.pick(step.targets)
    with scene.world.repo().transaction() as tx:
        describe(tx, dict.fromkeys(chosen, "described\n"))
    now = after(scene)
    named = changes_of(scene.before, chosen)
    same(scene, now, but=named)
    assert set(now) == set(scene.before)
    for key, change in now.items():
        assert change.adds == scene.before[key].adds
        assert change.title == ("described\n" if key in named else scene.before[key].title)


def _metaedit(scene: Scene, step: Step) -> None:
    chosen = scene.pick(step.targets)
    fresh = bool(step.how % 2)
    wanted = Metadata(author=("Bob", "bob@example.org"), new_change_id=fresh)
    with scene.world.repo().transaction() as tx:
        edit_metadata(tx, chosen, wanted)
    now = after(scene)
    named = changes_of(scene.before, chosen)
    same(scene, now, but=named if fresh else ())
    assert len(now) == len(scene.before)
    assert set(scene.before) - set(now) == (named if fresh else set())
    made = set(now) - set(scene.before)
    old, new_ = ([s[k].adds for k in ks] for s, ks in ((scene.before, named), (now, made)))
    assert not fresh or sorted(old) == sorted(new_)


def _rebase(form: str) -> Callable[[Scene, Step], None]:
    def run(scene: Scene, step: Step) -> None:
        chosen = scene.pick(step.targets)
        with scene.world.repo().transaction() as tx:
            place = scene.place(tx, step.places, step.how)
            options = Options(simplify_parents=step.how % 8 > 4)
            rebase_commits(tx, form, chosen, place, options, onto=not step.how % 4)
        now = after(scene)
        same(scene, now)
        assert set(now) == set(scene.before)

    return run


def _squash(scene: Scene, step: Step) -> None:
    into = scene.pick(step.places[:1])[0]
    sources = [one for one in scene.pick(step.targets) if one != into]
    keep = bool(step.how % 2)
    with scene.world.repo().transaction() as tx:
        squash(tx, sources, into, "squashed\n", keep_emptied=keep)
    now = after(scene)
    gone, (target,) = changes_of(scene.before, sources), changes_of(scene.before, [into])
    same(scene, now, but=gone | {target})
    assert set(scene.before) - set(now) == (set() if keep else gone)
    _empties(scene, now)
    if now[target].commit != into:
        moved = Counter(text for key in gone for text in scene.before[key].adds)
        assert Counter(now[target].adds) == moved + Counter(scene.before[target].adds)


def _abandon(scene: Scene, step: Step) -> None:
    chosen = scene.pick(step.targets)
    retain, keep = bool(step.how % 2), step.how % 6 == 5
    with scene.world.repo().transaction() as tx:
        abandon(tx, chosen, retain_sessions=retain, keep_transcripts=keep)
    now = after(scene)
    gone = changes_of(scene.before, chosen)
    assert set(scene.before) - set(now) == gone
    _empties(scene, now)
    if not keep:
        same(scene, now, but=gone)
    for key in set(scene.before) & set(now) if keep else ():
        old = scene.before[key]
        if len(old.parents) < 2:
            assert now[key].begins + now[key].adds == old.begins + old.adds


def _duplicate(scene: Scene, step: Step) -> None:
    chosen = scene.pick(step.targets)
    with scene.world.repo().transaction() as tx:
        place = scene.place(tx, step.places, step.how) if step.how % 5 else None
        copies = duplicate(tx, chosen, place).copies
    now = after(scene)
    same(scene, now)
    here = {change.commit: change for change in now.values()}
    there = {change.commit: change for change in scene.before.values()}
    assert len(now) == len(scene.before) + len(copies)
    for old, copied in copies.items():
        assert here[copied].adds == there[old].adds


def _new(scene: Scene, step: Step) -> None:
    with scene.world.repo().transaction() as tx:
        new(tx, scene.place(tx, step.places, step.how), "new\n", edit=bool(step.how % 2))
    now = after(scene)
    same(scene, now, but=_left(scene, now))
    assert len(_empties(scene, now)) == 1


def _commit(scene: Scene, _step: Step) -> None:
    here = scene.world.repo().workspace.commit
    assert here is not None
    with scene.world.repo().transaction() as tx:
        commit(tx, "done\n")
    now = after(scene)
    done = changes_of(scene.before, [here])
    same(scene, now, but=done)
    (key,) = done
    assert now[key].adds == scene.before[key].adds
    assert now[key].title == "done\n"
    assert len(_empties(scene, now)) == 1


def _left(scene: Scene, now: State) -> set[str]:
    """Return the change where `@` was, which is discarded if it is empty and untitled."""
    was = Workspace.of(scene.view[WORKSPACES, scene.world.repo().workspace_key]).commit
    here = changes_of(scene.before, [was]) if was else set()
    for key in set(scene.before) - set(now):
        assert key in here
        assert not scene.before[key].adds
        assert not scene.before[key].title
    return here


def _parallelize(scene: Scene, step: Step) -> None:
    chosen = scene.pick(step.targets)
    with scene.world.repo().transaction() as tx:
        parallelize(tx, chosen)
    now = after(scene)
    same(scene, now)
    assert set(now) == set(scene.before)
    named = [now[key] for key in changes_of(scene.before, chosen)]
    assert not {p for one in named for p in one.parents} & {one.commit for one in named}


def _simplify(scene: Scene, step: Step) -> None:
    with scene.world.repo().transaction() as tx:
        simplify_parents(tx, scene.pick(step.targets))
    now = after(scene)
    same(scene, now)
    assert set(now) == set(scene.before)


VERBS: dict[str, Callable[[Scene, Step], None]] = {
    "describe": _describe,
    "metaedit": _metaedit,
    "rebase_revisions": _rebase("revisions"),
    "rebase_source": _rebase("source"),
    "rebase_branch": _rebase("branch"),
    "squash": _squash,
    "abandon": _abandon,
    "duplicate": _duplicate,
    "new": _new,
    "commit": _commit,
    "parallelize": _parallelize,
    "simplify_parents": _simplify,
}


def play(specs: list[Spec], steps: list[Step]) -> None:
    """Build, run the commands, then undo and redo all of them."""
    with TemporaryDirectory(prefix="wj-laws-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        world = World(Path(folder) / "r.git")
        build(world, specs)
        world.repo().ignores_immutable = True
        states = [view_trees(world)]
        for step in steps:
            scene = Scene(world)
            try:
                do(scene, step)
            except Refused:
                assert view_trees(world) == scene.tree
                continue
            if view_trees(world) != states[-1]:
                states.append(view_trees(world))
        check(world)
        for expected in states[-2::-1]:
            world.repo().undo()
            assert view_trees(world) == expected
        for expected in states[1:]:
            world.repo().redo()
            assert view_trees(world) == expected
        check(world, fsck=False)


@settings(max_examples=40)
@given(SPECS, st.lists(STEP, min_size=1, max_size=3))
def test_every_change_keeps_what_it_adds(specs: list[Spec], steps: list[Step]) -> None:
    play(specs, steps)


EMPTY, LONE, CHILD = (Spec((p,), n, False, False) for p, n in ((0, 0), (0, 1), (1, 1)))


@settings(max_examples=20)
@given(SPECS, PICKS, PICK)
@example([EMPTY, LONE, CHILD, EMPTY, LONE], [1, 62], 1)  # the second revert meets a conflict
@example([LONE, CHILD, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, LONE], [0, 4], 6)  # of a part of it
def test_reverting_takes_out_exactly_what_was_added(
    specs: list[Spec], targets: list[int], place: int
) -> None:
    with TemporaryDirectory(prefix="wj-laws-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        world = World(Path(folder) / "r.git")
        build(world, specs)
        scene = Scene(world)
        chosen, (onto,) = scene.pick(targets), scene.pick([place])
        with world.repo().transaction() as tx:
            made = revert(tx, chosen, Location((onto,))).commits
        gone = {text for key in changes_of(scene.before, chosen) for text in scene.before[key].adds}
        (key,) = changes_of(scene.before, [onto])
        whole = scene.before[key].begins + scene.before[key].adds
        texts = world.texts(made[-1])
        assert Counter(texts) == Counter(text for text in whole if text not in gone)
        assert len(made) == len(chosen)
        check(world)
        world.repo().undo()
        assert view_trees(world) == scene.tree


@pytest.mark.soak
@settings(max_examples=3000)
@given(SPECS, st.lists(STEP, min_size=1, max_size=6))
def test_every_change_keeps_what_it_adds_for_long(specs: list[Spec], steps: list[Step]) -> None:
    play(specs, steps)
