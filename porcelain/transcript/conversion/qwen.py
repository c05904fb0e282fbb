"""Qwen Code's rows: a chain of messages with parts as Google's models have them."""

from __future__ import annotations

from collections.abc import Sequence

from porcelain.transcript.conversion.codec import (
    Codec,
    Numbered,
    Target,
    Value,
    row_bytes,
    split_results,
)
from porcelain.transcript.conversion.gemini_parts import read_parts, write_parts
from porcelain.transcript.conversion.said import SUB_AGENT, Said, begun
from porcelain.transcript.reading.json_values import iso_time, mapping, objects, text

_PROVENANCE = {"user": "real_user", "assistant": "assistant_output", "tool": "tool_result"}


def read(rows: Sequence[Numbered], live: bool) -> list[Said]:
    """Return the messages; a compression replaces what was before it."""
    found: list[Said] = []
    for place, value in rows:
        kind, time = value.get("type"), iso_time(value, "timestamp")
        if live and value.get("subtype") == "chat_compression":
            history = objects(mapping(value.get("systemPayload")).get("compressedHistory"))
            said = [each for one in history for each in _message(one, place, time, typed=False)]
            found = begun(said)
        elif kind in ("user", "assistant", "tool_result"):
            if value.get("isSidechain") is True:
                found.append(Said("user", (SUB_AGENT,), place))
                continue
            message = mapping(value.get("message"))
            typed = text(value, "provenance") in (None, "real_user")
            said = _message(message, place, time, typed=typed)
            found += [one._replace(model=text(value, "model")) for one in said]
    return found


def _message(message: Value, place: int, time: str | None, *, typed: bool) -> list[Said]:
    answer = message.get("role") == "model"
    said = Said("assistant" if answer else "user", (), place, time, prompt=answer or typed)
    return split_results(read_parts(message.get("parts")), said)


def write(messages: Sequence[Said], target: Target) -> list[bytes]:
    """Return the rows, each continuing the one before."""
    rows: list[Value] = []
    parent = None
    for number, one in enumerate(messages):
        uuid = target.uuid("row", number)
        row: Value = {"uuid": uuid, "parentUuid": parent, "sessionId": target.native_id}
        row |= {"timestamp": one.time or target.now}
        row |= {"type": "tool_result" if one.role == "tool" else one.role}
        known = _PROVENANCE[one.role] if one.prompt else "system"
        row |= {"provenance": known, "cwd": target.project}
        row |= {"gitBranch": target.branch} if target.branch else {}
        row |= {"model": one.model} if one.model and one.role == "assistant" else {}
        speaker = "model" if one.role == "assistant" else "user"
        rows.append(row | {"message": {"role": speaker, "parts": write_parts(one.parts)}})
        parent = uuid
    return [row_bytes(row) for row in rows]


CODEC = Codec(read, write)
