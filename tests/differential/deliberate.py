"""What the two tools do differently by design: commands that one refuses, and results.

Where one of these applies, both tools are put back to before the command, and the sequence
goes on. What would differ too often is left out by `verbs` and `generator`, which say why.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from tests.differential.shown import ROOT, Answer, Commit, Shown, Target

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
    nothing = "Nothing changed." in wj.text or words[0] == "simplify-parents"
    return wj.is_done and nothing and "is immutable" in jj.text


def _commits_immutable(words: Sequence[str], jj: Answer, wj: Answer) -> bool:
    return words[0] == "commit" and jj.is_done and "is immutable" in wj.text


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
    Deliberate(
        "commit immutable",
        "jj alone describes a tagged `@`: it would have left it before, had it looked.",
        _commits_immutable,
    ),
)


def find_deliberate(words: Sequence[str], jj: Answer, wj: Answer) -> Deliberate | None:
    """Return the difference that is meant here, if one is."""
    return next((one for one in DELIBERATE if one.applies(tuple(words), jj, wj)), None)


class Aftermath(NamedTuple):
    """What a step led to that both tools did: the states before and after, jj's first.

    `changes` gives each tool's change ids common names, `commits` each tool's ids of commits.
    `then` are jj's commits that were visible at the operation that `--at-op` names, None
    without it; `involved` are the words of the step itself, of what it takes back, and of what
    came between it and that operation; `said` is what jj wrote.
    """

    words: Sequence[str]
    before: tuple[Shown, Shown]
    after: tuple[Shown, Shown]
    changes: tuple[Mapping[str, str], Mapping[str, str]]
    commits: Mapping[str, tuple[str, str]]
    then: frozenset[str] | None
    involved: Sequence[Sequence[str]]
    said: str


Reduced = tuple[Shown, Shown]


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
        pairs = dict(step.commits.values())
        old = not any(side in jj.visible for side in target.removes)
        settled |= (
            old and not other.removes and {*other.adds} <= {pairs.get(c) for c in target.adds}
        )
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

    Or was moved by what is taken back, and only rewritten since.
    To jj both moved it, and the first wins; to wj following a rewriting is no move. What jj so
    stands on, and wj left and dropped, is left out too.
    """
    stays = step.before[0].at == jj.at is not None and step.before[1].at != wj.at
    back = tuple(step.words[:2]) == ("op", "revert")
    if not stays or jj.at is None or not (back or jj.at not in (step.then or (jj.at,))):
        return jj, wj
    here = step.changes[0].get(jj.commits[jj.at].change)
    kept = {step.changes[1].get(wj.commits[commit_id].change) for commit_id in wj.visible}
    gone = frozenset() if here in kept else frozenset([jj.at])
    return jj._replace(at=None, visible=jj.visible - gone), wj._replace(at=None)


def without_what_comes_back(step: Aftermath, jj: Shown, wj: Shown) -> Reduced:
    """Leave out what the slow command only rebased, or left, and another dropped meanwhile.

    Or what it left and dropped, and another built on. jj shows the one again, and drops the
    other; wj does neither.
    """
    if step.then is None:
        return jj, wj
    known = [set(_changes_shown(step.before[side], step, side)) for side in (0, 1)]
    left, right = (_changes_shown(state, step, side) for side, state in enumerate((jj, wj)))
    back = {c for n, found in left.items() if n and n not in {*right, *known[0]} for c in found}
    kept = {
        c
        for n, found in right.items()
        if n in known[1] and n not in left
        for c in found
        if not wj.commits[c].title
    }
    return _taken_out(jj, back), _taken_out(wj, kept)


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
    return _taken_out(jj, left), wj


def _changes_shown(state: Shown, step: Aftermath, side: int) -> dict[str, list[str]]:
    """Return the visible commits of each change that both tools know; others have no name."""
    found: dict[str, list[str]] = {}
    for commit_id in sorted(state.visible):
        name = step.changes[side].get(state.commits[commit_id].change, "")
        found.setdefault(name, []).append(commit_id)
    return found


def _taken_out(state: Shown, gone: Collection[str]) -> Shown:
    """Return a state without some commits; their children stand on what these stood on."""

    def above(parents: Sequence[str]) -> Iterator[str]:
        for parent in parents:
            if parent in gone:
                yield from above(state.commits[parent].parents)
            else:
                yield parent

    commits = {
        commit_id: commit._replace(parents=tuple(dict.fromkeys(above(commit.parents))))
        for commit_id, commit in state.commits.items()
    }
    return state._replace(commits=commits, visible=state.visible - {*gone})


def without_what_is_named(step: Aftermath, jj: Shown, wj: Shown) -> Reduced:
    """Leave out what was abandoned, but a name was put on it before or meanwhile.

    jj puts the name on what that one stood on, the root too; wj shows the commit with the name.
    """
    if step.then is None and tuple(step.words[:2]) != ("op", "revert"):
        return jj, wj
    pairs = dict(step.commits.values())
    odd: set[str] = set()
    gone: set[str] = set()
    for name, target in wj.bookmarks.items():
        kept = [c for c in target.adds if _is_alone(step, 1, c)]
        below = _lineage(wj, kept)
        others = jj.bookmarks.get(name, Target(())).adds
        if kept and all(pairs.get(side, side) in {*below, *target.adds} for side in others):
            odd.add(name)
            gone |= {c for c in below if _is_alone(step, 1, c)}
    return _without_bookmarks(jj, odd), _taken_out(_without_bookmarks(wj, odd), gone)


def without_what_it_stands_on(step: Aftermath, jj: Shown, wj: Shown) -> Reduced:
    """Leave out what `@` moved to, and was abandoned meanwhile.

    jj makes a new change where that stood; wj shows the commit again with `@` on it.
    """
    if step.then is None or jj.at is None or wj.at is None or not _is_alone(step, 1, wj.at):
        return jj, wj
    pairs, new, old = dict(step.commits.values()), jj.commits[jj.at], wj.commits[wj.at]
    above = tuple(pairs.get(parent, parent) for parent in new.parents)
    if not _is_fresh(step, new) or above != old.parents or wj.at in step.before[1].visible:
        return jj, wj
    return (
        _taken_out(jj, {jj.at})._replace(at=None),
        _taken_out(wj, {wj.at})._replace(at=None),
    )


def where_it_is_immutable(step: Aftermath, jj: Shown, wj: Shown) -> Reduced:
    """Leave out the new change that jj makes where `@` came back to an immutable commit."""
    if "working-copy commit became immutable" not in step.said or jj.at is None:
        return jj, wj
    new = jj.commits[jj.at]
    if not _is_fresh(step, new) or len(new.parents) != 1:
        return jj, wj
    return _taken_out(jj, {jj.at})._replace(at=new.parents[0]), wj


def _is_fresh(step: Aftermath, new: Commit) -> bool:
    """Tell whether jj made a commit in this step that is empty and has no title."""
    return not new.title and new.change not in step.changes[0]


def _is_alone(step: Aftermath, side: int, commit_id: str) -> bool:
    """Tell whether a tool shows a commit that the other does not."""
    return commit_id in step.after[side].visible and bool(
        _alone(step, side, [step.after[side].commits[commit_id]])
    )


def _lineage(state: Shown, starts: Collection[str]) -> set[str]:
    """Return commits and all that they stand on, the root included."""
    found: set[str] = set()
    pending = list(starts)
    while pending:
        here = pending.pop()
        if here not in found:
            found.add(here)
            pending += state.commits[here].parents if here in state.commits else ()
    return found


def _without_bookmarks(state: Shown, names: Collection[str]) -> Shown:
    left = {name: target for name, target in state.bookmarks.items() if name not in names}
    return state._replace(bookmarks=left)


def knows_the_change(step: Aftermath) -> bool:
    """Tell whether a commit got another change id, meanwhile or in what is taken back.

    To jj the one that had the other id is abandoned, and what stands on it goes to its parents;
    wj knows that this one takes its place.
    """
    return any("--update-change-id" in words for words in step.involved)


def knows_the_versions(step: Aftermath) -> bool:
    """Tell whether wj took each version of a divergent change for what it had been or became.

    jj cannot tell which was which, and leaves the old ones under what was built on them.
    """
    if step.then is None and tuple(step.words[:2]) != ("op", "revert"):
        return False
    before = _changes_shown(step.before[0], step, 0)
    several = {name for name, found in before.items() if name and len(found) > 1}
    old = step.after[0].visible & (step.before[0].visible | (step.then or frozenset()))
    left = _alone(step, 0, [step.after[0].commits[commit_id] for commit_id in sorted(old)])
    return any(step.changes[0].get(commit.change) in several for commit in left)


def was_moved_meanwhile(step: Aftermath) -> bool:
    """Tell whether wj did to a commit where it was moved to what jj did to it where it was.

    The commit was only rebased meanwhile, perhaps after its parent. To jj it was so rewritten
    twice, and is divergent; wj rewrites, or abandons, the rebased one. What both put somewhere
    else is divergent in wj too.
    """
    if step.then is None:
        return False
    one, other = (_changes_shown(step.after[side], step, side) for side in (0, 1))
    one.pop("", None)
    found = False
    for change, lefts in one.items():
        jj = [step.after[0].commits[c] for c in lefts]
        wj = [step.after[1].commits[c] for c in other.get(change, [])]
        if len(jj) <= len(wj) or _are_held(step, jj):
            continue
        if not _fit(step, jj, wj) and not _fit(step, _alone(step, 0, jj), _alone(step, 1, wj)):
            return False
        found = True
    return found


def _are_held(step: Aftermath, jj: Sequence[Commit]) -> bool:
    """Tell whether only jj shows what became several meanwhile, since something stands on it."""
    alone = _alone(step, 0, jj)
    gone = [c for c in alone if c.id in (step.then or ()) and c.id not in step.before[0].visible]
    return gone == alone and len(jj) - len(alone) > 1


def _alone(step: Aftermath, side: int, commits: Sequence[Commit]) -> list[Commit]:
    """Return those commits of a tool that the other has not got."""
    other = step.after[1 - side].visible
    both = {pair[side] for pair in step.commits.values() if pair[1 - side] in other}
    return [commit for commit in commits if commit.id not in both]


def _fit(step: Aftermath, jj: Sequence[Commit], wj: Sequence[Commit]) -> bool:
    before, then = step.before[0].visible, step.then or frozenset()
    moved = [c for c in jj if c.id in before and c.id not in then]
    if not moved and len(wj) == 1 and {c.title for c in jj} == {wj[0].title}:
        moved = [c for c in jj if _above(step, 0, c) == _above(step, 1, wj[0])]
    return bool(moved) and len(wj) < 2 and all(_fits(step, moved[0], jj, c) for c in wj)


def _fits(step: Aftermath, moved: Commit, jj: Sequence[Commit], wj: Commit) -> bool:
    """Tell whether wj's one version stands where it was moved to, and says what another does."""
    titles = {c.title for c in jj if c is not moved}
    return wj.title in titles and _above(step, 0, moved) == _above(step, 1, wj)


def _above(step: Aftermath, side: int, commit: Commit) -> list[str | None]:
    commits, names = step.after[side].commits, step.changes[side]
    return [names.get(commits[p].change) if p != ROOT else "" for p in commit.parents]


REDUCTIONS = (
    where_it_is_immutable,
    without_what_is_named,
    without_what_it_stands_on,
    without_names,
    without_position,
    without_what_comes_back,
    without_leftovers,
)
"""What takes results that differ by design out of both states."""

DEPARTURES = (
    knows_the_change,
    knows_the_versions,
    was_moved_meanwhile,
)
"""What results that differ by design as a whole are known by."""
