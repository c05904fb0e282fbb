"""Add an entry to an array in a JSON file, or remove it, and leave all other bytes alone.

The array is the member of an event in the member `hooks`. What is added is one piece of text, in
the style of the file, so cutting it out again restores the file exactly.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from store.document.json_scanner import MemberSpan, member_spans, scan_document
from store.errors import InvalidSession

_INDENT = re.compile(r"\n([ \t]+)\S")
_SPACE = re.compile(r"[ \t\n\r,]*")
_DECODE = json.JSONDecoder().raw_decode
HOOKS = "hooks"


class Edit(NamedTuple):
    """A new text, and the part of it that was added."""

    text: str
    added: str


class _Span(NamedTuple):
    """The place of a value in the text."""

    start: int
    stop: int
    value: object


def entries_of(text: str, event: str) -> list[object]:
    """Return the entries under `hooks` and an event.

    Raises:
        InvalidSession: the text is not a JSON object, or these members have other types.
    """
    _, _, array = _places(text, event)
    return [one.value for one in _elements(text, array)] if array is not None else []


def add_entry(text: str, event: str, entry: object) -> Edit:
    """Add an entry at the end of the event's array; make what is missing, in the file's style.

    Raises:
        InvalidSession: the text is not a JSON object, or these members have other types.
    """
    root, hooks, array = _places(text, event)
    style = _Style(text)
    if hooks is None:
        return style.with_member(text, root, HOOKS, {event: [entry]}, 1)
    if array is None:
        return style.with_member(text, hooks, event, [entry], 2)
    return style.inserted(text, array, _elements(text, array), style.json(entry, 3), 3)


def remove_entries(text: str, event: str, is_ours: Callable[[object], bool]) -> str:
    """Remove entries from the event's array, and the array and `hooks` if nothing else is there.

    Raises:
        InvalidSession: the text is not a JSON object, or these members have other types.
    """
    root, hooks, array = _places(text, event)
    if hooks is None or array is None:
        return text
    elements = _elements(text, array)
    ours = [number for number, one in enumerate(elements) if is_ours(one.value)]
    if not ours:
        return text
    if len(ours) < len(elements):
        return remove_entries(_without(text, elements, ours[0]), event, is_ours)
    events = _members(text, hooks)
    if len(events) > 1:
        return _without(text, events, _number_of(text, hooks, event))
    return _without(text, _members(text, root), _number_of(text, root, HOOKS))


def _places(text: str, event: str) -> tuple[_Span, _Span | None, _Span | None]:
    """Return the places of the root, of `hooks` and of the event's array, None if missing."""
    scan_document(text)  # strict: a key that appears twice could mean either
    root = _Span(text.index("{"), len(text), None)
    hooks = _member(text, root, HOOKS, dict)
    array = _member(text, hooks, event, list) if hooks is not None else None
    return root, hooks, array


def _member(text: str, outer: _Span, key: str, kind: type) -> _Span | None:
    for one in member_spans(text, outer.start):
        if one.key == key:
            if not isinstance(one.value, kind):
                raise InvalidSession(f"`{key}` is no {'object' if kind is dict else 'array'}")
            return _Span(one.start, one.stop, one.value)
    return None


def _members(text: str, outer: _Span) -> list[_Span]:
    """Return the places of an object's members, their keys included."""
    return [_Span(one.token, one.stop, one.value) for one in member_spans(text, outer.start)]


def _number_of(text: str, outer: _Span, key: str) -> int:
    keys: Iterator[MemberSpan] = member_spans(text, outer.start)
    return [one.key for one in keys].index(key)


def _elements(text: str, array: _Span) -> list[_Span]:
    assert isinstance(array.value, list)
    found, place = [], array.start + 1
    for _ in array.value:
        space = _SPACE.match(text, place)
        start = space.end() if space else place
        value, place = _DECODE(text, start)
        found.append(_Span(start, place, value))
    return found


def _without(text: str, items: Sequence[_Span], number: int) -> str:
    """Remove an item of a container, with the comma and the space that belong to it."""
    one = items[number]
    if number:
        return text[: items[number - 1].stop] + text[one.stop :]
    if len(items) > 1:
        return text[: one.start] + text[items[1].start :]
    before, after = text[: one.start].rstrip(), text[one.stop :].lstrip()
    return before + after


class _Style:
    """The style of a file: the indentation of a level, or all on one line."""

    def __init__(self, text: str) -> None:
        found = _INDENT.search(text)
        is_short = not text.strip("{} \n\t\r")
        self.unit = found[1] if found is not None else "  " if is_short else ""
        self._newline = "\r\n" if "\r\n" in text else "\n"

    def gap(self, depth: int) -> str:
        """Return the text before an item at a depth."""
        return f"{self._newline}{self.unit * depth}" if self.unit else ""

    def json(self, value: object, depth: int) -> str:
        """Return a value as text at a depth."""
        if not self.unit:
            return json.dumps(value, ensure_ascii=False)
        text = json.dumps(value, ensure_ascii=False, indent=self.unit)
        return text.replace("\n", self.gap(depth))

    def with_member(self, text: str, outer: _Span, key: str, value: object, depth: int) -> Edit:
        """Add a member to the object at a place."""
        added = f"{json.dumps(key)}: {self.json(value, depth)}"
        return self.inserted(text, outer, _members(text, outer), added, depth)

    def inserted(
        self, text: str, outer: _Span, items: Sequence[_Span], item: str, depth: int
    ) -> Edit:
        """Add an item behind the last one of the container at a place."""
        if items:
            place = items[-1].stop
            added = f",{self.gap(depth) or ' '}{item}"
        else:
            place = outer.start + 1
            is_spaced = text[place : place + 1].isspace()
            added = f"{self.gap(depth)}{item}{'' if is_spaced else self.gap(depth - 1)}"
        return Edit(text[:place] + added + text[place:], added)
