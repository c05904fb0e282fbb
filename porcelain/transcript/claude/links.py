"""Find and repair links between Claude Code's rows that the agent cannot follow.

A row names its parent by `parentUuid`. When the agent resumes a conversation it follows these
links up from the last message. After rows moved to another conversation, a parent may be missing;
and rows about progress and hooks may be linked so that the walk does not reach some messages.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

_MESSAGES = ("user", "assistant")


class _Linked(NamedTuple):
    """A row of the graph: its place, its value, its uuid and its parent's uuid."""

    place: int
    value: dict[str, Any]
    uuid: str
    parent: str | None

    @property
    def is_main(self) -> bool:
        return not self.value.get("isSidechain")


def broken_links(rows: Iterable[bytes]) -> list[int]:
    """Return the places of rows whose parent is not among the rows before them."""
    seen: set[str] = set()
    found = []
    for row in _graph(rows):
        parent = row.value.get("parentUuid")
        if isinstance(parent, str) and parent not in seen:
            found.append(row.place)
        seen.add(row.uuid)
    return found


def unreached_messages(rows: Iterable[bytes]) -> list[int]:
    """Return the places of messages that the walk up from the last message does not reach.

    Results of reached calls and further blocks of reached responses do not count: the agent finds
    them by their ids.
    """
    main = {row.uuid: row for row in _graph(rows) if row.is_main}
    messages = [row for row in main.values() if row.value.get("type") in _MESSAGES]
    reached: set[str] = set()
    here = messages[-1] if messages else None
    while here is not None and here.uuid not in reached:
        reached.add(here.uuid)
        here = main.get(here.parent or "")
    calls, responses = set[object](), set[object]()
    for row in messages:
        if row.uuid in reached:
            calls |= _block_ids(row.value, "tool_use", "id")
            responses.add(_message(row.value).get("id"))
    responses.discard(None)
    return [
        row.place
        for row in messages
        if row.uuid not in reached
        and _message(row.value).get("id") not in responses
        and not _block_ids(row.value, "tool_result", "tool_use_id") & calls
    ]


def repaired_links(rows: Sequence[bytes]) -> dict[int, bytes]:
    """Return the rows whose links have to change so that the walk up reaches every message.

    A row with a missing parent continues the row before it; if messages then still are not
    reached, each row of the main line does. Everything else in a row stays as it is.
    """
    wrong = set(broken_links(rows))
    found = _in_line(rows, lambda row, _: row.place not in wrong)
    linked = [found.get(place, row) for place, row in enumerate(rows)]
    if unreached_messages(linked):
        return found | _in_line(linked, _continues)
    return found


def _in_line(
    rows: Sequence[bytes], is_linked: Callable[[_Linked, str | None], bool]
) -> dict[int, bytes]:
    """Return the rows that are not linked yet, each linked to the main row before it."""
    found: dict[int, bytes] = {}
    last: str | None = None
    for row in _graph(rows):
        if not is_linked(row, last):
            old, new = (json.dumps(uuid).encode() for uuid in (row.value.get("parentUuid"), last))
            found[row.place] = _replaced(rows[row.place], old, new)
        if row.is_main:
            last = row.uuid
    return found


def _continues(row: _Linked, last: str | None) -> bool:
    """Tell whether a row needs no link: it has it, is a side row, or follows a compaction."""
    parent = row.value.get("parentUuid")
    return not row.is_main or parent == last or (parent is None and row.parent is not None)


def _graph(rows: Iterable[bytes]) -> Iterator[_Linked]:
    """Yield the rows that have a uuid, in order, each once."""
    seen: set[str] = set()
    for place, raw in enumerate(rows):
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError):
            continue
        uuid = value.get("uuid") if isinstance(value, dict) else None
        if isinstance(uuid, str) and uuid not in seen:
            seen.add(uuid)
            parent = value.get("parentUuid") or value.get("logicalParentUuid")
            yield _Linked(place, value, uuid, parent if isinstance(parent, str) else None)


def _message(value: dict[str, Any]) -> dict[str, Any]:
    message = value.get("message")
    return message if isinstance(message, dict) else {}


def _block_ids(value: dict[str, Any], kind: str, key: str) -> set[object]:
    blocks = _message(value).get("content")
    if not isinstance(blocks, list):
        return set()
    found = (b.get(key) for b in blocks if isinstance(b, dict) and b.get("type") == kind)
    return {one for one in found if isinstance(one, str)}


def _replaced(raw: bytes, old: bytes, new: bytes) -> bytes:
    """Return a row with its `parentUuid` replaced; its spacing stays."""
    value = json.loads(raw)
    value["parentUuid"] = json.loads(new)
    start = 0
    while (key := raw.find(b'"parentUuid"', start)) >= 0:
        at = raw.find(old, key)
        changed = raw[:at] + new + raw[at + len(old) :]
        try:
            if at >= 0 and json.loads(changed) == value:
                return changed
        except ValueError:
            pass
        start = key + 1
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
