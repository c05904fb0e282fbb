"""`wj cat` and `wj show`: conversations to read, and the numbers of their messages."""

from __future__ import annotations

import json

from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat


def worked(box: Sandbox) -> None:
    """Import a turn with a thought, a call, rows that are no messages, and a long result."""
    chat = Chat("demo")
    chat.user("look at\ta.py")
    chat.side("summary", summary="x", leafUuid="y")
    chat._assistant({"type": "thinking", "thinking": "I should look"}, None, "m")
    chat.call("t1")
    chat.progress()
    block = {"type": "tool_result", "tool_use_id": "t1"}
    chat.user([{**block, "content": "".join(f"row {n}\n" for n in range(9))}])
    chat.answer("def f():\n\treturn 1")
    chat.turn(2)
    box.file("chat.jsonl", chat.data())
    box.ok("init")
    box.ok("import chat.jsonl")


def test_thinking_is_set_apart_calls_are_folded_and_tabs_are_real(box: Sandbox) -> None:
    worked(box)

    assert (
        box.wj("show demo-").partition(" a.py\n\n")[2]
        == """\
1 user 2026-03-01 10:00:01
    look at\ta.py
2 assistant 2026-03-01 10:00:02
    ┊ I should look
3 assistant 2026-03-01 10:00:03
    → Read(a.py) (9 lines)
4 tool 2026-03-01 10:00:05
    row 0
    row 1
    row 2
    (6 more lines; `--full` shows all)
5 assistant 2026-03-01 10:00:06
    def f():
    \treturn 1
(2 rows that are no messages; `--full` shows all)
"""
    )


def test_one_numbering_everywhere(box: Sandbox) -> None:
    worked(box)

    assert [row["number"] for row in box.json("show")[0]["added"]] == [6, 7]
    assert box.one("@")["messages"] == 7
    assert box.json("search r2")[0]["number"] == 7
    box.ok("fork demo --at 4 four")
    assert box.one("four")["messages"] == 4
    assert "There is no message 8: the conversation has 7 messages" in box.wj("fork demo --at 8")
    assert box.ok("diff -r demo").startswith("+ 6 user")


def test_cat_reads_a_whole_conversation(box: Sandbox) -> None:
    worked(box)

    lines = [line for line in box.ok("cat").splitlines() if line[:1].isdigit()]
    assert [line.partition(" 2026")[0] for line in lines] == [
        *("1 user", "2 assistant", "3 assistant", "4 tool", "5 assistant", "6 user", "7 assistant")
    ]
    assert box.ok("cat --messages 6..") == box.ok("show").partition("demo] q2\n\n")[2]
    assert "row 8" in box.ok("cat --messages 4 --full")
    assert box.ok("cat --role user -r demo").count(" user ") == 2
    raw = [json.loads(line) for line in box.ok("cat --raw --messages 3..4").splitlines()]
    assert [row["type"] for row in raw] == ["assistant", "user"]
    assert len(box.ok("cat --raw").splitlines()) == 9
    assert [row["number"] for row in box.json("cat --role tool")] == [4]
    assert "There is no message 8" in box.wj("cat --messages 3..8")
    assert box.run("cat", "@", "-r", "@").code == 2


def test_show_takes_jjs_options(box: Sandbox) -> None:
    worked(box)

    assert box.ok("show -r demo") == box.ok("show demo")
    assert box.ok("show --no-patch").endswith("    [demo] q2\n\n")
    assert "2 messages added" in box.ok("show --stat")
    shown = box.ok("show -T 'change_id.short(4) ++ \"\\n\"' --messages 2..2")
    assert shown.splitlines()[1:] == ["2 assistant 2026-03-01 10:00:02", "    ┊ I should look"]
    assert box.ok("show --reversed demo- demo").startswith(box.ok("show demo-"))
    assert box.run("show", "--stat", "--raw").code == 2
