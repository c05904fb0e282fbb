"""Compiled templates: what renders a subject, or computes a value of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic

from porcelain.language.template.keywords import TEMPLATE, SubjectT
from porcelain.language.template.value import (
    Fragment,
    Labels,
    RenderFault,
    fault_fragments,
    fragments,
    list_fragments,
)


class Template(Generic[SubjectT]):
    """A checked template, or a part of one, that renders any subject."""

    __slots__ = ("get", "labels", "type")

    def __init__(self, type_name: str, get: Callable[[SubjectT], Any], labels: Labels = ()) -> None:
        """Use `compile_template`."""
        self.type = type_name
        self.get = get
        self.labels = labels

    def render(self, subject: SubjectT, labels: Labels = ()) -> list[Fragment]:
        """Return the output for one subject; `labels` are put before those of each fragment."""
        labels = (*labels, *self.labels)
        try:
            return list(fragments(self.get(subject), labels))
        except RenderFault as fault:
            return fault_fragments(fault, labels)

    def text(self, subject: SubjectT) -> str:
        """Return the output without its labels."""
        return "".join(part.text for part in self.render(subject))


class Rendered(Template[SubjectT]):
    """A template whose output is made of that of others."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[SubjectT], list[Fragment]]) -> None:
        """Take what makes the fragments, each with the labels of its own."""
        super().__init__(TEMPLATE, self.text)
        self._make = make

    def render(self, subject: SubjectT, labels: Labels = ()) -> list[Fragment]:
        """Return the output for one subject."""
        try:
            made = self._make(subject)
        except RenderFault as fault:
            made = fault_fragments(fault, ())
        return [Fragment((*labels, *part.labels), part.text) for part in made] if labels else made


def concatenated(terms: Sequence[Template[SubjectT]]) -> Template[SubjectT]:
    """Return a concatenation: each term keeps its labels, and its errors."""
    return Rendered(lambda subject: [part for term in terms for part in term.render(subject)])


def joined_list(built: Template[SubjectT], between: Template[SubjectT]) -> Template[SubjectT]:
    """Return the items of a list with something between them."""
    return Rendered(
        lambda subject: list_fragments(built.get(subject), between.render(subject), built.labels)
    )


def mapped_list(
    built: Template[SubjectT], cell: list[Any], body: Template[SubjectT]
) -> Callable[[SubjectT], list[list[Fragment]]]:
    """Return what renders a template for each item, which `cell` holds meanwhile."""

    def get(subject: SubjectT) -> list[list[Fragment]]:
        found = []
        for item in built.get(subject):
            cell[0] = item
            found.append(body.render(subject))
        return found

    return get


def filtered_list(
    built: Template[SubjectT], cell: list[Any], test: Callable[[SubjectT], Any]
) -> Callable[[SubjectT], list[Any]]:
    """Return what keeps the items that pass a test, each of which `cell` holds meanwhile."""

    def get(subject: SubjectT) -> list[Any]:
        found = []
        for item in built.get(subject):
            cell[0] = item
            if test(subject):
                found.append(item)
        return found

    return get
