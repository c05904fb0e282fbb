"""A conversation with a leaked word, and searches for it everywhere."""

from __future__ import annotations

import json

from store.maintenance.verify import verify
from store.repository.object_scan import all_objects
from store.repository.repository import Repository
from tests.harness.bare import git
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat

WORD = "hunter2"


def talk(box: Sandbox, name: str = "chat.jsonl", session: str = "demo") -> Chat:
    """Write a transcript with the word in a prompt, escaped in a call's JSON, and in a result."""
    chat = Chat(session)
    chat.user(f"log in with {WORD}", "u1")
    chat.answer(json.dumps({"given": json.dumps({"pass": f"é{WORD}"})}), "a1")
    chat.user("plain", "u2")
    chat.call("t1", "k1")
    chat.result("t1", "k2", toolUseResult={WORD: f"it is {WORD}"})
    chat.answer("done", "a2")
    chat.user(f"and {WORD} again", "u3")
    chat.answer("bye", "a3")
    box.file(name, chat.data())
    return chat


def begin(box: Sandbox) -> Chat:
    chat = talk(box)
    box.ok("init")
    box.ok("import chat.jsonl")
    return chat


def holders(box: Sandbox, word: str = WORD) -> list[str]:
    """Return the kinds of all objects that hold the word, however they are reached."""
    found = all_objects(Repository.open(str(box.repo)))
    return sorted(kind for _, kind, data in found if word.encode() in data)


def files_with(box: Sandbox, word: str = WORD) -> list[str]:
    files = [path for path in box.repo.rglob("*") if path.is_file()]
    return [str(path) for path in files if word.encode() in path.read_bytes()]


def state(box: Sandbox) -> object:
    """Return everything that a user can see of the present state."""
    shown = box.json("log -r 'all()'"), box.json("session list"), box.json("status")
    return json.loads(json.dumps(shown))


def sound(box: Sandbox) -> None:
    """Fail unless everything is whole, and every operation of the log still loads."""
    git(box.repo, "gc", "-q", "--prune=now")
    git(box.repo, "fsck", "--strict", "--no-dangling", "--no-progress")
    assert list(verify(Repository.open(str(box.repo)))) == []
    box.ok("doctor")
    for operation in box.json("op log"):
        found = box.json(f"log -r 'all() ~ root()' --at-op {operation['id']}")
        for commit in found[-1:]:
            box.ok(f"show {commit['commit_id']} --at-op {operation['id']}")
        box.ok(f"op show {operation['id']}")
