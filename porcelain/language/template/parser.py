"""From the text of a template to its parts.

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
    ++                  put together

A lambda, `|x| body`, reaches as far to the right as it can.
"""

from __future__ import annotations

from typing import NoReturn

from porcelain.errors import TemplateSyntaxError
from porcelain.language.scanner import Scanner, did_you_mean
from porcelain.language.template.syntax_tree import (
    Argument,
    Call,
    Concatenation,
    Expression,
    Infix,
    Keyword,
    Lambda,
    Literal,
    Pattern,
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
_LARGEST = 2**63 - 1
_FOREIGN = {"=": "==", "&": "&&", "|": "||", ".": ".method()", "~": "!"}


def parse(text: str) -> Expression:
    """Parse the text of a template; keywords and functions are not looked up yet.

    Raises:
        TemplateSyntaxError: the text is no template; its span says where.
    """
    parser = _Parser(text)
    parser.skip_blanks()
    if not parser.peek():
        return Concatenation((), (parser.place, parser.place))
    root = parser.expression()
    if parser.peek():
        parser.not_an_operator()
    return root


class _Parser(Scanner):
    error = TemplateSyntaxError

    def expression(self) -> Expression:
        """Read a whole expression and the blanks around it."""
        self.enter()
        self.skip_blanks()
        terms = [self._infix(0)]
        while self.accept("++"):
            self.skip_blanks()
            terms.append(self._infix(0))
        self.leave()
        if len(terms) == 1:
            return terms[0]
        whole = Concatenation(tuple(terms), (terms[0].span[0], terms[-1].span[1]))
        self.check_depth(whole)
        return whole

    def _infix(self, weakest: int) -> Expression:
        """Read operands joined by operators of this strength or a greater one."""
        left = self._prefix()
        self.skip_blanks()
        while (operator := self._operator()) and _STRENGTHS[operator] >= weakest:
            self.place += len(operator)
            self.skip_blanks()
            left = Infix(operator, left, self._infix(_STRENGTHS[operator] + 1))
            self.check_depth(left)
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
            operand = Prefix(operator, operand, (place, operand.span[1]))
        if operators:
            self.check_depth(operand)
        return operand

    def _pattern(self) -> Expression | None:
        """Read `kind:value`; None, and nothing read, if something else stands here."""
        start = self.place
        name = self.strict_name()
        while name and self.peek() == "-":
            self.place += 1
            if not self.strict_name():
                break
        kind = self.text[start : self.place]
        if not name or kind.endswith("-") or not self.accept(":"):
            self.place = start
            return None
        value = self._prefix()
        return Pattern(kind, value, (start, value.span[1]))

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
            name = self.strict_name()
            if not name:
                self.expected("the name of a method")
            if self.peek() != "(":
                hint = f"A method is called with parentheses: `.{name}()`"
                self.fail(f"expected `(` after `{name}`", (start, self.place), [hint])
            operand = self._call(operand, name, start)
            self.check_depth(operand)

    def _primary(self) -> Expression:
        start = self.place
        character = self.peek()
        if character == "(":
            self.place += 1
            inner = self.expression()
            self._close(start)
            return inner
        if character and character in "'\"":
            text = self.string()
            return Literal(text, (start, self.place))
        if character == "|":
            return self._lambda()
        if "0" <= character <= "9":
            return self._integer()
        name = self.strict_name()
        if not name:
            self.expected("an expression")
        span = (start, self.place)
        if name in ("true", "false"):
            return Literal(name == "true", span)
        if self.peek() == "(":
            return self._call(None, name, start)
        return Keyword(name, span)

    def _integer(self) -> Expression:
        start = self.place
        if not self.accept("0"):
            self.digits()
        span = (start, self.place)
        if self.place - start > 19 or int(self.text[start : self.place]) > _LARGEST:
            self.fail(f"an integer cannot be larger than {_LARGEST}", span)
        return Literal(int(self.text[start : self.place]), span)

    def _lambda(self) -> Expression:
        start = self.place
        self.place += 1
        parameters: list[str] = []
        self.skip_blanks()
        while not self.accept("|"):
            parameters.append(self.strict_name() or self.expected("the name of a parameter"))
            self.skip_blanks()
            if not self.accept(",") and self.peek() != "|":
                self.expected("`,` or `|`")
            self.skip_blanks()
        body = self.expression()
        return Lambda(tuple(parameters), body, (start, body.span[1]))

    def _call(self, target: Expression | None, name: str, name_start: int) -> Call:
        name_span = (name_start, self.place)
        opened = self.place
        self.place += 1
        arguments: list[Expression] = []
        keywords: list[Argument] = []
        while True:
            self.skip_blanks()
            if self.peek() == ")":
                break
            keyword = self._keyword()
            if keyword is not None:
                keywords.append(keyword)
            elif keywords:
                value = self.expression()
                reason = f"Function `{name}`: Positional argument follows keyword argument"
                self.fail(reason, value.span)
            else:
                arguments.append(self.expression())
            if not self.accept(","):
                break
        self._close(opened)
        inside = (opened + 1, self.place - 1)
        return Call(target, name_span, name, arguments, keywords, inside)

    def _keyword(self) -> Argument | None:
        """Read `key=value`; None, and nothing read, if something else stands here."""
        start = self.place
        name = self.strict_name()
        self.skip_blanks()
        if not name or self.at("==") or not self.accept("="):
            self.place = start
            return None
        value = self.expression()
        return Argument(name, value, (start, value.span[1]))

    def _close(self, opened: int) -> None:
        if self.accept(")"):
            return
        if self.peek():
            self.not_an_operator()
        self.fail("the parenthesis is never closed", (opened, opened + 1))

    def not_an_operator(self) -> NoReturn:
        """Refuse what stands where only an operator or the end can."""
        character = self.peek()
        if character in _FOREIGN:
            span = (self.place, self.place + 1)
            hints = did_you_mean([_FOREIGN[character]])
            self.fail(f"`{character}` is not an infix operator", span, hints)
        start = self.place
        if self.strict_name() or (character and character in "'\"(|") or character.isdigit():
            self.place = start
            self.fail("expected an operator", (start, start), ["Texts are put together with `++`"])
        self.expected("an operator")
