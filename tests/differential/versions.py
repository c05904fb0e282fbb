"""Results that differ by design around changes that were rewritten more than once.

Each leaves out of both states the changes that it is about, and what stands on them: all that
is beside these has to be the same.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tests.differential.aftermath import (
    Aftermath,
    Reduced,
    alone,
    changes_shown,
    is_fresh,
    lineage,
    taken_out,
    without_bookmarks,
)
from tests.differential.tools.shown import ROOT, Commit, Shown


def beside_another_change_id(step: Aftermath, jj: Shown, wj: Shown) -> Reduced:
    """Leave out commits that got another change id, meanwhile or in what is taken back.

    To jj the one that had the other id is abandoned, and what stands on it goes to its parents;
    wj knows that this one takes its place.
    """
    given = [(name, words) for name, words in step.involved if "--update-change-id" in words]
    renamed = {word.strip("{}").partition("@")[0] for _, words in given for word in words[1:]}
    made = tuple(f"{name}." for name, _ in given)
    renamed |= {name for name in step.changes[0].values() if name.startswith(made)}
    return _beside(step, jj, wj, {*renamed, None}) if given else (jj, wj)


def beside_several_versions(step: Aftermath, jj: Shown, wj: Shown) -> Reduced:
    """Leave out divergent changes, where wj took each version for what it had been or became.

    jj cannot tell which was which, and leaves the old ones under what was built on them.
    """
    if step.then is None and tuple(step.words[:2]) != ("op", "revert"):
        return jj, wj
    known = changes_shown(step.before[0], step, 0)
    several = {name for name, found in known.items() if name and len(found) > 1}
    old = step.after[0].visible & (step.before[0].visible | (step.then or frozenset()))
    left = alone(step, 0, [step.after[0].commits[commit_id] for commit_id in sorted(old)])
    changes = {commit.id: step.changes[0].get(commit.change) for commit in left}
    found = {*changes.values()} & several
    if not found:
        return jj, wj
    held = lineage(jj, [c for c, change in changes.items() if change in found])
    below = [c for c, change in changes.items() if change not in found and c in held]
    return _beside(step, taken_out(jj, below), wj, found)


def beside_what_was_moved(step: Aftermath, jj: Shown, wj: Shown) -> Reduced:
    """Leave out what `_moved_meanwhile` finds."""
    return _beside(step, jj, wj, _moved_meanwhile(step))


def _beside(step: Aftermath, jj: Shown, wj: Shown, changes: Collection[str | None]) -> Reduced:
    """Leave out changes, those that stand on them, and names and `@` there, in either tool."""
    states, gone = (jj, wj), _standing_on(step, (jj, wj), {*changes})
    odd = {
        name
        for state, out in zip(states, gone, strict=True)
        for name, target in state.bookmarks.items()
        if not out.isdisjoint(target.adds)
    }
    ats = [state.at for state in step.after]
    is_moved = any(at in out for at, out in zip(ats, gone, strict=True))
    for side, (at, out) in enumerate(zip(ats, gone, strict=True)):
        if is_moved and at and is_fresh(step, side, states[side].commits[at]):
            out.add(at)  # in place of the one that is gone
    left, right = (
        without_bookmarks(state, odd)._replace(
            visible=state.visible - out, at=None if is_moved else state.at
        )
        for state, out in zip(states, gone, strict=True)
    )
    return left, right


def _standing_on(
    step: Aftermath, states: tuple[Shown, Shown], changes: set[str | None]
) -> list[set[str]]:
    """Return the commits of changes, and of those that stand on any of them in either tool."""
    count, gone = -1, [set[str](), set[str]()]
    while count < (count := sum(map(len, gone)) + len(changes)):
        for side, state in enumerate(states):
            # Of all that were shown, also of those that are left out for another reason.
            names, commits, shown = step.changes[side], state.commits, step.after[side].visible
            found = {c for c in shown if names.get(commits[c].change) in changes}
            gone[side] = {c for c in shown if found & lineage(state, [c])}
            known = {names.get(commits[c].change) for c in gone[side]}
            changes |= known - {None}
    return gone


def _moved_meanwhile(step: Aftermath) -> set[str]:
    """Return the changes to which wj did where they were moved to what jj did where they were.

    The commit was only rebased meanwhile, perhaps after its parent. To jj it was so rewritten
    twice, and is divergent; wj rewrites, or abandons, the rebased one. What both put somewhere
    else is divergent in wj too.
    """
    if step.then is None:
        return set()
    one, other = (changes_shown(step.after[side], step, side) for side in (0, 1))
    one.pop("", None)
    found = set()
    for change, lefts in one.items():
        jj = [step.after[0].commits[c] for c in lefts]
        wj = [step.after[1].commits[c] for c in other.get(change, [])]
        if len(jj) <= len(wj) or _are_held(step, jj):
            continue
        if not _fit(step, jj, wj) and not _fit(step, alone(step, 0, jj), alone(step, 1, wj)):
            return set()
        found.add(change)
    return found


def _are_held(step: Aftermath, jj: Sequence[Commit]) -> bool:
    """Tell whether only jj shows what became several meanwhile, since something stands on it."""
    only = alone(step, 0, jj)
    gone = [c for c in only if c.id in (step.then or ()) and c.id not in step.before[0].visible]
    return gone == only and len(jj) - len(only) > 1


def _fit(step: Aftermath, jj: Sequence[Commit], wj: Sequence[Commit]) -> bool:
    before, then = step.before[0].visible, step.then or frozenset()
    moved = [c for c in jj if c.id in before and c.id not in then]
    if not moved and len(wj) == 1 and {c.title for c in jj} == {wj[0].title}:
        moved = [c for c in jj if _above(step, 0, c) == _above(step, 1, wj[0])]
    if not moved and not wj:  # gone in wj, and in jj rebased once more
        since = {step.before[0].commits[c].change for c in before - then}
        moved = [c for c in jj if c.change in since and c.id not in then]
    return bool(moved) and len(wj) < 2 and all(_fits(step, moved[0], jj, c) for c in wj)


def _fits(step: Aftermath, moved: Commit, jj: Sequence[Commit], wj: Commit) -> bool:
    """Tell whether wj's one version stands where it was moved to, and says what another does."""
    titles = {c.title for c in jj if c is not moved}
    return wj.title in titles and _above(step, 0, moved) == _above(step, 1, wj)


def _above(step: Aftermath, side: int, commit: Commit) -> list[str | None]:
    """Return the names of the changes that a commit stands on, without those only jj shows."""
    names = step.changes[side]
    alone: set[str] = set()
    if side == 0:
        shown = set(changes_shown(step.after[1], step, 1))
        visible = step.after[0].visible
        alone = {c for c in visible if names.get(step.after[0].commits[c].change) not in shown}
    commits = taken_out(step.after[side], alone).commits
    return [names.get(commits[p].change) if p != ROOT else "" for p in commits[commit.id].parents]
