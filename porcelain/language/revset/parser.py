"""From the text of a revset to its parts.

Operators, strongest first; nothing but the last three lines may have blanks around it:

    f(x)  kind:x
    x-  x+              parents, children
    x::y  x..y          ranges, either side may be left out; they do not chain
    ~x                  everything else
    x & y,  x ~ y       one strength, from left to right
    x | y

Spellings of other tools (`^`, `!`, `&&`, `and`, a single `:`) are known only to be refused
with the right one.
"""

from __future__ import annotations

from typing import Literal, NoReturn

from porcelain.display import Span, plain
from porcelain.errors import RevsetSyntaxError
from porcelain.language.revset.syntax_tree import (
    Call,
    Expression,
    Intersection,
    Keyword,
    Negation,
    Pattern,
    Range,
    RemoteSymbol,
    Revset,
    Step,
    Symbol,
    Union,
    Workspace,
)
from porcelain.language.scanner import Scanner, is_strict_name

_PART = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_*/")
_QUOTED = {
    "\t": "\\t",
    "\r": "\\r",
    "\n": "\\n",
    "\0": "\\0",
    "\x1b": "\\e",
    '"': '\\"',
    "\\": "\\\\",
}


def is_name_part(character: str) -> bool:
    """Tell whether a character may stand anywhere in a bare name: letters, digits, `_ * /`."""
    if character < "\x80":
        return character in _PART
    return ("a" + character).isidentifier()


def bare_name_end(text: str, start: int) -> int:
    """Return where the bare name that begins at `start` ends; `start` if none does.

    Parts are joined by one `.`, one `+` or any number of `-`: so `try-b` is a name, while the
    hyphen of `try-` is the operator for parents.
    """
    end = _part_end(text, start)
    while start < end < len(text) and text[end] in ".-+":
        after = end + 1
        while text[end] == "-" and text.startswith("-", after):
            after += 1
        further = _part_end(text, after)
        if further == after:
            break
        end = further
    return end


def _part_end(text: str, start: int) -> int:
    end = start
    while end < len(text) and is_name_part(text[end]):
        end += 1
    return end


def format_name(name: str) -> str:
    """Return `name` as a revset spells it: quoted only if the bare text would not parse."""
    if name and bare_name_end(name, 0) == len(name):
        return name
    return '"' + "".join(map(_escape, name)) + '"'


def _escape(character: str) -> str:
    if character in _QUOTED:
        return _QUOTED[character]
    if character < " " or "\x7f" <= character < "\xa0":
        return f"\\x{ord(character):02x}"
    return character


_RANGES: tuple[Literal["::", ".."], ...] = ("::", "..")
_STEPS: tuple[Literal["-", "+"], ...] = ("-", "+")

_FOREIGN_INFIX = {
    "&&": "Did you mean `&` for intersection?",
    "||": "Did you mean `|` for union?",
    "-": "Did you mean `~` for difference?",
    "+": "Did you mean `|` for union?",
    ":": "Did you mean `::` for DAG range?",
    "^": "Did you mean `-` for parents?",
}
_FOREIGN_WORDS = {
    "and": "Did you mean `&` for intersection?",
    "or": "Did you mean `|` for union?",
    "not": "Did you mean `~` for difference?",
    "minus": "Did you mean `~` for difference?",
}
_FOREIGN_PREFIX = {
    ":": "Did you mean `::` for ancestors?",
    "!": "Did you mean `~` for everything else?",
    "^": "Did you mean `~` for everything else?",
    "-": "The parents of x are written `x-`",
    "+": "The children of x are written `x+`",
}


def parse(text: str) -> Revset:
    """Parse the text of a revset; functions and names are not looked up yet.

    Raises:
        RevsetSyntaxError: the text is no revset; its span says where.
    """
    parser = _Parser(text)
    root = parser.union()
    if parser.peek():
        parser.not_an_operator()
    return Revset(text, root)


class _Parser(Scanner):
    error = RevsetSyntaxError

    def union(self) -> Expression:
        """Read a whole expression and the blanks around it."""
        self.enter()
        self.skip_blanks()
        start = self.place
        terms = [self._intersection()]
        while self._infix("|"):
            terms.append(self._intersection())
        self.leave()
        end = terms[-1].span[1]
        whole = terms[0] if len(terms) == 1 else Union(tuple(terms), (start, end))
        self.check_depth(whole)
        return whole

    def _intersection(self) -> Expression:
        first = last = self._negation()
        terms, removed = [first], []
        while True:
            if self._infix("&"):
                terms.append(last := self._negation())
            elif self._infix("~"):
                removed.append(last := self._negation())
            else:
                break
        if last is first:
            return first
        return Intersection(tuple(terms), tuple(removed), (first.span[0], last.span[1]))

    def _infix(self, operator: str) -> bool:
        """Step over `operator` and the blanks around it, if it comes next."""
        self.skip_blanks()
        if self.at(operator * 2) and operator != "~":
            self.foreign_infix(operator * 2)
        if not self.accept(operator):
            return False
        self.skip_blanks()
        return True

    def _negation(self) -> Expression:
        start, times = self.place, 0
        while self.accept("~"):
            times += 1
            self.skip_blanks()
        operand = self._range()
        if times % 2 == 0:
            return operand
        return Negation(operand, (start, operand.span[1]))

    def _range(self) -> Expression:
        start = self.place
        left = None if self._range_operator() else self._steps()
        operator = self._range_operator()
        if operator is None:
            assert left is not None
            return left
        self.place += len(operator)
        right = self._steps() if self._at_primary() else None
        again = self._range_operator()
        if again is not None:
            span = (self.place, self.place + len(again))
            self.fail("ranges do not chain", span, ["Put one of them in parentheses"])
        return Range(operator, left, right, (start, self.place))

    def _range_operator(self) -> Literal["::", ".."] | None:
        for operator in _RANGES:
            if self.at(operator):
                return operator
        return None

    def _steps(self) -> Expression:
        start = self.place
        operand = self._primary()
        while (operator := self.peek()) and operator in _STEPS:
            # A bare name has taken in every sign that a name part follows, so this is a step.
            count = 0
            while self.accept(operator):
                count += 1
            span = (start, self.place)
            operand = Step("-" if operator == "-" else "+", operand, count, span)
            self.check_depth(operand)
        if self.peek() == "^":
            span = (self.place, self.place + 1)
            self.fail("`^` is not a postfix operator", span, [_FOREIGN_INFIX["^"]])
        return operand

    def _at_primary(self) -> bool:
        character = self.peek()
        return bool(character) and (character in "(\"'@" or is_name_part(character))

    def _primary(self) -> Expression:
        start = self.place
        character = self.peek()
        if character == "(":
            return self._parenthesised()
        if character == "@":
            self.place += 1
            return Workspace(None, (start, self.place))
        if character in ("'", '"'):
            name = self.string()
        else:
            self.place = bare_name_end(self.text, start)
            name = self.text[start : self.place]
            if not name:
                self._not_a_primary()
            if self.peek() == "(" and is_strict_name(name):
                return self._call(name, (start, self.place))
        if self.peek() == ":" and not self.at("::"):
            return self._pattern(name, start, quoted=character in ("'", '"'))
        if not self.accept("@"):
            return Symbol(name, (start, self.place), quoted=character in ("'", '"'))
        return self._remote(name, start)

    def _parenthesised(self) -> Expression:
        opened = self.place
        self.place += 1
        inner = self.union()
        if not self.accept(")"):
            self._unclosed(opened)
        return inner

    def _remote(self, name: str, start: int) -> Expression:
        """Read what follows the `@` of a name."""
        if self.peek() in ("'", '"') and self.peek():
            remote = self.string()
        else:
            begin = self.place
            self.place = bare_name_end(self.text, begin)
            remote = self.text[begin : self.place]
            if not remote:
                return Workspace(name, (start, self.place))
        return RemoteSymbol(name, remote, (start, self.place))

    def _pattern(self, kind: str, start: int, *, quoted: bool) -> Expression:
        colon = self.place
        self.place += 1
        if not self._at_primary():
            hint = "Did you mean `::` for descendants?"
            self.fail("`:` is not a postfix operator", (colon, colon + 1), [hint])
        if quoted:
            self.place = colon
            self.foreign_infix(":")
        value = self._steps()
        return Pattern(kind, value, (start, self.place))

    def _call(self, name: str, name_span: Span) -> Call:
        opened = self.place
        self.place += 1
        arguments: list[Expression] = []
        keywords: list[Keyword] = []
        while True:
            self.skip_blanks()
            if self.peek() == ")":
                break
            keyword = self._keyword()
            if keyword is not None:
                keywords.append(keyword)
            elif keywords:
                value = self.union()
                reason = f"Function `{name}`: Positional argument follows keyword argument"
                self.fail(reason, value.span)
            else:
                arguments.append(self.union())
            self.skip_blanks()
            if not self.accept(","):
                break
        if not self.accept(")"):
            self._unclosed(opened)
        return Call(
            name, name_span, tuple(arguments), tuple(keywords), (opened + 1, self.place - 1)
        )

    def _keyword(self) -> Keyword | None:
        """Read `key=value`; None, and nothing read, if something else stands here."""
        start = self.place
        name = self.strict_name()
        self.skip_blanks()
        if not name or not self.accept("="):
            self.place = start
            return None
        value = self.union()
        return Keyword(name, value, (start, value.span[1]))

    def _unclosed(self, opened: int) -> NoReturn:
        if self.peek():
            self.not_an_operator()
        self.fail("the parenthesis is never closed", (opened, opened + 1))

    def _not_a_primary(self) -> NoReturn:
        character = self.peek()
        if character in _FOREIGN_PREFIX:
            span = (self.place, self.place + 1)
            reason = f"`{character}` is not a prefix operator"
            self.fail(reason, span, [_FOREIGN_PREFIX[character]])
        hints = []
        if character and character not in "()|&~,":
            hints = ["A name with other characters than letters, digits, `_*/.+-` needs quotes"]
        found = f"`{plain(character)}`" if character else "the end"
        self.fail(f"expected a revision, found {found}", None, hints)

    def foreign_infix(self, operator: str) -> NoReturn:
        """Refuse an infix operator of another language, and name ours."""
        span = (self.place, self.place + len(operator))
        self.fail(f"`{operator}` is not an infix operator", span, [_FOREIGN_INFIX[operator]])

    def not_an_operator(self) -> NoReturn:
        """Refuse what stands where only an operator or the end can."""
        after_blank = self.place > 0 and self.text[self.place - 1] in " \t\r\n\f"
        range_operator = self._range_operator()
        if range_operator and after_blank:
            span = (self.place, self.place + 2)
            hint = f"Write `x{range_operator}y`, or put the operands in parentheses"
            self.fail(f"`{range_operator}` takes no blanks around it", span, [hint])
        character = self.peek()
        if character == ":" and not self.text[self.place + 1 :].strip():
            span = (self.place, self.place + 1)
            hint = "Did you mean `::` for descendants?"
            self.fail("`:` is not a postfix operator", span, [hint])
        if character in _FOREIGN_INFIX:
            self.foreign_infix(character)
        start = self.place
        end = bare_name_end(self.text, start)
        word = self.text[start:end]
        if word in _FOREIGN_WORDS:
            reason = f"`{word}` is not an infix operator"
            self.fail(reason, (start, end), [_FOREIGN_WORDS[word]])
        self.expected("an operator")
