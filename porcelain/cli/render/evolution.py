"""Lists how changes evolved: as a graph or a list, by a template or as data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from porcelain.cli.render.commit import Commits
from porcelain.cli.render.difference.interdiff import difference, difference_data
from porcelain.cli.render.graph import GraphRenderer
from porcelain.cli.render.log import in_order
from porcelain.cli.render.looks.look import look_of
from porcelain.cli.render.operation import operation_data
from porcelain.cli.render.operations.operation_log import Listing
from porcelain.cli.render.terms.commit_terms import terms_at
from porcelain.cli.render.terms.operation_terms import OperationTerms
from porcelain.cli.render.terms.subject import Subject
from porcelain.cli.run.colors import Piece
from porcelain.cli.run.context import Context
from porcelain.graph.evolution import Version, walk_evolution
from porcelain.graph.graph_rows import DIRECT, Edge, Row, reversed_rows
from porcelain.graph.line_order import grouped
from porcelain.index.id_sources import ROOT_COMMIT
from porcelain.language.template.value import Printed
from store.ids import CommitId

Show = Callable[[Version], str]


def list_versions(context: Context, revsets: Sequence[str], how: Listing) -> None:
    """Write the commits that revsets name and their predecessors to stdout, newest first.

    Raises:
        RevsetSyntaxError and other errors of revsets.
        TemplateSyntaxError: the template cannot be understood.
        CorruptOperation: an operation is contradictory.
        InvalidSession, ObjectError: with differences, one of the versions cannot be read.
    """
    repo = context.repo if how.with_diff else context.reader
    selection = context.select(*revsets)  # after the choice of `repo`, which it is read from
    starts = (repo.graph.commit_id(position) for position in selection.positions())
    versions, commits = walk_evolution(repo.index, starts), Commits(repo)
    if context.output.json:
        data = _data_of(context, commits, with_diff=how.with_diff)
        found = in_order(versions, how.limit, backwards=how.backwards)
        context.output.data(list(map(data, found)))
        return
    show = _shown(context, commits, how)
    context.output.start_pager()
    if how.no_graph:
        for version in in_order(versions, how.limit, backwards=how.backwards):
            context.output.raw(show(version))
        return
    _draw(context, commits, versions, how, show)


def _draw(
    context: Context, commits: Commits, versions: Iterator[Version], how: Listing, show: Show
) -> None:
    known: dict[int, Version] = {}

    def rows() -> Iterator[Row]:
        for version in versions:
            known[version.number] = version
            below = dict.fromkeys(version.below)
            yield Row(version.number, tuple(Edge(DIRECT, number) for number in below))

    found: Iterable[Row] = islice(grouped(rows()), how.limit)
    drawn = GraphRenderer(context.settings.text("ui.graph.style"))
    for row in reversed_rows(found) if how.backwards else found:
        version = known[row.position]
        position = _position(commits, version.commit)
        sign = ("node", "○") if position is None else commits.glyph(position)
        edges = [(edge.kind, edge.target) for edge in row.edges]
        text = show(version)
        context.output.raw(drawn.row(row.position, edges, context.output.paint([sign]), text))


def _shown(context: Context, commits: Commits, how: Listing) -> Show:
    """Return a function that shows a version, its difference below it."""
    output = context.output
    look = look_of(context, "evolog", how.template)

    def pieces(version: Version) -> list[Piece]:
        labels = "evolog working_copy" if version.commit == commits.current else "evolog"
        return look.render(VersionTerms(context, commits, version), labels)

    if not how.with_diff:
        return lambda version: output.paint(pieces(version))

    def show(version: Version) -> str:
        said = output.paint(pieces(version)).removesuffix("\n")
        return f"{said}\n{output.paint(difference(context.repo, version))}"

    return show


def _position(commits: Commits, commit_id: CommitId) -> int | None:
    return 0 if commit_id == ROOT_COMMIT else commits.repo.index.position(commit_id)


def _data_of(
    context: Context, commits: Commits, *, with_diff: bool
) -> Callable[[Version], dict[str, object]]:
    """Return a function that makes the data of a version, its difference with it."""

    def data(version: Version) -> dict[str, object]:
        return VersionTerms(context, commits, version).data()

    if not with_diff:
        return data
    return lambda version: data(version) | {"diff": difference_data(commits.repo, version)}


class VersionTerms(Subject):
    """A version of a change as templates see it: its commit's keywords stand alone, too."""

    __slots__ = ("commit", "commits", "version")

    def __init__(self, context: Context, commits: Commits, version: Version) -> None:
        """Look nothing up yet."""
        super().__init__(context)
        self.commits = commits
        self.version = version
        self.commit = terms_at(context, commits, version.commit)

    def get(self, name: str) -> object:
        """Return the value of a keyword."""
        if name == "commit":
            return self.commit
        if name == "operation":
            made_by = self.version.operation
            return None if made_by is None else OperationTerms(self.context, made_by)
        if name == "predecessors":
            before = self.version.predecessors
            return [terms_at(self.context, self.commits, one) for one in before]
        return self.commit.get(name)

    def call(self, name: str, *arguments: object) -> object:
        """Return the value of a function that needs more than its arguments."""
        if name == "inter_diff":
            return Printed(difference(self.commits.repo, self.version))
        return self.commit.call(name, *arguments)

    def data(self) -> dict[str, object]:
        """Return the version as data."""
        made_by = self.version.operation
        return {
            "commit": self.commit.data(),
            "operation": None if made_by is None else operation_data(made_by),
            "predecessors": list(self.version.predecessors),
        }
