"""No command rewrites tagged commits without `--ignore-immutable`, or the root at all."""

from __future__ import annotations

import pytest

from tests.harness.bare import git
from tests.harness.copies import unchanged
from tests.harness.world import chat as document
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.cli.saying import said
from tests.porcelain.transcript.claude_rows import Chat


@pytest.fixture
def tagged(box: Sandbox) -> Sandbox:
    """Four turns, of which the second has a tag; `@` and the session are on the last."""
    box.begin(4)
    box.ok("tag set v1 -r @--")
    return box


REFUSED = (
    "describe @-- -m x",
    "describe @---|@ -m x",
    "metaedit @-- --update-author --force-rewrite",
    "metaedit @-- --update-change-id",
    "abandon @--",
    "abandon all()~root()",
    "rebase -r @-- -o root()",
    "rebase -s @-- -o root()",
    "rebase -r @ -A @---",
    "rebase -r @ -B @--",
    "squash -r @-",
    "squash -r @--",
    "squash -f @ -t @---",
    "squash -f @-- -t @",
    "squash -f @-- -t @ -k",
    "duplicate @ -A @---",
    "duplicate @ -B @--",
    "new -A @---",
    "new -B @--",
    "new -B @-- --no-edit",
    "revert -r @ -A @---",
    "revert -r @ -B @--",
    "parallelize @---::@",
)


@pytest.mark.parametrize("line", REFUSED)
def test_refused_with_the_rule_and_nothing_changes(tagged: Sandbox, line: str) -> None:
    before = tagged.one("v1")["commit_id"]
    with unchanged(tagged.repo):
        shown = said(tagged, line)
        error = tagged.run(*line.split(), "--json").error
    assert shown.startswith("Error: Commit # is immutable\n")
    assert "Hint: The tag `v1` names " in shown
    assert "`--ignore-immutable` rewrites it all the same" in shown
    assert shown.endswith("[exit 1]\n")
    assert error["code"] == "immutable_commit"

    tagged.ok(f"{line} --ignore-immutable")
    assert tagged.json("tag list")[0]["commit"]["commit_id"] == before
    tagged.ok("undo")
    assert tagged.titles("all()") == ["q4", "q3", "q2", "q1", ""]


@pytest.mark.parametrize(
    "line",
    [
        "describe @- -m x",
        "new @--",
        "new -A @-- -m x",
        "new -B @-",
        "rebase -r @ -o @---",
        "rebase -r @ -A @--",
        "rebase -s @- -o @---",
        "squash",
        "duplicate @--",
        "duplicate @--- -A @--",
        "revert -r @-- -A @",
        "revert -r @-- -B @-",
        "parallelize @-::@",
        "parallelize @--::@",
        "abandon @-::@",
        "edit @--",
        "prev --edit 2",
    ],
)
def test_on_what_is_immutable_all_is_free(tagged: Sandbox, line: str) -> None:
    held = tagged.one("v1")
    tagged.ok(line)
    assert tagged.one("v1")["commit_id"] == held["commit_id"]
    assert not tagged.one("v1")["hidden"]


@pytest.mark.parametrize("line", ["describe", "abandon", "metaedit", "squash -f", "rebase -o @ -s"])
def test_root_never(tagged: Sandbox, line: str) -> None:
    with unchanged(tagged.repo):
        for more in ("", "--ignore-immutable"):
            text = "-m x" if line in ("describe", "metaedit") else ""
            shown = tagged.wj(f"{line} root() {text} {more}")
            assert shown.startswith("Error: The root commit 000000000000 is immutable\n")


def test_append_continues_a_tagged_commit_below_it(tagged: Sandbox) -> None:
    tagged.ok("tag set here -r @")
    held = tagged.one("@")["commit_id"]
    tagged.ok("append -m own")
    assert tagged.one("@")["parents"] == [held]
    assert tagged.sessions() == {"demo": "own"}


def test_append_does_not_write_into_an_empty_change_with_a_tag(tagged: Sandbox) -> None:
    tagged.ok("new")
    tagged.ok("tag set here -r @")
    held = tagged.one("@")
    tagged.ok("append -m own")
    assert tagged.one("@")["parents"] == [held["commit_id"]]
    assert tagged.one("here")["commit_id"] == held["commit_id"]
    assert tagged.one("here")["rows"] == held["rows"]


def test_save_of_a_changed_header_leaves_a_tagged_tip(box: Sandbox) -> None:
    box.ok("init")
    box.file("a.json", document("talk", "u1", "a1").to_json())
    box.file("b.json", document("talk", "u1", "a1", notes="changed").to_json())
    box.ok("save a.json")
    box.ok("tag set v1 -r talk")
    held = box.one("v1")["commit_id"]
    done = box.json("save b.json")
    assert done["rewritten"] == []
    assert box.one("v1")["commit_id"] == held
    assert box.one("talk")["parents"] == [held]
    assert box.position()[1] == "talk"
    assert b"changed" in box.run("export", "talk").raw
    box.ok("save b.json")
    assert box.one("talk")["parents"] == [held]
    box.ok("undo")
    assert box.one("talk")["commit_id"] == held


def test_an_unfinished_turn_with_a_tag_goes_on_in_a_change_of_its_own(box: Sandbox) -> None:
    talk = Chat("demo")
    talk.turn(1)
    talk.user("q2")
    box.file("chat.jsonl", talk.data())
    box.ok("init")
    box.ok("import chat.jsonl")
    box.ok("tag set v1 -r demo")
    held = box.one("demo")["commit_id"]
    talk.answer("late answer")
    box.file("chat.jsonl", talk.data())
    box.ok("import chat.jsonl")

    assert box.one("demo")["parents"] == [held]
    assert box.one("v1")["rows"] == 3
    assert box.one("demo")["rows"] == 4


def test_what_is_rewritten_all_the_same_hides_what_the_tag_names(tagged: Sandbox) -> None:
    tagged.ok("describe v1 -m mine --ignore-immutable")
    assert tagged.one("v1")["hidden"]
    assert tagged.titles("all()") == ["q4", "q3", "mine", "q1", ""]
    git(tagged.repo, "fsck", "--strict", "--no-dangling", "--no-progress")
