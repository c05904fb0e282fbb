"""Real agents whose hooks are tried: how each is started, with a scripted model on loopback."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import NamedTuple

_SECONDS = 180
_PROVIDER = """
model = "scripted"
model_provider = "loopback"
[model_providers.loopback]
name = "loopback"
base_url = "{address}/v1"
wire_api = "responses"
env_key = "SCRIPTED_KEY"
"""
_WITH_KEY = '{"security": {"auth": {"selectedType": "gemini-api-key"}}}'


class Started(NamedTuple):
    """The outcome of one turn."""

    code: int
    said: str


class HookedAgent:
    """One agent in a home of its own; `go_on` is the option that continues its last session."""

    def __init__(self, name: str, program: Path, home: Path, address: str) -> None:
        self.name = name
        self.program = program
        self.home = home
        self.address = address
        self.folder = home / "project"
        self.folder.mkdir(exist_ok=True)
        own = home / f".{name}"
        own.mkdir(exist_ok=True)
        if name == "codex":
            (own / "config.toml").write_text(_PROVIDER.format(address=address))
        if name == "gemini":
            (own / "settings.json").write_text(_WITH_KEY)
        if name == "pi":
            self._put(".pi/agent/models.json", {"providers": {"anthropic": {"baseUrl": address}}})
        if name == "opencode":
            options = {"baseURL": f"{address}/v1", "apiKey": "scripted"}
            model = "anthropic/claude-sonnet-4-5"
            self._put(
                ".config/opencode/opencode.json",
                {
                    "model": model,
                    "small_model": model,
                    "autoupdate": False,
                    "share": "disabled",
                    "provider": {"anthropic": {"options": options}},
                },
            )

    def _put(self, path: str, value: object) -> None:
        """Write a file of the agent's settings."""
        file = self.home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(value))

    def turn(self, prompt: str, *, first: bool) -> Started:
        """Run one turn without a terminal."""
        done = subprocess.run(
            [str(self.program), *self._words(prompt, first=first)],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        return Started(done.returncode, done.stdout + done.stderr)

    def _words(self, prompt: str, *, first: bool) -> list[str]:
        go_on = [] if first else ["--continue"]
        match self.name:
            case "codex":
                resumed = [] if first else ["resume", "--last"]
                trusted = ["--dangerously-bypass-hook-trust", "--skip-git-repo-check"]
                return ["exec", *trusted, *resumed, prompt]
            case "gemini":
                return [
                    "--skip-trust",
                    "-m",
                    "gemini-2.5-flash",
                    *([] if first else ["--resume", "latest"]),
                    "-p",
                    prompt,
                ]
            case "qwen":
                return ["--auth-type", "anthropic", *go_on, "-p", prompt]
            case "opencode":
                return ["run", *go_on, prompt]
            case "pi":
                model = ["--provider", "anthropic", "--model", "claude-sonnet-4-5"]
                return [*model, *go_on, "-p", prompt]
            case "copilot":
                return ["--allow-all-tools", *go_on, "-p", prompt]
        return [*go_on, "-p", prompt]

    def _environment(self) -> dict[str, str]:
        return {
            "HOME": str(self.home),
            "PATH": f"{self.program.parent}:{os.environ['PATH']}",
            "NO_PROXY": "127.0.0.1",
            "ANTHROPIC_BASE_URL": self.address,
            "ANTHROPIC_API_KEY": "sk-ant-scripted",
            "ANTHROPIC_MODEL": "claude-sonnet-4-5",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
            "SCRIPTED_KEY": "scripted",
            "GEMINI_API_KEY": "scripted",
            "GOOGLE_GEMINI_BASE_URL": self.address,
            "COPILOT_OFFLINE": "true",
            "COPILOT_PROVIDER_BASE_URL": self.address,
            "COPILOT_PROVIDER_TYPE": "anthropic",
            "COPILOT_PROVIDER_API_KEY": "scripted",
            "COPILOT_MODEL": "claude-sonnet-4.5",
            "COPILOT_AUTO_UPDATE": "false",
            "OPENCODE_DISABLE_AUTOUPDATE": "1",
            "OPENCODE_DISABLE_MODELS_FETCH": "1",
            "PI_OFFLINE": "1",
        }
