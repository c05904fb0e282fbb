"""Write rows that continue conversations of agents with JSON lines; see `MessageWriter`.

Each row has what its agent needed in order to go on from a file: Codex 0.171, Gemini CLI 0.61,
Pi 1.6, Qwen Code 0.24 and Copilot CLI 1.0 were tried. Ids, folders and the like come from the
newest rows that have them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from porcelain.transcript.errors import CannotWrite
from porcelain.transcript.reading.json_values import mapping
from store.document.json_scanner import write_value

_LOOK_BACK = 1000  # rows; bounds the search in a file without what is searched
_PI_USAGE = {"input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0, "totalTokens": 0}
_PI_COST = {"input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0, "total": 0}


def write_codex(
    rows: Sequence[bytes],
    role: str,
    text: str,
    *,
    now: str,
    new_uuid: Callable[[], str],  # noqa: ARG001 - its messages need no id
) -> bytes:
    """Return a `response_item`, in a file with ordinals the next one."""
    name = _known("codex", {"user": "user", "assistant": "assistant", "system": "developer"}, role)
    kind = "output_text" if role == "assistant" else "input_text"
    content = [{"type": kind, "text": text}]
    made: dict[str, Any] = {"timestamp": now}
    ordinal = next((row["ordinal"] for row in _newest(rows) if "ordinal" in row), None)
    if isinstance(ordinal, int):
        made["ordinal"] = ordinal + 1
    payload = {"type": "message", "role": name, "content": content}
    return _row(made | {"type": "response_item", "payload": payload})


def write_gemini(
    rows: Sequence[bytes], role: str, text: str, *, now: str, new_uuid: Callable[[], str]
) -> bytes:
    """Return a message."""
    kind = _known("gemini-cli", {"user": "user", "assistant": "gemini"}, role)
    made: dict[str, Any] = {"id": new_uuid(), "timestamp": now, "type": kind}
    if role == "user":
        return _row(made | {"content": [{"text": text}]})
    model = _last(rows, "model")
    return _row(made | {"content": text, "thoughts": [], **({"model": model} if model else {})})


def write_pi(
    rows: Sequence[bytes], role: str, text: str, *, now: str, new_uuid: Callable[[], str]
) -> bytes:
    """Return an entry that continues the last one; without ids in a file of version 1."""
    _known("pi", {"user": "user", "assistant": "assistant"}, role)
    made: dict[str, Any] = {"type": "message"}
    last = next((row for row in _newest(rows) if row.get("type") != "session"), None)
    if last is None or isinstance(last.get("id"), str):
        made |= {"id": new_uuid().replace("-", "")[:8], "parentId": last and last["id"]}
    content = [{"type": "text", "text": text}]
    message: dict[str, Any] = {"role": role, "content": content}
    if role == "assistant":
        told = next((said for row in _newest(rows) if (said := _answer(row))), {})
        message |= {key: told.get(key, "") for key in ("api", "provider", "model")}
        message |= {"usage": {**_PI_USAGE, "cost": _PI_COST}, "stopReason": "stop"}
    message["timestamp"] = int(datetime.fromisoformat(now).timestamp() * 1000)
    return _row(made | {"timestamp": now, "message": message})


def write_qwen(
    rows: Sequence[bytes], role: str, text: str, *, now: str, new_uuid: Callable[[], str]
) -> bytes:
    """Return a row that continues the chain."""
    speaker = _known("qwen-code", {"user": "user", "assistant": "model"}, role)
    made: dict[str, Any] = {"uuid": new_uuid(), "parentUuid": _last(rows, "uuid")}
    made["sessionId"] = _last(rows, "sessionId") or new_uuid()
    provenance = "real_user" if role == "user" else "assistant_output"
    made |= {"timestamp": now, "type": role, "provenance": provenance}
    around = {key: _last(rows, key) for key in ("cwd", "version", "gitBranch")}
    made |= {key: value for key, value in around.items() if value is not None}
    model = _last(rows, "model") if role == "assistant" else None
    made |= {"model": model} if model else {}
    return _row(made | {"message": {"role": speaker, "parts": [{"text": text}]}})


def write_copilot(
    rows: Sequence[bytes], role: str, text: str, *, now: str, new_uuid: Callable[[], str]
) -> bytes:
    """Return an event that continues the last one."""
    kind = _known("copilot-cli", {"user": "user.message", "assistant": "assistant.message"}, role)
    data: dict[str, Any] = {"content": text, "messageId": new_uuid()}
    if role == "assistant":
        data["toolRequests"] = []
    else:
        data["attachments"] = []
    made = {"type": kind, "data": data, "id": new_uuid(), "timestamp": now}
    return _row(made | {"parentId": _last(rows, "id")})


def _known(format_name: str, names: Mapping[str, str], role: str) -> str:
    if role not in names:
        raise CannotWrite(format_name, role, tuple(names))
    return names[role]


def _newest(rows: Sequence[bytes]) -> Iterator[dict[str, Any]]:
    """Yield the rows that are objects, the newest first."""
    for index in range(len(rows) - 1, max(-1, len(rows) - 1 - _LOOK_BACK), -1):
        try:
            row = json.loads(rows[index])
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            yield row


def _last(rows: Sequence[bytes], key: str) -> str | None:
    """Return the newest text of a member."""
    return next((row[key] for row in _newest(rows) if isinstance(row.get(key), str)), None)


def _answer(row: dict[str, Any]) -> dict[str, Any]:
    """Return the message of a Pi entry if it is an answer, else an empty one."""
    message = mapping(row.get("message"))
    return message if message.get("role") == "assistant" else {}


def _row(value: dict[str, Any]) -> bytes:
    return write_value(value).encode()
