"""Promise: `wj help` explains commands and topics."""

from __future__ import annotations

import pytest

from porcelain.cli.config.keys import KEYS, format_name
from porcelain.cli.shell.help_topics import TOPICS
from tests.porcelain.cli.sandbox import Sandbox

WORDS = {
    "bookmarks": "A session is a named conversation",
    "config": "Settings come from these places",
    "revsets": "A revset is an expression",
    "sessions": "A session is a named conversation",
    "templates": "A template says how something is printed",
    "tutorial": "A conversation with an agent, from its file",
    "undo": "every operation can be undone",
}


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_a_topic_is_explained(box: Sandbox, topic: str) -> None:
    assert WORDS[topic] in box.ok(f"help {topic}")
    assert box.ok(f"help -k {topic}").strip() == TOPICS[topic].text().strip()


@pytest.mark.parametrize("name", ["config", "undo"])
def test_a_command_with_the_name_of_a_topic_comes_first(box: Sandbox, name: str) -> None:
    shown = box.ok(f"help {name}")

    assert shown.startswith(f"Usage: wj {name}")
    assert shown.strip().endswith(TOPICS[name].text().strip())


def test_all_topics_are_listed(box: Sandbox) -> None:
    listed = box.ok("help -k")
    assert all(f"  {name}" in listed for name in TOPICS)


def test_every_setting_is_explained_with_its_default(box: Sandbox) -> None:
    shown = box.ok("help -k config")
    for key in KEYS:
        assert format_name(key.name).replace('"*"', "NAME") in shown
