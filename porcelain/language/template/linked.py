"""Runs compiled templates: makes functions of recipes.

A recipe is what a template is compiled to: nested tuples, the first item of each the name of a
step. Those of the built-in looks are made in advance (`looks.py`), so that a look costs neither a
parser nor a vocabulary when it is shown. A step makes a function of the subject that returns
either a value, or, given the labels around it, pieces of output.

A subject has `get(name)` for each keyword of its vocabulary. An error that one subject causes is
printed in the place of the value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from porcelain.display import plain
from porcelain.language.template.methods import METHODS
from porcelain.language.template.operators import COMPARED, COMPUTED, in_range, rank
from porcelain.language.template.shapes import cut, filled, indented, padded
from porcelain.language.template.value import (
    FaultText,
    Piece,
    Printed,
    Raw,
    RenderFault,
    as_json,
    clean,
    fault_pieces,
    joined,
    printed,
    within,
)

Recipe = tuple[Any, ...]
Get = Callable[[Any], Any]
Put = Callable[[Any, str], list[Piece]]

_MOST_WIDE = 10_000


class Template:
    """A compiled template: `put` returns the output for a subject, within labels."""

    __slots__ = ("put",)

    def __init__(self, recipe: Recipe) -> None:
        """Take the recipe of an output."""
        self.put: Put = _Linker().link(recipe)

    def render(self, subject: object, labels: str = "") -> list[Piece]:
        """Return the output for one subject."""
        return self.put(subject, labels)

    def text(self, subject: object) -> str:
        """Return the output without its labels."""
        return "".join(text for _, text in self.put(subject, ""))


class _Linker:
    """Makes the functions of one recipe; `cells` hold the items of lists that lambdas see."""

    def __init__(self) -> None:
        self.cells: dict[int, list[Any]] = {}

    def link(self, recipe: Recipe) -> Any:
        """Return the function of a recipe."""
        return getattr(self, f"_{recipe[0]}")(*recipe[1:])

    def links(self, recipes: Sequence[Recipe]) -> list[Any]:
        return [self.link(recipe) for recipe in recipes]

    # Values.

    def _self(self) -> Get:
        return lambda subject: subject

    def _value(self, value: object) -> Get:
        return lambda _subject: value

    def _get(self, name: str) -> Get:
        return lambda subject: subject.get(name)

    def _of(self, target: Recipe, name: str) -> Get:
        get = self.link(target)
        return lambda subject: get(subject).get(name)

    def _method(self, kind: str, name: str, target: Recipe, *arguments: Recipe) -> Get:
        apply, get = METHODS[kind][name], self.link(target)
        if not arguments:
            return lambda subject: apply(get(subject))
        values = self.links(arguments)
        return lambda subject: apply(get(subject), *[value(subject) for value in values])

    def _call(self, name: str, *arguments: Recipe) -> Get:
        """Call a function that the root subject has."""
        values = self.links(arguments)
        return lambda subject: subject.call(name, *[value(subject) for value in values])

    def _call_of(self, target: Recipe, name: str, *arguments: Recipe) -> Get:
        get, values = self.link(target), self.links(arguments)
        return lambda subject: get(subject).call(name, *[value(subject) for value in values])

    def _set(self, target: Recipe, kind: str) -> Get:
        """Return what an option holds."""
        get = self.link(target)

        def held(subject: Any) -> Any:
            value = get(subject)
            if value is None:
                raise RenderFault(f"No {kind} available")
            return value

        return held

    def _some(self, target: Recipe) -> Get:
        get = self.link(target)
        return lambda subject: bool(get(subject))

    def _isset(self, target: Recipe) -> Get:
        get = self.link(target)
        return lambda subject: get(subject) is not None

    def _not(self, target: Recipe) -> Get:
        get = self.link(target)
        return lambda subject: not get(subject)

    def _negative(self, target: Recipe) -> Get:
        get = self.link(target)
        return lambda subject: in_range(-get(subject))

    def _and(self, left: Recipe, right: Recipe) -> Get:
        one, other = self.link(left), self.link(right)
        return lambda subject: one(subject) and other(subject)

    def _or(self, left: Recipe, right: Recipe) -> Get:
        one, other = self.link(left), self.link(right)
        return lambda subject: one(subject) or other(subject)

    def _computed(self, sign: str, left: Recipe, right: Recipe) -> Get:
        apply, one, other = COMPUTED[sign], self.link(left), self.link(right)
        return lambda subject: in_range(apply(one(subject), other(subject)))

    def _compared(self, sign: str, left: Recipe, right: Recipe) -> Get:
        apply, one, other = COMPARED[sign], self.link(left), self.link(right)
        return lambda subject: apply(rank(one(subject)), rank(other(subject)))

    def _string(self, content: Recipe) -> Get:
        put = self.link(content)
        return lambda subject: "".join([text for _, text in put(subject, "")])

    def _json(self, target: Recipe) -> Get:
        get = self.link(target)
        return lambda subject: as_json(get(subject))

    def _hash(self, content: Recipe) -> Get:
        get = self.link(content)

        def digest(subject: Any) -> str:
            import hashlib

            return hashlib.blake2b(get(subject).encode("utf-8", "surrogatepass")).hexdigest()

        return digest

    def _pattern(self, kind: str, text: str, ignores_case: bool) -> Get:
        from porcelain.language.string_pattern import NamePattern

        pattern = NamePattern.of(kind, text, ignores_case)
        return lambda _subject: pattern

    # Lists.

    def _cell(self, number: int) -> Get:
        cell = self.cells.setdefault(number, [None])
        return lambda _subject: cell[0]

    def _map(self, items: Recipe, number: int, body: Recipe) -> Get:
        get, put = self.link(items), self.link(body)
        cell = self.cells.setdefault(number, [None])

        def mapped(subject: Any) -> list[Printed]:
            found = []
            for cell[0] in get(subject):
                found.append(Printed(put(subject, "")))
            return found

        return mapped

    def _filter(self, items: Recipe, number: int, test: Recipe) -> Get:
        get, passes = self.link(items), self.link(test)
        cell = self.cells.setdefault(number, [None])

        def filtered(subject: Any) -> list[Any]:
            found = []
            for cell[0] in get(subject):
                item = cell[0]
                if passes(subject):
                    found.append(item)
            return found

        return filtered

    def _any(self, items: Recipe, number: int, test: Recipe) -> Get:
        get = self._filter(items, number, test)
        return lambda subject: bool(get(subject))

    # Output.

    def _text(self, text: str) -> Put:
        shown = clean(text)
        return lambda _subject, labels: [(labels, shown)] if shown else []

    def _show(self, target: Recipe, inner: str) -> Put:
        get = self.link(target)

        def put(subject: Any, labels: str) -> list[Piece]:
            labels = f"{labels} {inner}" if labels and inner else labels or inner
            try:
                value = get(subject)
                if type(value) is not str:
                    return printed(value, labels)
            except RenderFault as fault:
                return fault_pieces(fault, labels)
            return [(labels, clean(value))] if value else []

        return put

    def _joined(self, items: Recipe, between: Recipe, inner: str) -> Put:
        get, put_between = self.link(items), self.link(between)

        def put(subject: Any, labels: str) -> list[Piece]:
            try:
                return joined(get(subject), put_between(subject, labels), within(labels, inner))
            except RenderFault as fault:
                return fault_pieces(fault, labels)

        return put

    def _concat(self, *terms: Recipe) -> Put:
        puts = self.links(terms)
        return lambda subject, labels: [piece for put in puts for piece in put(subject, labels)]

    def _if(self, condition: Recipe, then: Recipe, other: Recipe | None = None) -> Put:
        test, first = self.link(condition), self.link(then)
        second = self.link(other) if other is not None else None

        def put(subject: Any, labels: str) -> list[Piece]:
            try:
                chosen = first if test(subject) else second
            except RenderFault as fault:
                return fault_pieces(fault, labels)
            made: list[Piece] = chosen(subject, labels) if chosen is not None else []
            return made

        return put

    def _try(self, *terms: Recipe) -> Put:
        puts = self.links(terms)

        def put(subject: Any, labels: str) -> list[Piece]:
            made: list[Piece] = []
            for one in puts:
                made = one(subject, labels)
                if not any(type(text) is FaultText for _, text in made):
                    break
            return made

        return put

    def _coalesce(self, *terms: Recipe) -> Put:
        puts = self.links(terms)

        def put(subject: Any, labels: str) -> list[Piece]:
            for one in puts:
                made: list[Piece] = one(subject, labels)
                if made:
                    return made
            return []

        return put

    def _join(self, between: Recipe, *terms: Recipe) -> Put:
        return self._between(between, terms, also_empty=True)

    def _separate(self, between: Recipe, *terms: Recipe) -> Put:
        return self._between(between, terms, also_empty=False)

    def _between(self, between: Recipe, terms: Sequence[Recipe], *, also_empty: bool) -> Put:
        separator, puts = self.link(between), self.links(terms)

        def put(subject: Any, labels: str) -> list[Piece]:
            found: list[Piece] = []
            is_first = True
            for one in puts:
                made = one(subject, labels)
                if made or also_empty:
                    if not is_first:
                        found += separator(subject, labels)
                    found += made
                    is_first = False
            return found

        return put

    def _surround(self, before: Recipe, after: Recipe, content: Recipe) -> Put:
        first, last, inner = self.links((before, after, content))

        def put(subject: Any, labels: str) -> list[Piece]:
            made = inner(subject, labels)
            return [*first(subject, labels), *made, *last(subject, labels)] if made else []

        return put

    def _label(self, names: Recipe, content: Recipe) -> Put:
        get, inner = self.link(names), self.link(content)

        def put(subject: Any, labels: str) -> list[Piece]:
            try:
                named = " ".join(clean(get(subject)).split())
            except RenderFault as fault:
                return fault_pieces(fault, labels)
            made: list[Piece] = inner(subject, within(labels, named))
            return made

        return put

    def _raw(self, text: str) -> Put:
        return lambda _subject, labels: [(labels, Raw(text))]

    def _link(self, url: Recipe, content: Recipe) -> Put:
        get, inner = self.link(url), self.link(content)

        def put(subject: Any, labels: str) -> list[Piece]:
            try:
                start = Raw(f"\x1b]8;;{plain(get(subject), None)}\x1b\\")
            except RenderFault as fault:
                return fault_pieces(fault, labels)
            return [(labels, start), *inner(subject, labels), (labels, Raw("\x1b]8;;\x1b\\"))]

        return put

    def _pad(self, side: str, width: Recipe, content: Recipe, fill: Recipe | None = None) -> Put:
        return self._shaped(
            width, content, fill, lambda made, most, sign: padded(side, made, most, sign)
        )

    def _truncate(
        self, side: str, width: Recipe, content: Recipe, mark: Recipe | None = None
    ) -> Put:
        return self._shaped(
            width, content, mark, lambda made, most, sign: cut(side, made, most, sign)
        )

    def _indent(self, margin: Recipe, content: Recipe) -> Put:
        return self._shaped(None, content, margin, lambda made, _, sign: indented(made, sign))

    def _fill(self, width: Recipe, content: Recipe) -> Put:
        return self._shaped(width, content, None, lambda made, most, _: filled(made, most))

    def _shaped(
        self,
        width: Recipe | None,
        content: Recipe,
        extra: Recipe | None,
        shape: Callable[[list[Piece], int, list[Piece]], list[Piece]],
    ) -> Put:
        """Return what changes an output, by a width and by what another output is."""
        most = self.link(width) if width is not None else None
        inner = self.link(content)
        other = self.link(extra) if extra is not None else None

        def put(subject: Any, labels: str) -> list[Piece]:
            try:
                wide = most(subject) if most is not None else 0
                if not 0 <= wide <= _MOST_WIDE:
                    raise RenderFault(f"a width is from 0 to {_MOST_WIDE}")
            except RenderFault as fault:
                return fault_pieces(fault, labels)
            sign = other(subject, labels) if other is not None else []
            return shape(inner(subject, labels), wide, sign)

        return put
