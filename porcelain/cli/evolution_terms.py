"""What templates of `wj evolog` can say: all keywords of commits, and `operation`.

`commit` is the commit itself, so that jj's `commit.change_id()` works too. The methods of
`commit` and `operation` are the keywords that templates about them have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from porcelain.cli.colors import Piece
from porcelain.cli.context import Context
from porcelain.cli.listing import CommitTerms
from porcelain.cli.oplog import OperationTerms
from porcelain.evolution_walk import Version
from porcelain.repo_graph import ROOT_COMMIT
from porcelain.template import COMMIT_VOCABULARY, CommitSubject, compile_template
from porcelain.template.operation import OPERATION_VOCABULARY, OperationSubject
from porcelain.template.value import RenderFault
from porcelain.template.vocabulary import Function, Keyword, Vocabulary

COMMIT = "Commit"
OPERATION = "Operation"

_T = TypeVar("_T")


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


def _method(name: str, keyword: Keyword[_T]) -> Function:
    # The engine calls a method only on values of the type that it is listed under.
    def apply(values: Sequence[Any]) -> object:
        return keyword.get(values[0])

    return Function(f"{name}()", (), 0, keyword.type, apply, keyword.help)


def _methods(vocabulary: Vocabulary[_T]) -> dict[str, Function]:
    return {name: _method(name, keyword) for name, keyword in vocabulary.keywords.items()}


EVOLUTION_VOCABULARY: Vocabulary[_Subject] = Vocabulary(
    {
        **{name: _of_commit(keyword) for name, keyword in COMMIT_VOCABULARY.keywords.items()},
        "commit": Keyword(COMMIT, lambda subject: subject.commit, "The commit itself"),
        "operation": Keyword(OPERATION, _operation, "What made it; an error where that is unknown"),
    },
    COMMIT_VOCABULARY.functions,
    {
        **COMMIT_VOCABULARY.methods,
        **OPERATION_VOCABULARY.methods,
        COMMIT: _methods(COMMIT_VOCABULARY),
        OPERATION: _methods(OPERATION_VOCABULARY),
    },
)
