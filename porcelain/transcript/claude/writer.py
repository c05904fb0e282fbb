"""Write a Claude Code row that continues a conversation as the agent itself would.

Folder, version, branch and the like are copied from the newest row that has them. The new row's
parent is the newest row that is no progress report: the agent skips progress reports when it
loads a conversation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from porcelain.transcript.errors import CannotWrite
from porcelain.transcript.json_lines import read_object
from store.document import json_scanner as json_text
from store.errors import InvalidSession

_SURROUNDINGS = ("userType", "entrypoint", "cwd", "sessionId", "version", "gitBranch", "slug")
_NEEDED = ("cwd", "sessionId", "version")
_DEFAULTS = {"userType": "external", "cwd": "", "version": "2.1.0", "gitBranch": ""}
_SYNTHETIC = "<synthetic>"  # the agent's own word for a response that no model wrote
_LOOK_BACK = 1000  # rows; bounds the search in a file without versions or responses
_ROLES = ("user", "assistant", "system")


class _Context:
    """The fields of a new row that come from the newest rows."""

    __slots__ = ("fields", "model", "parent", "progress")

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self.model: str | None = None
        self.parent: str | None = None
        self.progress: str | None = None

    def take(self, row: dict[str, Any]) -> None:
        """Take missing fields from a row; the caller goes from new rows to old ones."""
        for name in _SURROUNDINGS:
            if name not in self.fields and isinstance(row.get(name), str):
                self.fields[name] = row[name]
        if row.get("type") == "progress":
            self.progress = self.progress or row["uuid"]
        else:
            self.parent = self.parent or row["uuid"]
        message = row.get("message")
        if row.get("type") == "assistant" and isinstance(message, dict):
            model = message.get("model")
            if self.model is None and isinstance(model, str) and model != _SYNTHETIC:
                self.model = model

    def is_enough(self, role: str) -> bool:
        """Tell whether a message of this role needs nothing from older rows."""
        known = all(name in self.fields for name in _NEEDED)
        return known and self.parent is not None and (role != "assistant" or bool(self.model))


def write_message(
    rows: Sequence[bytes],
    role: str,
    text: str,
    *,
    now: str,
    new_uuid: Callable[[], str],
) -> bytes:
    """Return a row without its newline; see `MessageWriter`.

    Without a row to continue it begins a session of its own.
    """
    if role not in _ROLES:
        raise CannotWrite("claude-code", role, _ROLES)
    found = _Context()
    for row in _newest(rows):
        found.take(row)
        if found.is_enough(role):
            break
    fields = {"sessionId": "", **_DEFAULTS, **found.fields}
    fields["sessionId"] = fields["sessionId"] or new_uuid()
    uuid = new_uuid()
    made: dict[str, Any] = {"parentUuid": found.parent or found.progress, "isSidechain": False}
    made |= {name: fields[name] for name in _SURROUNDINGS if name in fields}
    if role == "assistant":
        made |= {"message": _response(text, found.model or _SYNTHETIC, uuid), "type": role}
    elif role == "user":
        made |= {"type": role, "message": {"role": role, "content": text}}
    else:
        made |= {"type": role, "subtype": "informational", "content": text, "level": "info"}
    made |= {"uuid": uuid, "timestamp": now}
    return json_text.write_value(made).encode()


def _newest(rows: Sequence[bytes]) -> Iterator[dict[str, Any]]:
    """Yield the graph rows of the main conversation, newest first."""
    for index in range(len(rows) - 1, max(-1, len(rows) - 1 - _LOOK_BACK), -1):
        try:
            row = read_object(rows[index])
        except InvalidSession:
            continue  # a damaged row
        if isinstance(row.get("uuid"), str) and row.get("isSidechain") is not True:
            yield row


def _response(text: str, model: str, uuid: str) -> dict[str, Any]:
    """Return the message object of a finished response of one text block."""
    return {
        "model": model,
        "id": f"msg_{uuid.replace('-', '')}",
        "type": "message",
        "role": "assistant",
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 0, "output_tokens": 0},
    }
