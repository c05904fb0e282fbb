"""Files that are no transcripts: each refused in its own words, by save and import alike."""

from __future__ import annotations

import json

import pytest

from tests.harness.unchanged import unchanged
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat

TIMES = {"created_at": "2026-03-01T10:00:00+00:00", "updated_at": "2026-03-01T10:00:00+00:00"}
PAWAN = {"id": "s", "model": "m", **TIMES, "messages": []}


def claude(turns: int = 1) -> bytes:
    chat = Chat()
    for number in range(turns):
        chat.turn(number)
    return chat.data()


def pawan(**more: object) -> bytes:
    return json.dumps(PAWAN | more).encode()


FILES = {
    "empty": b"",
    "blank": b" \n\n",
    "binary": bytes(range(256)),
    "byte order mark": b"\xef\xbb\xbf" + claude(),
    "UTF-16": claude().decode().encode("utf-16"),
    "not UTF-8": claude().replace(b"q0", b"\xff\xfe"),
    "cut off": claude(2)[:-40],
    "cut off before": claude(2)[300:],
    "two rows on one line": claude(2).replace(b"}\n{", b"}{", 1),
    "plain text": b"once upon a time\n",
    "a number": b"42",
    "a list": b"[1, 2, 3]",
    "another document": b'{"name": "wajutsu", "version": 1}',
    "rows of something else": b'{"a": 1}\n{"a": 2}\n',
    "duplicate keys": claude().replace(b'"version"', b'"cwd":"/","version"', 1),
    "a lone surrogate": claude().replace(b"q0", b"\\ud800"),
    "NaN": claude().replace(b"false", b"NaN", 1),
    "pawan, wrong role": pawan(messages=[{"role": "robot", "content": "x", "tool_calls": []}]),
    "pawan, messages no list": pawan(messages={"role": "user"}),
    "pawan, cut off": pawan()[:-3],
    "pawan, duplicate keys": pawan().replace(b'"model"', b'"id": "x", "model"', 1),
}


REASONS = {
    "empty": "Error: bad.jsonl: the file is empty",
    "blank": "Error: bad.jsonl: the file is empty",
    "binary": "Error: bad.jsonl: line 1: binary data: a NUL byte",
    "byte order mark": "Error: bad.jsonl: byte 1: the file begins with a byte order mark; save it as UTF-8 without one",
    "UTF-16": "Error: bad.jsonl: byte 1: the file begins with a byte order mark; save it as UTF-8 without one",
    "not UTF-8": "Error: bad.jsonl: line 1, byte 277: not valid UTF-8",
    "cut off": "Error: bad.jsonl: line 4 column 352: the last line is cut off; where an agent is writing the file at this moment, try again when it has finished (unterminated string starting at)",
    "cut off before": "Error: bad.jsonl: no session in a known format (claude-code, pawan)",
    "two rows on one line": "Error: bad.jsonl: line 1 column 283: unexpected text after the end of the row; two rows on one line?",
    "plain text": "Error: bad.jsonl: no session in a known format (claude-code, pawan)",
    "a number": "Error: bad.jsonl: JSON, but no session in a known format (claude-code, pawan)",
    "a list": "Error: bad.jsonl: JSON, but no session in a known format (claude-code, pawan)",
    "another document": "Error: bad.jsonl: JSON, but no session in a known format (claude-code, pawan)",
    "rows of something else": "Error: bad.jsonl: JSON, but no session in a known format (claude-code, pawan)",
    "duplicate keys": "Error: bad.jsonl: line 1, $: a key appears twice",
    "a lone surrogate": "Error: bad.jsonl: line 1, $.message.content: a lone surrogate",
    "NaN": "Error: bad.jsonl: line 1, $.isSidechain: NaN is not a JSON number",
    "pawan, wrong role": "Error: bad.jsonl: $.messages[0].role: must be one of system, user, assistant, tool, not 'robot'",
    "pawan, messages no list": "Error: bad.jsonl: JSON, but no session in a known format (claude-code, pawan)",
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


@pytest.mark.parametrize("command", ["import", "save"])
def test_a_huge_file_is_refused_before_it_is_read(box: Sandbox, command: str) -> None:
    box.begin()
    with box.file("huge.jsonl", b"").open("r+b") as file:
        file.truncate(500 * 1024 * 1024)

    with unchanged(box.repo):
        assert box.wj(f"{command} huge.jsonl") == (
            "Error: huge.jsonl: the file is 500 MiB; the limit is 256 MiB\n[exit 1]\n"
        )


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
Error: There is no .jsonl file in empty
Usage: wj import [OPTIONS] PATH…
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
            == """\
Error: Transcript format `claude` doesn't exist; known: claude-code, pawan
Hint: Did you mean `claude-code`?
[exit 1]
"""
        )
        assert (
            box.wj("save chat.jsonl --format claude")
            == """\
Error: Transcript format `claude` doesn't exist; known: claude-code, pawan
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
    box.file("bad.jsonl", b"")
    box.chat(2, "better.jsonl", "better")

    assert (
        box.wj("import bad.jsonl good.jsonl better.jsonl")
        == """\
good.jsonl: 1 changes, 2 rows new; started session good
better.jsonl: 2 changes, 4 rows new; started session better
Error: bad.jsonl: the file is empty
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


def test_a_native_message_that_is_none(box: Sandbox) -> None:
    box.begin()

    with unchanged(box.repo):
        assert (
            box.wj("append --json-message -", stdin=b"not json\n")
            == """\
Error: Line 1 column 1: expecting value
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
