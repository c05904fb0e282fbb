"""`wj tag`: names that never move."""

from __future__ import annotations

import pytest

from tests.harness.bare import git
from tests.porcelain.cli.sandbox import Sandbox


def test_set_move_and_delete(box: Sandbox) -> None:
    box.begin()

    assert (
        box.story(
            "tag set v1 v1", "tag set v1", "tag set v1 v2 -r @- --allow-move", "tag list",
            "tag list -r @-:: v9", "tag s v1 --allow-move --to @-", "tag d 'v*' nope",
            "tag delete nope", "tag list",
        )
        == """\
$ wj tag set v1 v1
Created 1 tag pointing to xrvpptnn c1...... demo v1 | q3
$ wj tag set v1
Error: Refusing to move tag: v1
Hint: `--allow-move` lets tags that exist be moved
[exit 1]
$ wj tag set v1 v2 -r @- --allow-move
Created 1 tag pointing to qrnzlsvs c2...... v1 v2 | q2
Moved 1 tag to qrnzlsvs c2...... v1 v2 | q2
$ wj tag list
v1: qrnzlsvs c2...... q2
v2: qrnzlsvs c2...... q2
$ wj tag list -r @-:: v9
v1: qrnzlsvs c2...... q2
v2: qrnzlsvs c2...... q2
Warning: No matching tags for names: v9
$ wj tag s v1 --allow-move --to @-
Nothing changed.
$ wj tag d 'v*' nope
Warning: No matching tags for names: nope
Deleted 2 tags: v1, v2
$ wj tag delete nope
Warning: No matching tags for names: nope
No tags to delete.
$ wj tag list
"""
    )  # fmt: skip


def test_tags_are_refs_and_resolve_before_sessions(box: Sandbox) -> None:
    box.begin()

    box.ok("tag set demo -r @-")

    assert (
        git(box.repo, "rev-parse", "refs/tags/demo").decode().strip() == box.one("@-")["commit_id"]
    )
    assert box.titles("demo") == ["q2"]
    assert box.sessions() == {"demo": "q3"}


def test_a_tag_stays_where_its_conversation_goes_on(box: Sandbox) -> None:
    box.begin()
    box.ok("tag set here")

    box.ok("append -m more")

    assert box.titles("here") == ["q3"]
    assert box.sessions() == {"demo": "more"}


@pytest.mark.parametrize(
    "line",
    ["tag set x -r root()", "tag set -- -x", "tag set a b/c b", "tag set a A", "tag set a.lock"],
)
def test_what_cannot_be_a_tag_changes_nothing(box: Sandbox, line: str) -> None:
    box.begin()
    before = len(box.json("op log"))

    assert box.run(*line.split()).code == 1

    assert box.json("tag list") == []
    assert len(box.json("op log")) == before


def test_tagging_a_hidden_commit_makes_it_visible(box: Sandbox) -> None:
    box.begin()
    hidden = box.json("new -m ''")["commit_id"]
    box.ok("edit demo")

    box.ok(f"tag set kept -r {hidden}")

    assert not box.one("kept")["hidden"]
    git(box.repo, "fsck", "--strict", "--no-dangling")


def test_undo_brings_tags_back(box: Sandbox) -> None:
    box.begin()
    box.ok("tag set v1")
    box.ok("tag delete v1")

    box.ok("undo")

    (tag,) = box.json("tag list")
    assert (tag["name"], tag["commit"]["title"], tag["remote"]) == ("v1", "q3", None)


def test_a_tag_in_conflict_is_settled_by_setting_it(box: Sandbox) -> None:
    box.begin()
    box.ok("tag set v1 -r @--")
    box.ok("fork @- try-b")
    box.ok("append -m other")
    box.ok("tag set v1 -r try-b --allow-move")
    box.ok("tag set v1 -r demo --allow-move --at-op @-")

    listed = box.wj("tag list -c")
    assert "v1 (conflicted):" in listed
    assert "Hint: Some tags have conflicts; `wj tag set NAME -r REV --allow-move`" in listed
    box.ok("tag set v1 -r demo --allow-move")
    assert box.wj("tag list -c") == ""
