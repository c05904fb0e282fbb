"""From a parsed revset and a graph to the commits that it names.

All names are looked up first, and an unknown one is an error even where it could not matter;
then sets are put together without reading any. Reading happens when positions are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import NoReturn

from porcelain.display import Span
from porcelain.errors import (
    SHOWN_CHOICES,
    NotOneCommit,
    RevsetSyntaxError,
    UnknownFunction,
    UnknownWorkspace,
)
from porcelain.revset.expression import (
    Call,
    Expression,
    Intersection,
    Negation,
    Range,
    RemoteSymbol,
    Revset,
    Step,
    Symbol,
    Union,
    Workspace,
)
from porcelain.revset.functions import FUNCTIONS, Function
from porcelain.revset.graph import Graph, Universe
from porcelain.revset.parser import parse
from porcelain.revset.selection import (
    Selection,
    ancestors,
    between,
    descendants,
    explicit,
    intersection,
    parents_of,
    paths,
    steps,
    union,
)
from porcelain.syntax import similar_names

_NO_PATTERN = "Did you mean `::` for DAG range?"


def evaluate(revset: Revset, graph: Graph) -> Selection:
    """Return the commits that a revset names in a graph; nothing is read yet.

    Raises:
        RevsetSyntaxError: a function is unknown or used wrongly.
        RevisionError: a name or id does not stand for one commit.
    """
    return _Evaluation(revset.text, graph).select(revset.root)


def resolve_one(text: str, graph: Graph, describe: Callable[[int], str] | None = None) -> int:
    """Return the one commit that a revset names.

    `describe` gives the line that an error shows for a commit; without it, none are shown.

    Raises:
        NotOneCommit: it names none, or more than one.
        RevsetSyntaxError, RevisionError: as `parse` and `evaluate` do.
    """
    selection = evaluate(parse(text), graph)
    found = list(islice(selection.positions(), SHOWN_CHOICES + 1))
    if len(found) == 1:
        return found[0]
    raise NotOneCommit(text, [(describe or str)(position) for position in found])


class _Evaluation:
    """One evaluation: the text for errors, and what its names have brought in."""

    def __init__(self, text: str, graph: Graph) -> None:
        self.text = text
        self.graph = graph
        self.universe = Universe(graph)

    def select(self, expression: Expression) -> Selection:
        match expression:
            case Symbol():
                return self._resolved(expression.name, "", expression.span)
            case RemoteSymbol():
                if not expression.remote:
                    self._refuse_empty(expression.span)
                return self._resolved(expression.name, expression.remote, expression.span)
            case Workspace():
                return self._workspace(expression)
            case Step():
                return self._step(expression)
            case Range():
                return self._range(expression)
            case Negation():
                return intersection([self.universe.all], [self.select(expression.operand)])
            case Union():
                return union([self.select(term) for term in expression.terms])
            case Intersection():
                terms = [self.select(term) for term in expression.terms]
                return intersection(terms, [self.select(term) for term in expression.removed])
            case Call():
                return self._call(expression)
        return self.fail("`:` is not an infix operator", expression.span, [_NO_PATTERN])

    def fail(self, reason: str, span: Span, hints: Sequence[str] = ()) -> NoReturn:
        raise RevsetSyntaxError(self.text, span, reason, hints)

    def _refuse_empty(self, span: Span) -> NoReturn:
        self.fail("an empty string is not a valid revision", span)

    def _resolved(self, name: str, remote: str, span: Span) -> Selection:
        if not name:
            self._refuse_empty(span)
        return explicit((self.universe.name(self.graph.resolve(name, remote)),))

    def _workspace(self, part: Workspace) -> Selection:
        position = self.graph.workspace(part.name)
        if position is None:
            if part.name is not None:
                raise UnknownWorkspace(part.name)
            # A workspace that has no commit yet stands on the root.
            position = 0
        return explicit((self.universe.name(position),))

    def _step(self, part: Step) -> Selection:
        of = self.select(part.operand)
        if part.operator == "+":
            return steps(of, part.count, self.universe.children)
        if part.count == 1:
            return parents_of(of, self.universe.parents)
        return steps(of, part.count, self.universe.parents)

    def _range(self, part: Range) -> Selection:
        start = self.select(part.start) if part.start is not None else None
        end = self.select(part.end) if part.end is not None else None
        parents = self.universe.parents
        if part.operator == "::":
            if start is None:
                return self.universe.all if end is None else ancestors(end, parents)
            if end is None:
                return descendants(start, self.universe.children)
            return paths(start, end, parents)
        root = explicit((0,))
        if start is None and end is None:
            return intersection([self.universe.all], [root])
        return between(
            root if start is None else start, self.universe.heads() if end is None else end, parents
        )

    def _call(self, part: Call) -> Selection:
        function = FUNCTIONS.get(part.name)
        if function is None:
            similar = similar_names(part.name, FUNCTIONS)
            raise UnknownFunction(self.text, part.name_span, part.name, similar)
        for keyword in part.keywords:
            if keyword.name not in function.keywords:
                reason = f"Function `{part.name}`: Unexpected keyword arguments"
                self.fail(reason, (keyword.span[0], part.keywords[-1].span[1]))
        if not _fits(function, len(part.arguments) + len(part.keywords)):
            reason = f"Function `{part.name}`: Expected {_arity(function)} arguments"
            self.fail(reason, part.inside)
        return function.build(self, part)


def _fits(function: Function, count: int) -> bool:
    return function.least <= count and (function.most is None or count <= function.most)


def _arity(function: Function) -> str:
    if function.most is None:
        return f"at least {function.least}"
    if function.least == function.most:
        return str(function.least)
    return f"{function.least} to {function.most}"
