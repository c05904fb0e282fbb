"""Where conflicts are shown, and who says that there are new ones."""

from __future__ import annotations

import pytest

from tests.porcelain.cli.conflicted import conflicted, save, texts
from tests.porcelain.cli.sandbox import Sandbox


def test_a_new_conflict_is_reported_and_stays_a_commit(box: Sandbox) -> None:
    said = conflicted(box)

    assert "New conflicts appeared in 2 commits:\n" in said
    assert "(conflict) three\n" in said
    assert "`:theirs` takes one" in said
    assert "Warning: There are unresolved conflicts at messages: 2 (2-sided)\n" in said
    assert texts(box, "theirs") == ["one", "ZWEI", "three", "four", "five"]


def test_log_status_and_summaries_mark_conflicts(box: Sandbox) -> None:
    conflicted(box)
    box.ids.clear()
    assert box.wj("log -r ours::") == (
        "@  xrmowkpk m 2026-03-12 10:00:05 theirs 5 messages c1...... (conflict)\n"
        "│  five\n"
        "×  ypzqzkqm m 2026-03-12 10:00:04 4 messages c2...... (conflict)\n"
        "│  three\n"
        "○  txqxupkm m 2026-03-12 10:00:03 ours 4 messages c3......\n"
        "│  three\n"
        "~\n"
    )
    status = box.ok("status")
    assert "Working copy  (@) : " in status
    assert "| (conflict) five\n" in status
    assert "Warning: There are unresolved conflicts at messages: 2 (2-sided)\n" in status
    assert "`wj resolve :ours` or `:theirs` takes one" in status
    data = box.json("status")
    assert data["message_conflicts"] == [
        {"first": 2, "last": 2, "shown": 1, "sides": 2, "deletions": 0}
    ]
    assert data["commit"]["conflict"] is True
    assert [commit["conflict"] for commit in box.json("log -r ours::")] == [True, True, False]
    assert len(box.json("log -r 'conflicts()'")) == 2


def test_show_prints_every_side_at_its_place(box: Sandbox) -> None:
    conflicted(box)
    shown = box.ok("show theirs-")
    assert shown.endswith(
        "× conflict 1 of 1 at message 2 (2-sided)\n"
        "+ side #1, :ours (shown in the conversation)\n"
        "2 assistant\n"
        "    ZWEI\n"
        "- base\n"
        "assistant\n"
        "    two\n"
        "+ side #2, :theirs\n"
        "assistant\n"
        "    deux\n"
    )
    inherited = box.ok("show theirs")
    assert "at message 2 (2-sided) is its parent's too; `--full` shows it\n" in inherited
    assert "deux" not in inherited
    assert inherited.endswith("5 user\n    five\n")
    assert "deux" in box.ok("show theirs --full")


def test_show_as_data_has_the_messages_of_every_side(box: Sandbox) -> None:
    conflicted(box)
    ((conflict,), (again,)) = (box.json(f"show {rev}")[0]["conflicts"] for rev in ("@-", "@"))
    assert (conflict["first"], conflict["last"], conflict["inherited"]) == (2, 2, False)
    assert again["inherited"] is True
    told = [
        (term["side"], [(row["number"], row["text"]) for row in term["rows"]])
        for term in conflict["terms"]
    ]
    assert told == [(1, [(2, "ZWEI")]), (None, [(None, "two")]), (2, [(None, "deux")])]
    assert box.json("show ours")[0]["conflicts"] == []


def test_a_descendant_of_a_conflict_adds_none(box: Sandbox) -> None:
    conflicted(box)
    said = box.ok("append -m six")
    assert "New conflicts" not in said
    assert "Warning: There are unresolved conflicts at messages: 2 (2-sided)\n" in said
    said = box.ok("describe -m other")
    assert "conflicts appeared" not in said
    assert "were resolved" not in said


def test_undo_and_abandon_say_what_they_do_to_conflicts(box: Sandbox) -> None:
    conflicted(box)
    said = box.ok("undo")
    assert "Existing conflicts were resolved or abandoned from 2 commits.\n" in said
    assert "New conflicts appeared in 2 commits:\n" in box.ok("redo")
    assert box.json("abandon theirs")["conflicts"]["resolved"]
    box.ok("undo")
    data = box.json("rebase -s @- -o talk")
    assert len(data["conflicts"]["resolved"]) == 2
    assert data["conflicts"]["new"] == []


def test_a_conversation_in_conflict_is_exported_with_a_warning(box: Sandbox) -> None:
    conflicted(box)
    done = box.run("export", "theirs", "-o", "out.json")
    assert done.code == 0
    assert "has unresolved conflicts" in done.err
    assert "messages: 2" in done.err
    assert b"ZWEI" in (box.folder / "out.json").read_bytes()
    everything = box.run("export", "--all", "-o", "out")
    assert "Session theirs has unresolved conflicts" in everything.err
    assert everything.err.count("unresolved") == 1


@pytest.mark.parametrize("line", ["log", "show @-", "status", "show --full"])
def test_control_characters_of_a_side_do_nothing(box: Sandbox, line: str) -> None:
    box.ok("init")
    save(box, "one two three", "")
    save(box, "one ours three", "--session ours --parent talk")
    save(box, "one \x1b[2Jtheirs three", "--session theirs --parent talk")
    box.ok("rebase -s theirs -o ours")
    assert "\x1b" not in box.ok(line)
