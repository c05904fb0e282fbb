"""Answers of a model in other protocols than Anthropic's: OpenAI's Responses and Gemini's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

USAGE = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}


def responses_events(text: str) -> Iterator[bytes]:
    """Yield the events of OpenAI's Responses, as Codex reads them."""
    part = {"type": "output_text", "text": text, "annotations": []}
    item = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
            "content": [part]}  # fmt: skip
    response = {"id": "resp_1", "object": "response", "model": "scripted"}
    for event in (
        {"type": "response.created", "response": {**response, "status": "in_progress"}},
        {"type": "response.output_item.added", "output_index": 0, "item": {**item, "content": []}},
        {"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0,
         "content_index": 0, "delta": text},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed",
         "response": {**response, "status": "completed", "output": [item], "usage": USAGE}},
    ):  # fmt: skip
        yield f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


def gemini_answer(text: str) -> dict[str, Any]:
    """Return the answer of Gemini's generateContent."""
    content = {"role": "model", "parts": [{"text": text}]}
    usage = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
    return {
        "candidates": [{"content": content, "finishReason": "STOP", "index": 0}],
        "usageMetadata": usage,
        "modelVersion": "scripted",
    }
