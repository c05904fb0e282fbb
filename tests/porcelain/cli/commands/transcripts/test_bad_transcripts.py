"""Files that are not transcripts: save and import refuse each with its own message."""

from __future__ import annotations

import json

import pytest

from porcelain.transcript.format_table import FORMATS
from tests.harness.copies import unchanged
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat

TIMES = {"created_at": "2026-03-01T10:00:00+00:00", "updated_at": "2026-03-01T10:00:00+00:00"}
PAWAN = {"id": "s", "model": "m", **TIMES, "messages": []}


def claude(turns: int = 1) -> bytes:
    chat = Chat()
    for number in range(turns):
        chat.turn(number)
    return chat.data()


def spliced() -> bytes:
    """A row is cut off, and the next one stands behind it on its line."""
    one, two, three, *rest = claude(3).splitlines(keepends=True)
    return b"".join([one, two[:100], three, *rest])


def pawan(**more: object) -> bytes:
    return json.dumps(PAWAN | more).encode()


FILES = {
    "binary": bytes(range(256)),
    "UTF-16": claude().decode().encode("utf-16"),
    "plain text": b"once upon a time\n",
    "a number": b"42",
    "a list": b"[1, 2, 3]",
    "another document": b'{"name": "wajutsu", "version": 1}',
    "rows of something else": b'{"a": 1}\n{"a": 2}\n',
    "pawan, wrong role": pawan(messages=[{"role": "robot", "content": "x", "tool_calls": []}]),
    "pawan, messages no list": pawan(messages={"role": "user"}),
    "pawan, cut off": pawan()[:-3],
    "pawan, duplicate keys": pawan().replace(b'"model"', b'"id": "x", "model"', 1),
}


REASONS = {
    "binary": "Error: bad.jsonl: binary data, no session in a known format",
    "UTF-16": "Error: bad.jsonl: byte 1: the file begins with a byte order mark of UTF-16; save it as UTF-8",
    "plain text": "Error: bad.jsonl: no session in a known format",
    "a number": "Error: bad.jsonl: JSON, but no session in a known format",
    "a list": "Error: bad.jsonl: JSON, but no session in a known format",
    "another document": "Error: bad.jsonl: JSON, but no session in a known format",
    "rows of something else": "Error: bad.jsonl: JSON, but no session in a known format",
    "pawan, wrong role": "Error: bad.jsonl: $.messages[0].role: must be one of system, user, assistant, tool, not 'robot'",
    "pawan, messages no list": "Error: bad.jsonl: JSON, but no session in a known format",
    "pawan, cut off": "Error: bad.jsonl: line 1 column 125: the text ends in the middle of a value",
    "pawan, duplicate keys": "Error: bad.jsonl: $.id: the key appears twice",
}


@pytest.mark.parametrize("what", FILES)
@pytest.mark.parametrize("command", ["import", "save"])
def test_refused_with_its_name_and_why(box: Sandbox, command: str, what: str) -> None:
    box.begin()
    box.file("bad.jsonl", FILES[what])

    with unchanged(box.repo):
        done = box.run(command, "bad.jsonl")

    assert done.code == 1, done.both
    assert done.out == ""
    first, *_ = done.err.splitlines()
    assert first == REASONS[what]


IMPERFECT = {
    "byte order mark": (b"\xef\xbb\xbf" + claude(2), 1),
    "not UTF-8": (claude(2).replace(b"q0", b"\xff\xfe"), 1),
    "torn": (claude(2)[:-40], 4),
    "two rows on one line": (claude(2).replace(b"}\n{", b"}{", 1), None),
    "spliced": (spliced(), 2),
    "cut off before": (claude(2)[300:], 1),
    "a key twice": (claude(2).replace(b'"version"', b'"cwd":"/","version"', 1), None),
    "half a surrogate pair": (claude(2).replace(b"q0", b"\\ud800"), None),
    "NaN": (claude(2).replace(b"false", b"NaN", 1), None),
    "NUL bytes": (claude(2).replace(b"\n", b"\n\0\0\0\n", 1), 2),
    "no JSON": (claude(2).replace(b"\n", b"\n<<<<<<< HEAD\n", 1), 2),
}


@pytest.mark.parametrize("what", IMPERFECT)
@pytest.mark.parametrize("command", ["import", "save"])
def test_a_row_is_refused_never_its_file(box: Sandbox, command: str, what: str) -> None:
    data, line = IMPERFECT[what]
    box.ok("init")
    box.file("talk.jsonl", data)

    done = box.run(command, "talk.jsonl")

    assert done.code == 0, done.both
    if line is not None:
        assert f"talk.jsonl: line {line}: " in done.err
        strict = box.run(command, "talk.jsonl", "--strict", "--session", "strict")
        assert strict.code == 1
        assert f"line {line}: " in strict.err
    kept = data[: data.rindex(b"\n") + 1]
    assert box.run("export").raw == kept
    assert box.run("show", "@").code == 0
    assert box.json("log")[0]["title"]
    box.ok("append -m hello")
    assert box.run("export").raw.startswith(kept)


def test_a_torn_row_comes_in_when_it_is_whole(box: Sandbox) -> None:
    box.ok("init")
    box.file("talk.jsonl", claude(2)[:-40])
    assert "a torn last row left out until it is whole" in box.ok("import talk.jsonl")
    assert "nothing new" in box.ok("import talk.jsonl")
    box.file("talk.jsonl", claude(2))
    assert "continued session" in box.ok("import talk.jsonl")
    assert box.run("export").raw == claude(2)


def test_a_damaged_row_is_shown_as_such_and_its_text_is_redacted(box: Sandbox) -> None:
    box.ok("init")
    box.file("talk.jsonl", claude(2).replace(b"\n", b'\n{"type":"user","x":"my hunter2\n', 1))
    assert "1 damaged row kept byte for byte" in box.ok("import talk.jsonl --session talk")
    assert "cannot be read" in box.ok("show 'roots(all() ~ root())'")
    box.ok("redact hunter2")
    assert b"hunter2" not in box.run("export").raw
    assert "nothing new" in box.ok("import talk.jsonl")
    assert b"hunter2" not in box.run("export").raw


@pytest.mark.parametrize(
    "data", [b"", b" \n\n", b'{"type":"summary","summary":"s","leafUuid":"x"}\n']
)
def test_a_file_without_messages_is_nothing_to_import(box: Sandbox, data: bytes) -> None:
    box.begin()
    box.file("new.jsonl", data)

    with unchanged(box.repo):
        assert box.ok("import new.jsonl") == "new.jsonl: nothing to import\n"
        assert box.json("import new.jsonl")["files"] == []
        assert box.run("save", "new.jsonl").code == 1


def test_a_huge_file_without_a_message_is_read_in_parts_and_changes_nothing(box: Sandbox) -> None:
    box.begin()
    with box.file("huge.jsonl", b"").open("r+b") as file:
        file.truncate(40 * 1024 * 1024)

    with unchanged(box.repo):
        said = box.wj("import huge.jsonl")
    assert said == ("Error: huge.jsonl: binary data, no session in a known format\n[exit 1]\n")


def test_a_file_that_does_not_exist(box: Sandbox) -> None:
    box.begin()

    with unchanged(box.repo):
        assert (
            box.wj("import nowhere.jsonl")
            == """\
Error: nowhere.jsonl: No such file or directory
[exit 1]
"""
        )
        assert (
            box.wj("save nowhere.jsonl")
            == """\
Error: nowhere.jsonl: No such file or directory
[exit 1]
"""
        )


def test_a_folder_without_transcripts(box: Sandbox) -> None:
    box.begin()
    (box.folder / "empty").mkdir()

    with unchanged(box.repo):
        assert (
            box.wj("import empty")
            == """\
Error: There is no file in empty that could be a transcript
Usage: wj import [OPTIONS] [PATH…]
Hint: For help, see `wj import --help`
[exit 2]
"""
        )
        assert (
            box.wj("save empty")
            == """\
Error: empty: Is a directory
[exit 1]
"""
        )


def test_an_unknown_format(box: Sandbox) -> None:
    box.begin()

    with unchanged(box.repo):
        assert (
            box.wj("import chat.jsonl --format claude")
            == f"""\
Error: Transcript format `claude` doesn't exist; known: {", ".join(FORMATS)}
Hint: Did you mean `claude-code`?
[exit 1]
"""
        )
        assert (
            box.wj("save chat.jsonl --format claude")
            == f"""\
Error: Transcript format `claude` doesn't exist; known: {", ".join(FORMATS)}
Hint: Did you mean `claude-code`?
[exit 1]
"""
        )


def test_a_file_in_another_format_than_the_one_named(box: Sandbox) -> None:
    box.begin()

    with unchanged(box.repo):
        assert (
            box.wj("import chat.jsonl --format pawan")
            == """\
Error: chat.jsonl: line 2 column 1: unexpected text after the end
[exit 1]
"""
        )


def test_the_good_files_of_a_call_are_imported_all_the_same(box: Sandbox) -> None:
    box.ok("init")
    box.chat(1, "good.jsonl", "good")
    box.file("bad.jsonl", b"once upon a time\n")
    box.file("new.jsonl", b"")
    box.chat(2, "better.jsonl", "better")

    assert (
        box.wj("import bad.jsonl new.jsonl good.jsonl better.jsonl")
        == """\
new.jsonl: nothing to import
good.jsonl: 1 change, 2 rows new; started session good
better.jsonl: 2 changes, 4 rows new; started session better
Working copy  (@) now at: wzyywwpu c1...... better | q2
Parent commit (@-)      : xrvpptnn c2...... q1
Error: bad.jsonl: no session in a known format
[exit 1]
"""
    )
    assert box.sessions() == {"better": "q2", "good": "q1"}
    assert len(box.json("op log")) == 2


def test_a_message_that_the_format_does_not_have(box: Sandbox) -> None:
    box.begin()

    with unchanged(box.repo):
        assert (
            box.wj("append -m hello --role robot")
            == """\
Error: Cannot write a message of role `robot` in the format claude-code; roles: user, assistant, system
[exit 1]
"""
        )


@pytest.mark.parametrize("text", ["", " ", "-"])
def test_a_message_without_text(box: Sandbox, text: str) -> None:
    box.begin()

    with unchanged(box.repo):
        assert (
            box.wj(f"append -m fine -m '{text}'", stdin=b"\n")
            == """\
Error: A message without text cannot be appended
[exit 1]
"""
        )


def test_a_native_message_that_is_none(box: Sandbox) -> None:
    box.begin()

    with unchanged(box.repo):
        assert (
            box.wj("append --json-message -", stdin=b"not json\n")
            == """\
Error: Column 1: expecting value
[exit 1]
"""
        )
        assert (
            box.wj("append --json-message -", stdin=b'{"role":"user","content":"pawan\'s"}\n')
            == """\
Error: Not a row of claude-code: it needs "type" and one of "uuid", "sessionId", "leafUuid", "messageId"
[exit 1]
"""
        )
        assert (
            box.wj("append --json-message -", stdin=b"\n")
            == """\
Error: There is no message in -
Usage: wj append [OPTIONS]
Hint: For help, see `wj append --help`
[exit 2]
"""
        )
