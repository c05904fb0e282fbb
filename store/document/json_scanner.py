"""JSON as text: read strictly, and cut into exact slices.

Parsed values lose details that a byte-exact export needs (the spelling of numbers, escapes,
the order of keys, whitespace), so a document is kept as slices of its source (`json_spacing`
handles their whitespace). Reading uses the C scanner of `json` and is stricter than
`json.loads`: no byte order mark, NaN, repeated key, lone surrogate or deep nesting.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, NoReturn

from store.errors import InvalidSession

MAX_DEPTH = 127
"""How deep arrays and objects may be nested: the limit of serde_json, and so of pawan."""

_DECODE = json.JSONDecoder().raw_decode
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
"""A JSON value, as `json.loads` returns it."""

_SPACE = re.compile(r"[ \t\n\r]*")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


class Member(NamedTuple):
    """One member of the outermost object: `before` + `token` + `colon` + `source`.

    `before` is the text since the brace or the previous value, including the comma; `token`
    is the key as written, `source` the value as written.
    """

    key: str
    token: str
    before: str
    colon: str
    source: str
    value: object


class Element(NamedTuple):
    """One element of the array that was cut, with the text before it."""

    before: str
    source: str
    value: object


class MemberSpan(NamedTuple):
    """A member's place in its text: where its key, its value, and the text after it begin."""

    key: str
    token: int
    start: int
    stop: int
    value: object


class Document(NamedTuple):
    """An object cut into slices that, joined again, are exactly its text.

    `elements` is None unless the named array exists; its member's `source` is then "[]".
    `inner` is the text before the array's closing bracket, `close` that before the brace.
    """

    start: str
    members: tuple[Member, ...]
    close: str
    end: str
    elements: tuple[Element, ...] | None
    inner: str


def decode_text(data: bytes | str) -> str:
    """Return a document's text.

    Raises:
        InvalidSession: a byte order mark, bytes that are not UTF-8, or lone surrogates.
    """
    if isinstance(data, str):
        lone = _SURROGATE.search(data)
        if lone:
            raise InvalidSession("a lone surrogate", _place(data, lone.start()))
        text = data
    else:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InvalidSession("not valid UTF-8", f"byte {error.start}") from None
    if text.startswith("\ufeff"):
        raise InvalidSession("the text begins with a byte order mark", "line 1 column 1")
    return text


def parse(data: bytes | str, path: str = "$", depth: int = 0) -> object:
    """Return the value of a JSON text; `path` begins the places in errors.

    `depth` is the number of containers of a document that will enclose the value.

    Raises:
        InvalidSession: the text is not JSON, or JSON that this module excludes.
    """
    text = decode_text(data)
    scanner = _Scanner(text)
    value, end = scanner.value(scanner.skip(0), path, depth)
    end = scanner.skip(end)
    if end != len(text):
        scanner.fail("unexpected text after the end", end)
    return value


def scan_document(data: bytes | str, array: str = "") -> Document:
    """Cut an object into its members, and the array called `array` into its elements.

    Raises:
        InvalidSession: as for `parse`, or the text is not an object.
    """
    text = decode_text(data)
    scanner = _Scanner(text)
    opening = scanner.skip(0)
    if opening == len(text):
        scanner.fail("the document is empty", opening)
    if text[opening] != "{":
        scanner.value(opening, "$", 0)  # reports text that is not JSON at all
        raise InvalidSession("must be an object", "$")
    members: list[Member] = []
    taken: dict[str, None] = {}
    elements: tuple[Element, ...] | None = None
    inner = ""
    done = opening + 1
    while (start := scanner.item(done, "}", bool(members))) is not None:
        before = text[done:start]
        key, colon, begin = scanner.key(start)
        if key in taken:
            raise InvalidSession("the key appears twice", join_path("$", key))
        taken[key] = None
        token = text[start:colon]
        gap = text[colon:begin]
        if key == array and text.startswith("[", begin):
            elements, inner, done = scanner.elements(begin, join_path("$", key))
            members.append(Member(key, token, before, gap, "[]", None))
        else:
            value, done = scanner.value(begin, join_path("$", key), 1)
            members.append(Member(key, token, before, gap, text[begin:done], value))
    closing = scanner.skip(done)
    end = scanner.skip(closing + 1)
    if end != len(text):
        scanner.fail("unexpected text after the end", end)
    return Document(
        text[:opening], tuple(members), text[done:closing], text[closing + 1 :], elements, inner
    )


def member_spans(text: str, opening: int = 0) -> Iterator[MemberSpan]:
    """Yield the places of an object's members in order; `opening` is the place of its brace.

    Takes all JSON that Python's `json` takes, repeated keys and lone surrogates included.

    Raises:
        InvalidSession: the text is not JSON from there to the object's end.
    """
    scanner = _Scanner(text, strict=False)
    opening = scanner.skip(opening)
    if not text.startswith("{", opening):
        raise InvalidSession("must be an object", "$")
    done = opening + 1
    first = True
    while (token := scanner.item(done, "}", not first)) is not None:
        key, _, start = scanner.key(token)
        value, done = scanner.value(start, "$", 1)
        yield MemberSpan(key, token, start, done, value)
        first = False


def write_value(value: object) -> str:
    """Return a value as compact JSON text, non-ASCII characters unescaped.

    Raises:
        InvalidSession: a value that JSON has no form for, NaN and lone surrogates included.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidSession(f"not a JSON value: {error}") from None
    if _SURROGATE.search(text):
        raise InvalidSession("not a JSON value: a lone surrogate")
    return text


def join_path(path: str, key: str | int) -> str:
    """Return the JSON path of a member or element of the value at `path`."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    if _PLAIN_KEY.fullmatch(key):
        return f"{path}.{key}"
    shown = key if len(key) <= 60 else key[:60] + "..."
    return f"{path}[{json.dumps(shown)}]"


class _Repeated(dict[str, object]):
    """An object whose text has a key twice."""


class _Constant(NamedTuple):
    """NaN or an infinity."""

    name: str


class _Hooks:
    """The functions that a decoder calls for objects and constants; `faulty` once it met an excluded value.

    Not the scanner itself: a scanner that its decoder refers to would be freed only by a search
    for cycles, and an import makes hundreds of thousands.
    """

    def __init__(self) -> None:
        self.faulty = False

    def decoder(self, *, any_number: bool = False) -> Callable[[str, int], tuple[Any, int]]:
        """Return the function that decodes a value at a place."""
        return json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_constant=self._constant,
            parse_int=float if any_number else None,
        ).raw_decode

    def _object(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        made = dict(pairs)
        if len(made) != len(pairs):
            self.faulty = True
            return _Repeated(made)
        return made

    def _constant(self, name: str) -> _Constant:
        self.faulty = True
        return _Constant(name)


class _Scanner:
    """Reads values at given places of one text; its errors say where they are.

    Unless `strict`, it takes whatever Python's `json` takes.
    """

    def __init__(self, text: str, *, strict: bool = True) -> None:
        self._text = text
        self._strict = strict
        self._hooks = _Hooks()
        self._escapes = _SURROGATE_ESCAPE.search(text) is not None
        self._decode = self._hooks.decoder() if strict else _DECODE

    def fail(self, reason: str, place: int) -> NoReturn:
        raise InvalidSession(reason, _place(self._text, place))

    def skip(self, place: int) -> int:
        text = self._text
        if place < len(text) and text[place] > " ":
            return place
        match = _SPACE.match(text, place)
        return match.end() if match else place

    def value(self, place: int, path: str, depth: int) -> tuple[object, int]:
        """Return the value at `place`, inside `depth` containers, and where it ends."""
        try:
            value, end = self._decode(self._text, place)
        except json.JSONDecodeError as error:
            if error.pos >= len(self._text.rstrip()):
                self.fail("the text ends in the middle of a value", len(self._text))
            self.fail(json_reason(error), error.pos)
        except RecursionError:
            raise InvalidSession(f"nested deeper than {MAX_DEPTH} levels", path) from None
        except ValueError:  # an integer longer than int() takes
            self._decode = self._hooks.decoder(any_number=True)
            return self.value(place, path, depth)
        if not self._strict:
            return value, end
        if self._hooks.faulty or self._escapes:
            for where, reason in _faults(value, path):
                raise InvalidSession(reason, where)
        if isinstance(value, (dict, list)):
            _check_depth(value, path, depth)
        return value, end

    def item(self, place: int, closing: str, comma: bool) -> int | None:
        """Return the start of the next member or element; None at the closing bracket."""
        text = self._text
        place = self.skip(place)
        if place < len(text) and text[place] == closing:
            return None
        if comma:
            if not text.startswith(",", place):
                self._unexpected(place, f"',' or {closing!r}")
            place = self.skip(place + 1)
        return place

    def key(self, place: int) -> tuple[str, int, int]:
        """Return a key, the end of its token and the start of its value."""
        text = self._text
        if not text.startswith('"', place):
            self._unexpected(place, "a key in double quotes")
        key, end = self.value(place, "$", 1)
        colon = self.skip(end)
        if not text.startswith(":", colon):
            self._unexpected(colon, "':'")
        return str(key), end, self.skip(colon + 1)

    def elements(self, place: int, path: str) -> tuple[tuple[Element, ...], str, int]:
        """Return the elements of the array at `place`, the text after them, and its end."""
        text = self._text
        found: list[Element] = []
        done = place + 1
        while (start := self.item(done, "]", bool(found))) is not None:
            value, end = self.value(start, f"{path}[{len(found)}]", 2)
            found.append(Element(text[done:start], text[start:end], value))
            done = end
        closing = self.skip(done)
        return tuple(found), text[done:closing], closing + 1

    def _unexpected(self, place: int, wanted: str) -> NoReturn:
        if place >= len(self._text):
            self.fail("the text ends in the middle of a value", place)
        self.fail(f"expected {wanted}, found {ascii(self._text[place])}", place)


def _place(text: str, place: int) -> str:
    line = text.count("\n", 0, place) + 1
    return f"line {line} column {place - text.rfind(chr(10), 0, place)}"


def _check_depth(value: object, path: str, depth: int) -> None:
    """Refuse deep nesting independently of the interpreter's own limit."""
    level: list[object] = [value]
    for _ in range(MAX_DEPTH - depth):
        inner: list[object] = []
        for outer in level:
            if isinstance(outer, dict):
                inner += [v for v in outer.values() if isinstance(v, (dict, list))]
            elif isinstance(outer, list):
                inner += [v for v in outer if isinstance(v, (dict, list))]
        if not inner:
            return
        level = inner
    raise InvalidSession(f"nested deeper than {MAX_DEPTH} levels", path)


def _faults(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Yield place and reason of faults that the scanner accepts, in the document's order."""
    waiting: list[tuple[object, str]] = [(value, path)]
    while waiting:
        current, where = waiting.pop()
        if isinstance(current, str):
            if _SURROGATE.search(current):
                yield where, "a lone surrogate"
        elif isinstance(current, _Constant):
            yield where, f"{current.name} is not a JSON number"
        elif isinstance(current, dict):
            if isinstance(current, _Repeated):
                yield where, "a key appears twice"
            if any(_SURROGATE.search(key) for key in current):
                yield where, "a lone surrogate in a key"
            children = [(v, join_path(where, k)) for k, v in current.items()]
            waiting += reversed(children)
        elif isinstance(current, list):
            waiting += reversed([(v, f"{where}[{i}]") for i, v in enumerate(current)])


def json_reason(error: json.JSONDecodeError) -> str:
    """Return what is wrong as a phrase, without the words that lead to the place."""
    if "BOM" in error.msg:
        return "begins with a byte order mark"
    text = error.msg.rstrip(": ").removesuffix(" at")
    return f"{text[:1].lower()}{text[1:]}"
