r"""Redact text in rows and documents: each string of the JSON is searched at all levels of escapes.

Matches in strings and keys are replaced; everything else stays byte for byte. Names of the formats'
own fields and the words that tell a row's type are not searched; nor are ids, unless one given text
is searched for. Data that is not JSON is searched as plain text.

A tool's argument is often JSON in a JSON string, or a program with JSON in it, so one word may be
written `é`, `\u00e9` or `\\u00e9`. A text is unescaped level by level, and a match at any level is
replaced at its place in the source.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from porcelain.maintenance.redacting.text_pattern import Find, Finder, Range, within
from porcelain.model.redacted_row import NESTED_END, PLACEHOLDER, is_nested

_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\]:,]|[^\s{}\[\]:,"]++|\s++', re.DOTALL)
_LONG_NUMBER = 6
_MOST_LEVELS = 8
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}"
    r'|["\\/bfnrt])'
)
_PLAIN = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}

Stop = tuple[int, int]
"""A place in an unescaped text, and the place in the source that it comes from."""

_NAMES_TEXT = """
    id model created_at updated_at messages total_tokens iteration_count tags notes parent_id
    root_id branch_label branch_depth labels format role content tool_calls name arguments
    tool_result tool_call_id success message_index wajutsu
    type subtype uuid parentUuid logicalParentUuid leafUuid sessionId isSidechain userType cwd
    version gitBranch timestamp message requestId toolUseResult toolUseID isMeta isCompactSummary
    isVisibleInTranscriptOnly isApiErrorMessage agentId slug summary snapshot messageId
    customTitle operation data text thinking signature input tool_use_id is_error source
    media_type stop_reason stop_sequence usage input_tokens output_tokens
    cache_creation_input_tokens cache_read_input_tokens service_tier caller
    payload originator instructions call_id output status encrypted_content session_id git
    kind parts time role_name title created updated parentID sessionID messageID tool state
    function arguments_json reasoning result error url image_url file_path path
"""
NAMES = frozenset(_NAMES_TEXT.split())
"""Names of the formats' own fields."""

_WORDS_TEXT = """
    user assistant system tool message text thinking redacted_thinking tool_use tool_result image
    document summary progress file-history-snapshot queue-operation custom-title permission-mode
    attachment compact_boundary external internal end_turn max_tokens stop_sequence function
    pawan claude-code base64 response_item event_msg session_meta turn_context function_call
    function_call_output reasoning developer input_text output_text
"""
WORDS = frozenset(_WORDS_TEXT.split())
"""Values of such fields that tell the type of something."""

_IDS_TEXT = """
    id uuid parentUuid logicalParentUuid leafUuid sessionId agentId messageId requestId toolUseID
    sourceToolAssistantUUID tool_use_id tool_call_id call_id session_id parent_id root_id
    parentID sessionID messageID
"""
IDS = frozenset(_IDS_TEXT.split())
"""Names of fields that hold ids."""

_FIXED_TEXT = """
    type subtype role userType stop_reason format kind media_type operation status
"""
_FIXED = frozenset(_FIXED_TEXT.split())


def spellings(text: str) -> Iterator[str]:
    """Yield a text, then the text unescaped once, twice, … while it has escapes."""
    for _ in range(_MOST_LEVELS):
        yield text
        if "\\" not in text:
            return
        plain = _ESCAPE.sub(_unescape, text)
        if plain == text:
            return
        text = plain


def redacted_text(text: str, find: Find, *, escaped: bool = False) -> str | None:
    """Return a text with all matches replaced by `PLACEHOLDER`; None if there are none.

    `escaped` means that the text is a JSON string as written: it is searched only unescaped.
    """
    found: set[Range] = set()
    above: list[list[Stop]] = []
    for level, plain in enumerate(spellings(text)):
        if level:
            above.append([])
        if level == 0 and escaped and "\\" in text:
            continue
        for start, stop in find(plain):
            if level and not above[-1]:
                _fill(above, text)
            found.add((_source(start, above), _source(stop, above)))
    return _replaced(text, found) if found else None


def _fill(above: list[list[Stop]], text: str) -> None:
    """Fill in, for each level down to the deepest, how its places map to the level above."""
    for stops in above:
        if not stops:
            stops.append((0, 0))
            done = end = 0
            for match in _ESCAPE.finditer(text):
                done += match.start() - end + 1
                end = match.end()
                stops.append((done, end))
        text = _ESCAPE.sub(_unescape, text)


def _source(place: int, above: list[list[Stop]]) -> int:
    for stops in reversed(above):
        there, here = stops[bisect_right(stops, place, key=lambda stop: stop[0]) - 1]
        place = here + place - there
    return place


def _replaced(text: str, found: Iterable[Range]) -> str:
    """Replace ranges; overlapping ones count as one."""
    parts: list[str] = []
    done = 0
    covered = -1
    for start, stop in sorted(found):
        if start < covered:
            covered = max(covered, stop)
            done = covered
            continue
        parts += (text[done:start], PLACEHOLDER)
        done = covered = stop
    return "".join([*parts, text[done:]])


def _unescape(match: re.Match[str]) -> str:
    written = match.group()
    if written[1] != "u":
        return _PLAIN.get(written[1], written[1])
    first = int(written[2:6], 16)
    if len(written) == 6:
        return chr(first)
    return chr(0x10000 + ((first - 0xD800) << 10) + int(written[8:12], 16) - 0xDC00)


def redacted_row(data: bytes, finder: Finder) -> bytes | None:
    """Return a redacted stored row or document; None if nothing matches.

    Bytes that are not UTF-8 stay as they are.
    """
    text = data.decode("utf-8", "surrogateescape")
    if not any(finder.may_find(spelling) for spelling in spellings(text)):
        return None
    end = NESTED_END if is_nested(text) else ""
    made = redacted_json(text + end, finder)
    return None if made is None else made.removesuffix(end).encode("utf-8", "surrogateescape")


def redacted_json(text: str, finder: Finder, key: str = "") -> str | None:
    """Return a JSON text with its strings redacted; None if nothing matches.

    `key` is the member whose value it is. Text that is not JSON is searched as it is.
    """
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return redacted_text(text, within(finder, key))
    work = _Work(finder, key)
    for match in _TOKEN.finditer(text):
        work.take(match.group())
    return "".join(work.out) if work.changed else None


class _Key(NamedTuple):
    place: int
    written: str
    changed: bool


class _Frame:
    """An open array or object; `key` is the member being read."""

    def __init__(self, is_object: bool, outer: str) -> None:
        self.is_object = is_object
        self.key = outer
        self.wants_key = is_object
        self.keys: list[_Key] = []


class _Work:
    """Takes tokens one by one and collects the redacted ones in `out`."""

    def __init__(self, finder: Finder, key: str) -> None:
        self.out: list[str] = []
        self.changed = False
        self._finder = finder
        self._open = [_Frame(False, key)]

    def take(self, token: str) -> None:
        frame = self._open[-1]
        first = token[0]
        self.out.append(token)
        if first == '"':
            (self._key if frame.wants_key else self._value)(token, frame)
        elif first in "{[":
            self._open.append(_Frame(first == "{", frame.key))
        elif first in "}]":
            self._open.pop()
            self._part(frame.keys)
        elif first == ",":
            frame.wants_key = frame.is_object
        elif len(token) >= _LONG_NUMBER and first in "-0123456789" and self._finder.is_literal:
            self._number(token, frame)

    def _number(self, token: str, frame: _Frame) -> None:
        if (0, len(token)) in self._finder.find(token, frame.key):
            self._put("0")

    def _key(self, token: str, frame: _Frame) -> None:
        frame.wants_key = False
        frame.key = str(json.loads(token))
        made = None if frame.key in NAMES else self._search(token, "")
        frame.keys.append(_Key(len(self.out) - 1, made or token, made is not None))
        if made is not None:
            self._put(made)

    def _value(self, token: str, frame: _Frame) -> None:
        if frame.key in _FIXED and token[1:-1] in WORDS:
            return
        if frame.key in IDS and not self._finder.is_literal:
            return
        made = self._search(token, frame.key)
        if made is not None:
            self._put(made)

    def _search(self, token: str, key: str) -> str | None:
        made = redacted_text(token[1:-1], within(self._finder, key), escaped=True)
        return None if made is None else f'"{made}"'

    def _put(self, text: str) -> None:
        self.out[-1] = text
        self.changed = True

    def _part(self, keys: list[_Key]) -> None:
        """Give numbers to keys of one object that redaction made equal."""
        if not any(key.changed for key in keys):
            return
        taken = {key.written for key in keys if not key.changed}
        for place, written, changed in keys:
            name, number = written, 1
            while changed and name in taken:
                number += 1
                name = f'{written[:-1]} {number}"'
            taken.add(name)
            self.out[place] = name
