"""The functions of templates that choose, join and shape the output of their arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from porcelain.display import columns_of
from porcelain.language.syntax_tree import Expression
from porcelain.language.template.compiled import Rendered, Template, concatenated
from porcelain.language.template.keywords import BOOLEAN, INTEGER, STRING
from porcelain.language.template.value import Fragment, RenderFault, as_json

Made = list[Fragment]
_MOST_WIDE = 10_000


class Compiler(Protocol):
    """What builds the arguments of a form."""

    def printable(self, part: Expression) -> Template[Any]:
        """Build a part whose value is printed."""

    def typed(self, part: Expression, wanted: str) -> Callable[[Any], Any]:
        """Return how to get a value of the wanted type from a part."""

    def build(self, part: Expression) -> Template[Any]:
        """Build any part."""


class Form(NamedTuple):
    """A function with parts of templates as arguments; `most` None means any number."""

    usage: str
    least: int
    most: int | None
    make: Callable[[Compiler, Sequence[Expression]], Template[Any]]
    help: str


def _if(compiler: Compiler, parts: Sequence[Expression]) -> Template[Any]:
    test = compiler.typed(parts[0], BOOLEAN)
    then = compiler.printable(parts[1])
    other = compiler.printable(parts[2]) if len(parts) > 2 else None

    def made(subject: Any) -> Made:
        chosen = then if test(subject) else other
        return chosen.render(subject) if chosen is not None else []

    return Rendered(made)


def _coalesce(compiler: Compiler, parts: Sequence[Expression]) -> Template[Any]:
    terms = [compiler.printable(part) for part in parts]

    def made(subject: Any) -> Made:
        outputs = (term.render(subject) for term in terms)
        return next((output for output in outputs if output), [])

    return Rendered(made)


def _joined(terms: Sequence[Made], between: Made) -> Made:
    found: Made = []
    for number, made in enumerate(terms):
        found += [*between, *made] if number else made
    return found


def _separate(compiler: Compiler, parts: Sequence[Expression]) -> Template[Any]:
    between, *terms = [compiler.printable(part) for part in parts]
    return Rendered(
        lambda subject: _joined(
            [made for term in terms if (made := term.render(subject))], between.render(subject)
        )
    )


def _join(compiler: Compiler, parts: Sequence[Expression]) -> Template[Any]:
    between, *terms = [compiler.printable(part) for part in parts]
    return Rendered(
        lambda subject: _joined([term.render(subject) for term in terms], between.render(subject))
    )


def _concat(compiler: Compiler, parts: Sequence[Expression]) -> Template[Any]:
    return concatenated([compiler.printable(part) for part in parts])


def _surround(compiler: Compiler, parts: Sequence[Expression]) -> Template[Any]:
    before, after, content = [compiler.printable(part) for part in parts]

    def made(subject: Any) -> Made:
        inner = content.render(subject)
        return [*before.render(subject), *inner, *after.render(subject)] if inner else []

    return Rendered(made)


def _label(compiler: Compiler, parts: Sequence[Expression]) -> Template[Any]:
    names = compiler.typed(parts[0], STRING)
    content = compiler.printable(parts[1])
    return Rendered(lambda subject: content.render(subject, tuple(names(subject).split())))


def _stringify(compiler: Compiler, parts: Sequence[Expression]) -> Template[Any]:
    content = compiler.printable(parts[0])
    return Template(STRING, content.text)


def _json(compiler: Compiler, parts: Sequence[Expression]) -> Template[Any]:
    value = compiler.build(parts[0])
    return Template(STRING, lambda subject: as_json(value.get(subject)))


def _width(value: int) -> int:
    if not 0 <= value <= _MOST_WIDE:
        raise RenderFault(f"a width is from 0 to {_MOST_WIDE}")
    return value


def _pad(at_start: Callable[[int], int]) -> Callable[..., Template[Any]]:
    """Return a form that pads; `at_start` tells how much of the padding stands before."""

    def make(compiler: Compiler, parts: Sequence[Expression]) -> Template[Any]:
        width = compiler.typed(parts[0], INTEGER)
        content = compiler.printable(parts[1])
        fill = compiler.printable(parts[2]) if len(parts) > 2 else None

        def made(subject: Any) -> Made:
            inner = content.render(subject)
            sign = fill.text(subject)[:1] or " " if fill is not None else " "
            missing = max(0, _width(width(subject)) - sum(columns_of(one.text) for one in inner))
            before = at_start(missing)
            ends = (sign * before, sign * (missing - before))
            first, last = ([Fragment((), end)] if end else [] for end in ends)
            return [*first, *inner, *last]

        return Rendered(made)

    return make


def _truncate(*, at_end: bool) -> Callable[..., Template[Any]]:
    def make(compiler: Compiler, parts: Sequence[Expression]) -> Template[Any]:
        width = compiler.typed(parts[0], INTEGER)
        content = compiler.printable(parts[1])
        mark = compiler.printable(parts[2]) if len(parts) > 2 else None

        def made(subject: Any) -> Made:
            inner, most = content.render(subject), _width(width(subject))
            if sum(columns_of(one.text) for one in inner) <= most:
                return inner
            sign = mark.render(subject) if mark is not None else []
            left = max(0, most - sum(columns_of(one.text) for one in sign))
            kept = _kept(inner, left, at_end=at_end)
            return [*kept, *sign] if at_end else [*sign, *kept]

        return Rendered(made)

    return make


def _kept(inner: Made, width: int, *, at_end: bool) -> Made:
    """Return the first columns of an output, or the last ones if it is cut at its start."""
    found: Made = []
    for part in inner if at_end else reversed(inner):
        letters = part.text if at_end else part.text[::-1]
        text = ""
        for letter in letters:
            width -= columns_of(letter)
            if width < 0:
                break
            text += letter
        if text:
            found.append(part._replace(text=text if at_end else text[::-1]))
        if width < 0:
            break
    return found if at_end else found[::-1]


def _indent(compiler: Compiler, parts: Sequence[Expression]) -> Template[Any]:
    prefix, content = (compiler.printable(part) for part in parts)

    def made(subject: Any) -> Made:
        margin, found, at_start = prefix.render(subject), [], True
        for part in content.render(subject):
            for line in part.text.splitlines(keepends=True):
                found += margin if at_start and line.strip("\n") else []
                found.append(part._replace(text=line))
                at_start = line.endswith("\n")
        return found

    return Rendered(made)


FORMS = {
    "if": Form("if(condition, then[, else])", 2, 3, _if, "One of two, or nothing"),
    "coalesce": Form("coalesce(content…)", 1, None, _coalesce, "The first that is not empty"),
    "concat": Form("concat(content…)", 1, None, _concat, "All, as with `++`"),
    "separate": Form(
        "separate(separator, content…)", 1, None, _separate, "All that are not empty, separated"
    ),
    "join": Form("join(separator, content…)", 1, None, _join, "All, separated"),
    "surround": Form(
        "surround(prefix, suffix, content)", 3, 3, _surround, "All three if content is not empty"
    ),
    "label": Form("label(names, content)", 2, 2, _label, "Content with labels for its colours"),
    "stringify": Form("stringify(content)", 1, 1, _stringify, "Content as text without labels"),
    "json": Form("json(value)", 1, 1, _json, "A value as JSON"),
    "pad_start": Form(
        "pad_start(width, content[, fill])", 2, 3, _pad(lambda n: n), "Padded on the left"
    ),
    "pad_end": Form(
        "pad_end(width, content[, fill])", 2, 3, _pad(lambda _: 0), "Padded on the right"
    ),
    "pad_centered": Form(
        "pad_centered(width, content[, fill])", 2, 3, _pad(lambda n: n // 2), "Padded on both sides"
    ),
    "truncate_start": Form(
        "truncate_start(width, content[, mark])", 2, 3, _truncate(at_end=False), "Cut on the left"
    ),
    "truncate_end": Form(
        "truncate_end(width, content[, mark])", 2, 3, _truncate(at_end=True), "Cut on the right"
    ),
    "indent": Form("indent(prefix, content)", 2, 2, _indent, "Each line with a prefix"),
}
"""The forms by name."""
