from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from porcelain.transcript.claude import claude_code
from porcelain.transcript.errors import CannotWrite
from porcelain.transcript.row import heads
from store.errors import InvalidSession
from tests.porcelain.transcript.claude_rows import Chat

NOW = "2026-03-02T08:00:00.000Z"


def ids() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"00000000-0000-4000-8000-{next(numbers):012}"


def write(chat: Chat, role: str, text: str) -> dict[str, Any]:
    raw = claude_code.write_message(chat.lines(), role, text, now=NOW, new_uuid=ids())
    assert b"\n" not in raw
    row = json.loads(raw)
    assert isinstance(row, dict)
    return row


def test_a_prompt_continues_the_last_row_in_the_same_surroundings() -> None:
    chat = Chat()
    chat.turn(1)
    chat.side("summary", summary="s", leafUuid="a1")
    assert write(chat, "user", "another way") == {
        "parentUuid": "a1",
        "isSidechain": False,
        "userType": "external",
        "cwd": "/home/dev/project",
        "sessionId": chat.session,
        "version": "2.1.32",
        "gitBranch": "main",
        "type": "user",
        "message": {"role": "user", "content": "another way"},
        "uuid": "00000000-0000-4000-8000-000000000001",
        "timestamp": NOW,
    }


def test_a_response_is_a_whole_message_of_the_model_used_last() -> None:
    chat = Chat()
    chat.turn(1)
    chat.user("q")
    row = write(chat, "assistant", "answer")
    assert row["type"] == "assistant"
    assert row["message"]["model"] == "claude-opus-4-5"
    assert row["message"]["content"] == [{"type": "text", "text": "answer"}]
    assert row["message"]["id"].startswith("msg_")
    assert {"role", "type", "stop_reason", "usage"} <= set(row["message"])


def test_what_is_written_reads_back_as_what_it_is() -> None:
    chat = Chat()
    chat.turn(1)
    prompt = claude_code.read_row(json.dumps(write(chat, "user", "zwei\nü")).encode())
    assert (prompt.prompt, prompt.title, prompt.text) == (True, "zwei", "zwei\nü")
    answer = claude_code.read_row(json.dumps(write(chat, "assistant", "r")).encode())
    assert (answer.role, answer.text) == ("assistant", "r")
    note = claude_code.read_row(json.dumps(write(chat, "system", "note")).encode())
    assert (note.role, note.text, note.kind) == (None, "note", "system/informational")


def test_a_written_prompt_is_the_next_turn_of_the_file() -> None:
    chat = Chat()
    chat.turn(1)
    chat.turn(2)
    raw = claude_code.write_message(chat.lines(), "user", "q3", now=NOW, new_uuid=ids())
    read = claude_code.parse(chat.data() + raw + b"\n", "x.jsonl")
    assert len(read.turns) == 3
    assert len(heads(read.turns)) == 1


def test_progress_and_sub_agents_are_no_place_to_continue_from() -> None:
    chat = Chat()
    chat.turn(1)
    chat.progress("p")
    chat.user("sub", "s1", isSidechain=True, cwd="/elsewhere")
    row = write(chat, "user", "next")
    assert row["parentUuid"] == "a1"
    assert row["cwd"] == "/home/dev/project"


def test_the_first_row_of_all_begins_a_session() -> None:
    row = write(Chat(), "user", "hello")
    assert row["parentUuid"] is None
    assert row["sessionId"] == "00000000-0000-4000-8000-000000000001"
    assert row["uuid"] == "00000000-0000-4000-8000-000000000002"
    assert write(Chat(), "assistant", "hi")["message"]["model"] == "<synthetic>"


def test_only_the_last_rows_are_read() -> None:
    chat = Chat()
    for number in range(50):
        chat.turn(number)
    lines = chat.lines()
    read: list[int] = []

    class Watched(list[bytes]):
        def __getitem__(self, index: Any) -> Any:
            read.append(index)
            return super().__getitem__(index)

    claude_code.write_message(Watched(lines), "user", "q", now=NOW, new_uuid=ids())
    assert len(read) == 1


def test_a_tools_result_cannot_be_written_by_hand() -> None:
    with pytest.raises(CannotWrite, match="user, assistant, system"):
        write(Chat(), "tool", "7")


def test_text_that_is_no_text_is_refused() -> None:
    with pytest.raises(InvalidSession, match="surrogate"):
        write(Chat(), "user", "\ud83d")
