"""The parts of a parsed template, besides those that all languages share."""

from __future__ import annotations

from porcelain.language.syntax_tree import Expression


class Literal(Expression):
    """A string, an integer or a boolean."""

    value: str | int


class Keyword(Expression):
    """A bare name: a property of the subject."""

    name: str


class Prefix(Expression):
    """`-x` or `!x`."""

    operator: str
    operand: Expression


class Infix(Expression):
    """`left operator right`, every operator but `++`."""

    operator: str
    left: Expression
    right: Expression


class Concatenation(Expression):
    """`a ++ b ++ c`: two terms or more, or none at all, which is the empty template."""

    terms: tuple[Expression, ...]


class Lambda(Expression):
    """`|a, b| body`, which only some functions take as an argument."""

    parameters: tuple[str, ...]
    body: Expression
