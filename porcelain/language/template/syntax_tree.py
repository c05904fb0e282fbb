"""What a parsed template is made of. Every part remembers its span in the text."""

from __future__ import annotations

from collections.abc import Sequence

from porcelain.display import Span
from porcelain.language.scanner import Part


class Expression(Part):
    """Any part of a template that has a value."""

    __slots__ = ()


class Literal(Expression):
    """A string, an integer or a boolean."""

    __slots__ = ("value",)

    def __init__(self, value: str | int, span: Span) -> None:
        super().__init__(span)
        self.value = value


class Keyword(Expression):
    """A bare name: something that the subject has."""

    __slots__ = ("name",)

    def __init__(self, name: str, span: Span) -> None:
        super().__init__(span)
        self.name = name


class Prefix(Expression):
    """`-x` or `!x`."""

    __slots__ = ("operand", "operator")

    def __init__(self, operator: str, operand: Expression, span: Span) -> None:
        super().__init__(span, (operand,))
        self.operator = operator
        self.operand = operand


class Infix(Expression):
    """`left operator right`, every operator but `++`."""

    __slots__ = ("left", "operator", "right")

    def __init__(self, operator: str, left: Expression, right: Expression) -> None:
        super().__init__((left.span[0], right.span[1]), (left, right))
        self.operator = operator
        self.left = left
        self.right = right


class Concatenation(Expression):
    """`a ++ b ++ c`: two terms or more, or none at all, which is the empty template."""

    __slots__ = ("terms",)

    def __init__(self, terms: tuple[Expression, ...], span: Span) -> None:
        super().__init__(span, terms)
        self.terms = terms


class Argument:
    """One `key=value` of a call."""

    __slots__ = ("name", "span", "value")

    def __init__(self, name: str, value: Expression, span: Span) -> None:
        self.name = name
        self.value = value
        self.span = span


class Call(Expression):
    """`name(arguments, key=value)`, or with an `object` before it, `object.name(...)`.

    `inside` spans what stands between the parentheses.
    """

    __slots__ = ("arguments", "inside", "keywords", "name", "name_span", "object")

    def __init__(
        self,
        target: Expression | None,
        name_span: Span,
        name: str,
        arguments: Sequence[Expression],
        keywords: Sequence[Argument],
        inside: Span,
    ) -> None:
        start = name_span[0] if target is None else target.span[0]
        parts = [*arguments, *(keyword.value for keyword in keywords)]
        if target is not None:
            parts.append(target)
        super().__init__((start, inside[1] + 1), parts)
        self.object = target
        self.name = name
        self.name_span = name_span
        self.arguments = tuple(arguments)
        self.keywords = tuple(keywords)
        self.inside = inside


class Lambda(Expression):
    """`|a, b| body`, which only some functions take as an argument."""

    __slots__ = ("body", "parameters")

    def __init__(self, parameters: tuple[str, ...], body: Expression, span: Span) -> None:
        super().__init__(span, (body,))
        self.parameters = parameters
        self.body = body


class Pattern(Expression):
    """`kind:value`, which only some functions take as an argument."""

    __slots__ = ("kind", "value")

    def __init__(self, kind: str, value: Expression, span: Span) -> None:
        super().__init__(span, (value,))
        self.kind = kind
        self.value = value
