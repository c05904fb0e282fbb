"""Cut a JSON document into the parts that are its rows, and the text around them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from porcelain.transcript.input import Input
from porcelain.transcript.json_lines import check_text
from store.document.json_scanner import json_reason
from store.document.separators import Separators, measure_elements
from store.errors import InvalidSession

Step = str | int
"""A key of an object, or the place of an element in an array."""

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODE = json.JSONDecoder().raw_decode
_SAMPLE = 4
_BEGUN = 1000
_LOOK = 4096  # bytes; so much white space may precede a document


class Part(NamedTuple):
    """A value in a text: its place, where it ends, and what it is."""

    start: int
    stop: int
    value: Any


def text_of(data: bytes | Input, source: str) -> str:
    """Return a document's text.

    Raises:
        InvalidSession: it is not UTF-8.
    """
    data = Input.of(data).whole()
    check_text(data, source)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise InvalidSession("not valid UTF-8", f"byte {error.start + 1}", source) from None


def parts(text: str, opening: int = 0) -> Iterator[tuple[str, Part]]:
    """Yield the values of the array or object at a place, in order, each with its key.

    The key of an array's element is "".

    Raises:
        InvalidSession: the text is no JSON from there to the end of the array or object.
    """
    place = _skip(text, opening)
    closing = {"[": "]", "{": "}"}.get(text[place : place + 1])
    if closing is None:
        raise InvalidSession("must be a list or an object", _where(text, place))
    place = _skip(text, place + 1)
    while not text.startswith(closing, place):
        key = ""
        if closing == "}":
            key, place = _key(text, place)
        value, stop = _value(text, place)
        yield key, Part(place, stop, value)
        place = _skip(text, stop)
        if not text.startswith(closing, place):
            place = _skip(text, _expect(text, place, ","))


def nested_parts(text: str, outer: Part, key: str) -> Iterator[Part]:
    """Yield an object and the objects in its list `key`, at any depth, each before its own.

    An object with others in its list is cut behind the opening bracket of that list.

    Raises:
        InvalidSession: they are nested too deeply.
    """
    waiting = [outer]
    while waiting:
        here = waiting.pop()
        inner = None
        if isinstance(here.value, dict) and here.value.get(key):
            inner = next((part for name, part in parts(text, here.start) if name == key), None)
        if inner is None or not isinstance(inner.value, list):
            yield here
            continue
        yield Part(here.start, inner.start + 1, here.value)
        waiting += reversed([part for _, part in parts(text, inner.start)])


def whole_value(text: str) -> Part:
    """Return the value that is all of a text.

    Raises:
        InvalidSession: the text is no JSON.
    """
    start = _skip(text, 0)
    value, stop = _value(text, start)
    _end(text, stop)
    return Part(start, stop, value)


def listed_values(text: str) -> list[Part] | None:
    """Return the values in the list that is all of a text; None if it is no list.

    Raises:
        InvalidSession: the text is no JSON.
    """
    start = _skip(text, 0)
    if not text.startswith("[", start):
        return None
    found = [part for _, part in parts(text, start)]
    _end(text, _expect(text, _skip(text, found[-1].stop if found else start + 1), "]"))
    return found


def _end(text: str, place: int) -> None:
    if (rest := _skip(text, place)) < len(text):
        raise InvalidSession("unexpected text after the end", _where(text, rest))


def part_at(text: str, outer: Part, path: Sequence[Step]) -> Part:
    """Return the value at a path inside another; of a repeated key the last one.

    Raises:
        InvalidSession: there is none.
    """
    here = outer
    for step in path:
        found = None
        for number, (key, part) in enumerate(parts(text, here.start)):
            if step == (number if isinstance(step, int) else key):
                found = part
        if found is None:
            raise InvalidSession(f"has no {step!r}", _where(text, here.start))
        here = found
    return here


def separators(text: str, rows: Sequence[Part]) -> Separators:
    """Return all of a text but some parts of it, which are given in order."""
    texts, done = [], 0
    for row in rows:
        texts.append(text[done : row.start])
        done = row.stop
    regular = texts[1] if len(texts) > 1 and texts[1].strip().startswith(",") else ","
    return measure_elements([*texts, text[done:]], regular)


@lru_cache(maxsize=1)
def sample(data: bytes) -> Any:
    """Return the beginning of a document, of every list and object a few items; None if it is none.

    The end of the document may be missing, as in the sample of a large file. One document is
    remembered, for all formats that ask.
    """
    if data[:_LOOK].lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        value = json.loads(data)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            return None
        text = data.decode("utf-8", "ignore")
        value = _begun(text, _skip(text, 0))
    except (ValueError, RecursionError):
        return None
    return _cut(value, 0)


def _begun(text: str, place: int) -> Any:
    """Return the beginning of a list or object whose end is missing, or None of another value."""
    inside: list[tuple[str, Any]] = []
    opening = text[place : place + 1]
    if opening not in ("{", "["):
        return None
    place = _skip(text, place + 1)
    key = ""
    try:
        while len(inside) < _BEGUN:
            if opening == "{":
                key, place = _key(text, place)
            value, stop = _value(text, place)
            inside.append((key, value))
            place = _skip(text, _expect(text, _skip(text, stop), ","))
    except InvalidSession:
        begun = _begun(text, place)
        if begun is not None:
            inside.append((key, begun))
    except RecursionError:
        return None
    return dict(inside) if opening == "{" else [value for _, value in inside]


def _cut(value: Any, depth: int) -> Any:
    if depth > 7:
        return None
    if isinstance(value, list):
        return [_cut(item, depth + 1) for item in value[:_SAMPLE]]
    if isinstance(value, dict):
        items = list(value.items())[: 60 if depth < 3 else 30]
        return {key: _cut(item, depth + 1) for key, item in items}
    return value[:500] if isinstance(value, str) else value


def _key(text: str, place: int) -> tuple[str, int]:
    """Return a key, and the place of its value."""
    _expect(text, place, '"')
    key, stop = _value(text, place)
    return str(key), _skip(text, _expect(text, _skip(text, stop), ":"))


def _value(text: str, place: int) -> tuple[Any, int]:
    try:
        return _DECODE(text, place)
    except json.JSONDecodeError as error:
        raise InvalidSession(json_reason(error), _where(text, error.pos)) from None
    except (ValueError, RecursionError):
        reason = "nested too deeply, or a number too long"
        raise InvalidSession(reason, _where(text, place)) from None


def _skip(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return match.end() if match else place


def _expect(text: str, place: int, wanted: str) -> int:
    if not text.startswith(wanted, place):
        raise InvalidSession(f"expected {wanted!r}", _where(text, place))
    return place + 1


def _where(text: str, place: int) -> str:
    line = text.count("\n", 0, place) + 1
    return f"line {line} column {place - text.rfind(chr(10), 0, place)}"
