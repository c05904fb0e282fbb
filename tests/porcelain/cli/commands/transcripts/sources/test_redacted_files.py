"""Redacted text does not come back with any file that has it."""

from __future__ import annotations

import copy

import pytest

from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat

PURGE = pytest.mark.parametrize("purge", ["", " --purge --yes"])


def texts(box: Sandbox, *files: str) -> bytes:
    """Return all sessions and files as they are exported, and the titles."""
    exports = [box.run("export", name).raw for name in box.sessions()]
    exports += [box.run("export", "--source", path).raw for path in files]
    return b"".join([*exports, box.run("log", "-r", "all()").raw])


@PURGE
@pytest.mark.parametrize("ids", ["same", "new"])
def test_the_original_of_a_redacted_fork_is_redacted(box: Sandbox, purge: str, ids: str) -> None:
    box.ok("init")
    first = Chat("first")
    for number in (1, 2):
        first.turn(number)
    second = Chat("second")
    second.rows = copy.deepcopy(first.rows)
    for row in second.rows:
        row["forkedFrom"] = {"sessionId": "first", "messageUuid": row["uuid"]}
        row["sessionId"] = "second"
        if ids == "new":
            row["uuid"] = f"new-{row['uuid']}"
            row["parentUuid"] = row["parentUuid"] and f"new-{row['parentUuid']}"
    second.last = second.rows[-1]["uuid"]
    second.turn(9)
    box.file("second.jsonl", second.data())
    box.ok("import second.jsonl")
    box.ok(f"redact q2{purge}")

    box.file("first.jsonl", first.data())
    box.ok("import first.jsonl")

    assert b"q2" not in texts(box, "first.jsonl", "second.jsonl")
    assert b'"sessionId":"second"' not in box.run("export", "--source", "first.jsonl").raw
    assert "nothing new" in box.ok("import first.jsonl second.jsonl")
    first.turn(3)
    box.file("first.jsonl", first.data())
    box.ok("import first.jsonl")
    assert b"q2" not in texts(box, "first.jsonl", "second.jsonl")
    assert box.sessions() == {"first": "q3", "second": "q9"}


@PURGE
def test_a_backup_with_a_row_that_was_taken_out_and_redacted_is_redacted(
    box: Sandbox, purge: str
) -> None:
    chat = box.begin(3)
    backup = chat.data()
    lines = [line for line in chat.lines() if b'"q2"' not in line]
    box.file("chat.jsonl", b"".join(line + b"\n" for line in lines))
    box.ok("import chat.jsonl")
    box.ok(f"redact q2{purge}")

    box.file("chat.jsonl", backup)
    box.ok("import chat.jsonl")
    assert b"q2" not in texts(box, "chat.jsonl")

    chat.turn(4)
    box.file("chat.jsonl", chat.data())
    box.ok("import chat.jsonl")
    assert b"q2" not in texts(box, "chat.jsonl")
    assert box.sessions() == {"demo": "q4"}
    assert "nothing new" in box.ok("import chat.jsonl")


@PURGE
def test_a_fork_of_a_redacted_fork_is_redacted(box: Sandbox, purge: str) -> None:
    """The second fork names the rows of the first, which are stored as those of their original."""
    box.ok("init")
    chats = [Chat("first")]
    for number in (1, 2):
        chats[0].turn(number)
    for session in ("second", "third"):
        fork = Chat(session)
        fork.rows = copy.deepcopy(chats[-1].rows)
        for row in fork.rows:
            row["forkedFrom"] = {"sessionId": row["sessionId"], "messageUuid": row["uuid"]}
            row["sessionId"] = session
            row["uuid"] = f"{session}-{row['uuid']}"
            row["parentUuid"] = row["parentUuid"] and f"{session}-{row['parentUuid']}"
        chats.append(fork)
    for chat in chats:
        box.file(f"{chat.session}.jsonl", chat.data())
    box.ok("import first.jsonl")
    box.ok("import second.jsonl")
    (box.folder / "first.jsonl").unlink()
    box.ok(f"redact q2{purge}")

    box.ok("import third.jsonl")
    assert b"q2" not in texts(box, "second.jsonl", "third.jsonl")
    assert "nothing new" in box.ok("import second.jsonl third.jsonl")
