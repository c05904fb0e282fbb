"""What a parsed revset is made of.

Every part remembers its span in the text, so that a fault found later (an unknown function, a
wrong number of arguments) can still point at its place. Chains of one operator are one part
with many operands: a script's union of 10,000 ids is as flat as it was written.

The parts are plain classes: to build twelve named tuples takes 3 ms of every start.
"""

from __future__ import annotations

from typing import Literal

from porcelain.display import Span
from porcelain.language.scanner import Part


class Expression(Part):
    """Any part of a revset that names commits."""

    __slots__ = ()


class Symbol(Expression):
    """A name or an id: `main`, `kxyz`, `kxyz/1`, `"quoted name"`; a quoted one is no alias."""

    __slots__ = ("name", "quoted")

    def __init__(self, name: str, span: Span, *, quoted: bool = False) -> None:
        super().__init__(span)
        self.name = name
        self.quoted = quoted


class RemoteSymbol(Expression):
    """A name as a remote last had it: `name@remote`."""

    __slots__ = ("name", "remote")

    def __init__(self, name: str, remote: str, span: Span) -> None:
        super().__init__(span)
        self.name = name
        self.remote = remote


class Workspace(Expression):
    """The current commit of a workspace: `name@`; None is `@`, one's own."""

    __slots__ = ("name",)

    def __init__(self, name: str | None, span: Span) -> None:
        super().__init__(span)
        self.name = name


class Step(Expression):
    """Parents (`x-`) or children (`x+`) of the operand, `count` generations away."""

    __slots__ = ("count", "operand", "operator")

    def __init__(
        self, operator: Literal["-", "+"], operand: Expression, count: int, span: Span
    ) -> None:
        super().__init__(span, (operand,))
        self.operator = operator
        self.operand = operand
        self.count = count


class Range(Expression):
    """`start::end` or `start..end`; None is a side that was left out."""

    __slots__ = ("end", "operator", "start")

    def __init__(
        self,
        operator: Literal["::", ".."],
        start: Expression | None,
        end: Expression | None,
        span: Span,
    ) -> None:
        super().__init__(span, [side for side in (start, end) if side])
        self.operator = operator
        self.start = start
        self.end = end


class Negation(Expression):
    """`~operand`: everything else."""

    __slots__ = ("operand",)

    def __init__(self, operand: Expression, span: Span) -> None:
        super().__init__(span, (operand,))
        self.operand = operand


class Union(Expression):
    """`a | b | c`: two terms or more."""

    __slots__ = ("terms",)

    def __init__(self, terms: tuple[Expression, ...], span: Span) -> None:
        super().__init__(span, terms)
        self.terms = terms


class Intersection(Expression):
    """`a & b ~ c & d`: in all of `terms` (one or more), in none of `removed`."""

    __slots__ = ("removed", "terms")

    def __init__(
        self, terms: tuple[Expression, ...], removed: tuple[Expression, ...], span: Span
    ) -> None:
        super().__init__(span, terms + removed)
        self.terms = terms
        self.removed = removed


class Call(Expression):
    """`name(arguments, key=value)`; `inside` spans what stands between the parentheses."""

    __slots__ = ("arguments", "inside", "keywords", "name", "name_span")

    def __init__(
        self,
        name: str,
        name_span: Span,
        arguments: tuple[Expression, ...],
        keywords: tuple[Keyword, ...],
        inside: Span,
    ) -> None:
        values = tuple(keyword.value for keyword in keywords)
        super().__init__((name_span[0], inside[1] + 1), arguments + values)
        self.name = name
        self.name_span = name_span
        self.arguments = arguments
        self.keywords = keywords
        self.inside = inside


class Keyword:
    """One `key=value` of a call."""

    __slots__ = ("name", "span", "value")

    def __init__(self, name: str, value: Expression, span: Span) -> None:
        self.name = name
        self.value = value
        self.span = span


class Pattern(Expression):
    """`kind:value`, which only some functions take as an argument."""

    __slots__ = ("kind", "value")

    def __init__(self, kind: str, value: Expression, span: Span) -> None:
        super().__init__(span, (value,))
        self.kind = kind
        self.value = value


class Revset:
    """A parsed revset and the text that it was parsed from."""

    __slots__ = ("root", "text")

    def __init__(self, text: str, root: Expression) -> None:
        self.text = text
        self.root = root
