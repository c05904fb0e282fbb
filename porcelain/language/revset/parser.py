"""Parses a revset.

Operators, strongest first; nothing but the last three lines may have blanks around it:

    f(x)  kind:x
    x-  x+              parents, children
    x::y  x..y          ranges, either side may be left out; they do not chain
    ~x                  everything else
    x & y,  x ~ y       one strength, from left to right
    x | y

Spellings of other tools (`^`, `!`, `&&`, `and`, a single `:`) are refused with a hint at the
right one.
"""

from __future__ import annotations

import re
from typing import Literal, NoReturn

from porcelain.errors import RevsetSyntaxError
from porcelain.language.parser import Parser
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
from porcelain.language.scanner import BLANKS, STRICT_NAME
from porcelain.language.syntax_tree import Expression, Pattern

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


_STEPS = re.compile(r"-+|\++")

_FOREIGN_INFIX = {
    "&&": "Did you mean `&` for intersection?",
    "||": "Did you mean `|` for union?",
    "-": "Did you mean `~` for difference?",
    "+": "Did you mean `|` for union?",
    ":": "Did you mean `::` for DAG range?",
    "^": "Did you mean `-` for parents?",
    "and": "Did you mean `&` for intersection?",
    "or": "Did you mean `|` for union?",
    "not": "Did you mean `~` for difference?",
    "minus": "Did you mean `~` for difference?",
}
_POSTFIX_COLON = "Did you mean `::` for descendants?"
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
        RevsetSyntaxError: the text is no revset; its span is the place at fault.
    """
    return Revset(text, _Parser(text).everything())


class _Parser(Parser):
    error = RevsetSyntaxError

    def whole(self) -> Expression:
        terms = [self._intersection()]
        while self._infix("|"):
            terms.append(self._intersection())
        if len(terms) == 1:
            return terms[0]
        return Union((terms[0].span[0], terms[-1].span[1]), tuple(terms))

    def _intersection(self) -> Expression:
        first = last = self._negation()
        terms: list[Expression] = [first]
        removed: list[Expression] = []
        while operator := self._infix("&~"):
            last = self._negation()
            (terms if operator == "&" else removed).append(last)
        if last is first:
            return first
        return Intersection((first.span[0], last.span[1]), tuple(terms), tuple(removed))

    def _infix(self, operators: str) -> str:
        """Step over one of some operators and the blanks around it; return "" for none."""
        self.skip_blanks()
        operator = self.peek()
        if not operator or operator not in operators:
            return ""
        if self.at(operator * 2) and operator != "~":
            self._foreign_infix(operator * 2)
        self.place += 1
        self.skip_blanks()
        return operator

    def _negation(self) -> Expression:
        start, negated = self.place, False
        while self.accept("~"):
            negated = not negated
            self.skip_blanks()
        operand = self._range()
        return Negation((start, operand.span[1]), operand) if negated else operand

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
        return Range((start, self.place), operator, left, right)

    def _range_operator(self) -> Literal["::", ".."] | None:
        operator = self.text[self.place : self.place + 2]
        return "::" if operator == "::" else ".." if operator == ".." else None

    def _steps(self) -> Expression:
        start = self.place
        operand = self._primary()
        while operator := self.match(_STEPS):
            # A bare name includes every sign that a name part follows, so this is a step.
            sign: Literal["-", "+"] = "-" if operator[0] == "-" else "+"
            operand = self.checked(Step((start, self.place), sign, operand, len(operator)))
        if self.at("^"):
            self.foreign("^", "a postfix", [_FOREIGN_INFIX["^"]])
        return operand

    def _at_primary(self) -> bool:
        character = self.peek()
        return bool(character) and (character in "(\"'@" or is_name_part(character))

    def _primary(self) -> Expression:
        start = self.place
        if self.at("("):
            return self.parenthesised()
        if self.accept("@"):
            return Workspace((start, self.place), None)
        name, quoted = self._name()
        if not name and not quoted:
            self._not_a_primary()
        if self.at("(") and not quoted and STRICT_NAME.fullmatch(name):
            return self.call(None, name, (start, self.place))
        if self.at(":") and not self.at("::"):
            return self._pattern(name, start, quoted=quoted)
        if not self.accept("@"):
            return Symbol((start, self.place), name, quoted)
        remote, quoted = self._name()
        if not remote and not quoted:
            return Workspace((start, self.place), name)
        return RemoteSymbol((start, self.place), name, remote)

    def _name(self) -> tuple[str, bool]:
        """Read a name, "" if none comes next, and tell whether it is quoted."""
        if self.at("'") or self.at('"'):
            return self.string(), True
        start = self.place
        self.place = bare_name_end(self.text, start)
        return self.text[start : self.place], False

    def _pattern(self, kind: str, start: int, *, quoted: bool) -> Expression:
        colon = self.place
        self.place += 1
        if not self._at_primary():
            self.place = colon
            self.foreign(":", "a postfix", [_POSTFIX_COLON])
        if quoted:
            self.place = colon
            self._foreign_infix(":")
        value = self._steps()
        return Pattern((start, self.place), kind, value)

    def _not_a_primary(self) -> NoReturn:
        character = self.peek()
        if character in _FOREIGN_PREFIX:
            self.foreign(character, "a prefix", [_FOREIGN_PREFIX[character]])
        hint = "A name with other characters than letters, digits, `_*/.+-` needs quotes"
        self.expected("a revision", [hint] if character and character not in "()|&~," else [])

    def _foreign_infix(self, operator: str) -> NoReturn:
        """Refuse an infix operator of another language, and name ours."""
        self.foreign(operator, "an infix", [_FOREIGN_INFIX[operator]])

    def not_an_operator(self) -> NoReturn:
        range_operator = self._range_operator()
        if range_operator and self.text[: self.place].endswith(tuple(BLANKS)):
            span = (self.place, self.place + 2)
            hint = f"Write `x{range_operator}y`, or put the operands in parentheses"
            self.fail(f"`{range_operator}` takes no blanks around it", span, [hint])
        if self.text[self.place :].strip() == ":":
            self.foreign(":", "a postfix", [_POSTFIX_COLON])
        word = self.text[self.place : bare_name_end(self.text, self.place)] or self.peek()
        if word in _FOREIGN_INFIX:
            self._foreign_infix(word)
        self.expected("an operator")
