"""Push sessions and tags: plan what moves at a remote, check it, and record what the remote took.

A ref is pushed with the value that it must have there: the one that was fetched or pushed last. What is
not tracked is not pushed, unless it is named; what is conflicted never is.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from typing import NamedTuple

from porcelain.display import counted, plain
from porcelain.errors import Refused
from porcelain.exchange.remote.place import PARTS, Place
from porcelain.index.view_rows import get_row, part_rows, remote_part
from porcelain.language.revset.parser import format_name
from porcelain.model.view_value import SESSIONS, parse_target, target_commits
from porcelain.repo.repo import Repo
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId
from store.index.commit_index import Index
from store.remote.push import RefPush, Rejected, push_refs

Scan = Callable[[Sequence[CommitId]], Sequence[str]]
"""Returns the places of secrets in commits that are about to be sent."""


class Planned(NamedTuple):
    """A name to push: its target there and the commit that it gets; None for none.

    `is_new_here` says that the session is created here too.
    """

    part: str
    name: str
    before: CommitId | None
    after: CommitId | None
    is_named: bool
    is_new_here: bool = False

    @property
    def shown(self) -> str:
        """Return the name as a revset spells it."""
        return plain(format_name(self.name))


class Asked(NamedTuple):
    """A choice of names to push: those given (`named`), new ones, and all that have one of these properties.

    `at` are the commits whose sessions are pushed.
    """

    named: Sequence[tuple[str, str]] = ()
    created: Sequence[tuple[str, CommitId]] = ()
    at: frozenset[CommitId] = frozenset()
    all: bool = False
    tracked: bool = False
    deleted: bool = False
    only_tracked: bool = False
    """Of the sessions `at` the commits, only tracked ones."""


class Checks(NamedTuple):
    """Limits on a push: private commits (positions), conflicts, secrets."""

    private: Container[int] = ()
    conflicts: bool = False
    scan: Scan | None = None


class Plan(NamedTuple):
    """The names to push, and remarks about those that are left out: (sentence, hint)."""

    pushes: tuple[Planned, ...]
    left_out: tuple[tuple[str, str], ...]


def make_plan(repo: Repo, place: Place, asked: Asked, checks: Checks) -> Plan:
    """Return what a push would do.

    Raises:
        Refused: a name that was given cannot be pushed, or a secret would be sent.
    """
    maker = _Maker(repo.index, place)
    for part, name in asked.named:
        maker.add(part, name, is_named=True)
    for name, commit in asked.created:
        maker.add(SESSIONS, name, is_named=True, created=commit)
    for part in PARTS:
        for name in maker.names(part):
            if asked.all or asked.tracked or asked.deleted:
                maker.add_if(part, name, asked)
            elif (
                part == SESSIONS
                and not asked.at.isdisjoint(parse_target(maker.local(part, name))[::2])
                and (not asked.only_tracked or maker.is_tracked(part, name))
            ):
                maker.add(part, name)
    pushes, left_out = [], list(maker.left_out)
    for one in maker.found:
        problem = maker.problem(one, checks)
        if problem is None:
            pushes.append(one)
        elif one.is_named:
            raise Refused(*problem, code="push_refused")
        else:
            left_out.append(problem)
    if checks.scan is not None:
        sent = maker.sent([one.after for one in pushes if one.after is not None])
        refuse_secrets(checks.scan(sent))
    return Plan(tuple(pushes), tuple(left_out))


def refuse_secrets(places: Sequence[str]) -> None:
    """Refuse to send what looks like a secret.

    Raises:
        Refused: there are places of secrets.
    """
    if places:
        shown = [f"  {place}" for place in places[:10]]
        rest = [f"  and {len(places) - 10} more"] if len(places) > 10 else []
        raise Refused(
            "\n".join(
                [
                    f"{counted(len(places), 'place')} that would be sent may hold a secret:",
                    *shown,
                    *rest,
                ]
            ),
            "`wj redact --secrets` removes them; `--allow-secrets` sends them as they are",
            code="secrets",
        )


class Outcome(NamedTuple):
    """The pushed names, and the rejected ones with the remote's reason."""

    taken: tuple[Planned, ...]
    rejected: tuple[tuple[Planned, Rejected], ...]


def push(repo: Repo, place: Place, plan: Plan, options: Sequence[str] = ()) -> Outcome:
    """Push what is planned; nothing is recorded yet.

    Raises:
        RemoteFailure: the remote cannot be reached or refuses as a whole.
    """
    refs = {place.ref(one.part, one.name): one for one in plan.pushes}
    edits = [RefPush(ref, one.after, one.before) for ref, one in refs.items()]
    rejected = push_refs(repo.repository, place.target, edits, options=options)
    failed = {one.ref for one in rejected}
    taken = tuple(one for ref, one in refs.items() if ref not in failed)
    return Outcome(taken, tuple((refs[one.ref], one) for one in rejected))


def record_push(tx: Transaction, place: Place, taken: Iterable[Planned]) -> None:
    """Record the positions that the remote took; they are tracked from now on."""
    for one in taken:
        value = f"tracked {one.after}" if one.after is not None else None
        tx.set(remote_part(place.name, one.part), one.name, value)
        if one.is_new_here:
            tx.set(one.part, one.name, one.after)
    tx.describe(f"git push {plain(place.name)}", "git")


class _Maker:
    def __init__(self, index: Index, place: Place) -> None:
        self.found: list[Planned] = []
        self.left_out: list[tuple[str, str]] = []
        self._index = index
        self._place = place
        self._known: set[int] | None = None

    def names(self, part: str) -> list[str]:
        here = part_rows(self._index, part)
        there = part_rows(self._index, remote_part(self._place.name, part))
        return sorted({name for name, _ in [*here, *there]})

    def local(self, part: str, name: str) -> str | None:
        return get_row(self._index, part, name)

    def is_tracked(self, part: str, name: str) -> bool:
        return (self._there(part, name) or "").startswith("tracked ")

    def add_if(self, part: str, name: str, asked: Asked) -> None:
        local, tracked = self.local(part, name), self.is_tracked(part, name)
        if local is None:
            if tracked and (asked.deleted or asked.all):
                self.add(part, name)
        elif (asked.all and part == SESSIONS) or (asked.tracked and tracked):
            self.add(part, name)

    def add(
        self, part: str, name: str, *, is_named: bool = False, created: CommitId | None = None
    ) -> None:
        """Plan a push of one name.

        Raises:
            Refused: it is named, and cannot be pushed.
        """
        if any((one.part, one.name) == (part, name) for one in self.found):
            return
        local = created or self.local(part, name)
        state, _, target = (self._there(part, name) or "").partition(" ")
        problem = self._obstacle(part, name, local, state, target)
        if problem is not None:
            if is_named:
                raise Refused(*problem, code="push_refused")
            self.left_out.append(problem)
        elif local != (target or None):
            before = CommitId(target) if target else None
            after = CommitId(local) if local is not None else None
            new = created is not None and self.local(part, name) != created
            self.found.append(Planned(part, name, before, after, is_named, new))

    def _there(self, part: str, name: str) -> str | None:
        return get_row(self._index, remote_part(self._place.name, part), name)

    def _obstacle(
        self, part: str, name: str, local: str | None, state: str, target: str
    ) -> tuple[str, str] | None:
        noun, shown = part[:-1], plain(format_name(name))
        remote = f"{shown}@{plain(self._place.name)}"
        if local is None and not target:
            return f"No such {noun}: {shown}", f"`wj {noun} list` lists them"
        if len(parse_target(local)) > 1:
            said = f"{noun.capitalize()} {shown} is conflicted"
            return said, f"`wj {noun} list {shown}` shows its sides, `wj {noun} set` chooses one"
        if len(parse_target(target or None)) > 1:
            return f"Remote {noun} {remote} is conflicted", "`wj git fetch` resolves it"
        if target and state == "untracked" and part == SESSIONS and local != target:
            said = f"Remote {noun} {remote} exists and is not tracked"
            return said, f"`wj session track {remote}` merges it into the local one first"
        return None

    def problem(self, one: Planned, checks: Checks) -> tuple[str, str] | None:
        """Return why a push must not be, and a next step; None if it may be."""
        if one.after is None:
            return None
        for position in sorted(self._new([one.after])):
            row = self._index.row_at(position)
            if row.conflict and not checks.conflicts:
                said = f"Won't push commit {row.id[:12]}: it has conflicts"
                return said, "`wj resolve` resolves them; `--allow-conflicts` pushes them"
            if position in checks.private:
                said = f"Won't push commit {row.id[:12]}: it is private"
                return said, "`git.private-commits` says which are; `--allow-private` pushes them"
        return None

    def sent(self, commits: Sequence[CommitId]) -> list[CommitId]:
        """Return the commits that the remote does not have, parents first."""
        return [self._index.row_at(position).id for position in sorted(self._new(commits))]

    def _new(self, commits: Sequence[CommitId]) -> set[int]:
        if self._known is None:
            there = [
                commit
                for part in PARTS
                for _, value in part_rows(self._index, remote_part(self._place.name, part))
                for commit in target_commits(remote_part(self._place.name, part), value)
            ]
            self._known = self._index.reach(self._index.positions(there).values())
        return self._index.reach(self._index.positions(commits).values()) - self._known - {0}
