"""`wj restore`."""

from __future__ import annotations

import json

import pytest

from tests.porcelain.cli.conflicted import conflicted, save, texts, three
from tests.porcelain.cli.sandbox import Sandbox


def test_a_whole_transcript_is_taken_description_and_identity_stay(box: Sandbox) -> None:
    three(box)
    box.ok("describe -m mine")
    before = box.one("@")
    said = box.ok("restore --from ours")
    assert "Restored" in said
    after = box.one("@")
    assert texts(box, "@") == ["one", "ZWEI", "three", "four"]
    assert (after["change_id"], after["title"]) == (before["change_id"], "mine")
    assert box.position() == ("mine", "theirs")
    assert box.ok("restore --from ours") == "Nothing changed.\n"


def test_a_fork_keeps_its_own_id_and_lineage(box: Sandbox) -> None:
    three(box)
    box.ok("fork talk mine")
    box.ok("restore --from ours")
    box.ok("export @ -o mine.json")
    document = json.loads((box.folder / "mine.json").read_bytes())
    assert document["id"] == "mine"
    assert document["parent_id"] == "talk"
    assert document["messages"][1]["content"] == "ZWEI"


def test_without_options_the_change_adds_nothing(box: Sandbox) -> None:
    three(box)
    box.ok("append -m five")
    box.ok("restore")
    assert texts(box, "@") == ["one", "deux", "three", "four"]
    assert box.one("@")["empty"] is True
    box.ok("undo")
    assert texts(box, "@")[-1] == "five"


def test_changes_in_takes_back_what_a_commit_did_and_what_continues_it_follows(
    box: Sandbox,
) -> None:
    three(box)
    box.ok("append -m five")
    said = box.ok("restore --changes-in @-")
    assert "Rebased 1 descendant commit" in said
    assert texts(box, "@") == ["one", "two", "three", "four", "five"]
    assert texts(box, "@-") == ["one", "two", "three", "four"]


def test_into_takes_from_the_current_commit_by_default(box: Sandbox) -> None:
    three(box)
    box.ok("restore --into ours")
    assert texts(box, "ours") == texts(box, "theirs")
    box.ok("undo")
    box.ok("restore --from talk --to ours")
    assert texts(box, "ours") == texts(box, "talk")
    assert box.position()[1] == "theirs"


def test_descendants_may_keep_their_transcripts(box: Sandbox) -> None:
    three(box)
    box.ok("append -m five")
    whole = texts(box, "@")
    said = box.ok("restore -c @- --restore-descendants")
    assert "Descendants keep their content" in said
    assert texts(box, "@") == whole
    assert texts(box, "@-") == ["one", "two", "three", "four"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("--message 2", "one two three four"),
        ("--message 3", "one deux three four"),
        ("--messages 1..2", "one two three four"),
        ("--messages ..1", "one deux three four"),
        ("--message 1 --message 2-3", "one two three four"),
    ],
)
def test_single_messages_come_back(box: Sandbox, words: str, found: str) -> None:
    three(box)
    box.ok(f"restore --from talk {words}")
    assert texts(box, "@") == found.split()


def test_removed_messages_come_back_and_extra_ones_go(box: Sandbox) -> None:
    box.ok("init")
    save(box, "one two three four five", "")
    save(box, "one three extra four five", "--session edited --parent talk")
    box.ok("restore --from talk --message 2")
    assert texts(box, "@") == ["one", "two", "three", "extra", "four", "five"]
    box.ok("restore --from talk --message 4")
    assert texts(box, "@") == ["one", "two", "three", "four", "five"]
    save(box, "one two three", "--session short --parent talk")
    box.ok("restore --from talk --messages 4..")
    assert texts(box, "@") == ["one", "two", "three", "four", "five"]


def test_a_call_comes_back_with_its_result(box: Sandbox) -> None:
    call = {"role": "assistant", "content": "", "tool_calls": [
        {"id": "c1", "name": "ls", "arguments": {}}]}  # fmt: skip
    result = {"role": "tool", "content": "", "tool_calls": [],
              "tool_result": {"tool_call_id": "c1", "content": "files", "success": True,
                              "duration": 1}}  # fmt: skip
    header = {"id": "talk", "model": "m", "created_at": "t", "updated_at": "t"}
    rows = [{"role": "user", "content": "go"}, call, result, {"role": "user", "content": "end"}]
    box.ok("init")
    box.file("a.json", json.dumps(header | {"messages": rows}).encode())
    box.ok("save a.json")
    box.file("b.json", json.dumps(header | {"messages": [rows[0], rows[3]]}).encode())
    box.ok("save b.json --session short --parent talk")
    box.ok("restore --from talk --message 2")
    box.ok("export @ -o found.json")
    found = json.loads((box.folder / "found.json").read_bytes())["messages"]
    assert [row.get("tool_result", {}).get("tool_call_id") for row in found][2] == "c1"
    assert len(found) == 4


def test_a_restored_conflict_is_settled(box: Sandbox) -> None:
    conflicted(box)
    said = box.ok("restore --from talk --into theirs- --message 2")
    assert "Existing conflicts were resolved or abandoned from 2 commits." in said
    assert texts(box, "theirs") == ["one", "two", "three", "four", "five"]
    box.ok("undo")
    box.ok("restore --from ours --into theirs-")
    assert box.json("log -r 'conflicts()'") == []


def test_restoring_from_the_root_empties_it_and_undo_brings_it_back(box: Sandbox) -> None:
    three(box)
    before = box.one("@")
    box.ok("restore --from root()")
    assert box.one("@")["rows"] == 0
    box.ok("undo")
    assert box.one("@") == before


def test_messages_of_the_root_are_none(box: Sandbox) -> None:
    three(box)
    box.ok("restore --from root() --messages 3..")
    assert texts(box, "@") == ["one", "deux"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("-r @", 2, "use `--changes-in`"),
        ("-c @ --from talk", 2, "does not go with"),
        ("-c @ --into talk", 2, "does not go with"),
        ("--message x --from talk", 2, "is not the number of a message"),
        ("--messages .. --from talk", 2, "is not the number of a message"),
        ("--message 9 --from talk", 1, "There is no message 9"),
        ("--messages 3..1 --from talk", 1, "no range"),
        ("--message 0 --from talk", 1, "no range"),
        ("--into root()", 1, "root commit"),
        ("--into fixed", 1, "is immutable"),
        ("--from nothing", 1, "doesn't exist"),
    ],
)
def test_what_cannot_be_restored_is_refused_and_changes_nothing(
    box: Sandbox, words: str, code: int, said: str
) -> None:
    three(box)
    box.ok("tag set fixed -r talk")
    before = box.json("op log -n 1")
    done = box.run("restore", *words.split())
    assert (done.code, said in done.err) == (code, True), done.err
    assert box.json("op log -n 1") == before


def test_as_data(box: Sandbox) -> None:
    three(box)
    old = box.one("@")
    data = box.json("restore --from talk --message 2")
    assert data["commit_id"] == box.one("@")["commit_id"]
    assert data["rewritten"] == [
        {"commit_id": data["commit_id"], "change_id": old["change_id"], "from": [old["commit_id"]]}
    ]
    assert data["sessions"]["theirs"]["to"] == data["commit_id"]
