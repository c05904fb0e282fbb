"""Exports of one account at several paths are versions of one file with the same conversations."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.harness.bare import fsck, git
from tests.porcelain.cli.commands.transcripts.sources.test_containers import other, whole, written
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.documents.test_chatgpt import LINEAR, conversation, node


def first() -> dict[str, Any]:
    return conversation(*LINEAR)


def grown() -> dict[str, Any]:
    """Return the first conversation with another turn; its last row names the new one."""
    before = [*LINEAR[:-1], {**LINEAR[-1], "children": ["u3"]}]
    more = (node("u3", "a2", "user", "and?", create_time=1_700_000_900),
            node("a3", "u3", "assistant", "ok", create_time=1_700_000_901))  # fmt: skip
    return conversation(*before, *more)


def claude_ai(name: str, *texts: str) -> dict[str, Any]:
    told = [
        {"uuid": f"{name}-{n}", "text": one, "sender": "assistant" if n % 2 else "human",
         "created_at": f"2025-01-01T00:00:0{n}Z"}
        for n, one in enumerate(texts)
    ]  # fmt: skip
    return {"uuid": name, "name": name, "chat_messages": told}


def containers(box: Sandbox) -> list[str]:
    """Return the keys of the files with several conversations that the newest view has."""
    listed = git(box.repo, "ls-tree", "-r", "--name-only", "refs/wj/op").decode()
    return [name for name in listed.splitlines() if "container" in name]


@pytest.fixture
def box_with_export(box: Sandbox) -> Sandbox:
    box.file("old/all.json", written(first(), other()))
    box.ok("init")
    box.ok("import old/all.json")
    return box


def test_a_newer_export_has_the_same_conversations(box_with_export: Sandbox) -> None:
    box = box_with_export
    before = box.json("session list")
    newer = written(other("c-3", "trees"), grown(), other())
    box.file("new/all.json", newer)
    kinds = {one["session"]: one["kind"] for one in box.json("import new/all.json")["files"]}
    assert kinds == {"c-1": "rewritten", "c-2": "unchanged", "c-3": "new"}
    names = {one["name"] for one in box.json("session list")}
    assert names == {one["name"] for one in before} | {"c-3"}
    assert sorted(box.titles("heads(all())")) == ["and?", "fish", "trees"]
    assert whole(box, "new/all.json") == newer
    assert "Nothing was imported from" in box.wj("export --source old/all.json -o x")
    operations = len(box.json("op log"))
    assert "older than what was imported" in box.ok("import old/all.json")
    assert "nothing new" in box.ok("import new/all.json")
    assert len(box.json("op log")) == operations
    assert whole(box, "new/all.json") == newer
    box.ok("undo")
    assert whole(box, "old/all.json") == written(first(), other())
    fsck(box.repo)


def test_an_older_export_that_comes_later_changes_nothing(box: Sandbox) -> None:
    newer = written(grown(), other(), other("c-3", "trees"))
    box.file("new/all.json", newer)
    box.file("old/all.json", written(first(), other()))
    box.ok("init")
    box.ok("import new/all.json")
    operations = len(box.json("op log"))
    box.ok("import old/all.json")
    assert len(box.json("op log")) == operations
    assert whole(box, "new/all.json") == newer
    assert sorted(box.titles("heads(all())")) == ["and?", "fish", "trees"]


def test_an_edited_conversation_stays_the_same_session(box_with_export: Sandbox) -> None:
    box = box_with_export
    changes = {one["change_id"] for one in box.json("log -r ~root()")}
    newer = written(first(), other("c-2", "sharks"))
    box.file("new/all.json", newer)
    box.ok("import new/all.json")
    assert whole(box, "new/all.json") == newer
    assert {one["name"] for one in box.json("session list")} == {"c-1", "c-2"}
    assert {one["change_id"] for one in box.json("log -r ~root()")} == changes
    assert box.titles("c-2") == ["sharks"]


def test_a_conversation_that_was_removed_keeps_its_session(box_with_export: Sandbox) -> None:
    box = box_with_export
    newer = written(grown(), other("c-4", "stones"))
    box.file("new/all.json", newer)
    box.ok("import new/all.json")
    assert whole(box, "new/all.json") == newer
    assert {one["name"] for one in box.json("session list")} == {"c-1", "c-2", "c-4"}


def test_an_export_of_another_account_is_another_file(box_with_export: Sandbox) -> None:
    box = box_with_export
    data = written(other("d-1", "stars"), other("d-2", "moons"))
    box.file("hers/all.json", data)
    box.ok("import hers/all.json")
    assert whole(box, "hers/all.json") == data
    assert whole(box, "old/all.json") == written(first(), other())


def test_an_older_export_in_the_same_place_does_not_move_sessions_back(box: Sandbox) -> None:
    older, newer = written(first(), other()), written(grown(), other())
    box.file("all.json", newer)
    box.ok("init")
    box.ok("import all.json")
    box.file("all.json", older)
    box.ok("import all.json")
    assert box.titles("c-1") == ["and?"]
    assert whole(box) == older


def test_a_redacted_export_keeps_its_text_out_of_newer_ones(box_with_export: Sandbox) -> None:
    box = box_with_export
    box.ok("redact fish --purge --yes")
    box.file("new/all.json", written(grown(), other(), other("c-3", "trees")))
    box.ok("import new/all.json")
    everything = git(box.repo, "cat-file", "--batch", "--batch-all-objects")
    assert b"fish" not in everything
    assert "trees" in box.titles("heads(all())")


def test_other_formats_with_ids_do_the_same(box: Sandbox) -> None:
    one, two = claude_ai("a-1", "q", "r"), claude_ai("a-2", "s", "t")
    box.file("old/conversations.json", json.dumps([one, two]).encode())
    box.ok("init")
    box.ok("import old/conversations.json")
    data = json.dumps([claude_ai("a-1", "q", "r", "q2", "r2"), two]).encode()
    box.file("new/conversations.json", data)
    kinds = {one["session"]: one["kind"] for one in box.json("import new")["files"]}
    assert kinds == {"a-1": "grown", "a-2": "unchanged"}
    assert whole(box, "new/conversations.json") == data


def test_a_conversation_of_an_export_is_named_by_its_id(box_with_export: Sandbox) -> None:
    box = box_with_export
    out = box.run("export", "--source", "old/all.json#c-2").raw
    assert json.loads(out) == other()
    assert box.run("export", "--source", "c-2").raw == out
