"""Evaluates a parsed revset on a graph.

All names are looked up first, and an unknown one is an error even where it could not matter;
then sets are combined without reading any. Reading happens when positions are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple, NoReturn

from porcelain.display import Span, plain
from porcelain.errors import (
    SHOWN_CHOICES,
    NotOneCommit,
    RevsetSyntaxError,
    UnknownFunction,
    UnknownWorkspace,
)
from porcelain.language.parser import MAX_PARTS_DEEP
from porcelain.language.revset.aliases import Alias, Aliases, InAlias
from porcelain.language.revset.functions import FUNCTIONS
from porcelain.language.revset.graph_protocol import Facts, Graph, Universe
from porcelain.language.revset.parser import parse
from porcelain.language.revset.position_set import (
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
from porcelain.language.revset.syntax_tree import (
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
from porcelain.language.scanner import similar_names
from porcelain.language.syntax_tree import Call, Expression

_NO_PATTERN = "Did you mean `::` for DAG range?"
_MOST_EXPANSIONS = 10_000


def evaluate(revset: Revset, graph: Graph) -> Selection:
    """Return the commits that a revset names in a graph; nothing is read yet.

    Raises:
        RevsetSyntaxError: a function is unknown or used wrongly.
        RevisionError: a name or id does not stand for one commit.
    """
    return _Evaluation(revset.text, graph, _Shared(Aliases(graph.aliases))).select(revset.root)


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


class _Shared:
    """The state that all scopes of one evaluation share."""

    def __init__(self, aliases: Aliases) -> None:
        self.aliases = aliases
        self.parsed: dict[str, Revset] = {}
        self.expansions = 0
        self.depth = 0


class _Use(NamedTuple):
    """The use of an alias: the scope and the place in its text, and the alias itself."""

    scope: _Evaluation
    span: Span
    alias: Alias


class _Evaluation:
    """One text on one graph, with the hidden commits that its names have added.

    The text of an alias is evaluated in a scope of its own, whose `use` is the place where it
    is used and whose parameters lead back to the arguments there.
    """

    def __init__(
        self,
        text: str,
        graph: Graph,
        shared: _Shared,
        universe: Universe | None = None,
        use: _Use | None = None,
    ) -> None:
        self.text = text
        self.graph = graph
        self.universe = universe or Universe(graph)
        self.shared = shared
        self.use = use
        self.arguments: Mapping[str, Expression] = {}
        self._facts: Facts | None = None

    @property
    def facts(self) -> Facts:
        if self._facts is None:
            self._facts = self.graph.facts()
        return self._facts

    def elsewhere(self, graph: Graph) -> _Evaluation:
        """Return the same scope on another graph, with the commits of that one."""
        return self._on(graph, Universe(graph))

    def _on(self, graph: Graph, universe: Universe) -> _Evaluation:
        use = self.use and self.use._replace(scope=self.use.scope._on(graph, universe))
        found = _Evaluation(self.text, graph, self.shared, universe, use)
        found.arguments = self.arguments
        return found

    def select(self, expression: Expression) -> Selection:
        """Return the set of commits that a part names."""
        shared = self.shared
        if shared.depth > MAX_PARTS_DEEP:
            self.fail("nested too deeply", expression.span)
        shared.depth += 1
        try:
            scope, found = self.expand(expression)
            return scope._selected(found)
        finally:
            shared.depth -= 1

    def expand(self, expression: Expression) -> tuple[_Evaluation, Expression]:
        """Resolve aliases and parameters; return the scope and the expression that they lead to."""
        scope = self
        while True:
            alias: Alias | None = None
            given: tuple[Expression, ...] = ()
            if isinstance(expression, Symbol) and not expression.quoted:
                if scope.use is not None and expression.name in scope.arguments:
                    expression = scope.arguments[expression.name]
                    scope = scope.use.scope
                    continue
                alias = self.shared.aliases.symbol(expression.name)
            elif isinstance(expression, Call):
                alias, given = scope._function_alias(expression), expression.arguments
            if alias is None:
                return scope, expression
            scope, expression = scope._enter(alias, expression.span, given)

    def _function_alias(self, call: Call) -> Alias | None:
        found = self.shared.aliases.function(call.name)
        if not found:
            return None
        alias = found.get(len(call.arguments))
        if alias is None or call.keywords:
            counts = " or ".join(map(str, sorted(found)))
            self.fail(f"Function `{call.name}`: Expected {counts} arguments", call.inside)
        return alias

    def _enter(
        self, alias: Alias, span: Span, given: Sequence[Expression]
    ) -> tuple[_Evaluation, Expression]:
        """Return the scope of an alias and its parsed text."""
        shared, use = self.shared, self.use
        while use is not None:
            if use.alias == alias:
                self.fail(f"Alias `{plain(alias.shown)}` expanded recursively", span)
            use = use.scope.use
        shared.expansions += 1
        if shared.expansions > _MOST_EXPANSIONS:
            self.fail(f"aliases are expanded more than {_MOST_EXPANSIONS} times", span)
        inner = _Evaluation(alias.text, self.graph, shared, self.universe, _Use(self, span, alias))
        inner.arguments = dict(zip(alias.parameters or (), given, strict=True))
        if alias.text not in shared.parsed:
            try:
                shared.parsed[alias.text] = parse(alias.text)
            except RevsetSyntaxError as error:
                raise inner.located(error) from None
        return inner, shared.parsed[alias.text].root

    def located(self, error: RevsetSyntaxError) -> RevsetSyntaxError:
        """Return an error in this text as one in the text that was typed."""
        use = self.use
        while use is not None:
            error = InAlias((use.scope.text, use.span), use.alias.shown, error)
            use = use.scope.use
        return error

    def _selected(self, expression: Expression) -> Selection:
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
                return union(self._selections(expression.terms))
            case Intersection():
                terms = self._selections(expression.terms)
                return intersection(terms, self._selections(expression.removed))
            case Call():
                return self._call(expression)
        return self.fail("`:` is not an infix operator", expression.span, [_NO_PATTERN])

    def _selections(self, terms: Sequence[Expression]) -> list[Selection]:
        """Return the sets of some terms; a term that is repeated is evaluated once."""
        different: dict[str, Expression] = {}
        for term in terms:
            different.setdefault(self.text[slice(*term.span)], term)
        return [self.select(term) for term in different.values()]

    def fail(self, reason: str, span: Span, hints: Sequence[str] = ()) -> NoReturn:
        """Raise RevsetSyntaxError for a place in the text."""
        raise self.located(RevsetSyntaxError(self.text, span, reason, hints))

    def _refuse_empty(self, span: Span) -> NoReturn:
        self.fail("an empty string is not a valid revision", span)

    def _resolved(self, name: str, remote: str, span: Span) -> Selection:
        if not name:
            self._refuse_empty(span)
        return explicit((self.universe.name(self.graph.resolve(name, remote)),))

    def _workspace(self, part: Workspace) -> Selection:
        position = self.graph.workspace(part.name)
        if position is None:
            self.graph.check_workspace(part.name)
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
            similar = similar_names(part.name, [*FUNCTIONS, *self.shared.aliases.functions])
            raise self.located(UnknownFunction(self.text, part.name_span, part.name, similar))
        for keyword in part.keywords:
            if keyword.name not in function.keywords:
                reason = f"Function `{part.name}`: Unexpected keyword arguments"
                self.fail(reason, (keyword.span[0], part.keywords[-1].span[1]))
        names = [keyword.name for keyword in part.keywords]
        if len(set(names)) < len(names):
            reason = f"Function `{part.name}`: Got multiple values for one keyword argument"
            self.fail(reason, (part.keywords[0].span[0], part.keywords[-1].span[1]))
        if not function.takes(len(part.arguments), len(names)):
            reason = f"Function `{part.name}`: Expected {function.arity} arguments"
            self.fail(reason, part.inside)
        return function.build(self, part)
