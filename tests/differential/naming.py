"""Names that commits, changes and operations have in common in two tools.

Ids differ, so what the tools show is compared as graphs: commits are coloured by their title,
their names, their change where that is known already, and again and again by the colours of
their parents and children, until nothing more can be told apart. The same graphs have the
same colours; where several commits still have the same one, they are interchangeable.

A change is named after the step that made it, `s7.0`; a commit after its change and the step
that wrote it, `s7.0@s9`. Such names outlive the removal of other steps from a sequence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from typing import NamedTuple

from tests.differential.tools.shown import ROOT, Commit, Shown, Target

ROOT_NAME = "root()"


class Named(NamedTuple):
    """The state that both tools show, in common names; `divergent` changes have several visible commits."""

    commits: dict[str, Commit]
    at: str | None
    bookmarks: dict[str, Target]
    tags: dict[str, Target]
    divergent: frozenset[str]

    def children(self, name: str) -> list[str]:
        """Return the visible children of a commit."""
        return [other.id for other in self.commits.values() if name in other.parents]

    def lineage(self, *names: str) -> set[str]:
        """Return commits and their ancestors, the root included."""
        found: set[str] = set()
        pending = list(names)
        while pending:
            name = pending.pop()
            if name not in found:
                found.add(name)
                pending += self.commits[name].parents if name in self.commits else ()
        return found

    def immutable(self) -> set[str]:
        """Return the commits that tags make immutable, and the root."""
        sides = [side for target in self.tags.values() for side in target.adds]
        return self.lineage(*sides) | {ROOT_NAME}

    def reference(self, name: str) -> str:
        """Return the most lasting name of a visible commit: its change's if that will do."""
        change = self.commits[name].change
        return name if change in self.divergent else change


class Pairing:
    """Two tools' ids by the names that they have in common."""

    def __init__(self) -> None:
        """Know the root alone."""
        self.changes: tuple[dict[str, str], dict[str, str]] = ({}, {})
        self.names: tuple[dict[str, str], dict[str, str]] = ({ROOT: ROOT_NAME}, {ROOT: ROOT_NAME})
        self.commits: dict[str, tuple[str, str]] = {ROOT_NAME: (ROOT, ROOT)}
        self.of_change: dict[str, list[str]] = {}

    def compare(self, left: Shown, right: Shown, step: str) -> Named | str:
        """Name what is new since the last time; return how the tools differ, if they do."""
        colours = _Colours(self, left, right)
        colours.refine()
        if not colours.agree() or not colours.settle(self):
            return "the graphs, `@` or names differ"
        pairs = colours.pairs()
        for one, other in pairs:
            problem = self._name(left.commits[one], right.commits[other], step)
            if problem:
                return problem
        self.of_change = {}
        for one, _ in pairs:
            change = self.changes[0][left.commits[one].change]
            self.of_change.setdefault(change, []).append(self.names[0][one])
        views = [self.named(shown, side) for side, shown in enumerate((left, right))]
        return views[0] if views[0] == views[1] else "names of hidden commits differ"

    def named(self, shown: Shown, side: int) -> Named:
        """Return what a tool shows in the names known so far; `?` stands before others."""
        names, changes = self.names[side], self.changes[side]

        def of(commit_id: str) -> str:
            if commit_id in names:
                return names[commit_id]
            title = shown.commits[commit_id].title if commit_id in shown.commits else ""
            return f"?{title}~{commit_id[:4]}"

        def targets(found: dict[str, Target]) -> dict[str, Target]:
            return {
                name: Target(*(tuple(sorted(map(of, ids))) for ids in found[name]))
                for name in sorted(found)
            }

        commits = {}
        for commit_id in sorted(shown.visible, key=of):
            commit = shown.commits[commit_id]
            change = changes.get(commit.change, "?")
            parents = tuple(map(of, commit.parents))
            commits[of(commit_id)] = Commit(of(commit_id), change, commit.title, parents)
        count = Counter(commit.change for commit in commits.values())
        divergent = frozenset(change for change, many in count.items() if many > 1)
        at = of(shown.at) if shown.at else None
        return Named(commits, at, targets(shown.bookmarks), targets(shown.tags), divergent)

    def ids(self, reference: str) -> tuple[str, str] | None:
        """Return both tools' ids of a commit, or of the one visible commit of a change."""
        if reference in self.commits:
            return self.commits[reference]
        found = self.of_change.get(reference, [])
        return self.commits[found[0]] if len(found) == 1 else None

    def _name(self, one: Commit, other: Commit, step: str) -> str:
        left, right = self.changes
        if one.change not in left and other.change not in right:
            name = _free(f"{step}.", set(left.values()))
            left[one.change] = right[other.change] = name
        change = left.get(one.change)
        if change != right.get(other.change):
            return f"one change in one tool, two in the other: {change}"
        if self.names[0].get(one.id) != self.names[1].get(other.id) or one.id not in self.names[0]:
            # New, or the one tool came back to an old commit where the other wrote a new one.
            name = _free(f"{change}@{step}", set(self.commits))
            self.commits[name] = (one.id, other.id)
            self.names[0][one.id] = self.names[1][other.id] = name
        return ""


class _Colours:
    """The colours of two tools' visible commits, by tool and id."""

    def __init__(self, pairing: Pairing, left: Shown, right: Shown) -> None:
        self.shown = (left, right)
        self.numbers: dict[Hashable, int] = {}
        self.children: list[dict[str, list[str]]] = []
        self.of: list[dict[str, int]] = []
        for side, shown in enumerate(self.shown):
            below: dict[str, list[str]] = {}
            for commit_id in shown.visible:
                for parent in shown.commits[commit_id].parents:
                    below.setdefault(parent, []).append(commit_id)
            self.children.append(below)
            self.of.append(self._first(shown, pairing.changes[side]))

    def refine(self) -> None:
        """Tell apart what can be told apart."""
        count = 0
        while count < (count := len({*self.of[0].values(), *self.of[1].values()})):
            self.of = [self._next(side) for side in (0, 1)]

    def agree(self) -> bool:
        """Tell whether both tools have as many commits of each colour."""
        left, right = (Counter(colours.values()) for colours in self.of)
        return left == right

    def settle(self, pairing: Pairing) -> bool:
        """Pair what has one colour, trying what it may be; tell whether that comes out even."""
        groups = self._groups()
        several = [group for group in groups.values() if len(group[0]) > 1]
        if not several:
            return True
        one = min(several[0][0])
        name = pairing.names[0].get(one)
        likely = sorted(several[0][1], key=lambda c: (pairing.names[1].get(c, "") != name, c))
        before = self.of
        for other in likely:
            self.of = [dict(colours) for colours in before]
            self.of[0][one] = self.of[1][other] = self._number(("alone", one))
            self.refine()
            if self.agree() and self.settle(pairing):
                return True
        return False

    def pairs(self) -> list[tuple[str, str]]:
        """Return which commit is which, parents before children; only where it is settled."""
        by_colour = {colour: ids[1][0] for colour, ids in self._groups().items()}
        order = self._parents_first()
        return [(commit_id, by_colour[self.of[0][commit_id]]) for commit_id in order]

    def _groups(self) -> dict[int, tuple[list[str], list[str]]]:
        groups: dict[int, tuple[list[str], list[str]]] = {}
        for side in (0, 1):
            for commit_id, colour in self.of[side].items():
                groups.setdefault(colour, ([], []))[side].append(commit_id)
        return groups

    def _first(self, shown: Shown, changes: dict[str, str]) -> dict[str, int]:
        count = Counter(shown.commits[commit_id].change for commit_id in shown.visible)
        marks: dict[str, list[tuple[str, str, int]]] = {}
        for kind, names in (("bookmark", shown.bookmarks), ("tag", shown.tags)):
            for name, target in names.items():
                for sign, side in enumerate(target):
                    for commit_id in side:
                        marks.setdefault(commit_id, []).append((kind, name, sign))
        found = {}
        for commit_id in shown.visible:
            commit = shown.commits[commit_id]
            known = changes.get(commit.change, "")
            named = tuple(sorted(marks.get(commit_id, ())))
            own = (known, commit.title, commit_id == shown.at, named, count[commit.change])
            found[commit_id] = self._number(own)
        return found

    def _next(self, side: int) -> dict[str, int]:
        colours, shown = self.of[side], self.shown[side]
        found = {}
        for commit_id in shown.visible:
            parents = tuple(colours.get(p, -1) for p in shown.commits[commit_id].parents)
            children = tuple(sorted(colours[c] for c in self.children[side].get(commit_id, ())))
            found[commit_id] = self._number((colours[commit_id], parents, children))
        return found

    def _number(self, what: Hashable) -> int:
        return self.numbers.setdefault(what, len(self.numbers))

    def _parents_first(self) -> list[str]:
        commits, order, seen = self.shown[0].commits, [], {ROOT}
        pending = sorted(self.shown[0].visible, reverse=True)
        while pending:
            commit_id = pending[-1]
            waiting = [p for p in commits[commit_id].parents if p not in seen]
            if commit_id in seen or not waiting:
                pending.pop()
                order += [] if commit_id in seen else [commit_id]
                seen.add(commit_id)
            else:
                pending += waiting
        return order


def _free(start: str, taken: set[str]) -> str:
    """Return the first name with this start that is not taken."""
    if not start.endswith(".") and start not in taken:
        return start
    count = 0 if start.endswith(".") else 1
    stem = start if start.endswith(".") else f"{start}."
    while f"{stem}{count}" in taken:
        count += 1
    return f"{stem}{count}"
