"""Text taken out of rows and documents: JSON whose strings are searched one by one.

Exactly what is found in a string, a key included, is replaced; everything else stays byte for
byte. The names that formats give their own fields, and the few words that say what a row is,
are no text and are left alone; so are ids, unless one given text is looked for. What is no
JSON is searched as plain text.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from porcelain.maintenance.redacting.json_escapes import redacted_text, spellings
from porcelain.maintenance.redacting.text_pattern import Finder, within

_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\]:,]|[^\s{}\[\]:,"]++|\s++', re.DOTALL)
_LONG_NUMBER = 6

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
"""Names of fields that formats are made of."""

_WORDS_TEXT = """
    user assistant system tool message text thinking redacted_thinking tool_use tool_result image
    document summary progress file-history-snapshot queue-operation custom-title permission-mode
    attachment compact_boundary external internal end_turn max_tokens stop_sequence function
    pawan claude-code base64 response_item event_msg session_meta turn_context function_call
    function_call_output reasoning developer input_text output_text
"""
WORDS = frozenset(_WORDS_TEXT.split())
"""Values of such fields that say what something is."""

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


def redacted_row(data: bytes, finder: Finder) -> bytes | None:
    """Return a stored row or document without what is found; None where nothing is.

    Raises nothing: bytes that are no UTF-8 are searched around.
    """
    text = data.decode("utf-8", "surrogateescape")
    if not any(finder.may_find(spelling) for spelling in spellings(text)):
        return None
    made = redacted_json(text, finder)
    return None if made is None else made.encode("utf-8", "surrogateescape")


def redacted_json(text: str, finder: Finder, key: str = "") -> str | None:
    """Return a JSON text without what is found in its strings; None where nothing is.

    `key` is the member whose value it is. What is no JSON is searched as it stands.
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
    """An array or object that is open; `key` is the member that is being read."""

    def __init__(self, is_object: bool, outer: str) -> None:
        self.is_object = is_object
        self.key = outer
        self.wants_key = is_object
        self.keys: list[_Key] = []


class _Work:
    """Takes tokens one by one, and puts out what they become."""

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
        """Tell keys of one object apart that have become the same."""
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
