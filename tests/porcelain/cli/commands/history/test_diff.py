"""`wj diff`, `interdiff`, `log -p` and `show -p`: conversations compared by messages."""

from __future__ import annotations

import pytest

from tests.harness.bare import git
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat


@pytest.fixture
def two(box: Sandbox) -> Sandbox:
    """A conversation, and a fork of its second message that went another way."""
    box.ok("init")
    box.ok("append -m 'Write a parser' --session demo")
    box.ok("append --role assistant -m 'Here it is'")
    box.ok("append -m thanks")
    box.ok("fork @- try-b")
    box.ok("append -m 'Now make it faster'")
    box.ok("append --role assistant -m 'It is fast'")
    return box


def body(shown: str) -> str:
    return shown.partition("\n")[2]


def test_what_two_forks_said_differently_since_they_parted(two: Sandbox) -> None:
    shown = two.ok("diff --from demo --to try-b")
    first = shown.partition("\n")[0]
    change = two.one("demo-")["change_id"][:8]
    assert first.startswith(f"They share 2 rows, and parted after {change} ")
    assert (
        body(shown)
        == """\
- 3 user
    thanks
+ 3 user
    Now make it faster
+ 4 assistant
    It is fast
"""
    )
    assert two.ok("diff --to try-b --from demo") == shown
    assert body(two.ok("diff --from try-b --to demo")).startswith("- 3 user\n    Now make")


def test_a_line_that_goes_on_names_no_parting(two: Sandbox) -> None:
    assert two.ok("diff --from demo- --to demo") == "+ 3 user\n    thanks\n"
    assert two.ok("diff --from demo") == two.ok("diff --from demo --to @")
    assert two.ok("diff --from demo --to demo") == ""
    assert two.ok("diff --from 'root()' --to demo-- ") == "+ 1 user\n    Write a parser\n"


def test_by_default_it_shows_what_a_commit_changes(two: Sandbox) -> None:
    assert two.ok("diff") == "+ 4 assistant\n    It is fast\n"
    assert two.ok("diff -r demo") == "+ 3 user\n    thanks\n"
    assert two.ok("diff -r 'roots(demo)'") == two.ok("diff -r demo")
    assert two.ok("diff -r 'root()'") == ""
    two.ok("new")
    assert two.ok("diff") == ""


def test_stat_and_summary(two: Sandbox) -> None:
    assert (
        body(two.ok("diff --from demo --to try-b --stat"))
        == """\
3 user | 1 -
3 user | 1 +
4 assistant | 1 +
2 messages added, 1 message removed; 2 lines added, 1 removed
"""
    )
    assert (
        body(two.ok("diff --from demo --to try-b --summary"))
        == """\
D 3 user thanks
A 3 user Now make it faster
A 4 assistant It is fast
"""
    )
    assert two.ok("diff -r 'root()' --stat") == "No messages differ\n"


def test_json_has_the_fork_point_and_whole_messages(two: Sandbox) -> None:
    data = two.json("diff --from demo --to try-b")
    assert data["fork_point"]["rows"] == 2
    assert data["fork_point"]["commit"]["commit_id"] == two.one("demo-")["commit_id"]
    assert [row["kind"] for row in data["rows"]] == ["removed", "added", "added"]
    assert data["rows"][2]["after"]["text"] == "It is fast"
    assert two.json("diff -r demo")["fork_point"] is None


def edited(box: Sandbox, long: str = "") -> str:
    """Make a conversation whose first answer was changed here; return the commit as it was."""
    chat = Chat("demo")
    chat.user("Explain it")
    chat.answer(f"The parser is in rows.py\n{long}and it reads secret rows\nThat is all")
    chat.progress()
    chat.user("thanks")
    box.file("chat.jsonl", chat.data())
    box.ok("init")
    box.ok("import chat.jsonl")
    old: str = box.one("demo")["commit_id"]
    box.ok("redact 'secret rows'")
    return old


def test_of_a_changed_message_its_lines_are_compared(box: Sandbox) -> None:
    old = edited(box)
    assert (
        box.ok(f"diff --from {old} --to demo")
        == """\
~ 2 assistant 2026-03-01 10:00:02
      The parser is in rows.py
    - and it reads secret rows
    + and it reads [redacted]
      That is all
"""
    )
    painted = box.run("diff", "--from", old, "--to", "demo", "--color", "debug").out
    assert "<<removed token::secret>>" in painted
    assert "<<added token::redacted>>" in painted
    assert "<<removed::reads>>" in painted
    assert "M 2 assistant The parser is in rows.py" in box.ok(f"diff --from {old} --to demo -s")
    assert "1 message changed; 1 line added, 1 removed" in box.ok(
        f"diff --from {old} --to demo --stat"
    )


def test_equal_lines_are_counted_unless_all_are_asked_for(box: Sandbox) -> None:
    old = edited(box, "".join(f"line {number}\n" for number in range(9)))
    shown = box.ok(f"diff --from {old} --to demo")
    assert "      (9 equal lines)\n      line 8\n    - and it reads" in shown
    assert "equal lines" not in box.ok(f"diff --from {old} --to demo --full")


def test_long_messages_are_folded_with_the_number_of_hidden_lines(box: Sandbox) -> None:
    chat = Chat("demo")
    chat.user("run it")
    chat.call("t1")
    block = {"type": "tool_result", "tool_use_id": "t1"}
    chat.user([{**block, "content": "".join(f"row {n}\n" for n in range(40))}])
    chat.progress()
    box.file("chat.jsonl", chat.data())
    box.ok("init")
    box.ok("import chat.jsonl")
    shown = box.ok("diff")
    assert "    row 2\n    (37 more lines; `--full` shows all)\n" in shown
    assert "(1 row that is no message differs; `--full`)\n" in shown
    assert "row 39" in box.ok("diff --full")
    assert "progress" in box.ok("diff --full")


def test_git_s_form_is_git_s(two: Sandbox) -> None:
    shown = two.run("diff", "--from", "demo", "--to", "try-b", "--git").raw.decode()
    ours, theirs = (two.one(name)["commit_id"] for name in ("demo", "try-b"))
    real = git(two.repo, "diff", "--no-renames", "-U3", ours, theirs).decode()
    kept = [line for line in real.splitlines() if not line.startswith("index ")]
    assert sorted(shown.splitlines()) == sorted(kept)


def test_log_and_show_with_patches(two: Sandbox) -> None:
    assert "│  + 4 assistant\n│      It is fast\n" in two.ok("log -p")
    assert two.ok("log -p -G -r demo").endswith("+ 3 user\n    thanks\n")
    assert two.ok("show -p demo").endswith("+ 3 user\n    thanks\n")


def test_interdiff_compares_what_two_changes_do(two: Sandbox) -> None:
    shown = two.ok("interdiff --from demo --to try-b-")
    assert 'Changed id: "demo" -> "try-b"\n' in shown
    assert shown.endswith("- 3 user\n    thanks\n+ 3 user\n    Now make it faster\n")
    assert two.ok("interdiff --from @ --to @") == ""
    assert len(two.json("interdiff --from demo --to try-b-")["rows"]) == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("diff -r demo --from demo", "`--revision` does not go with"),
        ("diff --stat --git", "do not go together"),
        ("interdiff", "The commits to compare are missing"),
        ("interdiff --from 'root()'", "The root commit changes nothing"),
    ],
)
def test_wrong_use(two: Sandbox, line: str, said: str) -> None:
    output = two.wj(line)
    assert said in output
    assert "[exit 2]" in output


def test_text_cannot_reach_the_terminal(box: Sandbox) -> None:
    box.ok("init")
    box.ok("append --session x -m 'safe \x1b]0;owned\x07 text'")
    for line in ("diff", "diff --stat", "diff -s", "diff --git", "log -p"):
        assert "\x1b" not in box.ok(line)
