"""Differences of the two tools by design: commands that one refuses, and results.

Where one of these applies, both tools are put back to before the command, and the sequence
goes on. What would differ too often is left out by `verbs` and `generator`, which say why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tests.differential.aftermath import (
    Aftermath,
    Reduced,
    change_names,
    changes_shown,
    is_alone,
    is_fresh,
    lineage,
    taken_out,
    without_bookmarks,
)
from tests.differential.tools.shown import ROOT, Answer, Shown, Target
from tests.differential.versions import (
    beside_another_change_id,
    beside_several_versions,
    beside_what_was_moved,
)

_Rule = Callable[[Sequence[str], Answer, Answer], bool]


class Deliberate(NamedTuple):
    """A difference that is meant: which, why, and when it is this one."""

    name: str
    reason: str
    applies: _Rule


def _edits_immutable(words: Sequence[str], jj: Answer, wj: Answer) -> bool:
    moves = words[0] == "edit" or (words[0] in ("next", "prev") and "--edit" in words)
    return moves and wj.is_done and "immutable" in jj.text


def _changes_nothing(words: Sequence[str], jj: Answer, wj: Answer) -> bool:
    nothing = "Nothing changed." in wj.text or "No revisions to rebase." in wj.text
    nothing |= words[0] == "simplify-parents"
    return wj.is_done and nothing and "is immutable" in jj.text


DELIBERATE = (
    Deliberate(
        "edit immutable",
        "Nothing is ever written into the commit where `@` stands, so wj lets it stand there.",
        _edits_immutable,
    ),
    Deliberate(
        "immutable and unchanged",
        "wj refuses to rewrite an immutable commit, jj to be asked for what would not change it.",
        _changes_nothing,
    ),
)


def find_deliberate(words: Sequence[str], jj: Answer, wj: Answer) -> Deliberate | None:
    """Return the difference that is meant here, if one is."""
    return next((one for one in DELIBERATE if one.applies(tuple(words), jj, wj)), None)


def without_names(step: Aftermath, jj: Shown, wj: Shown) -> Reduced:
    """Leave out names in conflict because their commit was rewritten.

    A name was on a commit that was rewritten since or meanwhile. To jj the name has moved, and
    taking back or changing what put it there is a conflict; wj knows that it is the same change,
    and has the newest version of it as a side. And names on the root, which wj has not.
    """

    def follows(target: Target) -> bool:
        at = {jj.commits[side].change for side in target.adds if side in jj.commits}
        return all(side in jj.commits and jj.commits[side].change in at for side in target.removes)

    odd = set()
    for name, target in jj.bookmarks.items():
        other = wj.bookmarks.get(name, Target(()))
        settled = follows(target) and not other.removes
        old = not any(side in jj.visible for side in target.removes)
        there = change_names(step, 0, target.adds)
        settled |= old and not other.removes and change_names(step, 1, other.adds) <= there
        same = _by_change(step, 0, jj, target) == _by_change(step, 1, wj, other)
        if target.removes and (settled or same or _goes_on(step, jj, target, other)):
            odd.add(name)
        if ROOT in target.adds and name not in wj.bookmarks:
            odd.add(name)
    if tuple(step.words[:2]) != ("op", "revert") and step.then is None:
        return jj, wj
    left, right = (
        state._replace(bookmarks={n: t for n, t in state.bookmarks.items() if n not in odd})
        for state in (jj, wj)
    )
    return left, right


def _goes_on(step: Aftermath, jj: Shown, target: Target, other: Target) -> bool:
    """Tell whether jj's conflict is wj's and, besides, that a side has moved with its change."""
    pairs = dict(step.commits.values())
    more = [
        [side for side in sides if pairs.get(side) not in others]
        for sides, others in zip(target, other, strict=True)
    ]
    if sum(map(len, other)) != sum(map(len, target)) - sum(map(len, more)):
        return False
    sides = [[jj.commits[c].change for c in some if c in jj.commits] for some in more]
    return bool(more[1]) and sorted(sides[0]) == sorted(sides[1])


def _by_change(step: Aftermath, side: int, state: Shown, target: Target) -> list[list[str]]:
    names = step.changes[side]
    return [
        sorted(names.get(state.commits[c].change, "") if c in state.commits else "" for c in sides)
        for sides in target
    ]


def without_position(step: Aftermath, jj: Shown, wj: Shown) -> Reduced:
    """Leave out `@` where it moved in a slow command and was only rewritten meanwhile.

    Or was moved by what is taken back, and only rewritten since; or, where that is divergent, came
    to another version.
    To jj both moved it, and the first wins; to wj following a rewriting is no move. What jj so
    stands on, and wj left and dropped, is left out too.
    """
    stays = step.before[0].at == jj.at is not None and step.before[1].at != wj.at
    back = tuple(step.words[:2]) == ("op", "revert")
    if back and _is_one_of_several(step, jj, wj):
        return jj._replace(at=None), wj._replace(at=None)
    if not stays or jj.at is None or not (back or jj.at not in (step.then or (jj.at,))):
        return jj, wj
    if back and wj.at is not None and is_fresh(step, 1, wj.commits[wj.at]):
        wj = taken_out(wj, {wj.at})  # that it had left and dropped
    here = step.changes[0].get(jj.commits[jj.at].change)
    kept = {step.changes[1].get(wj.commits[commit_id].change) for commit_id in wj.visible}
    gone = frozenset() if here in kept else frozenset([jj.at])
    return jj._replace(at=None, visible=jj.visible - gone), wj._replace(at=None)


def _is_one_of_several(step: Aftermath, jj: Shown, wj: Shown) -> bool:
    """Tell whether `@` is on another version of the same divergent change."""
    if jj.at is None or wj.at is None:
        return False
    one, other = change_names(step, 0, [jj.at]), change_names(step, 1, [wj.at])
    shown = changes_shown(jj, step, 0)
    return one == other and any(len(shown.get(name, ())) > 1 for name in one)


def without_what_comes_back(step: Aftermath, jj: Shown, wj: Shown) -> Reduced:
    """Leave out what the slow command only rebased, or left, and another dropped meanwhile.

    Or what it left and dropped, and another built on. jj shows the one again, and drops the
    other; wj does neither.
    """
    if step.then is None:
        return jj, wj
    known = [set(changes_shown(step.before[side], step, side)) for side in (0, 1)]
    left, right = (changes_shown(state, step, side) for side, state in enumerate((jj, wj)))
    back = {c for n, found in left.items() if n and n not in {*right, *known[0]} for c in found}
    kept = {
        c
        for n, found in right.items()
        if n in known[1] and n not in left
        for c in found
        if not wj.commits[c].title
    }
    return taken_out(jj, back), taken_out(wj, kept)


def without_leftovers(step: Aftermath, jj: Shown, wj: Shown) -> Reduced:
    """Leave out the new, empty `@` of a slow command that `@` did not move to.

    jj keeps it, though nobody knows of it; wj drops it, as everything that is empty and left.
    """
    if step.then is None:
        return jj, wj
    used = {parent for c in jj.visible for parent in jj.commits[c].parents} | {jj.at}
    used |= {side for target in jj.bookmarks.values() for side in target.adds}
    left = {
        commit_id
        for commit_id in jj.visible - used - step.before[0].visible
        if not jj.commits[commit_id].title and jj.commits[commit_id].change not in step.changes[0]
    }
    return taken_out(jj, left), wj


def without_what_is_named(step: Aftermath, jj: Shown, wj: Shown) -> Reduced:
    """Leave out what was abandoned, but a name was put on it before or meanwhile.

    jj puts the name on what that one stood on, the root too; wj shows the commit with the name.
    """
    if step.then is None and tuple(step.words[:2]) != ("op", "revert"):
        return jj, wj
    odd: set[str] = set()
    gone: set[str] = set()
    for name, target in wj.bookmarks.items():
        kept = [c for c in target.adds if is_alone(step, 1, c)]
        below = lineage(wj, kept)
        changes = change_names(step, 1, below)
        others = change_names(step, 0, jj.bookmarks.get(name, Target(())).adds)
        if kept and (not others or not changes.isdisjoint(others)):
            odd.add(name)
            gone |= {c for c in below if is_alone(step, 1, c)}
    return without_bookmarks(jj, odd), taken_out(without_bookmarks(wj, odd), gone)


def without_what_it_stands_on(step: Aftermath, jj: Shown, wj: Shown) -> Reduced:
    """Leave out what `@` moved to, and was abandoned meanwhile.

    jj makes a new change where that stood; wj shows the commit again with `@` on it.
    """
    if step.then is None or jj.at is None or wj.at is None or not is_alone(step, 1, wj.at):
        return jj, wj
    pairs, new, old = dict(step.commits.values()), jj.commits[jj.at], wj.commits[wj.at]
    above = tuple(pairs.get(parent, parent) for parent in new.parents)
    if not is_fresh(step, 0, new) or above != old.parents or wj.at in step.before[1].visible:
        return jj, wj
    return (
        taken_out(jj, {jj.at})._replace(at=None),
        taken_out(wj, {wj.at})._replace(at=None),
    )


def where_it_is_immutable(step: Aftermath, jj: Shown, wj: Shown) -> Reduced:
    """Leave out the new change that jj makes where `@` came back to an immutable commit."""
    if "working-copy commit became immutable" not in step.said or jj.at is None:
        return jj, wj
    new = jj.commits[jj.at]
    if not is_fresh(step, 0, new) or len(new.parents) != 1:
        return jj, wj
    return taken_out(jj, {jj.at})._replace(at=new.parents[0]), wj


REDUCTIONS = (
    where_it_is_immutable,
    without_what_is_named,
    without_what_it_stands_on,
    without_names,
    without_position,
    without_what_comes_back,
    without_leftovers,
    beside_another_change_id,
    beside_several_versions,
    beside_what_was_moved,
)
"""Functions that take results which differ by design out of both states, each after those before it."""
