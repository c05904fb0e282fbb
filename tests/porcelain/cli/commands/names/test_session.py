"""`wj session`: create, set, move, rename, delete and forget."""

from __future__ import annotations

import pytest

from tests.harness.bare import git
from tests.porcelain.cli.sandbox import Sandbox


def operations(box: Sandbox) -> int:
    return len(box.json("op log"))


# Created, set and moved.


def test_create(box: Sandbox) -> None:
    box.begin()

    assert (
        box.story("session create a1 a2 -r @-", "b c a1", "session create zz zz --to demo")
        == """\
$ wj session create a1 a2 -r @-
Created 2 sessions pointing to qrnzlsvs c2...... a1 a2 | q2
$ wj b c a1
Error: Session 'a1' already exists
Hint: `wj session set` moves it
[exit 1]
$ wj session create zz zz --to demo
Created 1 session pointing to xrvpptnn c1...... demo zz | q3
"""
    )
    assert box.position() == ("q3", "demo")


def test_of_several_names_all_are_made_or_none(box: Sandbox) -> None:
    box.begin()
    before = operations(box)

    assert "Session 'demo' already exists" in box.wj("session create one demo")
    assert "[exit 1]" in box.wj("session create one 'bad name'")
    assert "[exit 1]" in box.wj("session set one two/a two")

    assert box.sessions() == {"demo": "q3"}
    assert operations(box) == before


def test_set_makes_and_moves(box: Sandbox) -> None:
    box.begin()
    box.ok("session create early -r @--")

    done = box.wj("session set early fresh -r @-")

    assert done.splitlines() == [
        "Created 1 session pointing to qrnzlsvs c2...... early fresh | q2",
        "Moved 1 session to qrnzlsvs c2...... early fresh | q2",
    ]


@pytest.mark.parametrize("line", ["session set demo -r @-", "session move demo --to @-"])
def test_backwards_needs_a_flag(box: Sandbox, line: str) -> None:
    box.begin()

    assert (
        box.wj(line)
        == """\
Error: Refusing to move session backwards or sideways: demo
Hint: `--allow-backwards` lets it; its old commits stay
[exit 1]
"""
    )
    box.ok(f"{line} -B")
    assert box.sessions() == {"demo": "q2"}
    assert box.titles("all() ~ root()") == ["q3", "q2", "q1"]


def test_sideways_is_refused_for_all_where_it_is_for_one(forked: Sandbox) -> None:
    forked.ok("session create early -r @--")

    assert "sideways: demo" in forked.wj("session move early demo")

    assert forked.sessions() == {"demo": "q3", "early": "q1", "try-b": "other"}


def test_setting_what_is_there_already_is_no_operation(box: Sandbox) -> None:
    box.begin()
    before = operations(box)

    assert box.wj("session set demo") == "Nothing changed.\n"
    assert box.wj("session move demo") == "No sessions to update.\n"
    assert operations(box) == before


def test_naming_a_hidden_commit_makes_it_visible(box: Sandbox) -> None:
    box.begin()
    hidden = box.json("new -m ''")["commit_id"]
    box.ok("edit demo")
    assert len(box.titles("all()")) == 4

    box.ok(f"session create back -r {hidden}")

    assert box.one("back")["commit_id"] == hidden
    assert not box.one("back")["hidden"]
    assert len(box.titles("all()")) == 5
    box.ok("undo")
    assert len(box.titles("all()")) == 4


@pytest.mark.parametrize(
    "line",
    [
        "session create x -r root()",
        "session set x -r root()",
        "session set demo -r root() -B",
        "session move demo --to root() -B",
        "session move demo --to root()",
    ],
)
def test_no_session_is_at_the_root(box: Sandbox, line: str) -> None:
    box.begin()

    done = box.run(*line.split())

    assert done.code == 1
    assert "root commit" in done.err or "backwards" in done.err
    assert box.sessions() == {"demo": "q3"}


def test_an_empty_target_is_warned_of(box: Sandbox) -> None:
    box.begin()
    box.ok("new")

    assert box.wj("session create x").startswith("Warning: Target revision is empty.\n")


def test_move_by_pattern_and_place(forked: Sandbox) -> None:
    forked.ok("session create a1 a2 b1 -r @--")

    moved = forked.wj("session move --from @-- 'a*' --to @-")
    assert moved.startswith("Moved 2 sessions to")
    assert "Hint: Specify a session" in forked.wj("session move --from @- --to @")
    assert forked.sessions() == {
        "a1": "other", "a2": "other", "b1": "q1", "demo": "q3", "try-b": "other",
    }  # fmt: skip
    assert forked.wj("session move --from 'none()'") == "No sessions to update.\n"
    assert forked.wj("b m nope") == (
        "Warning: No matching sessions for names: nope\nNo sessions to update.\n"
    )


def test_move_needs_to_know_which(box: Sandbox) -> None:
    box.begin()

    assert "[exit 2]" in box.wj("session move --to @")


def test_the_answer_as_data(box: Sandbox) -> None:
    box.begin()
    box.ok("session create early -r @--")

    done = box.json("session set early fresh")

    assert (done["named"], done["moved"]) == (["fresh"], ["early"])
    assert done["commit_id"] == box.one("@")["commit_id"]
    assert set(done["sessions"]) == {"early", "fresh"}
    assert done["operation"] == box.json("op log")[0]["id"]


# Renamed.


def test_rename_takes_workspaces_along(box: Sandbox) -> None:
    box.begin()
    box.ok("workspace add two")
    box.ok("--workspace two edit demo")

    assert box.wj("session rename demo work/one") == "Renamed session demo to work/one\n"

    assert box.position() == ("q3", "work/one")
    assert box.json("--workspace two status")["session"] == "work/one"
    box.ok("append -m more")
    assert box.sessions() == {"work/one": "more"}
    box.ok("undo")
    box.ok("undo")
    assert box.position() == ("q3", "demo")


def test_a_renamed_session_moves_on_reimport(box: Sandbox) -> None:
    chat = box.begin()
    box.ok("session rename demo work")
    chat.turn(4)
    box.file("chat.jsonl", chat.data())

    box.ok("import chat.jsonl")

    assert box.sessions() == {"work": "q4"}
    assert box.one("work")["session_id"] == "demo"


def test_a_renamed_session_moves_on_saving_again(box: Sandbox) -> None:
    chat = box.begin()
    box.ok("session rename demo work")
    chat.turn(4)
    box.file("chat.jsonl", chat.data())

    box.ok("save chat.jsonl")

    assert box.sessions() == {"work": "q4"}


def test_rename_refuses_what_is_taken_or_missing(forked: Sandbox) -> None:
    assert "Error: Session 'demo' already exists" in forked.wj("session rename try-b demo")
    assert "Error: Session 'demo' already exists" in forked.wj("session rename demo demo")
    assert "Error: No such session: dmo\nHint: Did you mean `demo`?" in forked.wj("b r dmo x")
    assert "[exit 1]" in forked.wj("session rename demo demo/x.lock")

    forked.ok("session rename try-b demo --overwrite-existing")

    assert forked.sessions() == {"demo": "other"}
    assert forked.titles("heads(all())") == ["other", "q3"]


@pytest.mark.parametrize(("old", "new"), [("demo", "Demo"), ("demo", "demo/x"), ("a/b", "a")])
def test_a_session_is_not_in_the_way_of_its_own_new_name(box: Sandbox, old: str, new: str) -> None:
    box.begin()
    if old != "demo":
        box.ok(f"session rename demo {old}")

    box.ok(f"session rename {old} {new}")

    assert box.sessions() == {new: "q3"}
    assert git(box.repo, "for-each-ref", "--format=%(refname)", "refs/sessions").split() == [
        f"refs/sessions/{new}".encode()
    ]


def test_another_session_still_is(box: Sandbox) -> None:
    box.begin()
    box.ok("session create a/b a/c A1")

    assert "too close" in box.wj("session rename a/b a")
    assert "too close" in box.wj("session rename demo a1")
    assert set(box.sessions()) == {"A1", "a/b", "a/c", "demo"}


# Deleted and forgotten.


def test_delete_leaves_commits_and_clears_the_current_session(forked: Sandbox) -> None:
    assert forked.wj("session delete try-b nope") == (
        "Warning: No matching sessions for names: nope\nDeleted 1 session: try-b\n"
    )

    assert forked.position() == ("other", None)
    assert forked.titles("heads(all())") == ["other", "q3"]
    forked.ok("undo")
    assert forked.position() == ("other", "try-b")


def test_delete_by_pattern(box: Sandbox) -> None:
    box.begin()
    box.ok("session create a1 a2 b1")

    assert box.wj("b d 'exact:a*'") == (
        "Warning: No matching sessions for names: a*\nNo sessions to delete.\n"
    )
    assert box.wj("b d 'a*'") == "Deleted 2 sessions: a1, a2\n"
    assert box.wj("b d 'regex:^b'") == "Deleted 1 session: b1\n"
    assert box.wj("b d 'x*'") == "No sessions to delete.\n"
    assert "Invalid name pattern kind `golb:`" in box.wj("b d golb:x")


def test_many_names_are_told_in_short(box: Sandbox) -> None:
    box.begin()
    box.ok("session create " + " ".join(f"n{number:02}" for number in range(15)))

    done = box.wj("session delete 'n*'")

    assert done.startswith("Deleted 15 sessions: n00, n01")
    assert done.endswith("n09, and 5 more\n")


def test_forget(box: Sandbox) -> None:
    box.begin()
    box.ok("session create one")

    assert box.wj("session forget one demo") == "Forgot 2 local sessions: demo, one\n"
    assert box.wj("session forget one") == (
        "Warning: No matching sessions for names: one\nNo sessions to forget.\n"
    )
    assert box.position() == ("q3", None)
