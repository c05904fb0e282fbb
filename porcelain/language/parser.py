"""The grammar that revsets and templates share: nesting, calls and their arguments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from porcelain.display import Span
from porcelain.language.scanner import Scanner, lone_surrogate
from porcelain.language.syntax_tree import Call, Expression, KeywordArgument

# Nobody nests deeper on purpose, and it would exhaust the interpreter's stack.
MAX_DEPTH = 50
MAX_PARTS_DEEP = 3 * MAX_DEPTH


class Parser(Scanner):
    """A recursive descent through a text; a language adds its operators in `whole`."""

    nesting = 0

    def __init__(self, text: str) -> None:
        """Start at the beginning of `text`.

        Raises:
            ExpressionError: it is not valid Unicode.
        """
        super().__init__(text)
        if place := lone_surrogate(text):
            self.fail("the text is not valid Unicode", place)

    def whole(self) -> Expression:
        """Read an expression, up to where it cannot go on, and the blanks around it."""
        raise NotImplementedError

    def not_an_operator(self) -> NoReturn:
        """Refuse a character that stands where only an operator or the end can."""
        raise NotImplementedError

    def expression(self) -> Expression:
        """Read an expression, one level of nesting further down.

        Raises:
            ExpressionError: the text is nested too deeply.
        """
        self.nesting += 1
        if self.nesting > MAX_DEPTH:
            self.fail(f"nested more than {MAX_DEPTH} levels deep")
        self.skip_blanks()
        found = self.checked(self.whole())
        self.nesting -= 1
        return found

    def everything(self) -> Expression:
        """Read the whole text as one expression."""
        root = self.expression()
        if self.peek():
            self.not_an_operator()
        return root

    def checked(self, part: Expression) -> Expression:
        """Return a part, unless evaluation, a few calls for each part, would exhaust the stack.

        Raises:
            ExpressionError: it is too deep.
        """
        if part.depth > MAX_PARTS_DEEP:
            self.fail("nested too deeply", part.span)
        return part

    def call(self, target: Expression | None, name: str, name_span: Span) -> Expression:
        """Read the arguments of a function, or of a method of `target`."""
        opened = self.place
        self.place += 1
        arguments: list[Expression] = []
        keywords: list[KeywordArgument] = []
        while True:
            self.skip_blanks()
            if self.peek() == ")":
                break
            keyword = self._keyword()
            if keyword is not None:
                keywords.append(keyword)
            else:
                arguments.append(self.expression())
                if keywords:
                    reason = f"Function `{name}`: Positional argument follows keyword argument"
                    self.fail(reason, arguments[-1].span)
            if not self.accept(","):
                break
        self.close(opened)
        span = ((target.span if target else name_span)[0], self.place)
        inside = (opened + 1, self.place - 1)
        made = Call(span, target, name, name_span, tuple(arguments), tuple(keywords), inside)
        return self.checked(made)

    def _keyword(self) -> KeywordArgument | None:
        """Read `key=value`; None, and nothing read, if something else stands here."""
        start = self.place
        name = self.strict_name()
        self.skip_blanks()
        if not name or self.at("==") or not self.accept("="):
            self.place = start
            return None
        value = self.expression()
        return KeywordArgument((start, value.span[1]), name, value)

    def parenthesised(self) -> Expression:
        """Read an expression in parentheses."""
        opened = self.place
        self.place += 1
        inner = self.expression()
        self.close(opened)
        return inner

    def close(self, opened: int) -> None:
        """Step over the parenthesis that closes the one at `opened`."""
        if self.accept(")"):
            return
        if self.peek():
            self.not_an_operator()
        self.fail("the parenthesis is never closed", (opened, opened + 1))

    def foreign(self, operator: str, kind: str, hints: Iterable[str]) -> NoReturn:
        """Refuse an operator of another language that stands here; `kind` is "an infix", say."""
        span = (self.place, self.place + len(operator))
        self.fail(f"`{operator}` is not {kind} operator", span, hints)
