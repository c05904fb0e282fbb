"""What templates of `wj evolog` can say: all keywords of commits, and `operation`.

`commit` is the commit itself, so that jj's `commit.change_id()` works too. The methods of
`commit` and `operation` are the keywords that templates about them have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import NamedTuple

from porcelain.cli.render.commit import Commits
from porcelain.cli.render.graph import GraphRenderer
from porcelain.cli.render.interdiff import difference, difference_data
from porcelain.cli.render.log import CommitTerms
from porcelain.cli.render.operation import SHORT, operation_data
from porcelain.cli.render.operation_log import OperationTerms
from porcelain.cli.run.colors import Piece
from porcelain.cli.run.context import Context
from porcelain.display import plain
from porcelain.graph.evolution import Version, walk_evolution
from porcelain.graph.graph_rows import DIRECT, Edge, Row, grouped, reversed_rows
from porcelain.graph.repo_graph import ROOT_COMMIT
from porcelain.language.template.evaluate import compile_template
from porcelain.language.template.keywords import (
    COMMIT_KEYWORDS,
    CommitSubject,
    Keyword,
    Vocabulary,
    methods_of,
)
from porcelain.language.template.name_keywords import COMMIT
from porcelain.language.template.operation_keywords import (
    OPERATION_KEYWORDS,
    OPERATION_VOCABULARY,
    OperationSubject,
)
from porcelain.language.template.value import RenderFault
from store.ids import CommitId

Show = Callable[[Version], str]


class Evolution(NamedTuple):
    """How versions are listed: `limit` cuts before `backwards` turns them round."""

    limit: int | None = None
    backwards: bool = False
    no_graph: bool = False
    template: str | None = None
    patch: bool = False


def list_versions(context: Context, revsets: Sequence[str], how: Evolution) -> None:
    """Write what revsets name and what that evolved from to stdout, newest first.

    Raises:
        RevsetSyntaxError and other errors of revsets.
        TemplateSyntaxError: the template cannot be understood.
        CorruptOperation: an operation says what cannot be.
        InvalidSession, ObjectError: with differences, one of the versions cannot be read.
    """
    repo = context.repo if how.patch else context.reader
    selection = context.select(*revsets)  # after the choice of `repo`, which it is read from
    starts = (repo.graph.commit_id(position) for position in selection.positions())
    versions, commits = walk_evolution(repo.index, starts), Commits(repo)
    if context.output.json:
        data = _data_of(commits, patch=how.patch)
        context.output.data([data(version) for version in _in_order(versions, how)])
        return
    show = _shown(context, commits, how)
    context.output.start_pager()
    if how.no_graph:
        for version in _in_order(versions, how):
            text = show(version)
            context.output.raw(text if how.template is not None else f"{text}\n")
        return
    _draw(context, commits, versions, how, show)


def _in_order(versions: Iterator[Version], how: Evolution) -> Iterable[Version]:
    found = islice(versions, how.limit)
    return reversed(list(found)) if how.backwards else found


def _draw(
    context: Context, commits: Commits, versions: Iterator[Version], how: Evolution, show: Show
) -> None:

    known: dict[int, Version] = {}

    def rows() -> Iterator[Row]:
        for version in versions:
            known[version.number] = version
            below = dict.fromkeys(version.below)
            yield Row(version.number, tuple(Edge(DIRECT, number) for number in below))

    found: Iterable[Row] = islice(grouped(rows()), how.limit)
    drawn = GraphRenderer()
    for row in reversed_rows(found) if how.backwards else found:
        version = known[row.position]
        position = _position(commits, version.commit)
        sign = ("node", "○") if position is None else commits.glyph(position)
        edges = [(edge.kind, edge.target) for edge in row.edges]
        text = show(version)
        context.output.raw(drawn.row(row.position, edges, context.output.paint([sign]), text))


def _shown(context: Context, commits: Commits, how: Evolution) -> Show:
    """Return what makes the painted text of a version, its difference below it."""
    output = context.output
    pieces: Callable[[Version], list[Piece]] = partial(_entry, commits)
    if how.template is not None:
        pieces = by_template(context, how.template)
    if not how.patch:
        return lambda version: output.paint(pieces(version))

    def show(version: Version) -> str:
        said = output.paint(pieces(version)).removesuffix("\n")
        changed = output.paint(difference(context.repo, version)).removesuffix("\n")
        text = f"{said}\n{changed}" if changed else said
        return f"{text}\n" if how.template is not None else text

    return show


def _entry(commits: Commits, version: Version) -> list[Piece]:
    position = _position(commits, version.commit)
    if position is None:
        pieces: list[Piece] = [("commit_id", version.commit[:SHORT])]
        pieces += [("", " "), ("unreadable", "(unreadable)")]
    else:
        pieces = commits.entry(position)
    if version.operation is None:
        return pieces
    said = plain(version.operation.data.description.partition("\n")[0], None)
    return [
        *pieces,
        ("", "\n"),
        ("separator", "--"),
        ("", " operation "),
        ("op_log id", version.operation.id[:SHORT]),
        ("", f" {said}"),
    ]


def _position(commits: Commits, commit_id: CommitId) -> int | None:
    return 0 if commit_id == ROOT_COMMIT else commits.repo.index.position(commit_id)


def _data_of(commits: Commits, *, patch: bool) -> Callable[[Version], dict[str, object]]:
    """Return what makes the data of a version, its difference with it."""

    def data(version: Version) -> dict[str, object]:
        position = _position(commits, version.commit)
        made_by = version.operation
        return {
            "commit": {"commit_id": version.commit} if position is None else commits.data(position),
            "operation": None if made_by is None else operation_data(made_by),
            "predecessors": list(version.predecessors),
        }

    if not patch:
        return data

    return lambda version: data(version) | {"diff": difference_data(commits.repo, version)}


OPERATION = "Operation"


class _Subject(NamedTuple):
    commit: CommitSubject
    operation: OperationSubject | None


def by_template(context: Context, template: str) -> Callable[[Version], list[Piece]]:
    """Return what shows a version by a template.

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
        return [
            (" ".join(part.labels), output.safe(part.text))
            for part in compiled.render(subject, ("evolog",))
        ]

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
