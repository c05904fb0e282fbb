"""A file comes back with all its rows: rewinds, edits by hand and rows taken out included."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.cli.saying import prompts
from tests.porcelain.transcript.claude_rows import Chat

BY = pytest.mark.parametrize("by", ["turn", "message", "file"])


def rewound() -> Chat:
    """Two turns, and another second turn after a rewind."""
    chat = Chat("demo")
    chat.turn(1)
    chat.turn(2)
    chat.user("q3", "u3", parent="a1")
    chat.answer("r3", "a3")
    return chat


def head(box: Sandbox) -> str:
    return str(box.json("op log -n 1")[0]["id"])


@BY
def test_a_file_with_a_rewind_comes_back_whole(box: Sandbox, by: str) -> None:
    box.ok("init")
    path = box.file("demo.jsonl", rewound().data())
    box.ok(f"import demo.jsonl --by {by}")
    assert box.run("export", "--source", "demo.jsonl").raw == path.read_bytes()
    assert box.run("export", "--source", str(path)).raw == path.read_bytes()
    assert box.run("export", "demo").raw == path.read_bytes()
    box.ok("export --all -o all")
    assert [one.read_bytes() for one in (box.folder / "all").iterdir()] == [path.read_bytes()]


def test_the_other_end_of_a_rewind_is_one_conversation_and_says_that_there_is_more(
    box: Sandbox,
) -> None:
    box.ok("init")
    chat = rewound()
    box.file("demo.jsonl", chat.data())
    box.ok("import demo.jsonl")
    done = box.run("export", "heads(all()) ~ demo")
    assert done.raw == b"".join(line + b"\n" for line in chat.lines()[:4])
    assert "wj export --source" in done.err


@BY
@pytest.mark.parametrize("again", ["turn", "message", "file"])
def test_every_grouping_keeps_every_row_and_the_next_one_adds_none(
    box: Sandbox, by: str, again: str
) -> None:
    box.ok("init")
    path = box.file("demo.jsonl", rewound().data())
    box.ok(f"import demo.jsonl --by {by}")
    operation = head(box)
    assert "nothing new" in box.ok(f"import demo.jsonl --by {again}")
    assert head(box) == operation
    assert box.run("export", "--source", "demo.jsonl").raw == path.read_bytes()
    assert list(box.sessions()) == ["demo"]


def test_a_row_edited_by_hand_is_a_new_version_of_its_change(box: Sandbox) -> None:
    chat = box.begin(3)
    box.file("demo.jsonl", chat.data())
    old = box.one("demo-")
    edited = chat.data().replace(b'"r2"', b'"better"')
    path = box.file("chat.jsonl", edited)
    box.ok("import chat.jsonl")
    assert box.sessions() == {"demo": "q3"}
    new = box.one("demo-")
    assert new["change_id"] == old["change_id"]
    assert new["commit_id"] != old["commit_id"]
    assert len(box.json(f"evolog -r {new['change_id']}")) == 2
    assert box.run("export", "demo").raw == path.read_bytes()
    assert len(box.json("leaves")) == 1
    box.ok("undo")
    assert box.one("demo-") == old


def test_an_edited_file_goes_on_in_its_session(box: Sandbox) -> None:
    chat = box.begin(3)
    chat.turn(4)
    path = box.file("chat.jsonl", chat.data().replace(b'"r2"', b'"better"'))
    box.ok("import chat.jsonl")
    assert box.sessions() == {"demo": "q4"}
    assert prompts(box, "demo") == ["q1", "q2", "q3", "q4"]
    assert box.run("export", "demo").raw == path.read_bytes()
    assert len(box.json("leaves")) == 1


def test_an_edit_of_the_same_size_is_seen(box: Sandbox) -> None:
    chat = box.begin(3)
    path = box.file("chat.jsonl", chat.data().replace(b'"r2"', b'"R2"'))
    box.ok("import chat.jsonl")
    assert box.run("export", "--source", "chat.jsonl").raw == path.read_bytes()


@pytest.mark.parametrize(
    "spaced",
    [
        lambda data: data.removesuffix(b"\n"),
        lambda data: data.replace(b"\n", b"", 1),
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: data.replace(b"\n", b"\n\n", 2),
        lambda data: data + b'{"parentUuid":"a3","type":"us',
    ],
    ids=["no newline at the end", "glued", "Windows", "empty lines", "torn"],
)
def test_a_file_with_the_same_rows_comes_back_as_it_is_spaced(
    box: Sandbox, spaced: Callable[[bytes], bytes]
) -> None:
    chat = box.begin(3)
    tip = box.one("demo")["commit_id"]
    for data in (spaced(chat.data()), chat.data()):
        box.file("chat.jsonl", data)
        box.ok("import chat.jsonl")
        assert box.run("export", "--source", "chat.jsonl").raw == data
        operation = head(box)
        box.ok("import chat.jsonl")
        assert head(box) == operation
    assert box.one("demo")["commit_id"] == tip


def test_rows_that_were_cut_off_stay_as_a_visible_line(box: Sandbox) -> None:
    chat = box.begin(3)
    del chat.rows[4:]
    chat.last = "a2"
    chat.turn(9)
    path = box.file("chat.jsonl", chat.data())
    box.ok("import chat.jsonl")
    assert box.sessions() == {"demo": "q9"}
    assert prompts(box, "demo") == ["q1", "q2", "q9"]
    assert sorted(commit["title"] for commit in box.json("leaves")) == ["q3", "q9"]
    assert box.run("export", "--source", "chat.jsonl").raw == path.read_bytes()


def test_a_row_taken_out_stays_in_the_repository(box: Sandbox) -> None:
    chat = box.begin(3)
    lines = chat.lines()
    path = box.file("chat.jsonl", b"".join(line + b"\n" for line in lines[:3] + lines[4:]))
    operation = head(box)
    box.ok("import chat.jsonl")
    assert list(box.sessions()) == ["demo"]
    assert box.run("export", "--source", "chat.jsonl").raw == path.read_bytes()
    (key,) = {item["source_id"] for item in box.json("import chat.jsonl")["files"]}
    assert box.run("export", "--source", key, "--at-op", operation).raw == chat.data()


def test_a_restored_backup_is_older_than_what_was_imported(box: Sandbox) -> None:
    chat = box.begin(4)
    grown = chat.data()
    box.chat(2)
    operation = head(box)
    assert "older" in box.ok("import chat.jsonl")
    assert head(box) == operation
    assert box.sessions() == {"demo": "q4"}
    assert box.run("export", "--source", "chat.jsonl").raw == grown
