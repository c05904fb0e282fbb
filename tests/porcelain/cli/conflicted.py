"""Conversations with conflicts, made by commands."""

from __future__ import annotations

import json

from tests.porcelain.cli.sandbox import Sandbox

DOCUMENT = {
    "id": "talk",
    "model": "m",
    "created_at": "2026-01-01T00:00:00+00:00",
    "updated_at": "2026-01-01T00:00:00+00:00",
}

_ANSWERS = ("two", "ZWEI", "deux", "four")


def save(box: Sandbox, words: str, options: str) -> None:
    """Save a conversation of these texts."""
    messages = [
        {"role": "assistant" if text in _ANSWERS else "user", "content": text}
        for text in words.split()
    ]
    box.file("talk.json", json.dumps(DOCUMENT | {"messages": messages}).encode())
    box.ok(f"save talk.json {options}")


def three(box: Sandbox) -> None:
    """Make `talk`, and on it `ours` and `theirs`, which both edit its second message."""
    box.ok("init")
    save(box, "one two three four", "")
    save(box, "one ZWEI three four", "--session ours --parent talk")
    save(box, "one deux three four", "--session theirs --parent talk")


def conflicted(box: Sandbox) -> str:
    """Move `theirs` with a child `@` that adds `five` onto `ours`; return the output."""
    three(box)
    box.ok("append -m five")
    return box.ok("rebase -s theirs- -o ours")


def texts(box: Sandbox, rev: str) -> list[str]:
    """Return the texts of a conversation."""
    box.run("export", rev, "-o", "found.json", "--force")
    found = json.loads((box.folder / "found.json").read_bytes())
    return [message["content"] for message in found["messages"]]


def diverge(box: Sandbox) -> None:
    """Run two concurrent commands that add to the empty change `@` on `talk`."""
    box.ok("init")
    save(box, "one two", "")
    box.ok("new talk")
    began = box.json("op log -n 1")[0]["id"]
    box.ok("append -m left")
    box.ok(f"append -m right --at-op {began}")
