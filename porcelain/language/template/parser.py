"""Parses a template.

Operators, strongest first, all but the prefix ones from left to right:

    f(x)  x.f()
    -x  !x
    kind:x
    *  /  %
    +  -
    <  <=  >  >=
    ==  !=
    &&
    ||
    ++                  concatenation

A lambda, `|x| body`, reaches as far to the right as it can.
"""

from __future__ import annotations

import re
from typing import NoReturn

from porcelain.errors import TemplateSyntaxError, did_you_mean
from porcelain.language.parser import Parser
from porcelain.language.syntax_tree import Expression, Pattern
from porcelain.language.template.syntax_tree import (
    Concatenation,
    Infix,
    Keyword,
    Lambda,
    Literal,
    Prefix,
)

# How strongly each infix operator binds; longer ones first, `++` binds weakest of all.
_STRENGTHS = {
    "||": 1,
    "&&": 2,
    "==": 3,
    "!=": 3,
    "<=": 4,
    ">=": 4,
    "<": 4,
    ">": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "%": 6,
}
_INTEGER = re.compile(r"0|[0-9]+")
_PATTERN_KIND = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z_][A-Za-z0-9_]*)*(?=:)")
_LARGEST = 2**63 - 1
_FOREIGN = {"=": "==", "&": "&&", "|": "||", ".": ".method()", "~": "!"}
CONCATENATED = "Texts are concatenated with `++`"


def parse(text: str) -> Expression:
    """Parse the text of a template; keywords and functions are not looked up yet.

    Raises:
        TemplateSyntaxError: the text is no template; its span is the place at fault.
    """
    parser = _Parser(text)
    parser.skip_blanks()
    if not parser.peek():
        return Concatenation((parser.place, parser.place), ())
    return parser.everything()


class _Parser(Parser):
    error = TemplateSyntaxError

    def whole(self) -> Expression:
        terms = [self._infix(0)]
        while self.accept("++"):
            self.skip_blanks()
            terms.append(self._infix(0))
        if len(terms) == 1:
            return terms[0]
        return Concatenation((terms[0].span[0], terms[-1].span[1]), tuple(terms))

    def _infix(self, weakest: int) -> Expression:
        """Read operands joined by operators of this strength or a greater one."""
        left = self._prefix()
        self.skip_blanks()
        while (operator := self._operator()) and _STRENGTHS[operator] >= weakest:
            self.place += len(operator)
            self.skip_blanks()
            right = self._infix(_STRENGTHS[operator] + 1)
            left = self.checked(Infix((left.span[0], right.span[1]), operator, left, right))
        return left

    def _operator(self) -> str:
        if self.at("++"):
            return ""
        return next((operator for operator in _STRENGTHS if self.at(operator)), "")

    def _prefix(self) -> Expression:
        operators = []
        while (operator := self.peek()) and operator in "-!":
            operators.append((operator, self.place))
            self.place += 1
            self.skip_blanks()
        operand = self._pattern() or self._methods()
        for operator, place in reversed(operators):
            operand = Prefix((place, operand.span[1]), operator, operand)
        return self.checked(operand)

    def _pattern(self) -> Expression | None:
        """Read `kind:value`; None, and nothing read, if something else stands here."""
        start = self.place
        kind = self.match(_PATTERN_KIND)
        if not kind:
            return None
        self.place += 1
        value = self._prefix()
        return Pattern((start, value.span[1]), kind, value)

    def _methods(self) -> Expression:
        operand = self._primary()
        while True:
            after = self.place
            self.skip_blanks()
            if not self.accept("."):
                self.place = after
                return operand
            self.skip_blanks()
            start = self.place
            name = self.strict_name() or self.expected("the name of a method")
            if not self.at("("):
                hint = f"A method is called with parentheses: `.{name}()`"
                self.fail(f"expected `(` after `{name}`", (start, self.place), [hint])
            operand = self.call(operand, name, (start, self.place))

    def _primary(self) -> Expression:
        start = self.place
        if self.at("("):
            return self.parenthesised()
        if self.at("'") or self.at('"'):
            text = self.string()
            return Literal((start, self.place), text)
        if self.accept("|"):
            return self._lambda(start)
        if digits := self.match(_INTEGER):
            if len(digits) > 19 or int(digits) > _LARGEST:
                self.fail(f"an integer cannot be larger than {_LARGEST}", (start, self.place))
            return Literal((start, self.place), int(digits))
        name = self.strict_name() or self.expected("an expression")
        span = (start, self.place)
        if name in ("true", "false"):
            return Literal(span, name == "true")
        return self.call(None, name, span) if self.at("(") else Keyword(span, name)

    def _lambda(self, start: int) -> Expression:
        parameters: list[str] = []
        self.skip_blanks()
        while not self.accept("|"):
            parameters.append(self.strict_name() or self.expected("the name of a parameter"))
            self.skip_blanks()
            if not self.accept(",") and not self.at("|"):
                self.expected("`,` or `|`")
            self.skip_blanks()
        body = self.expression()
        return Lambda((start, body.span[1]), tuple(parameters), body)

    def not_an_operator(self) -> NoReturn:
        character = self.peek()
        if character in _FOREIGN:
            self.foreign(character, "an infix", did_you_mean([_FOREIGN[character]]))
        start = self.place
        if self.strict_name() or character in "'\"(|" or character.isdigit():
            self.fail("expected an operator", (start, start), [CONCATENATED])
        self.expected("an operator")
