"""Write an OpenCode message that continues a session, as `opencode import` takes it.

The agent orders messages by id, whose first twelve digits are the time; ids are made so here.
Agent, model and folders come from the newest messages that have them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from porcelain.transcript.errors import CannotWrite
from porcelain.transcript.reading.json_values import mapping
from store.document.json_scanner import write_value

_ROLES = ("user", "assistant")
_LOOK_BACK = 1000  # rows; bounds the search in a session without what is searched
_TOKENS = {"input": 0, "output": 0, "reasoning": 0, "cache": {"read": 0, "write": 0}}
_DIGITS = 12
_MOST = (1 << 4 * _DIGITS) - 1


def write_message(
    rows: Sequence[bytes], role: str, text: str, *, now: str, new_uuid: Callable[[], str]
) -> bytes:
    """Return a message with one part of text; see `MessageWriter`."""
    if role not in _ROLES:
        raise CannotWrite("opencode", role, _ROLES)
    time = int(datetime.fromisoformat(now).timestamp() * 1000)
    known = list(_newest(rows))
    session = next((one["sessionID"] for one in known if _is_text(one.get("sessionID"))), None)
    session = session or f"ses_{new_uuid().replace('-', '')[:26]}"
    message = _id("msg", _order(known, time), new_uuid())
    info: dict[str, Any] = {"role": role, "time": {"created": time}}
    info["agent"] = _last(known, "agent") or "build"
    model = next((found for one in known if (found := _model(one))), None)
    model = model or {"providerID": "unknown", "modelID": "unknown"}
    if role == "user":
        info["model"] = model
    else:
        info["time"]["completed"] = time
        parent = next((one.get("id") for one in known if one.get("role") == "user"), "")
        info |= {"parentID": parent, "mode": info["agent"], "cost": 0, "tokens": _TOKENS, **model}
        path = next((one["path"] for one in known if isinstance(one.get("path"), dict)), None)
        info |= {"path": path or {"cwd": "", "root": ""}, "finish": "stop"}
    info |= {"id": message, "sessionID": session}
    part = {"type": "text", "text": text, "id": _id("prt", _order(known, time), new_uuid())}
    part |= {"sessionID": session, "messageID": message}
    return write_value({"info": info, "parts": [part]}).encode()


def _newest(rows: Sequence[bytes]) -> Iterator[dict[str, Any]]:
    """Yield what the newest messages say of themselves, the newest first."""
    for index in range(len(rows) - 1, max(-1, len(rows) - 1 - _LOOK_BACK), -1):
        try:
            yield mapping(mapping(json.loads(rows[index])).get("info"))
        except (ValueError, RecursionError):
            continue


def _order(known: Sequence[Mapping[str, Any]], time: int) -> int:
    """Return the number of a time in an id, greater than that of every known message."""
    used = (_number(one.get("id")) for one in known)
    return min(max((time << 12) & _MOST, max(used, default=0) + 1), _MOST)


def _number(id_: object) -> int:
    digits = id_.partition("_")[2][:_DIGITS] if isinstance(id_, str) else ""
    try:
        return int(digits, 16) if len(digits) == _DIGITS else 0
    except ValueError:
        return 0


def _id(kind: str, order: int, uuid: str) -> str:
    return f"{kind}_{order:0{_DIGITS}x}{uuid.replace('-', '')[:14]}"


def _model(info: Mapping[str, Any]) -> dict[str, str] | None:
    """Return provider and model; a prompt has them inside `model`, an answer has them itself."""
    for one in (info, mapping(info.get("model"))):
        if _is_text(one.get("providerID")) and _is_text(one.get("modelID")):
            return {"providerID": one["providerID"], "modelID": one["modelID"]}
    return None


def _last(known: Sequence[Mapping[str, Any]], key: str) -> str | None:
    return next((one[key] for one in known if _is_text(one.get(key))), None)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)
