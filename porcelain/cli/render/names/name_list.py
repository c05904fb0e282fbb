"""Lists sessions and tags, as text and as data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from porcelain.cli.render.log import fitting
from porcelain.cli.render.many_commits import AT_ONCE, ManyCommits
from porcelain.cli.render.names.sub_agent_order import under_parents
from porcelain.cli.run.colors import Piece
from porcelain.cli.run.context import Context
from porcelain.display import counted, plain
from porcelain.graph.name_list import (
    Listed,
    RemoteName,
    Wanted,
    list_names,
    remote_names,
    unmatched_names,
)
from porcelain.index.view_rows import get_row
from porcelain.language.revset.parser import format_name
from porcelain.language.string_pattern import NamePattern
from porcelain.language.template.evaluate import compile_template
from porcelain.language.template.keywords import CommitSubject
from porcelain.language.template.name_keywords import NAME_VOCABULARY
from porcelain.language.template.value import RenderFault
from porcelain.model.view_value import SESSIONS, TAGS, parse_target
from porcelain.repo.reader import RepoReader
from store.ids import CommitId


class NameTerms:
    """One name, local or a remote's, as templates see it."""

    def __init__(self, repo: RepoReader, part: str, listed: Listed) -> None:
        """Look nothing up yet; a tracked remote name comes as an entry of its own."""
        self._repo = repo
        self._part = part
        self._listed = listed
        self.name = listed.name
        self.remote = listed.remote or ""

    @property
    def is_present(self) -> bool:
        """Whether it points anywhere."""
        return self._listed.target is not None

    @property
    def is_conflicted(self) -> bool:
        """Whether it points to several commits."""
        return " " in (self._listed.target or "")

    @property
    def is_tracked(self) -> bool:
        """Whether it is a tracked name of a remote."""
        return any(one.tracked for one in self._remotes() if one.remote == self.remote)

    @property
    def is_synced(self) -> bool:
        """Whether all names that are tied to it point to the same commit."""
        if self.remote:
            here = get_row(self._repo.index, self._part, self.name)
            return self.is_tracked and here == self._listed.target
        return all(one.target == self._listed.target for one in self._remotes() if one.tracked)

    def commit(self) -> CommitSubject:
        """Return the one commit that it points to.

        Raises:
            RenderFault: it points to no commit, or to several.
        """
        target = self._listed.target
        position = None
        if target is not None and not self.is_conflicted:
            position = self._repo.index.position(target)
        if position is None:
            raise RenderFault("No Commit available")
        from porcelain.cli.render.commit_terms import CommitTerms

        return CommitTerms(self._repo, position)

    def _remotes(self) -> list[RemoteName]:
        return remote_names(self._repo.index, self._part, self.name)


def _by_template(context: Context, part: str, template: str) -> Callable[[Listed], list[Piece]]:
    """Return a function that shows an entry, and the remote names below it, by a template.

    Raises:
        TemplateSyntaxError: the template cannot be understood.
    """
    compiled = compile_template(template, NAME_VOCABULARY)
    repo, label = context.reader, f"{part.removesuffix('s')}_list"

    def show(item: Listed) -> list[Piece]:
        below = [Listed(one.name, one.target, one.remote, ()) for one in item.below]
        return [
            piece
            for one in (item, *below)
            for piece in context.output.fragments(
                compiled.render(NameTerms(repo, part, one), (label,))
            )
        ]

    return show


_MOST_COUNTED = 10


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


COMPACT = "builtin_session_list_compact"
"""The template that shows sessions as tags are shown."""


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
    lines = _Lines(context, commits, part, compact=part == TAGS or template == COMPACT)
    show: Callable[[Listed], list[Piece]] = lines.entry
    if template not in (None, COMPACT):
        show = _by_template(context, part, template or "")
    elif (fits := fitting(context)) is not None:
        show = lambda item: fits(lines.entry(item), 0)  # noqa: E731 - as the others
    for some in _loaded(commits, part, items):
        for item in some:
            hints.note(item)
            yield context.output.paint(show(item))


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


class _Lines:
    """The built-in text of an entry."""

    def __init__(self, context: Context, commits: ManyCommits, part: str, *, compact: bool) -> None:
        self.compact = compact
        self.now = 0 if compact else context.now()
        self.context = context
        self.commits = commits
        self.part = part

    def entry(self, item: Listed) -> list[Piece]:
        """Return a name's line, or lines, and the remote names below it."""
        name = item.name if self.compact else self.commits.short_name(self.part, item.name)
        name = _shown(name)
        if item.remote is not None:
            name += f"@{_shown(item.remote)}"
        pieces: list[Piece] = [("", "  " * item.depth)] if item.depth else []
        pieces.append((self.part, name))
        if item.target is None:
            pieces += [("", " "), ("deleted", "(deleted)"), ("", "\n")]
        else:
            pieces += self._target(item.target, "  ", with_facts=not self.compact)
        for one in item.below:
            pieces += [("", "  "), (self.part, f"@{_shown(one.remote)}")]
            pieces += [("", self._distance(item.target, one)), *self._target(one.target, "    ")]
        return pieces

    def _target(self, value: str, margin: str, *, with_facts: bool = False) -> list[Piece]:
        if " " not in value and with_facts:
            return [("", ": "), *self.commits.of_session(CommitId(value), self.now), ("", "\n")]
        if " " not in value:
            return [("", ": "), *self._commit(CommitId(value)), ("", "\n")]
        pieces: list[Piece] = [("", " "), ("conflict", "(conflicted)"), ("", ":\n")]
        target = parse_target(value)
        for sign, terms in (("-", target[1::2]), ("+", target[::2])):
            for term in terms:
                if term is not None:
                    pieces += [("", f"{margin}{sign} "), *self._commit(term), ("", "\n")]
        return pieces

    def _commit(self, commit_id: CommitId) -> list[Piece]:
        return self.commits.named(commit_id, of_session=self.part == SESSIONS)

    def _distance(self, local: str | None, one: RemoteName) -> str:
        """Return how far a remote name is from the local one, where neither is conflicted."""
        if local is None or local == one.target or " " in local or " " in one.target:
            return ""
        ahead = self._count(f"{local}..{one.target}")
        behind = self._count(f"{one.target}..{local}")
        parts = [(ahead, "ahead"), (behind, "behind")]
        texts = [f"{word} by {count}" for count, word in parts if count]
        return f" ({', '.join(texts)})" if texts else ""

    def _count(self, revset: str) -> str:
        found = sum(1 for _ in islice(self.context.select(revset), _MOST_COUNTED))
        least = "at least " if found == _MOST_COUNTED else ""
        return f"{least}{counted(found, 'commit')}" if found else ""


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
