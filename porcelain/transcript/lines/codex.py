"""Codex's rollouts: JSON lines, each `{timestamp, type, payload}`, with `ordinal` in newer files.

The files stand under `~/.codex/sessions/<year>/<month>/<day>/rollout-<time>-<thread>.jsonl`, and
flat in `archived_sessions/`. The model's history is in the rows `response_item`; the rows
`event_msg` repeat parts of it for the screen and are no messages here. Codex itself writes user
messages about the surroundings, which are no prompts.

In files of the history mode "legacy" a fork holds its parent's rows behind a second
`session_meta`, and `thread_rolled_back` takes back turns. In the mode "paginated" a fork or a
revert is a new file, whose `history_base` names the file and the bytes that it continues.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from porcelain.transcript.identity import Members
from porcelain.transcript.json_lines import Object, leading_objects
from porcelain.transcript.lines import row_writers
from porcelain.transcript.lines.codex_turns import ROLLED_BACK, codex_turns
from porcelain.transcript.reading.json_values import block_text, iso_time, mapping, objects, text
from porcelain.transcript.reading.line_file import About, LineFormat, fresh_uuid, is_uuid, last_text
from porcelain.transcript.row import NO, SURE, AgentFacts, Base, Row, call_text, first_line

NAME = "codex"
SUFFIX = ".jsonl"

lineages = codex_turns
write_message = row_writers.write_codex
fresh_native_id, is_native_id = fresh_uuid, is_uuid

_TYPES = frozenset(
    ("session_meta", "turn_context", "response_item", "event_msg", "compacted", "world_state")
)
_ROLES = {"developer": "system", "system": "system", "user": "user", "assistant": "assistant"}
_INJECTED = (
    "<environment_context>",
    "<user_instructions>",
    "<permissions instructions>",
    "<skills_instructions>",
    "<skill>",
    "<turn_aborted>",
    "<subagent_notification>",
    "<user_shell_command>",
    "# AGENTS.md instructions for ",
)
_CALLS = frozenset(
    (
        "function_call",
        "custom_tool_call",
        "local_shell_call",
        "tool_search_call",
        "web_search_call",
        "image_generation_call",
    )
)
_OUTPUTS = frozenset(("function_call_output", "custom_tool_call_output", "tool_search_output"))

_ROW: Members = {
    "timestamp": "value",
    "payload": {"thread_id": "conversation", "session_id": "conversation"},
}
_META: Members = {
    "timestamp": "value",
    "payload": {
        "id": "conversation",
        "session_id": "conversation",
        "forked_from_id": "member",
        "forked_from_ordinal_exclusive": "member",
    },
}


def detects(data: bytes, file_name: str) -> int:  # noqa: ARG001 - the content alone tells
    """Judge by the first rows."""
    return SURE if any(is_row(value) for value in leading_objects(data, 5)) else NO


def is_row(value: Object) -> bool:
    """Tell whether an object has the members that every row of a rollout has."""
    return text(value, "type") in _TYPES and isinstance(value.get("payload"), dict)


def _is_any_row(value: Object) -> bool:
    return isinstance(value.get("type"), str) and isinstance(value.get("payload"), dict)


def row_identity(value: Object) -> tuple[str | None, Members]:
    """Return a row's own id; see `Format`.

    A copied row has another time. A header is told by the time at which its thread began, so that
    a fork of a legacy file is aligned with its parent behind the copied header.
    """
    payload = mapping(value.get("payload"))
    kind = value.get("type")
    if kind == "session_meta":
        return text(payload, "timestamp"), _META
    return text(payload, "id") if kind == "response_item" else None, _ROW


def _about(values: Sequence[Object]) -> About:
    """Return the facts of a rollout; its first header is its own."""
    metas = (mapping(v.get("payload")) for v in values if v.get("type") == "session_meta")
    own = next(metas, {})
    facts = AgentFacts(
        title=last_text(values, "thread_name", "payload"),
        project=text(own, "cwd") or "",
        branch=text(mapping(own.get("git")), "branch") or "",
        version=text(own, "cli_version") or "",
        started_by=text(own, "parent_thread_id") or "",
    )
    parent = text(own, "forked_from_id") or text(own, "parent_thread_id")
    return About(facts, parent, base=_base(mapping(own.get("history_base"))))


def _base(value: dict[str, Any]) -> Base | None:
    """Return the rows of another file that a paginated file continues."""
    name, ordinal = text(value, "thread_id"), value.get("end_ordinal_exclusive")
    size = value.get("end_byte_offset")
    if not name or not isinstance(ordinal, int) or not isinstance(size, int):
        return None
    return Base(name, ordinal, size)


def _row(value: dict[str, Any], raw: bytes) -> Row:
    """Return the row of an object."""
    kind = text(value, "type") or ""
    payload = mapping(value.get("payload"))
    inner = text(payload, "type")
    row = Row(
        raw=raw,
        kind=f"{kind}/{inner}" if inner else kind,
        time=iso_time(value, "timestamp"),
    )
    if kind == "response_item" and inner:
        return _item(row, payload, inner)
    if kind == "session_meta":
        return row._replace(conversation=text(payload, "id"))
    if kind == "turn_context":
        return row._replace(model=text(payload, "model"))
    if kind == "compacted":
        return row._replace(text=text(payload, "message") or "", compaction=True)
    if row.kind == ROLLED_BACK:
        return row._replace(text=str(payload.get("num_turns", "")))
    if kind == "event_msg":
        said = text(payload, "message") or text(payload, "text") or text(payload, "thread_name")
        return row._replace(text=said or "")
    return row


def _item(row: Row, item: dict[str, Any], kind: str) -> Row:
    """Return the row of a part of the model's history."""
    row = row._replace(native_id=text(item, "id"))
    call = text(item, "call_id")
    if kind == "message":
        return _message(row, item)
    if kind == "agent_message":  # from another agent
        return row._replace(role="user", text=block_text(item.get("content")))
    if kind == "reasoning":
        said = block_text(item.get("summary")) or block_text(item.get("content"))
        return row._replace(role="assistant", text=said or "[reasoning]")
    if kind in _CALLS:
        # What the service itself runs has no output of its own in the file.
        opened = (call,) if call else ()
        return row._replace(role="assistant", text=_call_text(item, kind), calls=opened)
    if kind in _OUTPUTS:
        said = _output_text(item.get("output"))
        return row._replace(role="tool", text=said, results=(call,) if call else ())
    return row._replace(compaction=kind.startswith("compaction"))


def _message(row: Row, item: dict[str, Any]) -> Row:
    said = block_text(item.get("content"))
    blocks = objects(item.get("content"))
    if not said and blocks:
        said = f"[{blocks[0].get('type', 'content')}]"
    role = _ROLES.get(text(item, "role") or "", "system")
    prompt = role == "user" and is_typed(item, said)
    return row._replace(
        role=role, text=said, prompt=prompt, title=first_line(said) if prompt else ""
    )


def is_typed(item: dict[str, Any], said: str) -> bool:
    """Tell whether a user typed this message; newer files say who wrote each part."""
    notes = mapping(item.get("internal_chat_message_metadata_passthrough"))
    kinds = notes.get("content_item_kinds")
    if isinstance(kinds, list) and kinds:
        return any(isinstance(kind, str) and kind.startswith("user.") for kind in kinds)
    return not said.lstrip().startswith(_INJECTED)


def _call_text(item: dict[str, Any], kind: str) -> str:
    """Return a readable tool call."""
    name = text(item, "name") or kind.removesuffix("_call")
    arguments = item.get("arguments", item.get("input"))
    if arguments is None:
        arguments = mapping(item.get("action"))
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            return call_text(name, arguments)
    if isinstance(arguments, dict):
        command = arguments.get("command")
        if isinstance(command, list):
            arguments = " ".join(part for part in command if isinstance(part, str))
    return call_text(name, arguments)


def _output_text(output: object) -> str:
    """Return the text of a tool's output, which is text, a block, blocks, or an object."""
    if isinstance(output, dict):
        return text(output, "content") or text(output, "text") or ""
    return block_text(output)


_FORMAT = LineFormat(
    NAME, '"type" and "payload"', _is_any_row, _row, lineages, row_identity, _about
)
parse, read_row, check_row = _FORMAT.parse, _FORMAT.read_row, _FORMAT.check_row
with_native_id, identity_spans = _FORMAT.with_native_id, _FORMAT.identity_spans
