"""The results of a step that both tools made, and questions to them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from tests.differential.tools.shown import ROOT, Commit, Shown


class Aftermath(NamedTuple):
    """The results of a step that both tools made: the states before and after, jj's first.

    `changes` gives each tool's change ids common names, `commits` each tool's ids of commits.
    `then` are jj's commits that were visible at the operation that `--at-op` names, None
    without it; `involved` are names and words of the step itself, of what it takes back, and of
    what came between it and that operation; `said` is what jj wrote.
    """

    words: Sequence[str]
    before: tuple[Shown, Shown]
    after: tuple[Shown, Shown]
    changes: tuple[Mapping[str, str], Mapping[str, str]]
    commits: Mapping[str, tuple[str, str]]
    then: frozenset[str] | None
    involved: Sequence[tuple[str, Sequence[str]]]
    said: str


Reduced = tuple[Shown, Shown]


def changes_shown(state: Shown, step: Aftermath, side: int) -> dict[str, list[str]]:
    """Return the visible commits of each change that both tools know; others have no name."""
    found: dict[str, list[str]] = {}
    for commit_id in sorted(state.visible):
        name = step.changes[side].get(state.commits[commit_id].change, "")
        found.setdefault(name, []).append(commit_id)
    return found


def taken_out(state: Shown, gone: Collection[str]) -> Shown:
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


def is_fresh(step: Aftermath, side: int, new: Commit) -> bool:
    """Tell whether a tool made a commit in this step that is empty and has no title."""
    return not new.title and new.change not in step.changes[side]


def is_alone(step: Aftermath, side: int, commit_id: str) -> bool:
    """Tell whether a tool shows a commit that both had before, and the other does not."""
    other, shown = step.after[1 - side].visible, step.after[side].visible
    pairs = (pair for pair in step.commits.values() if pair[side] == commit_id)
    return commit_id in shown and any(pair[1 - side] not in other for pair in pairs)


def lineage(state: Shown, starts: Collection[str]) -> set[str]:
    """Return commits and all that they stand on, the root included."""
    found: set[str] = set()
    pending = list(starts)
    while pending:
        here = pending.pop()
        if here not in found:
            found.add(here)
            pending += state.commits[here].parents if here in state.commits else ()
    return found


def change_names(step: Aftermath, side: int, commits: Collection[str]) -> set[str]:
    """Return the common names of commits' changes; the root's is empty, unknown ones have none."""
    known = step.after[side].commits
    found = {"" if c == ROOT else step.changes[side].get(known[c].change) for c in commits}
    return {name for name in found if name is not None}


def without_bookmarks(state: Shown, names: Collection[str]) -> Shown:
    left = {name: target for name, target in state.bookmarks.items() if name not in names}
    return state._replace(bookmarks=left)


def alone(step: Aftermath, side: int, commits: Sequence[Commit]) -> list[Commit]:
    """Return those commits of a tool that the other has not got."""
    other = step.after[1 - side].visible
    both = {pair[side] for pair in step.commits.values() if pair[1 - side] in other}
    return [commit for commit in commits if commit.id not in both]
