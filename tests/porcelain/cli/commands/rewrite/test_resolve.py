"""`wj resolve`."""

from __future__ import annotations

import pytest

from tests.porcelain.cli.conflicted import conflicted, save, texts, three
from tests.porcelain.cli.sandbox import Sandbox

ALL = ["one", "ZWEI", "three", "four"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (":ours", ["ZWEI"]),
        (":theirs", ["deux"]),
        (":base", ["two"]),
        (":both", ["ZWEI", "deux"]),
        ("--tool :theirs", ["deux"]),
        (":2 2", ["deux"]),
        (":1 1..3", ["ZWEI"]),
    ],
)
def test_a_side_settles_the_commit_and_what_continues_it(
    box: Sandbox, words: str, found: list[str]
) -> None:
    conflicted(box)
    before = box.one("theirs-")
    said = box.ok(f"resolve -r theirs- {words}")
    assert "Resolved 1 conflict in" in said
    assert "Rebased 1 descendant commit" in said
    assert "Existing conflicts were resolved or abandoned from 2 commits." in said
    assert texts(box, "theirs") == ["one", *found, "three", "four", "five"]
    assert texts(box, "theirs-") == ["one", *found, "three", "four"]
    after = box.one("theirs-")
    assert after["change_id"] == before["change_id"]
    assert box.json("log -r 'conflicts()'") == []
    assert box.position() == ("five", "theirs")


def test_settling_the_child_leaves_the_parent_in_conflict(box: Sandbox) -> None:
    conflicted(box)
    data = box.json("resolve :theirs")
    assert [commit["title"] for commit in box.json("log -r 'conflicts()'")] == ["three"]
    assert data["resolved"] == [{"first": 2, "last": 2, "shown": 1, "sides": 2, "deletions": 0}]
    assert data["left"] == []
    assert data["commit_id"] == box.one("@")["commit_id"]
    assert data["conflicts"]["new"] == []
    assert texts(box, "@-") == ALL
    box.ok("squash")
    assert texts(box, "@-") == ["one", "deux", "three", "four", "five"]
    assert box.json("log -r 'conflicts()'") == []


def several(box: Sandbox) -> None:
    box.ok("init")
    save(box, "one two three four five six", "")
    save(box, "one ZWEI three FÜNF six", "--session ours --parent talk")
    save(box, "one deux three quatre cinq six", "--session theirs --parent talk")
    box.ok("rebase -s theirs -o ours")


def test_conflicts_are_listed_and_settled_one_by_one(box: Sandbox) -> None:
    several(box)
    assert box.ok("resolve -l") == (
        "2    2-sided conflict\n"
        "4    2-sided conflict\n"
    )  # fmt: skip
    assert [one["first"] for one in box.json("resolve --list")] == [2, 4]
    said = box.ok("resolve :theirs 4")
    assert "Warning: The commit still has conflicts, at messages: 2\n" in said
    assert "Existing conflicts" not in said
    assert texts(box, "@") == ["one", "ZWEI", "three", "quatre", "cinq", "six"]
    box.ok("resolve :theirs 2")
    assert texts(box, "@") == ["one", "deux", "three", "quatre", "cinq", "six"]
    box.ok("undo")
    box.ok("undo")
    assert [one["first"] for one in box.json("resolve -l 1-9")] == [2, 4]


def test_a_removed_message_is_listed_and_comes_back(box: Sandbox) -> None:
    box.ok("init")
    save(box, "one two three", "")
    save(box, "one three", "--session ours --parent talk")
    save(box, "one deux three", "--session theirs --parent talk")
    box.ok("rebase -s theirs -o ours")
    assert box.ok("resolve -l") == "2    2-sided conflict including 1 deletion\n"
    assert "    (no messages here)\n" in box.ok("show")
    box.ok("resolve :theirs 2")
    assert texts(box, "@") == ["one", "deux", "three"]


def test_without_a_side_the_conflicts_and_the_sides_are_named(box: Sandbox) -> None:
    conflicted(box)
    before = box.json("op log -n 1")
    done = box.run("resolve")
    assert done.code == 2
    assert "The side to take is missing" in done.err
    assert "2    2-sided conflict" in done.err
    assert "`:ours`, `:theirs`, `:base` and `:both`" in done.err
    assert box.json("op log -n 1") == before


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("ours", 2, "Did you mean `:ours`?"),
        ("--tool meld", 2, "There is no merge tool `meld`"),
        (":ours :theirs", 2, "Only one side can be taken"),
        (":ours --tool :theirs", 2, "Only one side can be taken"),
        (":ours x", 2, "`x` is not the number of a message"),
        (":ours 4", 1, "There is no conflict at message 4"),
        (":3", 1, "has no side 3"),
        (":ours -r root()", 1, "root commit"),
        (":ours -r talk", 1, "No conflicts found at this revision"),
        ("-l -r talk", 1, "No conflicts found at this revision"),
        ("-r talk", 1, "No conflicts found at this revision"),
    ],
)
def test_what_cannot_be_settled_is_refused_and_changes_nothing(
    box: Sandbox, words: str, code: int, said: str
) -> None:
    conflicted(box)
    before = box.json("op log -n 1")
    done = box.run("resolve", *words.split())
    assert (done.code, said in done.err) == (code, True), done.err
    assert box.json("op log -n 1") == before


def test_immutable_conflicts_stay(box: Sandbox) -> None:
    conflicted(box)
    box.ok("tag set v1 -r theirs")
    assert box.run("resolve", ":ours").code == 1
    assert box.run("resolve", ":ours", "--ignore-immutable").code == 0


def test_without_a_current_commit_it_says_so(box: Sandbox) -> None:
    box.ok("init")
    for words in (["resolve"], ["resolve", ":ours"], ["resolve", "-l"], ["restore"]):
        done = box.run(*words)
        assert (done.code, "no current commit" in done.err) == (1, True)


def test_undo_brings_the_conflict_back_whole(box: Sandbox) -> None:
    conflicted(box)
    before = box.json("log")
    shown = box.json("show @-")
    box.ok("resolve -r @- :base")
    box.ok("undo")
    assert box.json("log") == before
    assert box.json("show @-") == shown


def test_three_conflicting_sides_are_settled_by_number(box: Sandbox) -> None:
    three(box)
    save(box, "one DUE three four", "--session third --parent talk")
    box.ok("new ours theirs third")
    sides = box.json("resolve -l")
    assert [one["sides"] for one in sides] == [3]
    refused = box.run("resolve", ":theirs")
    assert refused.code == 1
    assert "`:1`, `:2`, `:3`" in refused.err
    assert "at messages: 2 (3-sided)" in box.ok("status")
    box.ok("resolve :3")
    assert texts(box, "@") == ["one", "DUE", "three", "four"]
