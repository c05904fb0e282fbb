"""pawan's rules for a session document: what its reader accepts, and nothing else.

Unknown fields are allowed everywhere. Fields that have a default may be missing; where one is
there, null is refused except for texts that may be null and `tool_result`.
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
"""The fields after `messages`, in pawan's order, and what a new session holds in them."""

_NAMES: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "true or false",
    type(None): "null",
}

_Check = Callable[[object, str], None]


def check_header(fields: Mapping[str, object]) -> None:
    """Check every field of a document but its messages.

    Raises:
        InvalidSession: with the JSON path of the first fault.
    """
    for name in ("id", "model", "created_at", "updated_at"):
        _required(fields, name, "$", _text)
    for name, check in _OPTIONAL.items():
        if name in fields:
            check(fields[name], join_path("$", name))


def check_message(value: object, path: str) -> None:
    """Check one message; `path` is where it stands.

    Raises:
        InvalidSession: with the JSON path of the first fault.
    """
    message = _object(value, path)
    role = message.get("role")
    if "role" not in message:
        _required(message, "role", path, _text)
    if role not in ROLES or not isinstance(role, str):
        shown = f"{role!r:.40}" if isinstance(role, str) else _name(role)
        _fail(path, "role", f"must be one of {', '.join(ROLES)}, not {shown}")
    _required(message, "content", path, _text)
    if "tool_calls" in message:
        _list(message["tool_calls"], f"{path}.tool_calls", _tool_call)
    if message.get("tool_result") is not None:
        where = f"{path}.tool_result"
        result = _object(message["tool_result"], where)
        _required(result, "tool_call_id", where, _text)
        _required(result, "content", where, _anything)
        _required(result, "success", where, _truth)


def check_opaque_header(fields: Mapping[str, object]) -> None:
    """Check the few fields that a document of another agent's messages must have.

    Raises:
        InvalidSession: with the JSON path of the first fault.
    """
    _required(fields, "id", "$", _text)
    for name in ("model", "created_at", "updated_at"):
        if name in fields:
            _text_or_null(fields[name], join_path("$", name))


def _tool_call(value: object, path: str) -> None:
    call = _object(value, path)
    _required(call, "id", path, _text)
    _required(call, "name", path, _text)
    _required(call, "arguments", path, _anything)


def _label(value: object, path: str) -> None:
    label = _object(value, path)
    _required(label, "name", path, _text)
    if "message_index" in label:
        _number(64)(label["message_index"], f"{path}.message_index")


def _required(fields: Mapping[str, object], name: str, path: str, check: _Check) -> None:
    if name not in fields:
        _fail(path, name, "is missing")
    check(fields[name], join_path(path, name))


def _fail(path: str, name: str, reason: str) -> NoReturn:
    raise InvalidSession(reason, join_path(path, name))


def _name(value: object) -> str:
    return _NAMES.get(type(value), "a number")


def _refuse(value: object, path: str, wanted: str) -> NoReturn:
    raise InvalidSession(f"must be {wanted}, not {_name(value)}", path)


def _object(value: object, path: str) -> dict[str, object]:
    if not isinstance(value, dict):
        _refuse(value, path, "an object")
    return value


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


def _list(value: object, path: str, check: _Check) -> None:
    if not isinstance(value, list):
        _refuse(value, path, "a list")
    for place, element in enumerate(value):
        check(element, join_path(path, place))


def _texts(value: object, path: str) -> None:
    _list(value, path, _text)


def _labels(value: object, path: str) -> None:
    _list(value, path, _label)


def _number(bits: int) -> _Check:
    def check(value: object, path: str) -> None:
        if type(value) is int and 0 <= value < 1 << bits:
            return
        reason = f"must be a whole number from 0 to {(1 << bits) - 1}"
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            reason += f", not {_name(value)}"
        raise InvalidSession(reason, path)

    return check


_OPTIONAL: dict[str, _Check] = {
    "total_tokens": _number(64),
    "iteration_count": _number(32),
    "tags": _texts,
    "notes": _text,
    "parent_id": _text_or_null,
    "root_id": _text_or_null,
    "branch_label": _text_or_null,
    "branch_depth": _number(32),
    "labels": _labels,
}
