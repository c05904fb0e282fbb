"""Compiles a parsed template into an object that renders subjects.

Types are checked when the template is compiled, so that a mistake is found before anything is
printed. An error that only one subject causes is printed in its place and stops nothing.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, NoReturn

from porcelain.display import Span
from porcelain.errors import TemplateSyntaxError, did_you_mean
from porcelain.language.scanner import similar_names
from porcelain.language.syntax_tree import Call, Expression
from porcelain.language.template.compiled import (
    Template,
    concatenated,
    filtered_list,
    joined_list,
    mapped_list,
)
from porcelain.language.template.forms import FORMS, Form
from porcelain.language.template.keywords import (
    BOOLEAN,
    INTEGER,
    LIST,
    STRING,
    SUBJECTS,
    TEMPLATE,
    Function,
    SubjectT,
    Vocabulary,
)
from porcelain.language.template.parser import CONCATENATED, parse
from porcelain.language.template.syntax_tree import (
    Concatenation,
    Infix,
    Keyword,
    Lambda,
    Literal,
    Prefix,
)
from porcelain.language.template.value import (
    Labels,
    RenderFault,
)


def compile_template(
    text: str, vocabulary: Vocabulary[SubjectT], aliases: Mapping[str, str] | None = None
) -> Template[SubjectT]:
    """Parse a template and check it against a vocabulary.

    `aliases` are the configured declarations (`name`, or `name(x, y)`) and definitions.

    Raises:
        TemplateSyntaxError: it cannot be parsed, says something unknown, or types do not fit.
    """
    known = dict(_declared(declaration, text) for declaration, text in (aliases or {}).items())
    return _Compiler(text, vocabulary, known).printable(parse(text))


class _Alias(NamedTuple):
    parameters: tuple[str, ...]
    text: str


_Aliases = Mapping[tuple[str, int | None], _Alias]


def _declared(declaration: str, text: str) -> tuple[tuple[str, int | None], _Alias]:
    """Return a name with its number of parameters, None without parentheses, and the alias."""
    name, opened, rest = declaration.partition("(")
    parameters = tuple(one.strip() for one in rest.rstrip(") ").split(",") if one.strip())
    return (name.strip(), len(parameters) if opened else None), _Alias(parameters, text)


def _divide(left: int, right: int) -> int:
    """Divide towards zero."""
    if right == 0:
        raise RenderFault("cannot divide by zero")
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _remainder(left: int, right: int) -> int:
    """Return what `_divide` leaves; its sign is that of `left`."""
    return left - right * _divide(left, right)


_ARITHMETIC: Mapping[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "%": _remainder,
}
_COMPARISONS: Mapping[str, Callable[[int, int], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
_COMPARABLE = (STRING, INTEGER, BOOLEAN)


def _in_range(number: int) -> int:
    """Return a number if it is one of 64 bits; larger ones could be too long to print."""
    if not _SMALLEST <= number <= _LARGEST:
        raise RenderFault("the number does not fit in 64 bits")
    return number


class _Compiler(Generic[SubjectT]):
    """Compiles one text; `locals` are the parameters of an alias or a lambda around it."""

    def __init__(
        self,
        text: str,
        vocabulary: Vocabulary[SubjectT],
        aliases: _Aliases,
        local: Mapping[str, Template[SubjectT]] | None = None,
        expanding: tuple[str, ...] = (),
    ) -> None:
        self.text = text
        self.vocabulary = vocabulary
        self.aliases = aliases
        self.locals = dict(local or {})
        self.expanding = expanding

    def build(self, part: Expression) -> Template[SubjectT]:
        match part:
            case Literal():
                return self.literal(part.value)
            case Keyword():
                return self.keyword(part)
            case Concatenation():
                return concatenated([self.printable(term) for term in part.terms])
            case Prefix():
                return self.prefix(part)
            case Infix():
                return self.infix(part)
            case Call():
                return self.call(part) if part.target is None else self.method(part, part.target)
            case Lambda():
                self.fail("a lambda cannot be used here", part.span)
        return self.fail("a string pattern cannot be used as a value", part.span)

    def printable(self, part: Expression) -> Template[SubjectT]:
        """Build a part whose value is printed."""
        built = self.build(part)
        if built.type in SUBJECTS or self.item(built.type) in SUBJECTS:
            reason = f"Expected expression of type `{TEMPLATE}`, but actual type is `{built.type}`"
            self.fail(reason, part.span)
        return built

    def fail(self, reason: str, span: Span, hints: Sequence[str] = ()) -> NoReturn:
        raise TemplateSyntaxError(self.text, span, reason, hints)

    def literal(self, value: str | int) -> Template[SubjectT]:
        kind = BOOLEAN if isinstance(value, bool) else INTEGER
        return Template(STRING if isinstance(value, str) else kind, lambda _subject: value)

    def keyword(self, part: Keyword) -> Template[SubjectT]:
        if part.name in self.locals:
            return self.locals[part.name]
        if (part.name, None) in self.aliases:
            return self.expanded(part.name, None, (), part.span)
        known = self.vocabulary.keywords.get(part.name)
        if known is None:
            hints = did_you_mean(similar_names(part.name, self.vocabulary.keywords))
            self.fail(f"Keyword `{part.name}` doesn't exist", part.span, hints)
        return Template(known.type, known.get, (part.name,))

    def expanded(
        self, name: str, count: int | None, arguments: Sequence[Expression], span: Span
    ) -> Template[SubjectT]:
        """Build what an alias stands for."""
        if name in self.expanding:
            self.fail(f"Alias `{name}` expands to itself", span)
        alias = self.aliases[name, count]
        given = dict(zip(alias.parameters, map(self.build, arguments), strict=True))
        inner = _Compiler(alias.text, self.vocabulary, self.aliases, given, (*self.expanding, name))
        try:
            return inner.build(parse(alias.text))
        except TemplateSyntaxError as error:
            self.fail(f"In alias `{name}`: {error.reason}", span, error.hints)

    def typed(self, part: Expression, wanted: str) -> Callable[[SubjectT], Any]:
        """Return how to get a value of the wanted type from a part."""
        built = self.build(part)
        get = built.get
        if built.type == wanted:
            return get
        if wanted == STRING and built.type == TEMPLATE:
            return built.text
        if wanted == BOOLEAN and built.type.startswith(LIST):
            return lambda subject: bool(get(subject))
        if wanted == BOOLEAN and built.type == STRING:
            return lambda subject: bool(get(subject))
        reason = f"Expected expression of type `{wanted}`, but actual type is `{built.type}`"
        texts = {wanted, built.type} == {INTEGER, STRING}
        return self.fail(reason, part.span, [CONCATENATED] if texts else ())

    def prefix(self, part: Prefix) -> Template[SubjectT]:
        if part.operator == "!":
            get = self.typed(part.operand, BOOLEAN)
            return Template(BOOLEAN, lambda subject: not get(subject))
        number = self.typed(part.operand, INTEGER)
        return Template(INTEGER, lambda subject: _in_range(-number(subject)))

    def infix(self, part: Infix) -> Template[SubjectT]:
        if part.operator in ("==", "!="):
            return self.equality(part)
        if part.operator in _COMPARISONS:
            compare = _COMPARISONS[part.operator]
            one, other = self.comparable(part, (INTEGER,))
            return Template(BOOLEAN, lambda subject: compare(one.get(subject), other.get(subject)))
        operand = BOOLEAN if part.operator in ("&&", "||") else INTEGER
        left, right = self.typed(part.left, operand), self.typed(part.right, operand)
        if part.operator == "&&":
            return Template(BOOLEAN, lambda subject: left(subject) and right(subject))
        if part.operator == "||":
            return Template(BOOLEAN, lambda subject: left(subject) or right(subject))
        compute = _ARITHMETIC[part.operator]
        return Template(INTEGER, lambda subject: _in_range(compute(left(subject), right(subject))))

    def equality(self, part: Infix) -> Template[SubjectT]:
        left, right = self.comparable(part, _COMPARABLE)
        wanted = part.operator == "=="
        return Template(
            BOOLEAN, lambda subject: (left.get(subject) == right.get(subject)) is wanted
        )

    def comparable(
        self, part: Infix, types: Sequence[str]
    ) -> tuple[Template[SubjectT], Template[SubjectT]]:
        left, right = self.build(part.left), self.build(part.right)
        if left.type != right.type or left.type not in types:
            reason = f"Cannot compare expressions of type `{left.type}` and `{right.type}`"
            self.fail(reason, part.span)
        return left, right

    def call(self, part: Call) -> Template[SubjectT]:
        if (part.name, len(part.arguments)) in self.aliases:
            return self.expanded(part.name, len(part.arguments), part.arguments, part.span)
        if part.name in FORMS:
            return self.form(FORMS[part.name], part)
        function = self.vocabulary.functions.get(part.name)
        if function is None:
            known = [*self.vocabulary.functions, *FORMS, *(name for name, _ in self.aliases)]
            hints = did_you_mean(similar_names(part.name, known))
            self.fail(f"Function `{part.name}` doesn't exist", part.name_span, hints)
        return self.applied(function, part, (), (part.name,))

    def form(self, form: Form, part: Call) -> Template[SubjectT]:
        """Build a function whose arguments are parts of templates."""
        count = len(part.arguments)
        if part.keywords:
            span = (part.keywords[0].span[0], part.keywords[-1].span[1])
            self.fail(f"Function `{part.name}`: Unexpected keyword arguments", span)
        if count < form.least or (form.most is not None and count > form.most):
            wanted = str(form.least) if form.least == form.most else f"at least {form.least}"
            if form.most not in (None, form.least):
                wanted = f"{form.least} to {form.most}"
            self.fail(f"Function `{part.name}`: Expected {wanted} arguments", part.inside)
        return form.make(self, part.arguments)

    def of_list(self, built: Template[SubjectT], part: Call) -> Template[SubjectT] | None:
        """Build a method of a list whose argument is a lambda or a part of a template."""
        arguments = part.arguments
        if part.name == "join" and len(arguments) == 1:
            between = self.printable(arguments[0])
            return joined_list(built, between)
        if part.name not in ("map", "filter") or len(arguments) != 1:
            return None
        function = arguments[0]
        if not isinstance(function, Lambda) or len(function.parameters) != 1:
            self.fail(f"Method `{part.name}` takes a lambda such as `|x| x`", function.span)
        cell: list[Any] = [None]
        element = Template[SubjectT](built.type[len(LIST) : -1], lambda _subject: cell[0])
        inner = _Compiler(
            self.text,
            self.vocabulary,
            self.aliases,
            {**self.locals, function.parameters[0]: element},
            self.expanding,
        )
        if part.name == "filter":
            test = inner.typed(function.body, BOOLEAN)
            return Template(built.type, filtered_list(built, cell, test))
        body = inner.printable(function.body)
        return Template(f"{LIST}{TEMPLATE}>", mapped_list(built, cell, body))

    def item(self, list_type: str) -> str:
        return list_type[len(LIST) : -1]

    def method(self, part: Call, target: Expression) -> Template[SubjectT]:
        built = self.build(target)
        if built.type.startswith(LIST) and (made := self.of_list(built, part)) is not None:
            return made
        kind = LIST if built.type.startswith(LIST) else built.type
        methods = self.vocabulary.methods.get(kind, {})
        if part.name not in methods:
            reason = f"Method `{part.name}` doesn't exist for type `{built.type}`"
            self.fail(reason, part.name_span, did_you_mean(similar_names(part.name, methods)))
        labels = (*built.labels, part.name)
        return self.applied(methods[part.name], part, (built.get,), labels)

    def applied(
        self,
        function: Function,
        part: Call,
        first: tuple[Callable[[SubjectT], object], ...],
        labels: Labels,
    ) -> Template[SubjectT]:
        """Check the arguments of a call, and return what computes it."""
        if part.keywords:
            span = (part.keywords[0].span[0], part.keywords[-1].span[1])
            self.fail(f"Function `{part.name}`: Unexpected keyword arguments", span)
        most = len(function.arguments)
        least = most - function.optional
        if not least <= len(part.arguments) <= most:
            count = str(least) if least == most else f"{least} to {most}"
            self.fail(f"Function `{part.name}`: Expected {count} arguments", part.inside)
        wanted = zip(part.arguments, function.arguments, strict=False)
        values = (*first, *(self.typed(argument, kind) for argument, kind in wanted))
        return Template(
            function.type,
            lambda subject: function.apply(*[get(subject) for get in values]),
            labels,
        )
