"""A model on loopback: it keeps every request, and answers from a script, in agents' protocols."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.agents.protocols import gemini_answer, responses_events

_TURN = re.compile(r"(?<!answer to )turn-[0-9]+-[0-9]+")


class ModelServer:
    """The requests that came in, and the answer to each prompt: `answer to <its last line>`."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.requests: list[dict[str, Any]] = []

    def answer(self, request: dict[str, Any]) -> str:
        """Return the answer to the last prompt: its last `turn-…`, else its last line."""
        found = _TURN.findall(json.dumps(request))
        if found:
            return f"answer to {found[-1]}"
        content = request["messages"][-1]["content"]
        last = content if isinstance(content, str) else content[-1].get("text", "")
        return f"answer to {last.strip().splitlines()[-1]}"

    def conversations(self, prompt: str) -> list[list[dict[str, Any]]]:
        """Return the messages of each request whose last message holds a prompt."""
        found = [one["messages"] for one in self.requests if one.get("messages")]
        return [messages for messages in found if prompt in json.dumps(messages[-1])]


@contextmanager
def model_server() -> Iterator[ModelServer]:
    """Serve until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    model = ModelServer(server.server_address[1])
    server.model = model  # type: ignore[attr-defined]
    worker = threading.Thread(target=server.serve_forever, daemon=True)
    worker.start()
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
        worker.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        """Print nothing."""

    def do_HEAD(self) -> None:
        self._send(b"", "text/plain")

    def do_GET(self) -> None:
        self._send(b"{}", "application/json")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.path.startswith("/v1/responses"):
            request = json.loads(body)
            text = self.server.model.answer(request)  # type: ignore[attr-defined]
            self._send(b"".join(responses_events(text)), "text/event-stream")
            return
        if "GenerateContent" in self.path or ":generateContent" in self.path:
            text = self.server.model.answer(json.loads(body))  # type: ignore[attr-defined]
            answered = json.dumps(gemini_answer(text))
            if "alt=sse" in self.path:
                self._send(f"data: {answered}\n\n".encode(), "text/event-stream")
            else:
                self._send(answered.encode(), "application/json")
            return
        if not self.path.startswith("/v1/messages"):
            self._send(b"{}", "application/json")
            return
        request = json.loads(body)
        if "count_tokens" in self.path:
            self._send(b'{"input_tokens":1}', "application/json")
            return
        self.server.model.requests.append(request)  # type: ignore[attr-defined]
        answer = _answer(request, self.server.model.answer(request))  # type: ignore[attr-defined]
        if request.get("stream"):
            self._send(b"".join(_events(answer)), "text/event-stream")
        else:
            self._send(json.dumps(answer).encode(), "application/json")

    def _send(self, data: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


def _answer(request: dict[str, Any], text: str) -> dict[str, Any]:
    return {
        "id": "msg_scripted",
        "type": "message",
        "role": "assistant",
        "model": request.get("model", "scripted"),
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }


def _events(answer: dict[str, Any]) -> Iterator[bytes]:
    (block,) = answer["content"]
    begun = {**answer, "content": [], "stop_reason": None}
    ended = {"stop_reason": "end_turn", "stop_sequence": None}
    for event in (
        {"type": "message_start", "message": begun},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "text_delta", "text": block["text"]},
        },
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": ended, "usage": {"output_tokens": 1}},
        {"type": "message_stop"},
    ):
        yield f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
