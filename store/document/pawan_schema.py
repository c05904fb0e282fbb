"""The rules of pawan's reader for a session document.

Unknown fields are allowed everywhere. Fields with a default may be missing; null is refused
except in `tool_result` and in texts that may be null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NoReturn

from store.document.json_scanner import join_path
from store.errors import InvalidSession

ROLES = ("system", "user", "assistant", "tool")
MESSAGES = "messages"
DEFAULTS: tuple[tuple[str, object], ...] = (
    ("total_tokens", 0),
    ("iteration_count", 0),
    ("tags", []),
    ("notes", ""),
    ("parent_id", None),
    ("root_id", None),
    ("branch_label", None),
    ("branch_depth", 0),
    ("labels", []),
)
"""The fields after `messages` with their defaults, in pawan's order."""

_NAMES: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "true or false",
    type(None): "null",
}

_Check = Callable[[object, str], None]


def _name(value: object) -> str:
    return _NAMES.get(type(value), "a number")


def _refuse(value: object, path: str, wanted: str) -> NoReturn:
    raise InvalidSession(f"must be {wanted}, not {_name(value)}", path)


def _anything(_value: object, _path: str) -> None:
    """Accept every JSON value."""


def _text(value: object, path: str) -> None:
    if not isinstance(value, str):
        _refuse(value, path, "a string")


def _text_or_null(value: object, path: str) -> None:
    if value is not None and not isinstance(value, str):
        _refuse(value, path, "a string or null")


def _truth(value: object, path: str) -> None:
    if not isinstance(value, bool):
        _refuse(value, path, "true or false")


def _role(value: object, path: str) -> None:
    if not isinstance(value, str) or value not in ROLES:
        shown = f"{value!r:.40}" if isinstance(value, str) else _name(value)
        raise InvalidSession(f"must be one of {', '.join(ROLES)}, not {shown}", path)


def _number(bits: int) -> _Check:
    def check(value: object, path: str) -> None:
        if type(value) is int and 0 <= value < 1 << bits:
            return
        reason = f"must be a whole number from 0 to {(1 << bits) - 1}"
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            reason += f", not {_name(value)}"
        raise InvalidSession(reason, path)

    return check


def _list(check: _Check) -> _Check:
    def check_list(value: object, path: str) -> None:
        if not isinstance(value, list):
            _refuse(value, path, "a list")
        for place, element in enumerate(value):
            check(element, f"{path}[{place}]")

    return check_list


def _object(required: Mapping[str, _Check], optional: Mapping[str, _Check]) -> _Check:
    def check_object(value: object, path: str) -> None:
        if not isinstance(value, dict):
            _refuse(value, path, "an object")
        for name in required:
            if name not in value:
                raise InvalidSession("is missing", join_path(path, name))
            required[name](value[name], join_path(path, name))
        for name in optional:
            if name in value:
                optional[name](value[name], join_path(path, name))

    return check_object


def _or_null(check: _Check) -> _Check:
    def check_or_null(value: object, path: str) -> None:
        if value is not None:
            check(value, path)

    return check_or_null


_TOOL_CALL = _object({"id": _text, "name": _text, "arguments": _anything}, {})
_TOOL_RESULT = _object({"tool_call_id": _text, "content": _anything, "success": _truth}, {})
_MESSAGE = _object(
    {"role": _role, "content": _text},
    {"tool_calls": _list(_TOOL_CALL), "tool_result": _or_null(_TOOL_RESULT)},
)
_HEADER = _object(
    {"id": _text, "model": _text, "created_at": _text, "updated_at": _text},
    {
        "total_tokens": _number(64),
        "iteration_count": _number(32),
        "tags": _list(_text),
        "notes": _text,
        "parent_id": _text_or_null,
        "root_id": _text_or_null,
        "branch_label": _text_or_null,
        "branch_depth": _number(32),
        "labels": _list(_object({"name": _text}, {"message_index": _number(64)})),
    },
)
_OPAQUE_HEADER = _object(
    {"id": _text},
    {"model": _text_or_null, "created_at": _text_or_null, "updated_at": _text_or_null},
)


def check_header(fields: Mapping[str, object], *, opaque: bool = False) -> None:
    """Check every field of a document but its messages.

    An `opaque` document, one of another agent's messages, needs an id and no more.

    Raises:
        InvalidSession: with the JSON path of the first fault.
    """
    (_OPAQUE_HEADER if opaque else _HEADER)(fields, "$")


def check_message(value: object, path: str) -> None:
    """Check one message; `path` is its place.

    Raises:
        InvalidSession: with the JSON path of the first fault.
    """
    _MESSAGE(value, path)
