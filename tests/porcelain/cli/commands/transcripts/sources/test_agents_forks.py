"""Forks that an agent makes: the conversation is copied into a file of a new session."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.cli.saying import prompts
from tests.porcelain.transcript.claude_rows import Chat


def original() -> Chat:
    chat = Chat("first")
    for number in (1, 2, 3):
        chat.turn(number)
    return chat


def same_ids(row: dict[str, Any]) -> None:
    """`--fork-session` changes the session alone."""


def with_origin(row: dict[str, Any]) -> None:
    """`/branch` also names the copied row."""
    row["forkedFrom"] = {"sessionId": "first", "messageUuid": row["uuid"]}


def new_ids(row: dict[str, Any]) -> None:
    """The SDK gives each row an id of its own."""
    with_origin(row)
    row["uuid"] = f"new-{row['uuid']}"
    row["parentUuid"] = row["parentUuid"] and f"new-{row['parentUuid']}"


MARKS = pytest.mark.parametrize("mark", [same_ids, with_origin, new_ids])
LINKS = pytest.mark.parametrize("mark", [with_origin, new_ids])


def fork(chat: Chat, rows: int, mark: Callable[[dict[str, Any]], None]) -> Chat:
    """Copy the first rows into a new session, and add a turn."""
    made = Chat("second")
    made.rows = copy.deepcopy(chat.rows[:rows])
    made.clock = 200
    for row in made.rows:
        row["sessionId"] = "second"
        mark(row)
    made.last = made.rows[-1]["uuid"]
    made.turn(9)
    return made


@MARKS
@pytest.mark.parametrize("together", [True, False])
def test_a_fork_hangs_where_it_was_made(
    box: Sandbox, mark: Callable[[dict[str, Any]], None], together: bool
) -> None:
    box.ok("init")
    first = original()
    second = fork(first, 4, mark)
    box.file("p/first.jsonl", first.data())
    if not together:
        box.ok("import p")
    box.file("p/second.jsonl", second.data())
    box.ok("import p")
    assert box.sessions() == {"first": "q3", "second": "q9"}
    assert box.titles("fork_point(sessions())") == ["q2"]
    assert sorted(box.titles("all() ~ root()")) == ["q1", "q2", "q3", "q9"]
    for chat in (first, second):
        assert box.run("export", chat.session).raw == chat.data()
        assert box.run("export", "--source", f"p/{chat.session}.jsonl").raw == chat.data()
    box.ok("import p")
    assert box.sessions() == {"first": "q3", "second": "q9"}


@MARKS
@pytest.mark.parametrize("grown", [True, False])
def test_a_fork_of_a_file_that_is_gone_is_a_fork(
    box: Sandbox, mark: Callable[[dict[str, Any]], None], grown: bool
) -> None:
    box.ok("init")
    first = original()
    place = box.file("p/first.jsonl", first.data())
    box.ok("import p")
    place.unlink()
    second = fork(first, 4, mark)
    if not grown:
        del second.rows[4:]
    box.file("p/second.jsonl", second.data())
    box.ok("import p")
    assert box.sessions() == {"first": "q3", "second": "q9" if grown else "q2"}
    assert box.run("export", "first").raw == first.data()
    assert box.run("export", "--source", "p/second.jsonl").raw == second.data()


@MARKS
def test_each_side_of_a_fork_moves_with_its_own_file(
    box: Sandbox, mark: Callable[[dict[str, Any]], None]
) -> None:
    box.ok("init")
    first = original()
    second = fork(first, 4, mark)
    for chat in (first, second):
        box.file(f"p/{chat.session}.jsonl", chat.data())
    box.ok("import p")
    second.turn(10)
    box.file("p/second.jsonl", second.data())
    box.ok("import p")
    assert box.sessions() == {"first": "q3", "second": "q10"}
    first.turn(4)
    box.file("p/first.jsonl", first.data())
    box.ok("import p")
    assert box.sessions() == {"first": "q4", "second": "q10"}
    assert prompts(box, "second") == ["q1", "q2", "q9", "q10"]
    assert box.run("export", "second").raw == second.data()


@LINKS
def test_the_link_says_who_is_the_original_whichever_came_first(
    box: Sandbox, mark: Callable[[dict[str, Any]], None]
) -> None:
    box.ok("init")
    first = original()
    second = fork(first, 4, mark)
    box.file("second.jsonl", second.data())
    box.file("first.jsonl", first.data())
    box.ok("import second.jsonl")
    box.ok("import first.jsonl")
    assert box.sessions() == {"first": "q3", "second": "q9"}
    assert sorted(box.titles("all() ~ root()")) == ["q1", "q2", "q3", "q9"]
    for chat in (first, second):
        assert box.run("export", chat.session).raw == chat.data()


@MARKS
def test_a_fork_leaves_side_rows_of_its_original_out(
    box: Sandbox, mark: Callable[[dict[str, Any]], None]
) -> None:
    box.ok("init")
    first = Chat("first")
    for number in (1, 2, 3):
        first.turn(number)
        first.side("file-history-snapshot", messageId=f"u{number}", snapshot={})
    kept = Chat("first")
    kept.rows = [row for row in first.rows if "uuid" in row]
    second = fork(kept, 4, mark)
    for chat in (first, second):
        box.file(f"p/{chat.session}.jsonl", chat.data())
    box.ok("import p")
    for chat in (first, second):
        assert box.run("export", chat.session).raw == chat.data()
        assert box.run("export", "--source", f"p/{chat.session}.jsonl").raw == chat.data()
    assert box.sessions() == {"first": "q3", "second": "q9"}
    assert sorted(box.titles("all() ~ root()")) == ["q1", "q2", "q3", "q9"]


@MARKS
def test_a_fork_that_nobody_continued_is_exported_as_its_file(
    box: Sandbox, mark: Callable[[dict[str, Any]], None]
) -> None:
    box.ok("init")
    first = Chat("first")
    for number in (1, 2):
        first.turn(number)
        first.side("file-history-snapshot", messageId=f"u{number}", snapshot={})
    kept = Chat("first")
    kept.rows = [row for row in first.rows if "uuid" in row]
    second = fork(kept, 4, mark)
    del second.rows[4:]
    for chat in (first, second):
        box.file(f"p/{chat.session}.jsonl", chat.data())
    box.ok("import p")
    assert sorted(box.sessions()) == ["first", "second"]
    for chat in (first, second):
        assert box.run("export", chat.session).raw == chat.data()
        assert box.run("export", "--source", f"p/{chat.session}.jsonl").raw == chat.data()


@MARKS
def test_a_fork_that_nobody_continued_stays_when_the_last_turn_of_its_original_grows(
    box: Sandbox, mark: Callable[[dict[str, Any]], None]
) -> None:
    box.ok("init")
    first = original()
    second = fork(first, 6, mark)
    del second.rows[6:]
    for chat in (first, second):
        box.file(f"p/{chat.session}.jsonl", chat.data())
    box.ok("import p")
    first.answer("and more")
    box.file("p/first.jsonl", first.data())
    box.ok("import p")
    for chat in (first, second):
        assert box.run("export", chat.session).raw == chat.data()
        assert box.run("export", "--source", f"p/{chat.session}.jsonl").raw == chat.data()


def test_an_original_that_went_back_to_its_beginning_is_exported_whole(box: Sandbox) -> None:
    box.ok("init")
    first = original()
    second = fork(first, 6, same_ids)
    first.user("q7", "u7", parent=None)
    first.answer("r7", "a7")
    for chat in (second, first):
        box.file(f"p/{chat.session}.jsonl", chat.data())
        box.ok("import p")
    for chat in (first, second):
        assert box.run("export", chat.session).raw == chat.data()


def test_strangers_that_begin_alike_are_not_joined(box: Sandbox) -> None:
    box.ok("init")
    for session in ("first", "second"):
        chat = Chat(session)
        chat.user("hi", f"{session}-u")
        chat.answer("hello", f"{session}-a")
        box.file(f"p/{session}.jsonl", chat.data())
    box.ok("import p")
    assert len(box.json("leaves")) == 2
    assert box.titles("all() ~ root()") == ["hi", "hi"]


def test_strangers_that_share_an_id_are_not_joined(box: Sandbox) -> None:
    box.ok("init")
    for session in ("first", "second"):
        chat = Chat(session)
        chat.user(f"asked in {session}", "u1")
        chat.answer(f"told in {session}", "a1")
        box.file(f"p/{session}.jsonl", chat.data())
    box.ok("import p")
    assert box.sessions() == {"first": "asked in first", "second": "asked in second"}
    assert len(box.json("leaves")) == 2


def test_an_edit_in_a_fork_leaves_its_original_as_it_is(box: Sandbox) -> None:
    box.ok("init")
    first = original()
    second = fork(first, 4, same_ids)
    for chat in (first, second):
        box.file(f"p/{chat.session}.jsonl", chat.data())
    box.ok("import p")
    edited = box.file("p/second.jsonl", second.data().replace(b'"q1"', b'"better"'))
    box.ok("import p/second.jsonl")
    assert box.run("export", "first").raw == first.data()
    assert box.run("export", "second").raw == edited.read_bytes()
    assert box.run("export", "--source", "p/second.jsonl").raw == edited.read_bytes()
    assert box.sessions() == {"first": "q3", "second": "q9"}


def test_a_renamed_session_keeps_its_file_where_two_sessions_end_alike(box: Sandbox) -> None:
    box.ok("init")
    first = original()
    second = fork(first, 6, same_ids)
    del second.rows[6:]
    for chat in (first, second):
        box.file(f"p/{chat.session}.jsonl", chat.data())
    box.ok("import p")
    box.ok("session rename first other")
    first.turn(7)
    box.file("p/first.jsonl", first.data())
    box.ok("import p")
    assert box.sessions() == {"other": "q7", "second": "q3"}
