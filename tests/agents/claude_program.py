"""The real Claude Code, in a home of its own, with a scripted model on loopback."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.agents.model_server import ModelServer

_SECONDS = 120


class ClaudeProgram:
    """One version of the program; `run` starts it as a shell line would."""

    def __init__(self, program: Path, home: Path, model: ModelServer) -> None:
        self.model = model
        self._environment = {
            "HOME": str(home),
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "ANTHROPIC_BASE_URL": model.address,
            "ANTHROPIC_API_KEY": "sk-ant-scripted",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
            "NO_PROXY": "127.0.0.1",
        }

    def run(self, line: str, prompt: str) -> list[dict[str, Any]]:
        """Start the program by a shell line with one more prompt; return the messages it sent."""
        done = subprocess.run(
            ["sh", "-c", f'{line} -p "$1"', "sh", prompt],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.strip() == f"answer to {prompt}"
        (messages,) = self.model.conversations(prompt)
        return messages


def pieces(messages: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Return role, type and content of each block; the agent's own reminders are left out.

    The agent joins messages of one role, so only the blocks and their order can be compared.
    """
    found = []
    for message in messages:
        content = message["content"]
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        for block in blocks:
            said = _said(block)
            if not said.startswith("<system-reminder>"):
                found.append((message["role"], block["type"], said))
    return found


def _said(block: dict[str, Any]) -> str:
    kind = block["type"]
    if kind == "text":
        return str(block["text"]).strip()
    if kind == "tool_use":
        return json.dumps([block["id"], block["name"], block["input"]], sort_keys=True)
    if kind == "tool_result":
        content = block["content"]
        texts = content if isinstance(content, str) else [part["text"] for part in content]
        return json.dumps([block["tool_use_id"], texts])
    return json.dumps(block.get("thinking"))
