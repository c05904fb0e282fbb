"""Branches that an agent begins inside a turn: imported bit by bit they are as if imported at once."""

from __future__ import annotations

import json

import pytest

from tests.porcelain.cli.sandbox import Sandbox

HEAD = {"type": "session", "version": 3, "id": "11111111-1111-4111-8111-111111111111", "cwd": "/x"}
TIME = "2026-05-01T00:00:00.000Z"


def row(name: str, parent: str | None, role: str) -> bytes:
    message = {"role": role, "content": [{"type": "text", "text": f"said {name}"}]}
    told = {"type": "message", "id": name, "parentId": parent, "timestamp": TIME}
    return json.dumps({**told, "message": message}).encode() + b"\n"


def line(*rows: tuple[str, str | None, str]) -> bytes:
    return b"".join(row(*one) for one in rows)


START = json.dumps({**HEAD, "timestamp": TIME}).encode() + b"\n"
EARLIER = line(("u0", None, "user"), ("a0", "u0", "assistant"))
STEPS = {
    "in the first turn": (
        START + line(("u1", None, "user"), ("a1", "u1", "assistant"), ("a2", "a1", "assistant")),
        line(("u2", "a1", "user"), ("b2", "u2", "assistant")),
        line(("u3", "a1", "user"), ("b3", "u3", "assistant")),
    ),
    "in a later turn": (
        START + EARLIER + line(("u1", "a0", "user"), ("a1", "u1", "assistant"),
                               ("a2", "a1", "assistant")),
        line(("u2", "a1", "user")),
        line(("b2", "u2", "assistant"), ("u3", "u1", "user")),
    ),
    "at the end of a turn that was left": (
        START + EARLIER + line(("u1", "a0", "user"), ("a1", "u1", "assistant")),
        line(("u2", "a0", "user"), ("b2", "u2", "assistant")),
        line(("u3", "a1", "user"), ("b3", "u3", "assistant")),
    ),
}  # fmt: skip


def shape(box: Sandbox) -> list[tuple[str, ...]]:
    """Return the conversations that end at the heads, each as its messages."""
    heads = box.json("log -r heads(all())")
    parts = (box.run("export", one["change_id"]).raw for one in heads)
    return sorted(
        tuple(json.loads(raw).get("id", "") for raw in part.splitlines()) for part in parts
    )


@pytest.mark.parametrize(
    ("kind", "by"),
    [*((kind, "turn") for kind in STEPS), ("in a later turn", "message"),
     ("in the first turn", "file")],
)  # fmt: skip
def test_a_branch_inside_a_turn_comes_in_later(box: Sandbox, kind: str, by: str) -> None:
    box.ok("init")
    data = b""
    for step in STEPS[kind]:
        data += step
        box.file("one.jsonl", data)
        box.ok(f"import one.jsonl --by {by}")
    grown = box.json("session list")[0]["name"]
    (conversation,) = {box.run("cat", grown).raw}
    bit_by_bit = shape(box)
    assert box.run("export", "--source", "one.jsonl").raw == data
    assert "nothing new" in box.ok("import one.jsonl")

    box.repo = box.folder / "again.git"
    box.patch.setenv("WJ_REPO", str(box.repo))
    box.ok("init")
    box.ok(f"import one.jsonl --by {by}")
    assert box.run("cat", grown).raw == conversation
    if by != "file":  # by file the lines that were live at an import stay visible
        assert shape(box) == bit_by_bit


def test_what_was_abandoned_does_not_come_back_with_a_branch_in_it(box: Sandbox) -> None:
    first, second, _ = STEPS["in a later turn"]
    box.ok("init")
    box.file("one.jsonl", first)
    box.ok("import one.jsonl")
    name = box.json("session list")[0]["name"]
    box.ok(f"abandon {name}")
    box.file("one.jsonl", first + second)
    box.ok("import one.jsonl")
    said = box.run("cat", name).out
    assert "said u0" in said
    assert "said u2" in said
    assert "said u1" not in said
