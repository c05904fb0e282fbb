"""Import, save, append and export of conversations."""

from __future__ import annotations

import json

import pytest

from porcelain.transcript.conversion.convert import CODECS
from porcelain.transcript.format_table import FORMATS
from tests.harness.bare import fsck
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat


def pawan(session: str, *texts: str) -> bytes:
    messages = [{"role": "user", "content": text, "tool_calls": []} for text in texts]
    times = {"created_at": "2026-03-01T10:00:00+00:00", "updated_at": "2026-03-01T10:00:00+00:00"}
    return json.dumps({"id": session, "model": "m", **times, "messages": messages}).encode()


# import


def test_an_import_adds_only_what_is_new(box: Sandbox) -> None:
    chat = box.begin()

    assert (
        box.wj("import chat.jsonl")
        == """\
chat.jsonl: nothing new
"""
    )
    chat.turn(4)
    box.file("chat.jsonl", chat.data())
    assert (
        box.wj("import chat.jsonl")
        == """\
chat.jsonl: 1 change, 2 rows new; continued session demo
Working copy  (@) now at: tpzqzkqm c3...... demo | q4
Parent commit (@-)      : xrvpptnn c1...... q3
"""
    )
    assert box.titles("all() ~ root()") == ["q4", "q3", "q2", "q1"]


def test_all_files_of_one_import_are_one_operation(box: Sandbox) -> None:
    box.ok("init")
    box.chat(1, "logs/one.jsonl", "one")
    box.chat(2, "logs/deep/two.jsonl", "two")
    box.file("logs/notes.txt", b"no transcript")

    assert (
        box.wj("import logs")
        == """\
logs/deep/two.jsonl: 2 changes, 4 rows new; started session two
logs/one.jsonl: 1 change, 2 rows new; started session one
Working copy  (@) now at: qrnzlsvs c1...... two | q2
Parent commit (@-)      : omrzzpmq c2...... q1
"""
    )
    assert [one["description"] for one in box.json("op log")] == [
        "import 2 files as two, one",
        "",
    ]


def test_an_import_by_message_or_file(box: Sandbox) -> None:
    box.ok("init")
    box.chat(2)

    box.ok("import chat.jsonl --by message --session fine")
    assert len(box.titles("fine")) == 1
    assert len(box.titles("::fine ~ root()")) == 4

    box.chat(3, "other.jsonl", "other")
    box.ok("import other.jsonl --by file")
    assert len(box.titles("::other ~ root()")) == 1


def test_an_import_under_a_name_takes_one_file(box: Sandbox) -> None:
    box.ok("init")
    box.chat(1, "one.jsonl", "one")
    box.chat(1, "two.jsonl", "two")

    assert (
        box.wj("import one.jsonl two.jsonl --session both")
        == """\
Error: `--session` names the session of one file
Usage: wj import [OPTIONS] [PATH…]
Hint: 2 files were found
Hint: For help, see `wj import --help`
[exit 2]
"""
    )


def test_what_was_abandoned_here_does_not_come_back_unasked(box: Sandbox) -> None:
    chat = box.begin(1)
    box.ok("undo")
    box.ok("redo")
    box.ok("undo")
    chat.turn(2)
    box.file("chat.jsonl", chat.data())

    # The undo took the source back too: nothing was imported, so this starts afresh.
    assert (
        box.wj("import chat.jsonl")
        == """\
chat.jsonl: 2 changes, 4 rows new; started session demo
Working copy  (@) now at: lztmspxq c3...... demo | q2
Parent commit (@-)      : ynonrzwx c4...... q1
"""
    )


def test_the_command_line_is_recorded_without_texts(box: Sandbox) -> None:
    box.begin()
    for line in ("append -m secret", "append -msecret", "append --message=secret", "new -m secret"):
        box.ok(line)

    assert [one["args"] for one in box.json("op log -n 4")] == [
        ["wj", "new", "-m", "..."],
        *[["wj", "append", "-m", "..."]] * 3,
    ]


# save


def test_a_saved_transcript_continues_what_it_begins_with(box: Sandbox) -> None:
    box.ok("init")
    box.file("one.json", pawan("one", "a"))
    box.ok("save one.json")
    box.file("one.json", pawan("one", "a", "b"))

    assert (
        box.wj("save one.json")
        == """\
Recorded session one: txqxupkm c2...... one | b
Working copy  (@) now at: txqxupkm c2...... one | b
Parent commit (@-)      : omrzzpmq c1...... a
"""
    )
    assert box.titles("::@ ~ root()") == ["b", "a"]


def test_a_saved_transcript_that_went_another_way_is_a_fork(box: Sandbox) -> None:
    box.ok("init")
    for texts in ("a", "ab", "abc", "ax"):
        box.file("one.json", pawan("one", *texts))
        said = box.ok("save one.json")

    assert (
        said
        == """\
Recorded session one: xrmowkpk c4...... one | x
Working copy  (@) now at: xrmowkpk c4...... one | x
Parent commit (@-)      : omrzzpmq c1...... a
Hint: Session one moved to another line; its old tip c3.......... stays a head
"""
    )
    assert box.titles("visible_heads()") == ["x", "c"]


def test_a_transcript_from_stdin(box: Sandbox) -> None:
    box.ok("init")

    assert (
        box.wj("save", stdin=pawan("one", "a"))
        == """\
Recorded session one: omrzzpmq c1...... one | a
Working copy  (@) now at: omrzzpmq c1...... one | a
Parent commit (@-)      : zzzzzzzz 00000000 root()
"""
    )
    assert box.wj("save -", stdin=pawan("one", "a")) == "Nothing changed.\n"
    assert (
        box.wj("save", stdin=b"")
        == """\
Error: stdin: the file is empty
[exit 1]
"""
    )


def test_a_shorter_transcript_moves_back_only_on_demand(box: Sandbox) -> None:
    box.ok("init")
    for texts in ("a", "ab"):
        box.ok("save", stdin=pawan("one", *texts))

    assert box.wj("save", stdin=pawan("one", "a")) == "Nothing changed.\n"
    assert (
        box.wj("save --rewind", stdin=pawan("one", "a"))
        == """\
Moved back to session one: omrzzpmq c1...... one | a
Working copy  (@) now at: omrzzpmq c1...... one | a
Parent commit (@-)      : zzzzzzzz 00000000 root()
"""
    )


def test_a_transcript_is_placed_by_hand(box: Sandbox) -> None:
    box.ok("init")
    box.ok("save", stdin=pawan("one", "a"))

    box.ok("save --parent one --session two", stdin=pawan("two", "z"))

    assert box.titles("::two ~ root()") == ["z", "a"]


# append


def test_appended_messages_are_written_as_the_agent_writes_them(box: Sandbox) -> None:
    box.begin(1)

    box.ok("append -m one -m two")
    box.ok("append --role assistant -m three")

    rows = [json.loads(row) for row in box.run("export").raw.splitlines()]
    assert [row["type"] for row in rows[2:]] == ["user", "user", "assistant"]
    assert all(row["sessionId"] == "demo" for row in rows)
    assert [row["parentUuid"] for row in rows[1:]] == [row["uuid"] for row in rows[:-1]]
    fsck(box.repo)


def test_a_text_from_stdin_and_messages_as_they_are(box: Sandbox) -> None:
    box.begin(1)
    own = Chat("demo")
    own.turn(2)

    box.ok("append -m -", stdin=b"several\nlines\n")
    box.ok("append --json-message -", stdin=own.data())

    rows = box.run("export").raw.splitlines()
    assert rows[-2:] == own.lines()
    assert json.loads(rows[2])["message"]["content"] in (
        "several\nlines",
        [{"type": "text", "text": "several\nlines"}],
    )


def test_there_has_to_be_something_to_append(box: Sandbox) -> None:
    box.begin(1)

    assert (
        box.wj("append")
        == """\
Error: There is nothing to append
Usage: wj append [OPTIONS]
Hint: Give a text with `-m`, or `--json-message`
Hint: For help, see `wj append --help`
[exit 2]
"""
    )


# export


@pytest.mark.parametrize("form", ["", "-o -", "--format claude-code", "demo", "@"])
def test_what_came_in_goes_out(box: Sandbox, form: str) -> None:
    chat = box.begin()

    assert box.run("export", *form.split()).raw == chat.data()


def test_a_document_comes_out_as_it_went_in(box: Sandbox) -> None:
    box.ok("init")
    for indent in (None, 2):
        document = json.dumps(json.loads(pawan(f"s{indent}", f"{indent}")), indent=indent).encode()
        box.ok("save", stdin=document)

        assert box.run("export").raw == document


def test_a_file_is_written_whole_and_never_over_another(box: Sandbox) -> None:
    chat = box.begin()

    assert (
        box.wj("export -o out.jsonl")
        == """\
Wrote 1836 bytes to out.jsonl
"""
    )
    assert (box.folder / "out.jsonl").read_bytes() == chat.data()
    assert (
        box.wj("export @- -o out.jsonl")
        == """\
Error: out.jsonl: exists already; `--force` replaces it
[exit 1]
"""
    )
    assert (
        box.wj("export @- -o out.jsonl --force")
        == """\
Wrote 1224 bytes to out.jsonl
"""
    )
    assert (box.folder / "out.jsonl").read_bytes() != chat.data()
    assert (
        box.wj("export -o nowhere/out.jsonl")
        == """\
Error: nowhere/out.jsonl: No such file or directory
[exit 1]
"""
    )


def test_every_session_is_written_into_a_folder(box: Sandbox) -> None:
    chat = box.begin()
    box.ok("fork @- a/b")
    box.ok("save", stdin=pawan("one", "x"))

    assert (
        box.wj("export --all -o out")
        == """\
Wrote 3 files to out
"""
    )

    assert sorted(path.name for path in (box.folder / "out").iterdir()) == [
        "a%2Fb.jsonl",
        "demo.jsonl",
        "one.json",
    ]
    assert (box.folder / "out/demo.jsonl").read_bytes() == chat.data()
    assert (
        box.wj("export --all -o out")
        == """\
Error: out/a%2Fb.jsonl: exists already; `--force` replaces it
[exit 1]
"""
    )
    assert (
        box.wj("export --all")
        == """\
Error: `--all` writes several files
Usage: wj export [OPTIONS] [REV…]
Hint: Name a folder with `-o`
Hint: For help, see `wj export --help`
[exit 2]
"""
    )


def test_there_has_to_be_a_conversation_and_a_format_for_it(box: Sandbox) -> None:
    box.ok("init")
    box.ok("new root()")

    assert (
        box.wj("export")
        == """\
Error: The commit has no conversation yet
[exit 1]
"""
    )
    assert (
        box.wj("export root()")
        == """\
Error: The commit has no conversation yet
[exit 1]
"""
    )
    box.ok("append -m hello")
    assert (
        box.wj("export --format sharegpt")
        == f"""\
Error: Nothing can be written in the format sharegpt
Hint: These can be written: {", ".join(CODECS)}
[exit 1]
"""
    )
    assert (
        box.wj("export --format nonsense")
        == f"""\
Error: Transcript format `nonsense` doesn't exist; known: {", ".join(FORMATS)}
[exit 1]
"""
    )
