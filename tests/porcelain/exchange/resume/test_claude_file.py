"""A file written for Claude Code holds the conversation as the agent needs it, and says what differs."""

from __future__ import annotations

import json
from typing import Any

from porcelain.exchange.resume.claude_file import WRITER
from porcelain.exchange.resume.resumed import Resumed, Wanted
from porcelain.transcript.formats import read_transcript, to_session
from porcelain.transcript.row import lineage_rows
from tests.harness.places import needs_real_files, real_files
from tests.porcelain.transcript.claude_rows import Chat

NEW = "99999999-aaaa-4bbb-8ccc-000000000001"
HERE = "/home/dev/project"


def write(chat: Chat | bytes, **more: Any) -> Resumed:
    data = chat.data() if isinstance(chat, Chat) else chat
    session = to_session(read_transcript(data, "s.jsonl", "claude-code"))
    given = {"project": HERE, "branch": "main", "now": "2026-03-12T10:00:00.000Z", **more}
    return WRITER.write(Wanted(session, NEW, **given))


def values(made: Resumed) -> list[dict[str, Any]]:
    assert made.data.endswith(b"\n")
    return [json.loads(line) for line in made.data.splitlines()]


def texts(made: Resumed) -> list[Any]:
    """Return the contents of the messages that the agent sends."""
    found: Any = WRITER.messages(made.data)
    return [
        block["text"] if block.get("type") == "text" else block["type"]
        for _, message in found
        for block in (
            [{"type": "text", "text": message["content"]}]
            if isinstance(message["content"], str)
            else message["content"]
        )
    ]


def test_an_untouched_conversation_differs_only_in_its_id() -> None:
    chat = Chat()
    chat.turn(1)
    chat.turn(2)

    made = write(chat)

    *rows, end = made.data.splitlines()
    assert rows == [line.replace(chat.session.encode(), NEW.encode()) for line in chat.lines()]
    assert json.loads(end) == {
        "type": "last-prompt",
        "lastPrompt": "q2",
        "leafUuid": "a2",
        "sessionId": NEW,
    }
    assert made.rows == (0, 1, 2, 3, None)
    assert made.remarks == ()
    assert texts(made) == ["q1", "r1", "q2", "r2"]


def test_every_row_gets_the_new_id_also_where_it_had_none() -> None:
    chat = Chat()
    chat.turn(1)
    del chat.rows[1]["sessionId"]

    assert {row["sessionId"] for row in values(write(chat))} == {NEW}


def test_rows_keep_their_spacing_and_numbers() -> None:
    chat = Chat()
    chat.turn(1)
    odd = chat.lines()[0].replace(b'"userType":"external"', b'"cost" : 1e21 ,  "big":1.50')

    (first, *_) = write(odd + b"\n").data.splitlines()

    assert first == odd.replace(chat.session.encode(), NEW.encode())


def test_the_chain_passes_progress_rows_by() -> None:
    chat = Chat()
    chat.user("q1", "u1")
    chat.progress("p1")
    chat.progress("p2")
    chat.answer("r1", "a1")

    made = write(chat)

    assert [(row.get("uuid"), row.get("parentUuid")) for row in values(made)[:-1]] == [
        ("u1", None),
        ("a1", "u1"),
    ]
    assert made.rows == (0, 3, None)
    assert made.remarks == ()


def test_a_row_with_a_missing_parent_continues_the_row_before() -> None:
    chat = Chat()
    chat.turn(1)
    chat.user("q2", "u2", parent="gone")
    chat.answer("r2", "a2")

    made = write(chat)

    assert texts(made) == ["q1", "r1", "q2", "r2"]
    assert made.remarks == ("1 row linked to the row before, so none is passed by",)


def test_the_first_row_has_no_parent() -> None:
    chat = Chat()
    chat.user("q1", "u1", parent="gone")
    chat.answer("r1", "a1")

    assert values(write(chat))[0]["parentUuid"] is None


def test_parallel_calls_keep_their_own_links() -> None:
    chat = Chat()
    chat.user("q1", "u1")
    chat.call("t1", "c1", response="m1")
    chat.call("t2", "c2", response="m1")
    chat.result("t1", "o1", parent="c1")
    chat.result("t2", "o2", parent="c2")
    chat.answer("r1", "a1")

    made = write(chat)

    assert made.remarks == ()
    assert [row.get("parentUuid") for row in values(made)[:-1]] == [
        *(None, "u1", "c1", "c1", "c2", "o2"),
    ]
    assert len(WRITER.messages(made.data) or ()) == 6


def test_messages_beside_the_line_are_linked_into_it() -> None:
    chat = Chat()
    chat.turn(1)
    chat.user("q2", "u2")
    chat.user("typed at the same time", "u3", parent="a1")
    chat.answer("r2", "a2")

    made = write(chat)

    assert texts(made) == ["q1", "r1", "q2", "typed at the same time", "r2"]
    assert made.remarks == ("1 row linked to the row before, so none is passed by",)


def test_two_prompts_with_one_id_are_two_rows() -> None:
    chat = Chat()
    chat.turn(1)
    chat.user("another", "u1", parent="a1")
    chat.answer("r2", "a2")

    made = write(chat)

    assert texts(made) == ["q1", "r1", "another", "r2"]
    ids = [row.get("uuid") for row in values(made)[:-1]]
    assert len(set(ids)) == 4
    assert write(chat) == made


def test_a_call_without_a_result_at_the_end_is_cut() -> None:
    chat = Chat()
    chat.turn(1)
    chat.user("q2", "u2")
    chat._assistant(
        {"type": "thinking", "thinking": "hm", "signature": "x"}, "h", "m", response="m2"
    )
    chat.call("t1", "c1", response="m2")

    made = write(chat)

    assert texts(made) == ["q1", "r1", "q2"]
    assert made.remarks == ("Left out: 1 tool call without a result",)
    assert values(made)[-1]["leafUuid"] == "u2"


def test_one_of_two_calls_in_a_row_is_cut() -> None:
    chat = Chat()
    chat.user("q1", "u1")
    chat.call("t1", "c1")
    content = chat.rows[-1]["message"]["content"]
    content.append({**content[0], "id": "t2"})
    chat.result("t1", "o1")
    chat.result("t9", "o9")

    made = write(chat)

    assert texts(made) == ["q1", "tool_use", "tool_result"]
    assert made.remarks == (
        "Left out: 1 tool call without a result and 1 tool result without a call",
    )


def test_damaged_rows_and_sub_agents_are_left_out() -> None:
    chat = Chat()
    chat.turn(1)
    chat.put("user", "s1", message={"role": "user", "content": "side"}, isSidechain=True)
    chat.user("q2", "u2", parent="a1")
    lines = chat.lines()
    lines[2:2] = [b"\0\0\0\0"]

    made = write(b"".join(line + b"\n" for line in lines))

    assert texts(made) == ["q1", "r1", "q2"]
    assert made.rows == (0, 1, 4, None)
    assert made.remarks == ("Left out: 1 damaged row and 1 row of sub-agents",)


def test_thinking_goes_from_the_turn_that_was_edited() -> None:
    chat = Chat()
    thought = {"type": "thinking", "thinking": "hm", "signature": "x"}
    for number in (1, 2, 3):
        chat.user(f"q{number}", f"u{number}")
        chat._assistant(thought, f"h{number}", "m", response=f"m{number}")
        chat._assistant(
            {"type": "text", "text": f"r{number}"}, f"a{number}", "m", response=f"m{number}"
        )

    assert texts(write(chat)).count("thinking") == 3
    made = write(chat, edited={5})

    assert texts(made) == ["q1", "thinking", "r1", "q2", "r2", "q3", "r3"]
    assert made.remarks == ("Left out: 2 blocks of thinking from the edited turn on",)


def test_only_what_follows_a_compaction_must_be_reached() -> None:
    chat = Chat()
    chat.turn(1)
    chat.put("system", "b1", parent=None, subtype="compact_boundary", logicalParentUuid="a1")
    chat.user("the summary", "s1", isCompactSummary=True)
    chat.turn(2)

    made = write(chat)

    assert texts(made) == ["the summary", "q2", "r2"]
    assert made.remarks == ()
    assert len(values(made)) == 7


def test_another_folder_and_branch_are_written_into_the_rows_and_said() -> None:
    chat = Chat()
    chat.turn(1)
    chat.user("q2", "u2", cwd=f"{HERE}/deep", gitBranch="HEAD")
    chat.answer("r2", "a2", cwd="/tmp/elsewhere")

    made = write(chat, project="/new/place", branch="topic")

    rows = values(made)[:-1]
    assert [row["cwd"] for row in rows] == [
        *("/new/place", "/new/place", "/new/place/deep", "/tmp/elsewhere")
    ]
    assert {row["gitBranch"] for row in rows} == {"topic"}
    assert made.remarks == (
        "Working folder is /new/place instead of /home/dev/project",
        "Git branch is topic instead of main",
    )


def test_a_row_without_a_time_gets_one() -> None:
    chat = Chat()
    chat.turn(1)
    del chat.rows[1]["timestamp"]

    assert values(write(chat))[1]["timestamp"] == "2026-03-12T10:00:00.000Z"


def test_the_newest_title_comes_along() -> None:
    chat = Chat()
    chat.side("custom-title", customTitle="old", sessionId=chat.session)
    chat.turn(1)
    chat.side("custom-title", customTitle="new", sessionId=chat.session)
    chat.side("file-history-snapshot", messageId="u1", snapshot={})

    *_, title, end = values(write(chat))

    assert title == {"type": "custom-title", "customTitle": "new", "sessionId": NEW}
    assert end["type"] == "last-prompt"


def test_half_of_an_emoji_stays() -> None:
    chat = Chat()
    chat.user("cut \ud83d", "u1")

    assert b"cut \\ud83d" in write(chat).data


# messages


def test_a_file_that_ends_in_the_conversation_has_its_messages() -> None:
    chat = Chat()
    chat.turn(1)
    chat.turn(2)

    assert WRITER.messages(chat.data()) == WRITER.messages(write(chat).data)
    chat.user("q3", "u3", parent="a1")
    assert texts(Resumed(chat.data(), (), ())) == ["q1", "r1", "q3"]
    chat.side("last-prompt", leafUuid="a2")
    assert texts(Resumed(chat.data(), (), ())) == ["q1", "r1", "q2", "r2"]


def test_the_line_goes_on_behind_the_row_that_is_pointed_at() -> None:
    """As Claude Code 2.1.197 and 2.1.332 do."""
    chat = Chat()
    chat.turn(1)
    chat.turn(2)
    chat.user("q3", "u3", parent="a1")
    chat.side("last-prompt", leafUuid="a2")
    chat.user("q4", "u4", parent="a2")
    chat.user("q5", "u5", parent="u3")

    assert texts(Resumed(chat.data(), (), ())) == ["q1", "r1", "q2", "r2", "q4"]


def test_a_file_without_a_final_newline_cannot_be_resumed() -> None:
    chat = Chat()
    chat.turn(1)

    assert WRITER.messages(chat.data()[:-1]) is None


@needs_real_files
def test_real_conversations_lose_no_message_since_their_last_compaction() -> None:
    for path in real_files("claude_code/*.jsonl", "more/claude_code/made*/*.jsonl"):
        transcript = read_transcript(path.read_bytes(), str(path))
        last = len(transcript.turns) - 1
        for turn in {*range(0, last, 20), last}:
            rows = lineage_rows(transcript.turns, turn)
            session = to_session(transcript, rows)
            made = WRITER.write(Wanted(session, NEW, HERE, "", "2026-03-12T10:00:00.000Z"))
            written = [json.loads(line) for line in made.data.splitlines()]
            starts = [
                n for n, row in enumerate(written) if row.get("subtype") == "compact_boundary"
            ]
            wanted = [
                row["message"]
                for row in written[starts[-1] if starts else 0 :]
                if row["type"] in ("user", "assistant")
            ]
            sent: Any = WRITER.messages(made.data)
            assert [message for _, message in sent][-len(wanted) :] == wanted
            main = [
                transcript.rows[r]
                for r in rows
                if transcript.rows[r].role and not transcript.rows[r].side
            ]
            assert len(main) - len(wanted) <= 2 or starts
