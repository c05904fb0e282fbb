"""The views of the terminal browser: the tree in its order, conversations, others' writes."""

from __future__ import annotations

import os
import time

import pytest

from porcelain.cli.look.browser.forest import Entry, Forest
from porcelain.repo.reader import RepoReader
from tests.porcelain.cli.sandbox import Sandbox


@pytest.fixture
def forest(chat: Sandbox) -> Forest:
    """A conversation of four turns, and a fork of it."""
    chat.ok("fork demo try --at 4")
    chat.ok("append -m 'another way'")
    return Forest(RepoReader.look(os.fspath(chat.repo), "host"))


def numbers(forest: Forest, line: int) -> list[int | None]:
    return [message.number for message in forest.conversation(line)]


def test_forks_stand_below_the_conversation_that_they_part_from(forest: Forest) -> None:
    assert forest.entries() == [Entry(0, 0), Entry(1, 1)]
    assert numbers(forest, 0) == [*range(1, 9)]
    assert numbers(forest, 1) == [*range(1, 6)]


def test_turns_are_read_when_they_are_shown(forest: Forest) -> None:
    forest.unfolded.add(forest.lines[0].tip.id)

    assert forest.entries()[:5] == [Entry(0, 0), *(Entry(0, 0, turn) for turn in range(4))]
    assert forest.first_number(0, 2) == 5


def test_words_choose_conversations(forest: Forest) -> None:
    assert forest.entries("TRY") == [Entry(1, 0)]
    assert forest.entries("nothing like it") == []


def settle(forest: Forest) -> None:
    """Read until the times of the refs' folders prove that nothing moved, some ticks later."""
    for _ in range(100):
        forest.read()
        if not forest.has_moved():
            return
        time.sleep(0.02)
    raise AssertionError("it never settled")


def test_what_others_write_is_noticed(chat: Sandbox, forest: Forest) -> None:
    settle(forest)
    chat.ok("append -m 'one more'")
    assert forest.has_moved()
    settle(forest)
    assert numbers(forest, 1) == [*range(1, 7)]
    chat.ok("describe -m titled")
    assert forest.has_moved()


def test_a_change_leads_to_its_line(chat: Sandbox, forest: Forest) -> None:
    assert forest.line_of_change(chat.one("demo-")["change_id"]) == 0
    assert forest.line_of_change(chat.one("try")["change_id"]) == 1
