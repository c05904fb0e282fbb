"""A session or a tag, local or a remote's."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING

from porcelain.cli.render.commit import Commits
from porcelain.cli.render.terms.subject import Subject, Symbol
from porcelain.cli.run.context import Context
from porcelain.index.view_rows import get_row
from porcelain.language.template.value import Piece, RenderFault, SizeHint, clean
from porcelain.model.view_value import parse_target

if TYPE_CHECKING:
    from porcelain.graph.name_list import RemoteName


MOST_COUNTED = 10
"""Commits between two names are counted no further."""


class RefTerms(Subject):
    """A session or a tag; `target` is the text of a target, empty for a deleted name."""

    __slots__ = ("_at", "_normal", "_target", "commits", "name", "part", "remote")

    def __init__(  # noqa: PLR0913 - the parts of a name
        self,
        context: Context,
        commits: Commits,
        part: str,
        name: str,
        remote: str | None = None,
        target: str | None = None,
        *,
        at: Callable[[str], Subject],
    ) -> None:
        """Look nothing up yet, also a local name's target; `at` gives a commit by its id."""
        self.context = context
        self.commits = commits
        self.part = part
        self.name = name
        self.remote = remote
        self._target = target
        self._normal: Subject | None = None
        self._at = at

    def get(self, name: str) -> object:
        """Return the value of a keyword."""
        return _REF[name](self)

    @property
    def target(self) -> str | None:
        """The text of the target."""
        if self._target is None and self.remote is None:
            self._target = get_row(self.commits.repo.index, self.part, self.name)
        return self._target

    @property
    def is_conflicted(self) -> bool:
        """Whether it points to several commits."""
        if self.remote is None and self._target is None:
            return self.commits.is_conflicted(self.part, self.name)
        return " " in (self.target or "")

    @property
    def is_tracked(self) -> bool:
        """Whether it is a tracked name of a remote."""
        return any(one.tracked for one in self.remotes() if one.remote == self.remote)

    def pieces(self, labels: str) -> list[Piece]:
        """Return the name as lists show it, `??` behind a conflicted one."""
        shown = self.commits.short_name(self.part, self.name)
        if self.remote is not None:
            shown = f"{shown}@{clean(self.remote)}"
        return [(f"{labels} conflict", f"{shown}??") if self.is_conflicted else (labels, shown)]

    def data(self) -> str:
        """Return the name, followed by the remote's."""
        return self.name if self.remote is None else f"{self.name}@{self.remote}"

    def remotes(self) -> list[RemoteName]:
        """Return the positions of the name at remotes."""
        from porcelain.graph.name_list import remote_names

        return remote_names(self.commits.repo.index, self.part, self.name)

    def distance(self, *, ahead: bool) -> SizeHint:
        """Return by how many commits a remote's name is ahead of the local one, or behind it.

        Raises:
            RenderFault: it is no tracked name of a remote, or one of both is conflicted.
        """
        here = get_row(self.commits.repo.index, self.part, self.name)
        there = self.target
        if not (self.remote and self.is_tracked and here and there) or " " in f"{here}{there}":
            raise RenderFault("it is no tracked name of a remote with one commit")
        revset = f"{here}..{there}" if ahead else f"{there}..{here}"
        found = sum(1 for _ in islice(self.context.select(revset), MOST_COUNTED))
        return SizeHint(found, found if found < MOST_COUNTED else None)

    def normal(self) -> Subject | None:
        """Return the commit that it points to, if it is one."""
        if self._normal is None:
            target = self.target
            if target and " " not in target:
                self._normal = self._at(target)
        return self._normal

    def sides(self, first: int) -> list[Subject]:
        """Return the commits that it points to, or, from 1 on, those that it pointed to."""
        terms = parse_target(self.target or None)[first::2]
        return [self._at(one) for one in terms if one is not None]


def _is_synced(one: RefTerms) -> bool:
    if one.remote is not None:
        here = get_row(one.commits.repo.index, one.part, one.name)
        return one.is_tracked and here == one.target
    return all(other.target == one.target for other in one.remotes() if other.tracked)


def _is_tracking_present(one: RefTerms) -> bool:
    return one.is_tracked and get_row(one.commits.repo.index, one.part, one.name) is not None


_REF: dict[str, Callable[[RefTerms], object]] = {
    "name": lambda one: Symbol(one.name),
    "short_name": lambda one: Symbol(one.commits.short_name(one.part, one.name)),
    "remote": lambda one: None if one.remote is None else Symbol(one.remote),
    "present": lambda one: bool(one.target),
    "conflict": lambda one: one.is_conflicted,
    "tracked": lambda one: one.is_tracked,
    "tracking_present": _is_tracking_present,
    "synced": _is_synced,
    "tracking_ahead_count": lambda one: one.distance(ahead=True),
    "tracking_behind_count": lambda one: one.distance(ahead=False),
    "normal_target": lambda one: one.normal(),
    "removed_targets": lambda one: one.sides(1),
    "added_targets": lambda one: one.sides(0),
}
