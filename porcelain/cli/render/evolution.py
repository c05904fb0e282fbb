"""Lists how changes evolved: as a graph or a list, by the built-in entry, a template or as data.

Templates have all keywords of commits, and `operation`. `commit` is the commit itself, so that
jj's `commit.change_id()` works too. The methods of `commit` and `operation` are the keywords of
templates about these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import NamedTuple

from porcelain.cli.render.commit import Commits
from porcelain.cli.render.commit_terms import CommitTerms
from porcelain.cli.render.difference.interdiff import difference, difference_data
from porcelain.cli.render.graph import GraphRenderer
from porcelain.cli.render.log import in_order
from porcelain.cli.render.operation import SHORT, operation_data
from porcelain.cli.render.operation_log import Listing, OperationTerms
from porcelain.cli.run.colors import Piece
from porcelain.cli.run.context import Context
from porcelain.display import plain
from porcelain.graph.evolution import Version, walk_evolution
from porcelain.graph.graph_rows import DIRECT, Edge, Row, reversed_rows
from porcelain.graph.line_order import grouped
from porcelain.index.id_sources import ROOT_COMMIT
from porcelain.language.template.evaluate import compile_template
from porcelain.language.template.keywords import (
    COMMIT,
    COMMIT_KEYWORDS,
    OPERATION,
    CommitSubject,
    Keyword,
    Vocabulary,
    methods_of,
)
from porcelain.language.template.operation_keywords import (
    OPERATION_KEYWORDS,
    OPERATION_VOCABULARY,
    OperationSubject,
)
from porcelain.language.template.value import RenderFault
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
        data = _data_of(commits, with_diff=how.with_diff)
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
    pieces: Callable[[Version], list[Piece]] = partial(_entry, commits)
    if how.template is not None:
        pieces = _by_template(context, how.template)
    if not how.with_diff:
        return lambda version: output.paint(pieces(version))

    def show(version: Version) -> str:
        said = output.paint(pieces(version)).removesuffix("\n")
        return f"{said}\n{output.paint(difference(context.repo, version))}"

    return show


def _entry(commits: Commits, version: Version) -> list[Piece]:
    position = _position(commits, version.commit)
    if position is None:
        pieces: list[Piece] = [("commit_id", version.commit[:SHORT])]
        pieces += [("", " "), ("unreadable", "(unreadable)"), ("", "\n")]
    else:
        pieces = commits.entry(position)
    if version.operation is None:
        return pieces
    said = plain(version.operation.data.description.partition("\n")[0], None)
    return [
        *pieces,
        ("separator", "--"),
        ("", " operation "),
        ("op_log id", version.operation.id[:SHORT]),
        ("", f" {said}\n"),
    ]


def _position(commits: Commits, commit_id: CommitId) -> int | None:
    return 0 if commit_id == ROOT_COMMIT else commits.repo.index.position(commit_id)


def _data_of(commits: Commits, *, with_diff: bool) -> Callable[[Version], dict[str, object]]:
    """Return a function that makes the data of a version, its difference with it."""

    def data(version: Version) -> dict[str, object]:
        position = _position(commits, version.commit)
        made_by = version.operation
        return {
            "commit": {"commit_id": version.commit} if position is None else commits.data(position),
            "operation": None if made_by is None else operation_data(made_by),
            "predecessors": list(version.predecessors),
        }

    if not with_diff:
        return data
    return lambda version: data(version) | {"diff": difference_data(commits.repo, version)}


class _Subject(NamedTuple):
    commit: CommitSubject
    operation: OperationSubject | None


def _by_template(context: Context, template: str) -> Callable[[Version], list[Piece]]:
    """Return a function that shows a version by a template.

    Raises:
        TemplateSyntaxError: the template cannot be understood.
    """
    compiled = compile_template(template, EVOLUTION_VOCABULARY)
    repo, output = context.reader, context.output

    def show(version: Version) -> list[Piece]:
        position = 0 if version.commit == ROOT_COMMIT else repo.index.position(version.commit)
        if position is None:
            return [("unreadable", f"<Error: commit {version.commit} cannot be read>")]
        made_by = version.operation
        operation = made_by and OperationTerms(repo, made_by, current=made_by.id == repo.head)
        subject = _Subject(CommitTerms(repo, position), operation)
        return output.fragments(compiled.render(subject, ("evolog",)))

    return show


def _operation(subject: _Subject) -> OperationSubject:
    if subject.operation is None:
        raise RenderFault("No Operation available")
    return subject.operation


def _of_commit(keyword: Keyword[CommitSubject]) -> Keyword[_Subject]:
    return Keyword(keyword.type, lambda subject: keyword.get(subject.commit), keyword.help)


_KEYWORDS: dict[str, Keyword[_Subject]] = {
    **{name: _of_commit(keyword) for name, keyword in COMMIT_KEYWORDS.items()},
    "commit": Keyword(COMMIT, lambda subject: subject.commit, "The commit itself"),
    "operation": Keyword(
        OPERATION, _operation, "The operation that made it; an error where that is unknown"
    ),
}
EVOLUTION_VOCABULARY = Vocabulary(
    _KEYWORDS,
    {},
    {
        **OPERATION_VOCABULARY.methods,
        COMMIT: methods_of(COMMIT_KEYWORDS),
        OPERATION: methods_of(OPERATION_KEYWORDS),
    },
)
