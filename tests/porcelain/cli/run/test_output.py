"""Streams, colours, JSON, and text with control characters."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from porcelain.cli.run.colors import Painter
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat

# Ids are hashes of everything there is: not what a test of colours is about.
_ID = re.compile(r"(?<=38;5;4m|8;5;12m)[0-9a-f]+((?:\x1b\[0m)?\x1b\[38;5;8m)?[0-9a-f]*")

EVIL = "\x1b]0;owned\x07 \x9b31m \u202e backwards"


def without_ids(shown: str) -> str:
    """Return coloured output with `#` in place of each part of a commit or operation id."""
    return _ID.sub(lambda match: f"#{match.group(1)}#" if match.group(1) else "#", shown)


def test_data_goes_to_stdout_and_the_rest_to_stderr(box: Sandbox) -> None:
    box.begin()

    forked = box.run("fork", "@", "try-b")
    listed = box.run("session", "list", "try-b", "nobody")

    assert forked.out == ""
    assert forked.err.startswith("Forked session try-b from ")
    assert listed.out.startswith("try-b: ")
    assert listed.err == "Warning: No matching sessions for names: nobody\n"


def test_quiet_leaves_out_status_and_advice(box: Sandbox) -> None:
    box.begin()
    box.ok("new @-")

    assert box.wj("append -m aside --quiet") == ""
    assert (
        box.wj("--quiet edit nowhere")
        == """\
Error: Revision `nowhere` doesn't exist
[exit 1]
"""
    )


def test_colours_in_the_log(box: Sandbox) -> None:
    box.begin(1)
    box.ok("fork @ try-b")

    assert (
        without_ids(box.wj("log --color always"))
        == """\
\x1b[1m\x1b[38;5;2m@\x1b[0m  \x1b[1m\x1b[38;5;13mk\x1b[38;5;8mmxsnpyr\x1b[39m \x1b[38;5;3mclaude-opus-4-5\x1b[39m \x1b[38;5;14m2026-03-12 10:00:03\x1b[39m \x1b[38;5;13mtry-b\x1b[39m \x1b[38;5;8m2 messages\x1b[39m \x1b[38;5;12m#\x1b[38;5;8m#\x1b[0m
│  \x1b[1m\x1b[38;5;10m(empty)\x1b[39m try-b, forked from omrzzpmq at message 2\x1b[0m
○  \x1b[1m\x1b[38;5;5mo\x1b[0m\x1b[38;5;8mmrzzpmq\x1b[39m \x1b[38;5;3mclaude-opus-4-5\x1b[39m \x1b[38;5;6m2026-03-01 10:00:02\x1b[39m \x1b[38;5;5mdemo\x1b[39m \x1b[38;5;8m2 messages\x1b[39m \x1b[1m\x1b[38;5;4m#\x1b[0m\x1b[38;5;8m#\x1b[39m
│  q1
\x1b[1m\x1b[38;5;14m◆\x1b[0m  \x1b[1m\x1b[38;5;5mz\x1b[0m\x1b[38;5;8mzzzzzzz\x1b[39m \x1b[38;5;2mroot()\x1b[39m \x1b[1m\x1b[38;5;4m#\x1b[0m\x1b[38;5;8m#\x1b[39m
"""
    )


def test_colours_in_the_operation_log(box: Sandbox) -> None:
    box.ok("init")
    box.ok("append -m hello")

    assert (
        without_ids(box.wj("op log --color always"))
        == """\
\x1b[1m\x1b[38;5;2m@\x1b[0m  \x1b[1m\x1b[38;5;12m#\x1b[38;5;8m#\x1b[39m \x1b[38;5;3mada@host\x1b[39m \x1b[38;5;10mdefault@\x1b[39m \x1b[38;5;14m1 second ago, lasted 0 milliseconds\x1b[0m
│  \x1b[1mappend 1 message\x1b[0m
│  \x1b[1m\x1b[38;5;13margs: wj append -m ...\x1b[0m
○  \x1b[1m\x1b[38;5;4m#\x1b[0m\x1b[38;5;8m#\x1b[39m \x1b[38;5;2mroot()\x1b[39m
"""
    )


def test_colours_of_messages(box: Sandbox) -> None:
    box.begin(1)

    assert (
        without_ids(box.wj("show --color always"))
        == """\
Commit ID: \x1b[38;5;4m#\x1b[39m
Change ID: \x1b[38;5;5momrzzpmqkvlqqlyntyppvuvswtxwmpvz\x1b[39m
Sessions : \x1b[38;5;5mdemo\x1b[39m
Author   : \x1b[38;5;3mAda <ada@example.org>\x1b[39m (\x1b[38;5;6m2026-03-01 10:00:02\x1b[39m)
Committer: \x1b[38;5;3mAda <ada@example.org>\x1b[39m (\x1b[38;5;6m2026-03-12 10:00:02\x1b[39m)
Model    : \x1b[38;5;3mclaude-opus-4-5\x1b[39m
Native ID: demo
Project  : /home/dev/project
Branch   : main
Agent    : claude-code 2.1.32
Messages : 2 in 2 rows

    \x1b[38;5;8m[demo] q1\x1b[39m

\x1b[38;5;8m1\x1b[39m \x1b[1m\x1b[38;5;2muser\x1b[0m \x1b[38;5;6m2026-03-01 10:00:01\x1b[39m
    q1
\x1b[38;5;8m2\x1b[39m \x1b[1m\x1b[38;5;6massistant\x1b[0m \x1b[38;5;6m2026-03-01 10:00:02\x1b[39m
    r1
"""
    )
    assert (
        box.wj("--color always edit nowhere")
        == """\
\x1b[1m\x1b[38;5;1mError: \x1b[39mRevision `nowhere` doesn't exist\x1b[0m
[exit 1]
"""
    )


def test_labels_are_shown_on_demand(box: Sandbox) -> None:
    box.begin(1)

    assert (
        box.wj("log -r @ -G --color debug -T change_id")
        == "<<log working_copy change_id::omrzzpmqkvlqqlyntyppvuvswtxwmpvz>>"
    )


def test_the_setting_colours_and_no_color_does_not(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.begin(1)
    plain = box.ok("log")
    box.ok("config set --user ui.color always")
    assert "\x1b[" in box.ok("log")

    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" in box.ok("log")
    assert box.ok("log --color never") == plain

    box.ok("config unset --user ui.color")
    assert box.ok("log") == plain


def test_bold_ends_before_the_line_does() -> None:
    shown = Painter().paint([("working_copy", "one\ntwo"), ("", " plain")], "always")

    assert shown == "\x1b[1mone\x1b[0m\n\x1b[1mtwo\x1b[0m plain"


@pytest.mark.parametrize(
    "line", ["log", "show", "status", "session list", "op log", "lineage", "leaves"]
)
def test_text_from_a_transcript_cannot_reach_the_terminal_as_it_is(box: Sandbox, line: str) -> None:
    chat = Chat("demo")
    chat.user(f"hello {EVIL}")
    chat.answer(f"hi {EVIL}", model=f"m {EVIL}")
    box.file("chat.jsonl", chat.data())
    box.ok("init")
    box.ok("import chat.jsonl")

    for color in ("never", "always"):
        shown = box.ok(f"{line} --color {color}")
        assert "\x07" not in shown
        assert "\x9b" not in shown
        assert "\u202e" not in shown
        assert "\x1b]" not in shown
    assert "\x9b" not in box.ok(f"{line} --json")


def test_a_file_is_named_safely(box: Sandbox) -> None:
    box.ok("init")
    name = "bad\x1b[31m.jsonl"
    box.file(name, b"")

    assert "\x1b" not in box.run("import", name).err


COMMANDS = [
    "status", "log", "show", "lineage", "children @-", "leaves", "session list", "op log",
    "fork @ other", "new", "append -m more", "edit demo", "undo", "redo", "save chat.jsonl",
    "import chat.jsonl", "export", "export -o out.jsonl", "export --all -o out", "init",
    "config list", "config get revsets.log", "config path", "config set --user user.name Bob",
    "session create name", "help", "help log", "version",
]  # fmt: skip


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_answers_in_json(box: Sandbox, line: str) -> None:
    box.begin()
    box.ok("append -m x")
    if line == "redo":
        box.ok("undo")

    done = box.run(*line.split(), "--json")

    assert done.code == 0, done.both
    assert done.err == ""
    assert done.raw.endswith(b"\n")
    assert done.raw.count(b"\n") == 1
    assert set(json.loads(done.raw)) == {"schema", "data"}


def test_a_mutation_tells_what_it_did(box: Sandbox) -> None:
    box.begin()
    before = box.one("@")

    done = box.json("fork @- try-b")

    made = box.one("@")
    assert done["operation"] == box.json("op log")[0]["id"]
    assert done["created"] == [{"commit_id": made["commit_id"], "change_id": made["change_id"]}]
    assert done["rewritten"] == []
    assert done["sessions"] == {"try-b": {"from": None, "to": made["commit_id"]}}
    assert done["workspace"] == {
        "name": "default", "commit_id": made["commit_id"], "session": "try-b",
    }  # fmt: skip
    assert before["commit_id"] != made["commit_id"]

    then = box.json("append -m more")
    now = box.one("@")
    assert then["rewritten"] == [
        {"commit_id": now["commit_id"], "change_id": now["change_id"], "from": [made["commit_id"]]}
    ]


def test_nothing_done_has_no_operation(box: Sandbox) -> None:
    box.begin()

    done = box.json("edit @")

    assert done["operation"] is None
    assert done["created"] == done["rewritten"] == done["abandoned"] == []


def test_an_error_is_told_in_json_too(box: Sandbox) -> None:
    box.begin()

    refused = box.run("edit", "nowhere", "--json")
    misused = box.run("log", "--nonsense", "--json")

    assert (refused.code, refused.out) == (1, "")
    assert refused.error == {
        "code": "unknown_revision", "message": "Revision `nowhere` doesn't exist", "hints": [],
    }  # fmt: skip
    assert (misused.code, misused.error["code"]) == (2, "usage")


def test_json_is_one_safe_line(box: Sandbox) -> None:
    box.ok("init")
    box.ok("append -m 'línea ✓'")
    done = box.run("append", "-m", "bell \x07 c1 \x9b rtl \u202e", "--json")
    assert done.code == 0

    shown = box.run("show", "--json").raw.decode()

    assert "\\u009b" in shown
    assert shown.rstrip("\n").isprintable()
    assert "línea ✓" in box.run("show", "@-", "--json").raw.decode()


def test_a_closed_pipe_is_no_failure_to_speak_of(box: Sandbox) -> None:
    box.begin(3)
    code = "import sys; from porcelain.cli.main import main; sys.exit(main(['log', '--no-graph']))"

    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()

    assert process.returncode == 3
    assert said == b""


def test_an_interrupt_ends_with_its_own_code(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    box.begin()

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("porcelain.cli.commands.history.lineage.list_commits", interrupt)

    done = box.run("leaves")

    assert (done.code, done.both) == (130, "")


def test_a_bug_shows_no_traceback_and_says_where_it_is(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    box.begin()
    monkeypatch.delenv("WJ_DEBUG")

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oh no")

    monkeypatch.setattr("porcelain.cli.commands.history.lineage.list_commits", fail)

    done = box.run("leaves")

    assert done.code == 255
    first, second = done.err.splitlines()
    assert first == "Internal error: ZeroDivisionError: oh no"
    written = second.removeprefix("Hint: The traceback is in ~/")
    assert "Traceback" in (home / written).read_text()

    monkeypatch.setenv("WJ_DEBUG", "1")
    assert "Traceback" in box.run("leaves").err


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_the_caller_has_closed_is_no_fault(box: Sandbox, closed: str) -> None:
    line = f'"$0" -m porcelain append -m hello {closed}'
    box.begin()
    done = subprocess.run(
        ["sh", "-c", line, sys.executable], capture_output=True, check=False, text=True
    )
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert box.one("@")["title"] == "hello"
