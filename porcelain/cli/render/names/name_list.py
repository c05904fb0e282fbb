"""Lists sessions and tags, as text and as data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import NamedTuple

from porcelain.cli.render.commit import Commits
from porcelain.cli.render.log import fitted_page
from porcelain.cli.render.looks.look import look_of
from porcelain.cli.render.many_commits import AT_ONCE, ManyCommits
from porcelain.cli.render.names.sub_agent_order import under_parents
from porcelain.cli.render.terms.commit_terms import terms_at
from porcelain.cli.render.terms.ref_terms import RefTerms
from porcelain.cli.run.colors import Piece
from porcelain.cli.run.context import Context
from porcelain.display import counted, plain
from porcelain.graph.name_list import (
    Listed,
    Wanted,
    list_names,
    unmatched_names,
)
from porcelain.language.revset.parser import format_name
from porcelain.language.string_pattern import NamePattern
from porcelain.language.template.value import RenderFault
from porcelain.model.view_value import SESSIONS, TAGS, parse_target
from store.ids import CommitId


class EntryTerms(RefTerms):
    """An entry of a list: a name, and its place in the list."""

    __slots__ = ("_local", "depth", "is_below")

    def __init__(
        self, context: Context, commits: Commits, part: str, item: Listed, local: str | None = None
    ) -> None:
        """Look nothing up yet; `local` is the target of the local name that it stands below."""
        at = partial(terms_at, context, commits)
        super().__init__(context, commits, part, item.name, item.remote, item.target or "", at=at)
        self.depth = item.depth
        self.is_below = local is not None
        self._local = local

    def get(self, name: str) -> object:
        """Return the value of a keyword."""
        if name == "normal_target":  # asked for most
            return self.normal()
        if name in ("depth", "is_below"):
            return getattr(self, name)
        if name == "distance":
            return self._distance_in_words()
        return super().get(name)

    def _distance_in_words(self) -> str:
        """Return how far a remote name is from the local one, where neither is conflicted."""
        if not self.is_below or self._local == self.target:
            return ""
        try:
            hints = self.distance(ahead=True), self.distance(ahead=False)
        except RenderFault:
            return ""
        said = [
            f"{word} by {'' if hint.exact else 'at least '}{counted(hint.lower, 'commit')}"
            for word, hint in zip(("ahead", "behind"), hints, strict=True)
            if hint.lower
        ]
        return f" ({', '.join(said)})" if said else ""


class Listing(NamedTuple):
    """The options of a list; if `among` is given, other names are left out."""

    names: Sequence[str] = ()
    revisions: Sequence[str] = ()
    remotes: Sequence[str] = ()
    all_remotes: bool = False
    tracked: bool = False
    conflicted: bool = False
    sort: str = ""
    template: str | None = None
    among: frozenset[str] | None = None
    limit: int | None = None


def list_refs(context: Context, part: str, asked: Listing) -> None:
    """Write the chosen sessions or tags; warn of names that do not exist."""
    repo, output = context.reader, context.output
    wanted = _wanted(context, asked)
    items: Iterable[Listed] = list_names(repo.index, part, wanted, newest=_is_by_age(part, asked))
    if asked.sort:
        from porcelain.cli.render.names.name_order import in_order

        items = in_order(repo, list(items), asked.sort)
    if part == SESSIONS and not output.json:
        plain_list = asked._replace(limit=None, template=None) == Listing()
        items = under_parents(repo, items, lazily=plain_list)
    items = islice(items, asked.limit)
    warnings = _warnings(context, part, wanted)
    if output.json:
        for warning in warnings:
            output.warning(warning)
        output.data(_data(context, part, list(items)))
        return
    output.start_pager()
    hints = _Hints()
    for text in _texts(context, part, items, hints, asked.template):
        output.raw(text)
    for warning in warnings:
        output.warning(warning)
    for hint in hints.texts(part):
        output.hint(hint)


def _is_by_age(part: str, asked: Listing) -> bool:
    return part == SESSIONS and not asked.sort


def patterns_of(texts: Sequence[str]) -> list[NamePattern]:
    """Read patterns as they are typed.

    Raises:
        Refused: one cannot be understood.
    """
    return [NamePattern.parse(text) for text in texts]


def _wanted(context: Context, asked: Listing) -> Wanted:
    return Wanted(
        patterns=patterns_of(asked.names) if asked.names else None,
        targets=_targets(context, asked.revisions) if asked.revisions else None,
        conflicted=asked.conflicted,
        remotes=patterns_of(asked.remotes) if asked.remotes else None,
        all_remotes=asked.all_remotes,
        tracked=asked.tracked,
        among=asked.among,
    )


def _targets(context: Context, revisions: Sequence[str]) -> Callable[[CommitId], bool]:
    chosen, index = context.select(*revisions), context.reader.index

    def is_chosen(commit_id: CommitId) -> bool:
        position = index.position(commit_id)
        return position is not None and chosen.contains(position)

    return is_chosen


def _warnings(context: Context, part: str, wanted: Wanted) -> list[str]:
    unmatched = unmatched_names(context.reader.index, part, wanted.patterns or ())
    return [no_match(part, unmatched)] if unmatched else []


def no_match(part: str, names: Sequence[str]) -> str:
    """Return the sentence about names that nothing has."""
    return f"No matching {part} for names: {', '.join(_shown(name) for name in names)}"


def _shown(name: str) -> str:
    """Return a name as a revset spells it."""
    if name.isascii() and name.isalnum():
        return name
    return plain(format_name(name), None)


class _Hints:
    """Collects the hints that follow a list."""

    def __init__(self) -> None:
        self.conflicts = False
        self.deletions = False

    def note(self, item: Listed) -> None:
        if item.remote is None:
            self.conflicts |= item.target is not None and " " in item.target
            self.deletions |= item.target is None

    def texts(self, part: str) -> Iterator[str]:
        word = part.removesuffix("s")
        if self.conflicts:
            option = "--allow-move " if part == TAGS else ""
            how = f"`wj {word} set NAME -r REV {option}".rstrip()
            yield f"Some {part} have conflicts; {how}` settles one"
        if self.deletions:
            yield (
                f"{part.capitalize()} marked as deleted are still at the remote until that is "
                "pushed" + ("; `wj session forget` is for this copy only" * (part == SESSIONS))
            )


def _texts(
    context: Context, part: str, items: Iterable[Listed], hints: _Hints, template: str | None
) -> Iterator[str]:
    """Yield the painted text of each entry, reading some hundreds at a time."""
    repo = context.reader
    commits = ManyCommits(repo)
    name = f"{part.removesuffix('s')}_list"
    look = look_of(context, name, template)

    def show(item: Listed) -> list[Piece]:
        pieces = look.render(EntryTerms(context, commits, part, item), name)
        for one in item.below:
            below = Listed(one.name, one.target, one.remote, (), item.depth)
            terms = EntryTerms(context, commits, part, below, item.target or "")
            pieces += look.render(terms, name)
        return pieces

    columns = context.output.columns if template is None else None
    for some in _loaded(commits, part, items):
        for item in some:
            hints.note(item)
        entries: Iterable[list[Piece]] = map(show, some)
        if columns is not None:
            entries = fitted_page(context, entries, columns)
        for pieces in entries:
            yield context.output.paint(pieces)


def _loaded(
    commits: ManyCommits, part: str, items: Iterable[Listed], *, with_names: bool = False
) -> Iterator[list[Listed]]:
    """Yield entries some hundreds at a time, their commits read."""
    stream = iter(items)
    is_first = True
    while some := list(islice(stream, AT_ONCE)):
        if is_first and len(some) == AT_ONCE:
            sql = "SELECT count(*) FROM view_rows WHERE part = ?"
            commits.expect(commits.repo.index.query(sql, (part,))[0][0])
        is_first = False
        ids = [item.target for item in some if item.target and " " not in item.target]
        commits.preload([CommitId(one) for one in ids], with_names=with_names)
        yield some


def _data(context: Context, part: str, items: list[Listed]) -> list[dict[str, object]]:
    """Return the entries as data, remote names after the local one that they belong to."""
    repo = context.reader
    commits = ManyCommits(repo)
    current = repo.workspace.session if part == SESSIONS else None
    shown: list[dict[str, object]] = []
    for some in _loaded(commits, part, items, with_names=True):
        for item in some:
            entry = _entry(commits, item.name, item.target)
            entry |= {"remote": item.remote, "tracked": None if item.remote is None else False}
            entry["current"] = item.remote is None and item.name == current
            shown.append(entry)
            for one in item.below:
                entry = _entry(commits, one.name, one.target)
                shown.append(entry | {"remote": one.remote, "tracked": True, "current": False})
    return shown


def _entry(commits: ManyCommits, name: str, value: str | None) -> dict[str, object]:
    target = parse_target(value)
    positions = [commits.find(term) for term in target[::2] if term is not None]
    shown = [commits.data(position) for position in positions if position is not None]
    conflicted = len(target) > 1
    return {
        "name": name,
        "conflicted": conflicted,
        "deleted": value is None,
        "commit": shown[0] if shown and not conflicted else None,
        "sides": shown if conflicted else [],
        "removed": [term for term in target[1::2] if term is not None],
    }
