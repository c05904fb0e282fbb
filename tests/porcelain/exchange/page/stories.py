"""Conversations to look at: a pleasant one with forks, a hostile one, and long ones."""

from __future__ import annotations

import json
from typing import Any

from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat

PLAN = """Two things are off:

1. `retry()` sleeps **before** it knows whether another attempt follows
2. the delay grows without an upper bound

```python
def delay(attempt: int, base: float = 0.5, most: float = 30.0) -> float:
    return min(most, base * 2 ** attempt)
```

| attempt | before | after |
|---|---|---|
| 3 | 4 s | 4 s |
| 9 | 256 s | 30 s |

See [the note on backoff](https://example.org/backoff) for why jitter helps.
"""


def call(chat: Chat, name: str, **arguments: Any) -> None:
    """Add a tool call and its result."""
    number = f"t{len(chat.rows)}"
    block = {"type": "tool_use", "id": number, "name": name, "input": arguments}
    chat.put(
        "assistant",
        None,
        message={"role": "assistant", "model": "claude-opus-4-5", "content": [block]},
    )
    said = arguments.pop("said", "ok")
    chat.user([{"type": "tool_result", "tool_use_id": number, "content": said}])


def retries(box: Sandbox) -> None:
    """Make a repository with a conversation about retries, and two forks of it."""
    chat = Chat("8b1c3e7f-2a4d-4c39-9e62-3f8a1d70b6c4")
    chat.user("The upload test is flaky. Can you find out why retries sometimes take minutes?")
    thinking = {
        "type": "thinking",
        "thinking": "I should look at the code that computes the delay first.",
    }
    chat.put(
        "assistant",
        None,
        message={"role": "assistant", "model": "claude-opus-4-5", "content": [thinking]},
    )
    call(
        chat,
        "Read",
        file_path="upload/retry.py",
        said="def retry(work):\n    for attempt in range(10):\n        ...",
    )
    call(
        chat,
        "Bash",
        command="pytest tests/test_upload.py -x",
        said="1 failed, 11 passed in 258.31s",
    )
    chat.answer(PLAN)
    chat.user("Good. Please fix both, and keep the interface.")
    call(
        chat,
        "Edit",
        file_path="upload/retry.py",
        old_string="2 ** attempt",
        new_string="min(most, ...)",
    )
    chat.answer("Both are fixed. All 12 tests pass in 3 seconds; the interface is as it was.")
    box.file("retries.jsonl", chat.data())
    box.ok("init")
    box.ok("import retries.jsonl --session retries")
    first = box.one("retries-")["change_id"][:8]
    fork(box, first, "with-jitter", "Add full jitter, please: a random delay between zero and the bound.",
         "Each delay is now a random number between zero and the bound, so clients spread out.")  # fmt: skip
    fork(box, first, "with-library", "Add a library for it, please: a random delay between zero and the bound.",
         "Each delay now comes from the library, so clients spread out.")  # fmt: skip
    box.ok("edit retries")


def fork(box: Sandbox, change: str, name: str, prompt: str, answer: str) -> None:
    """Fork a change into a session, and go on with a prompt and an answer."""
    box.ok(f"fork {change} {name}")
    box.ok(f"append -m '{prompt}'")
    box.ok(f"append --role assistant -m '{answer}'")


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)><svg onload=alert(3)><iframe src=https://example.org>",
    "</script><script>alert(4)</script><!--",
    "[click](javascript:alert(5)) [data](data:text/html,<script>alert(6)</script>) javascript:alert(7)",
    "[vb](vbscript:x) [file](file:///etc/passwd) ![x](https://example.org/x.png)",
    "<svg><script>alert(8)</script></svg> <math><mtext></form><form><mglyph><style></math><img src onerror=alert(9)>",
    "\u202egnp.exe\u2066 isolate \u0007 \u001b[31m \u0000 \ufeff",
    "{{script}} {{data}} \u2028 \u2029 ${alert(10)} {{constructor.constructor('alert(11)')()}}",
    "```html\n<script>alert(12)</script>\n```",
    "`" * 5000,
    "[" * 5000 + "](" * 50,
    "*" * 4000,
    "| a |\n" + "-|" * 3000,
    "x" * 500_000,
    "> " * 2000,
    "- " * 2000,
    "\n" * 5000,
    "a\u0301" * 2000,
    "<a href=\"javascript:alert(13)\" style=\"position:fixed;inset:0\">cover</a><base href=//example.org>",
]  # fmt: skip


def hostile(box: Sandbox) -> None:
    """Make a repository whose transcript tries everything, in every place that is shown."""
    chat = Chat("h")
    for number, text in enumerate(HOSTILE):
        chat.user(text)
        chat.answer(text)
        block = {
            "type": "tool_use",
            "id": f"t{number}",
            "name": text[:60],
            "input": {text[:40]: text},
        }
        chat.put(
            "assistant", None, message={"role": "assistant", "model": text[:60], "content": [block]}
        )
        chat.user([{"type": "tool_result", "tool_use_id": f"t{number}", "content": text}])
    for row in chat.rows:
        row |= {"cwd": HOSTILE[1], "gitBranch": HOSTILE[3], "version": HOSTILE[0]}
    chat.side("custom-title", customTitle=HOSTILE[2], sessionId="h")
    box.file("hostile.jsonl", chat.data())
    box.ok("init")
    box.ok("import hostile.jsonl")


def long_talk(box: Sandbox, messages: int) -> None:
    """Make a repository with one conversation of so many messages, prose, code and tools mixed."""
    rows = []
    last = None
    for number in range(messages):
        kind = "assistant" if number % 20 else "user"
        text = f"Message {number}. " + "It has some words to read, and then some more of them. " * (
            number % 9
        )
        content: Any = text
        if kind == "assistant" and number % 3 == 0:
            content = [
                {
                    "type": "text",
                    "text": f"{text}\n\n```python\nprint({number})\n```\n\n- one\n- two",
                }
            ]
        elif kind == "assistant" and number % 3 == 1:
            content = [
                {
                    "type": "tool_use",
                    "id": f"t{number}",
                    "name": "Bash",
                    "input": {"command": f"echo {number}"},
                }
            ]
        rows.append({
            "parentUuid": last, "isSidechain": False, "sessionId": "long", "version": "2", "cwd": "/p",
            "type": kind, "uuid": f"r{number}", "timestamp": "2026-03-01T10:00:00.000Z",
            "message": {"role": kind, "content": content},
        })  # fmt: skip
        last = f"r{number}"
    box.file("long.jsonl", b"".join(json.dumps(row).encode() + b"\n" for row in rows))
    box.ok("init")
    box.ok("import long.jsonl --session long")
