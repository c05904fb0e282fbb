"""`wj squash` and `wj abandon`: messages, descriptions, sessions and workspaces follow."""

from __future__ import annotations

import re

import pytest

from tests.harness.bare import git
from tests.harness.copies import unchanged
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.cli.saying import line_of, prompts, said


def description(box: Sandbox, rev: str) -> str:
    """Return a commit's description as git shows it."""
    return git(box.repo, "log", "-1", "--format=%B", box.one(rev)["commit_id"]).decode().strip()


def test_squash_into_the_parent(chat: Sandbox) -> None:
    shown = said(chat, "squash")
    assert shown == (
        "Squashed 1 commit into xrvpptnn # demo | q4\n"
        f"Working copy  (@) now at: {chat.one('@')['change_id'][:8]} # "
        "(empty) (no description set)\n"
        "Parent commit (@-)      : xrvpptnn # demo | q4\n"
    )
    assert line_of(chat, "demo") == ["q4", "q2", "q1"]
    assert prompts(chat, "demo") == ["q1", "q2", "q3", "q4"]
    chat.ok("append -m own")
    assert chat.position() == ("own", "demo")
    assert line_of(chat) == ["own", "q4", "q2", "q1"]


def test_squash_in_the_middle_leaves_what_is_above(chat: Sandbox) -> None:
    tip = chat.one("@")
    assert said(chat, "squash -r @-").startswith(
        "Squashed 1 commit into qrnzlsvs # q3\nRebased 1 descendant commit\n"
    )
    assert prompts(chat) == ["q1", "q2", "q3", "q4"]
    assert chat.one("@")["change_id"] == tip["change_id"]
    assert chat.position() == ("q4", "demo")


def test_squash_several_into_one_below(chat: Sandbox) -> None:
    chat.ok("squash -f @ -f @- -t @---")
    assert line_of(chat, "demo") == ["q2", "q4"]
    assert prompts(chat, "demo") == ["q1", "q3", "q4", "q2"]


def test_squash_upwards_keeps_the_conversation_as_it_was(chat: Sandbox) -> None:
    shown = said(chat, "squash -f root()+ -f @- -t @")
    assert shown.startswith(
        "Squashed 2 commits into wzyywwpu # demo | q4\nRebased 1 descendant commit\n"
    )
    assert line_of(chat) == ["q4", "q2"]
    assert prompts(chat) == ["q1", "q2", "q3", "q4"]
    assert prompts(chat, "@-") == ["q2"]


def test_squash_between_lines(chat: Sandbox) -> None:
    chat.ok("new @--- --no-edit -m side")
    chat.ok("squash -f @ -t subject(side) -u")
    assert prompts(chat, "subject(side)") == ["q1", "q4"]
    assert chat.sessions() == {"demo": "q3"}
    assert chat.titles("@-") == ["q3"]


def test_keep_emptied(chat: Sandbox) -> None:
    shown = said(chat, "squash -r @- -k")
    assert "Rebased 1 descendant commit\n" in shown
    assert chat.one("@-")["empty"]
    assert prompts(chat) == ["q1", "q2", "q3", "q4"]
    with unchanged(chat.repo):
        assert said(chat, "squash -r @- -k") == "There is nothing to squash.\n"


def test_descriptions_become_paragraphs(chat: Sandbox) -> None:
    chat.ok("squash -r @-")
    assert description(chat, "@-") == "[demo] q3"  # both were generated: so is the result
    chat.ok("describe @- -m low")
    chat.ok("squash")
    assert description(chat, "demo") == "low"  # only one of them was written by hand
    chat.ok("undo")
    chat.ok("describe -m high -m more")
    chat.ok("squash")
    assert description(chat, "demo") == "low\n\nhigh\n\nmore"
    chat.ok("undo")
    chat.ok("squash -u")
    assert description(chat, "demo") == "low"
    chat.ok("undo")
    chat.ok("squash -m third")
    assert description(chat, "demo") == "third"
    chat.ok("undo")
    chat.ok("squash -m ''")
    assert description(chat, "demo") in ("", "[demo] q4")


def test_on_a_terminal_the_editor_combines_descriptions(
    chat: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat.ok("describe @- -m low")
    chat.ok("describe -m high")
    chat.file("editor", b"#!/bin/sh\ncat $1 >> seen; echo both > $1\n").chmod(0o700)
    monkeypatch.setenv("WJ_EDITOR", "./editor")
    for words in (("-m", "given"), ("-u",), ("-k",), ("--json",)):
        assert chat.run("squash", *words, terminal=True).code == 0
        chat.ok("undo")
    assert chat.run("squash").code == 0
    chat.ok("undo")
    assert not (chat.folder / "seen").exists()
    assert chat.run("squash", terminal=True).code == 0
    assert description(chat, "demo") == "both"
    seen = (chat.folder / "seen").read_text().splitlines()
    assert seen[:7] == [
        "WJ: Enter a description for the combined commit.",
        "WJ: Description from the destination commit:",
        "low",
        "",
        "WJ: Description from a source commit:",
        "high",
        "",
    ]
    chat.ok("undo")
    chat.ok("describe @- -m ''")
    assert chat.run("squash", terminal=True).code == 0  # one description needs no editor
    assert description(chat, "demo") == "high"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("squash -r @ -f @", "`-r` does not go with"),
        ("squash -r @ -t @", "`-r` does not go with"),
        ("squash -u -m x", "`-u` does not go with `-m`"),
        ("squash -r root()", "The root commit has no parent"),
        ("squash -r root()+", "The root commit 000000000000 is immutable"),
        ("squash -t root()", "The root commit 000000000000 is immutable"),
        ("squash -f root()", "The root commit 000000000000 is immutable"),
        ("squash -r @|@-", "resolved to more than one revision"),
        ("squash -f nosuch", "doesn't exist"),
        ("abandon root()", "The root commit 000000000000 is immutable"),
        ("abandon nosuch", "doesn't exist"),
    ],
)
def test_bad_input_changes_nothing(chat: Sandbox, line: str, error: str) -> None:
    with unchanged(chat.repo):
        shown = said(chat, line)
    assert error in shown
    assert re.search(r"\[exit [12]\]$", shown.rstrip())


def test_a_merge_needs_a_destination(chat: Sandbox) -> None:
    chat.ok("new @ @--")
    assert "A merge cannot be squashed without a destination" in chat.wj("squash")
    chat.ok("append -m own")
    chat.ok("squash -t demo")
    assert prompts(chat, "demo")[-1] == "own"


def test_nothing_to_do(chat: Sandbox) -> None:
    with unchanged(chat.repo):
        assert said(chat, "squash -f none()") == "There is nothing to squash.\n"
        assert said(chat, "squash -f @ -t @") == "There is nothing to squash.\n"
        assert said(chat, "abandon none()") == "No revisions to abandon.\n"


def test_without_a_current_commit(box: Sandbox) -> None:
    box.ok("init")
    for line in ("squash", "abandon", "squash -t root()", "squash -f root()"):
        assert box.wj(line).startswith("Error: This workspace has no current commit\n"), line


def test_as_data(chat: Sandbox) -> None:
    old, below = chat.one("@"), chat.one("@-")
    done = chat.json("squash -m T")
    (new,) = done["rewritten"]
    assert new["from"] == [below["commit_id"], old["commit_id"]]
    assert new["change_id"] == below["change_id"]
    assert done["commit_id"] == new["commit_id"]
    assert done["abandoned"] == [old["commit_id"]]
    assert done["sessions"] == {"demo": {"from": old["commit_id"], "to": new["commit_id"]}}
    assert [made["commit_id"] for made in done["created"]] == [chat.one("@")["commit_id"]]
    up = chat.json("squash -f root()+ -t demo")
    tip = chat.one("demo")["commit_id"]
    assert {one["commit_id"] for one in up["rewritten"]} == {
        chat.one("demo-")["commit_id"],
        tip,
        chat.one("@")["commit_id"],
    }


def test_abandon_the_tip(chat: Sandbox) -> None:
    assert said(chat, "abandon") == (
        "Abandoned 1 commit:\n  wzyywwpu # demo | q4\n"
        "Moved session demo to xrvpptnn # demo | q3\n"
        f"Working copy  (@) now at: {chat.one('@')['change_id'][:8]} # "
        "(empty) (no description set)\n"
        "Parent commit (@-)      : xrvpptnn # demo | q3\n"
    )
    chat.ok("append -m own")
    assert prompts(chat, "demo")[-1] == "own"
    assert line_of(chat, "demo") == ["own", "q3", "q2", "q1"]


def test_abandon_in_the_middle_takes_its_messages_out(chat: Sandbox) -> None:
    assert said(chat, "abandon @-- @-").startswith(
        "Abandoned 2 commits:\n  xrvpptnn # q3\n  qrnzlsvs # q2\nRebased 1 descendant commit\n"
    )
    assert prompts(chat) == ["q1", "q4"]
    chat.ok("undo")
    chat.ok("abandon @-- --restore-descendants")
    assert prompts(chat) == ["q1", "q2", "q3", "q4"]
    assert line_of(chat) == ["q4", "q3", "q1"]


def test_what_is_hidden_already_is_skipped(chat: Sandbox) -> None:
    old = chat.one("@-")["commit_id"]
    chat.ok("abandon @-")
    with unchanged(chat.repo):
        assert said(chat, f"abandon {old}") == (
            "Skipping 1 revision that is already hidden.\nNo revisions to abandon.\n"
        )
    assert said(chat, f"abandon {old} @").startswith(
        "Skipping 1 revision that is already hidden.\nAbandoned 1 commit:\n"
    )


def test_more_than_ten_are_not_listed(box: Sandbox) -> None:
    box.begin(12)
    shown = said(box, "abandon demo::~none()|::demo~root()")
    lines = shown.splitlines()
    assert lines[0] == "Abandoned 12 commits:"
    assert lines[11] == "  ..."


def test_an_abandoned_fork_takes_its_session_with_it(chat: Sandbox) -> None:
    chat.ok("fork demo try")
    chat.ok("append -m own")
    shown = said(chat, "abandon")
    assert "Hint: Deleted session try: its commit was abandoned\n" in shown
    assert chat.sessions() == {"demo": "q4"}
    assert chat.json("status")["session"] is None
    chat.ok("undo")
    assert chat.position() == ("own", "try")
    chat.ok("abandon --retain-sessions")
    assert chat.sessions() == {"demo": "q4", "try": "q4"}
    chat.ok("undo")
    chat.ok("abandon --retain-bookmarks")
    assert chat.sessions() == {"demo": "q4", "try": "q4"}


def test_retained_at_a_merge_a_session_is_on_both_parents(chat: Sandbox) -> None:
    chat.ok("new demo demo-- -m merge")
    chat.ok("session create both -r @")
    shown = said(chat, "abandon --retain-sessions")
    assert "Session both is in conflict between:\n" in shown
    sides = {one["name"]: one["sides"] for one in chat.json("session list")}["both"]
    assert [side["title"] for side in sides] == ["q4", "q2"]
    chat.ok("undo")
    assert chat.sessions()["both"] == "merge"


def test_a_session_of_a_merge_of_one_conversation_is_kept_on_both_parents(chat: Sandbox) -> None:
    chat.ok("new demo-- -m other")
    chat.ok("append -m q5")
    chat.ok("new demo @ -m merge")
    chat.ok("session set demo -r @")
    shown = said(chat, "abandon")
    lines = shown.splitlines()
    place = lines.index("Session demo is in conflict between:")
    assert [line.split("| ")[-1] for line in lines[place + 1 : place + 3]] == ["q4", "q5"]
    assert "Hint: `wj session set NAME -r REV` settles a session in conflict" in lines
    sides = {one["name"]: one["sides"] for one in chat.json("session list")}["demo"]
    assert [side["title"] for side in sides] == ["q4", "q5"]
    chat.ok("undo")
    assert chat.sessions()["demo"] == "merge"


def test_concurrent_rewrites_say_what_was_rebased(chat: Sandbox) -> None:
    chat.ok("describe demo- -m renamed")
    shown = said(chat, "append -m q5 --at-op @-")
    assert "Hint: Rebased 1 commit onto what other operations made meanwhile\n" in shown
    assert line_of(chat, "demo")[:3] == ["q5", "q4", "renamed"]
    assert "meanwhile" not in said(chat, "append -m q6")


def test_a_session_goes_down_as_far_as_is_abandoned(chat: Sandbox) -> None:
    chat.ok("session create other -r demo")
    chat.ok("abandon demo-::demo")
    assert chat.sessions() == {"demo": "q2", "other": "q2"}
    chat.ok("abandon ::demo~root()")
    assert chat.sessions() == {}


def test_abandon_all(chat: Sandbox) -> None:
    chat.ok("abandon all()~root()")
    assert chat.titles("all() ~ @") == [""]
    chat.ok("undo")
    assert chat.sessions() == {"demo": "q4"}


def test_workspaces_on_one_abandoned_commit_share_a_new_one(chat: Sandbox) -> None:
    for name in ("two", "three"):
        chat.ok(f"workspace add {name} -r demo")
        chat.ok(f"edit demo --workspace {name}")
    chat.ok("abandon demo")
    places = {one["name"]: one["commit"]["commit_id"] for one in chat.json("workspace list")}
    assert len(places) == 3
    assert set(places.values()) == {chat.one("@")["commit_id"]}
    assert chat.titles("@-") == ["q3"]


def test_workspaces_follow_what_is_squashed_and_rebased(chat: Sandbox) -> None:
    chat.ok("workspace add two -r demo-")
    chat.ok("edit demo- --workspace two")
    chat.ok("describe demo-- -m renamed")
    two = chat.run("status", "--workspace", "two", "--json").data
    assert two["commit"]["commit_id"] == chat.one("demo-")["commit_id"]
    chat.ok("squash -r demo-")
    two = chat.run("status", "--workspace", "two", "--json").data
    assert two["commit"]["empty"]
    assert two["commit"]["parents"] == [chat.one("demo-")["commit_id"]]


def conflicted(box: Sandbox) -> None:
    """Describe the tip in two concurrent commands: two versions, and the session on both."""
    box.ok("describe demo -m one")
    box.ok("describe demo -m two --at-op @-")


def test_abandoning_one_version_settles_the_session_on_the_other(chat: Sandbox) -> None:
    conflicted(chat)
    for gone, kept in (("one", "two"), ("two", "one")):
        chat.ok(f"abandon subject({gone})")
        assert chat.sessions() == {"demo": kept}
        assert not chat.one(f"subject({kept})")["divergent"]
        chat.ok("undo")
    chat.ok("abandon subject(one)|subject(two)")
    assert chat.sessions() == {"demo": "q3"}


def test_a_session_in_conflict_follows_on_each_side(chat: Sandbox) -> None:
    conflicted(chat)
    chat.ok("describe @- -m base")
    sides = chat.json("session list")[0]["sides"]
    assert {side["title"] for side in sides} == {"one", "two"}
    assert not any(side["hidden"] for side in sides)
    chat.ok("undo")
    chat.ok("rebase -s subject(two) -o root()")
    sides = chat.json("session list")[0]["sides"]
    assert {side["title"]: side["rows"] for side in sides} == {"one": 8, "two": 2}


def test_a_hidden_commit_that_is_edited_is_visible_again(chat: Sandbox) -> None:
    old = chat.one("@")["commit_id"]
    chat.ok("describe -m new")
    chat.ok(f"edit {old}")
    assert chat.one(old)["hidden"] is False
    assert chat.one(old)["divergent"] is True
    chat.ok("undo")
    assert not chat.one("@")["divergent"]
    chat.ok(f"session create back -r {old}")
    assert chat.one(old)["hidden"] is False
    chat.ok("undo")
    chat.ok(f"new {old} -m on")
    assert chat.one("@-")["commit_id"] == old


@pytest.mark.parametrize(
    ("made", "stays"),
    [
        (["new"], False),
        (["new @- @--"], False),
        (["new -m titled"], True),
        (["new", "session create named -r @"], True),
        (["new", "tag set named -r @"], True),
        (["new", "new --no-edit -m child"], True),
        (["new", "workspace add two", "edit {here} --workspace two"], True),
    ],
)
def test_leaving_an_empty_change(chat: Sandbox, made: list[str], stays: bool) -> None:
    for line in made:
        chat.ok(line.format(here=chat.one("@")["commit_id"]))
    left = chat.one("@")["commit_id"]
    chat.ok("edit root()+")
    assert chat.one(left)["hidden"] is not stays


def test_no_change_is_no_operation(chat: Sandbox) -> None:
    with unchanged(chat.repo):
        for line in ("session set demo -r @", "edit @", "metaedit", "describe -m ''", "edit demo"):
            assert "Nothing changed." in chat.wj(line), line
