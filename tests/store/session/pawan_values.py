"""Pawan documents as values, for tests that break and edit them."""

from __future__ import annotations

import json
from typing import Any


def document(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": "3f9c1a7e",
        "model": "m",
        "created_at": "2026-06-14T10:01:13+00:00",
        "updated_at": "2026-06-14T10:02:00+00:00",
        "messages": [
            {"role": "user", "content": "Hello", "tool_calls": []},
            {"role": "assistant", "content": "", "tool_calls": [call()]},
            {"role": "tool", "content": "4", "tool_calls": [], "tool_result": result()},
        ],
        "total_tokens": 24,
        "iteration_count": 0,
        "tags": [],
        "notes": "",
        "parent_id": None,
        "root_id": None,
        "branch_label": None,
        "branch_depth": 0,
        "labels": [],
    }
    return made | changes


def call(**changes: Any) -> dict[str, Any]:
    return {"id": "c1", "name": "bash", "arguments": {"x": 1}} | changes


def result(**changes: Any) -> dict[str, Any]:
    return {"tool_call_id": "c1", "content": {"a": [1]}, "success": True} | changes


def message(**changes: Any) -> dict[str, Any]:
    return {"role": "user", "content": "Hi", "tool_calls": []} | changes


def without(value: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: item for key, item in value.items() if key not in keys}


def pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
