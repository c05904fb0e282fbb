"""The position `@` and the session that moves, for each command."""

from __future__ import annotations

import json

import pytest

from tests.porcelain.cli.sandbox import Sandbox


def pawan(session: str, *texts: str) -> bytes:
    messages = [{"role": "user", "content": text, "tool_calls": []} for text in texts]
    times = {"created_at": "2026-03-01T10:00:00+00:00", "updated_at": "2026-03-01T10:00:00+00:00"}
    return json.dumps({"id": session, "model": "m", **times, "messages": messages}).encode()


# Where @ is.


def test_after_init_there_is_no_current_commit_and_it_reads_as_the_root(box: Sandbox) -> None:
    box.ok("init")

    assert box.wj("status") == "This workspace has no current commit\n"
    assert box.wj("log -r @") == "◆  zzzzzzzz root() 00000000\n"


def test_fork_needs_a_current_commit(box: Sandbox) -> None:
    box.ok("init")

    assert (
        box.wj("fork")
        == """\
Error: This workspace has no current commit
Hint: `wj save`, `wj append`, `wj import` and `wj new` make one
[exit 1]
"""
    )


@pytest.mark.parametrize(
    "line", ["new root()", "append -m hello", "save one.json", "import one.json"]
)
def test_the_first_recording_makes_the_current_commit(box: Sandbox, line: str) -> None:
    box.file("one.json", pawan("one", "hello"))
    box.ok("init")

    box.ok(line)

    assert box.json("status")["commit"] is not None


def test_save_moves_the_current_commit_and_session(box: Sandbox) -> None:
    box.begin()
    box.file("one.json", pawan("one", "hello"))

    box.ok("save one.json")

    assert box.position() == ("hello", "one")


def test_save_of_nothing_new_moves_nothing(box: Sandbox) -> None:
    box.begin()
    box.file("one.json", pawan("one", "hello"))
    box.ok("save one.json")
    box.ok("edit demo")

    assert box.wj("save one.json") == "Nothing changed.\n"

    assert box.position() == ("q3", "demo")


def test_save_that_only_names_moves_there(box: Sandbox) -> None:
    box.ok("init")
    box.file("one.json", pawan("one", "hello"))
    box.ok("save one.json")
    box.ok("append -m more")

    box.ok("save one.json --session other")

    assert box.position() == ("hello", "other")
    assert box.sessions() == {"one": "more", "other": "hello"}


def test_import_moves_there_from_nowhere(box: Sandbox) -> None:
    box.begin()

    assert box.position() == ("q3", "demo")


def test_import_moves_on_from_the_sessions_old_tip(box: Sandbox) -> None:
    chat = box.begin()
    chat.turn(4)
    box.file("chat.jsonl", chat.data())

    box.ok("import chat.jsonl")

    assert box.position() == ("q4", "demo")


def test_import_moves_away_from_an_empty_change(box: Sandbox) -> None:
    box.begin()
    box.chat(1, "other.jsonl", "other")
    box.ok("new")

    box.ok("import other.jsonl")

    assert box.position() == ("q1", "other")


def test_import_leaves_another_place_alone(box: Sandbox) -> None:
    box.begin()
    box.chat(1, "other.jsonl", "other")

    box.ok("import other.jsonl")

    assert box.position() == ("q3", "demo")


def test_the_first_import_goes_to_the_newest_session(box: Sandbox) -> None:
    box.chat(1, "one.jsonl", "one")
    box.chat(2, "two.jsonl", "two")
    box.ok("init")

    box.ok("import one.jsonl two.jsonl")

    assert box.position() == ("q2", "two")


def test_a_later_import_of_two_sessions_moves_nothing(box: Sandbox) -> None:
    box.begin()
    box.chat(1, "one.jsonl", "one")
    box.chat(2, "two.jsonl", "two")
    before = box.position()

    box.ok("import one.jsonl two.jsonl")

    assert box.position() == before


def test_an_empty_change_is_dropped_when_it_is_left(box: Sandbox) -> None:
    box.begin()
    box.ok("new")

    box.ok("edit demo")

    assert box.titles("all() ~ root()") == ["q3", "q2", "q1"]


def test_an_empty_change_with_a_description_or_a_session_stays(box: Sandbox) -> None:
    box.begin()
    box.ok("new -m keep")
    box.ok("fork demo try-b")

    box.ok("edit demo")

    assert "keep" in box.titles("all()")
    assert box.sessions() == {"demo": "q3", "try-b": "q3"}


def test_an_unknown_workspace_is_refused(box: Sandbox) -> None:
    box.begin()

    assert (
        box.wj("--workspace nobody status")
        == """\
Error: Workspace `nobody` doesn't exist
[exit 1]
"""
    )


# Which session moves.


def test_save_import_fork_and_edit_by_name_set_the_current_session(box: Sandbox) -> None:
    box.begin()
    assert box.position()[1] == "demo"

    box.ok("fork @ try-b")
    assert box.position()[1] == "try-b"

    box.ok("edit demo")
    assert box.position()[1] == "demo"

    box.file("one.json", pawan("one", "hello"))
    box.ok("save one.json")
    assert box.position()[1] == "one"


def test_edit_by_id_keeps_the_session_only_at_its_tip(box: Sandbox) -> None:
    box.begin()
    tip = box.one("demo")["change_id"]

    box.ok(f"edit {tip}")
    assert box.position() == ("q3", "demo")

    box.ok(f"edit {tip}-")
    assert box.position() == ("q2", None)


def test_append_moves_the_current_session_from_its_tip(box: Sandbox) -> None:
    box.begin()

    box.ok("append -m more")

    assert box.sessions() == {"demo": "more"}
    assert box.position() == ("more", "demo")


def test_append_into_an_empty_change_moves_the_session_of_its_parent(box: Sandbox) -> None:
    box.begin()
    box.ok("new")

    box.ok("append -m more")

    assert box.sessions() == {"demo": "more"}
    assert box.titles("demo::") == ["more"]


def test_append_elsewhere_moves_no_session_and_says_how_to_name_it(box: Sandbox) -> None:
    box.begin()
    box.ok("new @-")

    assert (
        box.wj("append -m aside")
        == """\
Added 1 message to txqxupkm c4...... aside
Working copy  (@) now at: txqxupkm c4...... aside
Parent commit (@-)      : qrnzlsvs c2...... q2
Hint: No session moved; name the new head with `wj session create NAME`
"""
    )

    assert box.sessions() == {"demo": "q3"}
    assert box.position() == ("aside", None)


def test_new_moves_no_session(box: Sandbox) -> None:
    box.begin()

    box.ok("new")

    assert box.sessions() == {"demo": "q3"}


def test_other_sessions_on_the_same_commit_stay(box: Sandbox) -> None:
    box.begin()
    box.ok("session create other")

    box.ok("append -m more")

    assert box.sessions() == {"demo": "more", "other": "q3"}


def test_append_without_any_session_starts_one(box: Sandbox) -> None:
    box.ok("init")

    box.ok("append -m hello")

    ((name, title),) = box.sessions().items()
    assert title == "hello"
    assert len(name) == 8
    assert int(name, 16) >= 0


def test_append_starts_the_session_that_is_named(box: Sandbox) -> None:
    box.ok("init")

    box.ok("append -m hello --session mine")

    assert box.sessions() == {"mine": "hello"}
