"""Claude Code's rows: a message a row, each block of an answer in a row of its own."""

from __future__ import annotations

from collections.abc import Sequence

from porcelain.transcript.conversion.codec import (
    Codec,
    Numbered,
    Target,
    Value,
    arguments_object,
    arguments_of,
    row_bytes,
    split_results,
)
from porcelain.transcript.conversion.said import (
    SUB_AGENT,
    Call,
    Image,
    Part,
    Result,
    Said,
    Text,
    Thinking,
    Unknown,
    begun,
)
from porcelain.transcript.reading.json_values import mapping, text
from porcelain.transcript.row import first_line

_SYNTHETIC = "<synthetic>"
_LONGEST_PROMPT = 200


def read(rows: Sequence[Numbered], live: bool) -> list[Said]:
    """Return the messages; after a compaction its summary, what it kept, and what came later."""
    found: list[tuple[str | None, Said]] = []
    kept: list[Said] = []
    compacted = False
    for place, value in rows:
        kind = value.get("type")
        if live and value.get("subtype") == "compact_boundary":
            kept = _preserved(value, found)
            found, compacted = [], True
            continue
        if kind not in ("user", "assistant"):
            found += [(None, one) for one in _attached(mapping(value.get("attachment")), place)]
            continue
        for one in _messages(value, place):
            found.append((text(value, "uuid"), one))
        if live and value.get("isCompactSummary") is True:
            found += [(None, one) for one in kept]
            kept = []
    said = [one for _, one in found]
    return begun(said) if compacted else said


def _attached(attachment: Value, place: int) -> list[Said]:
    """Return what the user attached; the rest is context that each agent adds by itself."""
    kind = text(attachment, "type")
    if kind == "queued_command":
        return [Said("user", tuple(_parts(attachment.get("prompt"))), place)]
    if kind == "file":
        return [Said("user", (Unknown("attached file"),), place)]
    return []


def _preserved(boundary: Value, before: Sequence[tuple[str | None, Said]]) -> list[Said]:
    """Return the messages that a compaction names as kept."""
    named = mapping(mapping(boundary.get("compactMetadata")).get("preservedMessages")).get("uuids")
    uuids = {one for one in named if isinstance(one, str)} if isinstance(named, list) else set()
    return [one for uuid, one in before if uuid in uuids]


def _messages(value: Value, place: int) -> list[Said]:
    role = "user" if value["type"] == "user" else "assistant"
    if value.get("isSidechain") is True:
        return [Said("user", (SUB_AGENT,), place)]
    message = mapping(value.get("message"))
    model = text(message, "model")
    said = Said(
        "user" if role == "user" else "assistant",
        (),
        place,
        text(value, "timestamp"),
        model if model != _SYNTHETIC else None,
        prompt=value.get("isMeta") is not True and value.get("isCompactSummary") is not True,
    )
    return split_results(_parts(message.get("content")), said)


def _parts(content: object) -> list[Part]:
    if isinstance(content, str):
        return [Text(content)] if content else []
    blocks = content if isinstance(content, list) else []
    return [_part(mapping(block)) for block in blocks]


def _part(block: Value) -> Part:
    kind = text(block, "type") or "block"
    if kind == "text":
        return Text(text(block, "text") or "")
    if kind in ("thinking", "redacted_thinking"):
        return Thinking(text(block, "thinking") or "")
    if kind == "tool_use":
        name, call = text(block, "name") or "tool", text(block, "id") or ""
        return Call(call, name, arguments_of(block.get("input")))
    if kind == "tool_result":
        inner = [part for part in _parts(block.get("content")) if not isinstance(part, Thinking)]
        return Result(
            text(block, "tool_use_id") or "",
            tuple(p if isinstance(p, Text | Image | Unknown) else Unknown("block") for p in inner),
            block.get("is_error") is True,
        )
    if kind == "image":
        source = mapping(block.get("source"))
        if text(source, "data"):
            return Image(text(source, "media_type") or "", text(source, "data") or "")
        if text(source, "url"):
            return Image("", "", text(source, "url") or "")
    return Unknown(kind)


def write(messages: Sequence[Said], target: Target) -> list[bytes]:
    """Return a chain of rows, and the row that names its end."""
    rows: list[Value] = []
    for one in messages:
        if one.role == "assistant":
            rows += [_answer(one, block, target) for block in map(_block, one.parts)]
        else:
            blocks = [_block(part) for part in one.parts]
            plain = len(blocks) == 1 and blocks[0]["type"] == "text"
            content = blocks[0]["text"] if plain else blocks
            row: Value = {"type": "user", "message": {"role": "user", "content": content}}
            if one.role == "user" and not one.prompt:
                row["isMeta"] = True
            rows.append(row | {"timestamp": one.time or target.now})
    made, parent = [], None
    for number, row in enumerate(rows):
        uuid = target.uuid("row", number)
        around: Value = {"parentUuid": parent, "isSidechain": False, "userType": "external"}
        around |= {"cwd": target.project, "sessionId": target.native_id}
        around |= {"gitBranch": target.branch} if target.branch else {}
        made.append(row_bytes(around | row | {"uuid": uuid}))
        parent = uuid
    typed = (first_line(part.text) for one in reversed(messages) if one.role == "user"
             and one.prompt for part in one.parts if isinstance(part, Text))  # fmt: skip
    end: Value = {"type": "last-prompt", "lastPrompt": next(typed, "")[:_LONGEST_PROMPT]}
    end |= {"leafUuid": parent, "sessionId": target.native_id}
    title: Value = {"type": "custom-title", "customTitle": target.title}
    titles = [row_bytes(title | {"sessionId": target.native_id})] if target.title else []
    return [*made, *titles, row_bytes(end)] if made else []


def _answer(one: Said, block: Value, target: Target) -> Value:
    message = {
        "id": f"msg_{target.digest('answer', one.row).hex()[:24]}",
        "type": "message",
        "role": "assistant",
        "model": one.model or _SYNTHETIC,
        "content": [block],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 0, "output_tokens": 0},
    }
    return {"type": "assistant", "message": message, "timestamp": one.time or target.now}


def _block(part: Part) -> Value:
    if isinstance(part, Image):
        source: Value = {"type": "url", "url": part.url}
        if part.data:
            source = {"type": "base64", "media_type": part.media_type, "data": part.data}
        return {"type": "image", "source": source}
    if isinstance(part, Call):
        made = {"type": "tool_use", "id": part.id, "name": part.name}
        return made | {"input": arguments_object(part)}
    if isinstance(part, Result):
        inner = [_block(each) for each in part.parts]
        plain = len(inner) == 1 and inner[0]["type"] == "text"
        made_result: Value = {"type": "tool_result", "tool_use_id": part.id}
        made_result["content"] = inner[0]["text"] if plain else inner
        return made_result | ({"is_error": True} if part.is_error else {})
    assert isinstance(part, Text)
    return {"type": "text", "text": part.text}


CODEC = Codec(read, write)
