"""`wj rebase`, `new`, `next`, `prev`, `duplicate`, `parallelize`, `simplify-parents`, `revert`."""

from __future__ import annotations

import re

import pytest

from tests.harness.copies import unchanged
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.cli.saying import line_of, prompts, said


def test_rebase_alone_leaves_what_stood_on_it(chat: Sandbox) -> None:
    assert said(chat, "rebase -r @-- -o root()") == (
        "Rebased 1 commit to destination\n"
        "Rebased 2 descendant commits\n"
        "Working copy  (@) now at: wzyywwpu # demo | q4\n"
        "Parent commit (@-)      : xrvpptnn # q3\n"
    )
    assert line_of(chat) == ["q4", "q3", "q1"]
    assert prompts(chat) == ["q1", "q3", "q4"]
    assert prompts(chat, "heads(all())~@") == ["q2"]


def test_rebase_with_all_that_stands_on_it(chat: Sandbox) -> None:
    assert said(chat, "rebase -s @-- -o root()").startswith("Rebased 3 commits to destination\n")
    assert line_of(chat) == ["q4", "q3", "q2"]
    assert prompts(chat) == ["q2", "q3", "q4"]


def test_rebase_a_line_brings_all_that_the_destination_lacks(chat: Sandbox) -> None:
    chat.ok("new @--- -m aside")
    chat.ok("append -m own")
    assert said(chat, "rebase -b demo- -o @").startswith("Rebased 3 commits to destination\n")
    assert line_of(chat, "demo") == ["q4", "q3", "q2", "own", "aside", "q1"]
    assert prompts(chat, "demo") == ["q1", "own", "q2", "q3", "q4"]


def test_rebase_after_and_before(chat: Sandbox) -> None:
    first = chat.one("@---")["change_id"]
    chat.ok(f"rebase -r @ -A {first}")
    assert line_of(chat, "heads(all())") == ["q3", "q2", "q4", "q1"]
    assert chat.sessions() == {"demo": "q4"}
    chat.ok(f"rebase -r {first} -B 'heads(all())'")
    assert line_of(chat, "heads(all())") == ["q3", "q1", "q2", "q4"]
    assert prompts(chat, "heads(all())") == ["q4", "q2", "q1", "q3"]


def test_rebase_onto_several_makes_a_merge(chat: Sandbox) -> None:
    chat.ok("rebase -r @ -o @-- -o @---")
    assert len(chat.one("@")["parents"]) == 2
    assert prompts(chat) == ["q1", "q2", "q4"]


def test_rebase_what_is_in_place(chat: Sandbox) -> None:
    with unchanged(chat.repo):
        assert said(chat, "rebase -r @ -o @-") == (
            "Skipped rebase of 1 commit that was already in place\n"
        )
        assert said(chat, "rebase -r none() -o @") == "No revisions to rebase.\n"


def test_skip_emptied_drops_what_becomes_empty_and_keeps_what_was(chat: Sandbox) -> None:
    chat.ok("new -m was-empty")
    chat.ok("revert -r demo -o demo")  # takes q4 back; where there is no q4 it does nothing
    shown = said(chat, "rebase -r @ -r heads(all())~@ -o root() --skip-emptied")

    assert "Rebased 1 commit to destination\n" in shown
    assert "Abandoned 1 newly emptied commit\n" in shown
    assert chat.titles("heads(all())") == ["was-empty", "q4"]


def test_simplify_parents_takes_the_root_away(chat: Sandbox) -> None:
    chat.ok("rebase -r @ -o root() -o @-- --simplify-parents")
    assert line_of(chat) == ["q4", "q2", "q1"]


def test_simplify_parents_while_rebasing(chat: Sandbox) -> None:
    chat.ok("new @ @-- -m merge")
    chat.ok("rebase -r @ -o demo -o demo-- --simplify-parents")
    assert len(chat.one("@")["parents"]) == 1


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("rebase -r @ -o @", "Cannot rebase # onto itself"),
        ("rebase -s @- -o @", "Cannot rebase # onto descendant #"),
        ("rebase -r @", "A place is missing"),
        ("rebase -r @ -s @ -o @-", "Only one of `-b`, `-s` and `-r` can be given"),
        ("rebase -r @ -o @- -A @--", "`--onto` does not go with"),
        ("rebase -r @- -A @ -B @---", "Refusing to create a loop"),
        ("rebase -r @ -B root()", "Nothing can be put before the root commit"),
        ("rebase -r @ -o none()", "didn't resolve to any revisions"),
        ("rebase -r @ -o root() -o @-", "a merge with the root commit"),
        ("rebase -r root() -o @", "The root commit 000000000000 is immutable"),
        ("new root() @", "a merge with the root commit"),
        ("new @ -A @-", "REVSET does not go with"),
        ("new -B root()", "Nothing can be put before the root commit"),
        ("new -A @ -B @", "Refusing to create a loop"),
        ("new nosuch", "doesn't exist"),
        ("edit root()", "The root commit cannot be edited"),
        ("edit @|@-", "resolved to more than one revision"),
        ("next 0", "is not in the range"),
        ("next -e -n", "`--edit` does not go with `--no-edit`"),
        ("next --edit", "No descendant found 1 commit forward from here"),
        ("prev 9", "No ancestor found 9 commits back from here"),
        ("prev --edit 4", "The root commit cannot be edited"),
        ("duplicate root()", "The root commit 000000000000 is immutable"),
        ("duplicate @ -o root() -o @-", "a merge with the root commit"),
        ("parallelize root()::@", "The root commit has no siblings"),
        ("revert -r @", "A place is missing"),
        ("revert -o @", "Missing option"),
        ("revert -r root() -o @", "The root commit cannot be reverted"),
        ("simplify-parents -s nosuch", "doesn't exist"),
    ],
)
def test_bad_input_changes_nothing(chat: Sandbox, line: str, error: str) -> None:
    with unchanged(chat.repo):
        shown = said(chat, line)
    assert error in shown
    assert re.search(r"\[exit [12]\]$", shown.rstrip())


def test_nothing_is_named(chat: Sandbox) -> None:
    with unchanged(chat.repo):
        assert said(chat, "duplicate none()") == "No revisions to duplicate.\n"
        assert said(chat, "revert -r none() -o @") == "No revisions to revert.\n"
        assert said(chat, "parallelize none()") == "Nothing changed.\n"
        assert said(chat, "simplify-parents -r none()") == "Nothing changed.\n"


def test_without_a_current_commit(box: Sandbox) -> None:
    box.ok("init")
    for line in ("rebase -o root()", "next", "prev", "duplicate", "parallelize"):
        shown = box.wj(line)
        assert shown.startswith("Error: This workspace has no current commit\n"), line
    assert box.wj("new").startswith("Working copy  (@) now at: ")


def test_new_between_and_beside(chat: Sandbox) -> None:
    shown = said(chat, "new -A @-- -m between")
    assert shown.startswith("Rebased 2 descendant commits\n")
    assert line_of(chat, "demo") == ["q4", "q3", "between", "q2", "q1"]
    assert chat.position() == ("between", "demo")
    chat.ok("append -m own")  # described: goes on a change of its own
    assert line_of(chat) == ["own", "between", "q2", "q1"]

    assert "Created new commit" in said(chat, "new demo --no-edit -m aside")
    assert chat.position()[0] == "own"
    chat.ok("new -B demo --no-edit -m lower")
    assert line_of(chat, "demo")[:3] == ["q4", "lower", "q3"]
    chat.ok("new -A @ -B demo -m both --no-edit")
    assert chat.titles("parents(demo)") == ["both", "lower"]


def test_what_is_put_into_a_new_change_between_shows_above(chat: Sandbox) -> None:
    chat.ok("new -A @--")
    chat.ok("append -m own --session side")
    assert prompts(chat, "side") == ["q1", "q2", "own"]
    chat.ok("rebase -s demo- -o side")
    assert prompts(chat, "demo") == ["q1", "q2", "own", "q3", "q4"]


def test_a_new_change_on_two_begins_with_both(chat: Sandbox) -> None:
    chat.ok("new @-- --no-edit -m left")
    chat.ok("edit subject(left)")
    chat.ok("append -m own")
    chat.ok("new demo @ -m merge")
    assert prompts(chat) == ["q1", "q2", "q3", "q4", "own"]
    assert chat.one("@")["empty"]
    again = chat.json("new demo demo")
    assert chat.one("@")["parents"] == [chat.one("demo")["commit_id"]]
    assert again["commit_id"] == chat.one("@")["commit_id"]


def test_next_and_prev(chat: Sandbox) -> None:
    chat.ok("prev --edit 2")
    assert chat.position()[0] == "q2"
    chat.ok("next --edit")
    assert chat.position()[0] == "q3"
    chat.ok("prev")
    assert chat.titles("@-") == ["q2"]
    assert chat.one("@")["empty"]
    chat.ok("next")  # from an empty `@` it counts from its parent, and leaves nothing behind
    assert chat.titles("@-") == ["q3"]
    assert len(chat.json("log")) == 6
    chat.ok("edit root()+")
    chat.ok("next --edit 3")
    assert chat.position()[0] == "q4"


def test_next_at_a_fork_names_the_choices(chat: Sandbox) -> None:
    chat.ok("new @- --no-edit -m other")
    chat.ok("edit @-")
    with unchanged(chat.repo):
        shown = said(chat, "next")
    error, first, second, hint, end = shown.splitlines()
    assert error == "Error: Several commits are next from here:"
    assert [line.split(" # ")[1] for line in (first, second)] == ["(empty) other", "demo | q4"]
    assert (hint, end) == ("Hint: `wj new REV` or `wj edit REV` goes to one of them", "[exit 1]")


def test_next_at_a_fork_asks_on_a_terminal(chat: Sandbox) -> None:
    chat.ok("new @- --no-edit -m other")
    chat.ok("edit @-")
    words = ("next", "--edit", "--color", "never")
    done = chat.run(*words, stdin=b"three\n0\n3\n2\n", terminal=True)
    assert (done.code, chat.position()[0]) == (0, "q4")
    for shown in ("1: ", "other\n2: ", "| q4\nq: quit\n"):
        assert shown in done.err
    assert done.err.count("That is none of the choices") == 3
    chat.ok("edit @-")
    with unchanged(chat.repo):
        for typed in (b"q\n", b""):
            left = chat.run(*words, stdin=typed, terminal=True)
            assert (left.code, left.err.endswith("Error: No commit was chosen\n")) == (1, True)
        assert "Number" not in chat.run(*words, "--json", stdin=b"1\n", terminal=True).err


def test_duplicate_beside_onto_after_and_before(chat: Sandbox) -> None:
    assert said(chat, "duplicate").startswith("Duplicated # as ")
    copies = "heads(all())~demo"
    assert prompts(chat, copies) == ["q1", "q2", "q3", "q4"]
    assert chat.one(copies)["sessions"] == []
    chat.ok("undo")
    chat.ok("duplicate @- @ -o root()")
    assert prompts(chat, copies) == ["q3", "q4"]
    chat.ok("undo")
    chat.ok("duplicate @ -A @---")
    assert prompts(chat) == ["q1", "q4", "q2", "q3", "q4"]
    chat.ok("undo")
    assert said(chat, "duplicate @--- -B @").startswith(
        "Warning: Duplicated # as a descendant of itself\n"
    )
    assert prompts(chat) == ["q1", "q2", "q3", "q1", "q4"]
    copied = chat.json("duplicate @")["copies"]
    assert list(copied) == [chat.one("@")["commit_id"]]


def test_identical_copies_stay_two_when_they_are_rebased(chat: Sandbox) -> None:
    chat.ok("duplicate @ -o @--")
    chat.ok("duplicate @ -o @--")
    chat.ok("rebase -r heads(all())~demo -o root()")
    found = chat.json("log -r heads(all())~demo")
    assert len({commit["change_id"] for commit in found}) == 2
    assert not any(commit["divergent"] for commit in found)


def test_parallelize(chat: Sandbox) -> None:
    chat.ok("new -m above")
    chat.ok("parallelize demo- demo")
    assert chat.titles("parents(@)") == ["q3", "q4"] or chat.titles("parents(@)") == ["q4", "q3"]
    assert prompts(chat, "demo") == ["q1", "q2", "q4"]
    assert prompts(chat) == ["q1", "q2", "q3", "q4"]


def test_simplify_parents(chat: Sandbox) -> None:
    chat.ok("new @ @-- @--- -m merge")
    assert said(chat, "simplify-parents").startswith("Removed 2 edges from 1 commit\n")
    assert chat.titles("@-") == ["q4"]
    with unchanged(chat.repo):
        assert said(chat, "simplify-parents -s root()+") == "Nothing changed.\n"


def test_revert_takes_back_what_a_change_added(chat: Sandbox) -> None:
    shown = said(chat, "revert -r @-- -A @")
    assert shown.startswith("Reverted 1 commit as follows:\n  ")
    (new,) = chat.json("log -r '@+'")
    assert new["title"].startswith('Revert "')
    assert prompts(chat, "@+") == ["q1", "q3", "q4"]
    assert chat.position() == ("q4", "demo")
    chat.ok("revert -r @+ -o @+")
    assert prompts(chat, "@++") == ["q1", "q2", "q3", "q4"]
    chat.ok("undo")
    chat.ok("revert -r '@-|@--' -B @")
    assert prompts(chat) == ["q1", "q4"]


@pytest.mark.parametrize(
    "line",
    [
        "rebase -r @- -o root()",
        "rebase -s @- -o root()",
        "rebase -r @ -A root()+",
        "new -A @--",
        "next --edit",
        "duplicate @-- -B @",
        "parallelize @--::@",
        "revert -r @- -A @--",
        "abandon @--",
        "squash -r @-",
        "squash -f @--- -t @",
        "describe @-- -m x",
        "metaedit @-- --update-change-id",
        "commit -m done",
    ],
)
def test_undo_and_redo_are_exact_and_the_log_says_which_command(chat: Sandbox, line: str) -> None:
    def state() -> object:
        return chat.json("log -r all()"), chat.json("session list"), chat.json("status")

    chat.ok("prev --edit") if line.startswith("next") else None
    before = state()
    done = chat.run(*line.split(), "--json").data
    after = state()
    assert before != after
    operation = chat.json("op log -n 1")[0]
    assert operation["id"] == done["operation"]
    assert operation["description"].startswith(line.split(maxsplit=1)[0])
    chat.ok("undo")
    assert state() == before
    chat.ok("redo")
    assert state() == after


def test_an_older_operation_can_be_built_on(chat: Sandbox) -> None:
    chat.ok("new -m later")
    chat.ok("rebase -r @- -o root() --at-op @-")
    assert prompts(chat, "demo") == ["q1", "q2", "q4"]
    assert prompts(chat, "demo+") == ["q1", "q2", "q4"]
    assert chat.position() == ("later", "demo")
    assert prompts(chat, "heads(all())~@") == ["q3"]
