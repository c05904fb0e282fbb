"""`wj prime` and the topics of `wj help`."""

from __future__ import annotations

import pytest

from tests.porcelain.cli.sandbox import Sandbox


def test_an_agent_is_told_how_to_use_it_in_one_screen(box: Sandbox) -> None:
    box.begin()
    box.ok("append -m 'and now?'")

    shown = box.ok("prime")

    assert len(shown.splitlines()) <= 40
    assert max(map(len, shown.splitlines())) <= 120
    assert "Current session: demo" in shown
    assert "and now? - awaits the assistant" in shown
    data = box.json("prime")
    assert data["current"]["title"] == "and now?"
    assert data["open_heads"][0]["reason"] == "awaiting_assistant"


def test_outside_a_repository_it_is_silent(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WJ_REPO")
    assert box.wj("prime") == ""
    assert box.json("prime") is None


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("revsets", "visible_heads()"),
        ("templates", "commit_id"),
        ("sessions", "wj resume NAME"),
        ("tutorial", "wj import"),
    ],
)
def test_topics(box: Sandbox, topic: str, text: str) -> None:
    assert text in box.ok(f"help {topic}")
    assert box.ok(f"help -k {topic}") == box.ok(f"help {topic}")
    assert topic in box.ok("help -k")


def test_a_command_goes_before_a_topic_of_its_name(box: Sandbox) -> None:
    assert box.ok("help undo").startswith("Usage: wj undo")
    assert "wj op restore OPERATION" in box.ok("help -k undo")
    assert "ui.graph.style" in box.ok("help -k config")
    assert "no topic `nope`" in box.wj("help -k nope")
    assert "no command or topic `log nope`" in box.wj("help log nope")
