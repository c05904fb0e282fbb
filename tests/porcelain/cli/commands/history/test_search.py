"""`wj search`: messages by what was said, with the change and the number to go on with."""

from __future__ import annotations

import json
import shlex

import pytest

from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat

TALK = {
    "zh": ("请修复全文搜索的错误", "索引"),
    "ja": ("検索エンジンを直します", "エンジン"),
    "ko": ("전문 검색을 고칩니다", "검색"),
    "th": ("แก้ไขการค้นหาข้อความ", "ค้นหา"),
    "ar": ("نصلح البحث في النصوص", "البحث"),
}


def numbers(box: Sandbox, words: str) -> list[tuple[str, int]]:
    """Return session and number of each message that a search finds."""
    return [(one["session"], one["number"]) for one in box.json(f"search {words}")]


@pytest.fixture
def talk(box: Sandbox) -> Sandbox:
    """A conversation with a tool, a fork of it, and another conversation."""
    chat = Chat("demo")
    chat.user("Please find the parser bug")
    block = {"type": "tool_use", "id": "t1", "name": "Grep",
             "input": {"path": "src", "pattern": "def parse_row", "id": "deep-id"}}  # fmt: skip
    chat._assistant(block, None, "claude-opus-4-5")
    chat.user([{"type": "tool_result", "tool_use_id": "t1", "content": "src/rows.py: parse_row"}])
    chat.answer("The parser drops the last row.")
    chat.user("Then fix it, and write a TEST")
    chat.answer("Fixed: the Straße test passes.")
    box.file("chat.jsonl", chat.data())
    box.ok("init")
    box.ok("import chat.jsonl")
    box.ok("fork demo try-b --at 3")
    box.ok("append -m 'Leave the parser, fork it instead'")
    box.ok("new 'root()'")
    box.ok("append -m 'Another parser, another day' --session other")
    return box


def test_each_message_is_shown_once_newest_first(talk: Sandbox) -> None:
    assert (
        talk.wj("search parser")
        == """\
xrmowkpk other 1 user 2026-03-12 10:00:06
    Another parser, another day
lplwrppl try-b 4 user 2026-03-12 10:00:04
    Leave the parser, fork it instead
omrzzpmq demo 4 assistant 2026-03-01 10:00:04
    The parser drops the last row.
omrzzpmq demo 1 user 2026-03-01 10:00:01
    Please find the parser bug
Hint: `wj show xrmowkpk` shows the first, `wj fork xrmowkpk --at 1` goes on from it
"""
    )


def test_what_is_shown_leads_on(talk: Sandbox) -> None:
    (found,) = talk.json("search 'straße test'")
    change = found["change_id"]
    assert f"\n{found['number']} assistant" in talk.ok(f"show {change}")
    talk.ok(f"fork {change} again --at {found['number']}")
    assert talk.one("again-")["messages"] == found["number"]


def test_words_phrases_beginnings_and_signs(talk: Sandbox) -> None:
    assert numbers(talk, "STRASSE") == [("demo", 6)]
    assert numbers(talk, "pass*") == [("demo", 6)]
    assert numbers(talk, "pass") == []
    assert numbers(talk, "'\"last row\"'") == [("demo", 4)]
    assert numbers(talk, "'\"row last\"'") == []
    assert numbers(talk, "row last") == [("demo", 4)]
    assert numbers(talk, "src/rows.py:") == [("demo", 3)]
    assert numbers(talk, ":") == [("demo", 6), ("demo", 3)]


def test_all_of_a_tool_call_is_searched_and_no_id(talk: Sandbox) -> None:
    assert numbers(talk, "'def parse_row'") == [("demo", 2)]
    assert numbers(talk, "deep-id") == [("demo", 2)]
    assert numbers(talk, "t1") == []
    assert numbers(talk, "claude-opus-4-5") == []


def test_filters(talk: Sandbox) -> None:
    assert numbers(talk, "parse_row --tool Grep") == [("demo", 3), ("demo", 2)]
    assert numbers(talk, "parse_row --tool 'B*'") == []
    assert numbers(talk, "parse_row --role tool") == [("demo", 3)]
    assert numbers(talk, "parser --role user --role system -n 2") == [("other", 1), ("try-b", 4)]
    assert numbers(talk, "parser --session demo") == [("demo", 4), ("demo", 1)]
    assert numbers(talk, "parser --session 'try*'") == [("try-b", 4), ("try-b", 1)]
    assert numbers(talk, "parser --since '1 day ago'") == [("other", 1), ("try-b", 4)]
    assert numbers(talk, "parser -r 'heads(all())'") == [("other", 1), ("try-b", 4)]
    assert numbers(talk, "parser -n 0") == []


def test_regular_expressions(talk: Sandbox) -> None:
    assert numbers(talk, "--regex 'ars.r, [af]'") == [("other", 1), ("try-b", 4)]
    assert numbers(talk, "--regex 'PARSER'") == []
    assert numbers(talk, "--regex '(?i)PARSER$'") == []
    assert numbers(talk, "--regex '(?m)row\\.$' --session 'try*'") == []
    slow = talk.run("search", "--regex", "(a|a)+$", "-r", "none()")
    assert slow.code == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("search", "The text to search for is missing"),
        ("search fork --regex fork", "`--regex` does not go with TEXT"),
        ("search --role nobody fork", "nobody"),
        ("search --since maybe fork", "neither a time"),
    ],
)
def test_wrong_use(talk: Sandbox, line: str, said: str) -> None:
    output = talk.wj(line)
    assert said in output
    assert "[exit 2]" in output


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("search --session dem fork", "unknown_session"),
        ("search --session 'x*' fork", "unknown_session"),
        ("search --regex '(' ", "name_pattern"),
        ("search '\"\"'", "empty_search"),
        ("search fork -r nothing", "unknown_revision"),
    ],
)
def test_refused(talk: Sandbox, line: str, code: str) -> None:
    done = talk.run(*shlex.split(line), "--json")
    assert done.code == 1
    assert done.error["code"] == code


def test_a_pasted_page_is_searched_for(talk: Sandbox) -> None:
    words = " ".join(f"word{number}" for number in range(3000))
    talk.ok(f"append -m '{words}'")
    assert numbers(talk, words) == [("other", 2)]
    assert numbers(talk, f"{words} more") == []


def test_nothing_found_is_no_error(talk: Sandbox) -> None:
    assert talk.wj("search nowhere") == "Nothing was found\n"


def test_any_script(box: Sandbox) -> None:
    box.ok("init")
    for name, (text, _) in TALK.items():
        box.ok("new 'root()'")
        box.ok(f"append -m '{text}' --session {name}")
    for name, (_, word) in TALK.items():
        wanted = [] if word == "索引" else [(name, 1)]
        assert numbers(box, word) == wanted
    assert numbers(box, "搜索") == [("zh", 1)]
    assert numbers(box, "索") == [("ja", 1), ("zh", 1)], "also where it ends a pair"


def test_json_has_the_excerpt_and_the_places_in_it(talk: Sandbox) -> None:
    (found,) = talk.json("search 'strasse TEST'")
    excerpt = found["excerpt"]
    assert [excerpt[start:stop] for start, stop in found["matches"]] == ["Straße", "test"]
    assert {key: found[key] for key in ("session", "number", "role", "time", "id")} == {
        "session": "demo", "number": 6, "role": "assistant", "time": "2026-03-01T10:00:06Z",
        "id": "r5",
    }  # fmt: skip


def test_a_long_message_is_cut_around_what_was_found(box: Sandbox) -> None:
    box.ok("init")
    text = "before " * 300 + "\n\n needle   here " + "after " * 300
    box.ok(f"append -m '{text}' --session long")
    (found,) = box.json("search needle")
    assert found["excerpt"].startswith("…before before")
    assert "needle here after" in found["excerpt"]
    assert found["excerpt"].endswith("…")
    assert len(found["excerpt"]) < 140
    start = found["excerpt"].index("needle")
    assert found["matches"] == [[start, start + len("needle")]]


def test_text_from_a_transcript_cannot_reach_the_terminal(box: Sandbox) -> None:
    box.ok("init")
    hostile = "needle \x1b]0;owned\x07 \u202eevil\x00 \x9b2J " + "e\u0301" * 4
    row = json.dumps({"role": "user", "content": hostile, "tool_calls": []})
    box.file("row.json", row.encode())
    box.ok("append --json-message row.json --session x")
    done = box.run("search", "needle", "--color", "always")
    assert done.code == 0
    shown = done.out.replace("\x1b[", "")
    assert not any(c in shown for c in "\x1b\x07\x00\x9b\u202e")
    assert "\\x1b]0;owned" in shown
    assert numbers(box, "evil") == [("x", 1)]


def test_what_is_new_is_found_at_once_and_what_is_gone_is_not(talk: Sandbox) -> None:
    assert numbers(talk, "needle") == []
    talk.ok("append -m 'a needle'")
    assert numbers(talk, "needle") == [("other", 2)]
    talk.ok("describe -m 'titles are no messages: needle'")
    assert numbers(talk, "needle") == [("other", 2)]
    talk.ok("undo")
    talk.ok("undo")
    assert numbers(talk, "needle") == []
    talk.ok("redo")
    assert numbers(talk, "needle") == [("other", 2)]
    past = talk.json("op log")[-1]["id"]
    assert numbers(talk, f"needle --at-op {past}") == []


def test_a_hidden_version_is_searched_where_it_is_named(talk: Sandbox) -> None:
    commit = talk.one("other")["commit_id"]
    talk.ok("abandon other")
    assert numbers(talk, "another") == []
    (found,) = talk.json(f"search another -r {commit}")
    assert (found["commit_id"], found["session"]) == (commit, None)


def test_a_rebased_conversation_is_found_at_its_new_commits(talk: Sandbox) -> None:
    before = talk.json("search parser")
    talk.ok("describe -r 'roots(demo-::demo)' -m renamed")
    after = talk.json("search parser")
    assert [one["change_id"] for one in after] == [one["change_id"] for one in before]
    visible = {one["commit_id"] for one in talk.json("log")}
    assert {one["commit_id"] for one in after} <= visible


def test_revset_functions(talk: Sandbox) -> None:
    def found(revset: str) -> list[str]:
        return talk.titles(revset)

    assert found("text(parser) & ~::try-b-") == ["Another parser, another day",
                                     "Leave the parser, fork it instead",
                                     "Please find the parser bug"]  # fmt: skip
    assert found('text("last row") & ::demo') == ["Please find the parser bug"]
    assert found('text(substring:"arser, an")') == ["Another parser, another day"]
    assert found('text(~parser & ~regex:".") ~ root()') == []
    assert found("role(tool)") == found("tool(Grep)") != []
    assert found("tool(G* ~ Grep)") == []
    assert found("messages(1)") == ["Another parser, another day"]
    assert found("messages(4..) & messages(..4) & text(leave)") == [
        "Leave the parser, fork it instead"
    ]
    commit = talk.one("other")["commit_id"]
    talk.ok("abandon other")
    assert found(f"text(another) & {commit}") == ["Another parser, another day"]
    assert "expected a whole number" in talk.wj("log -r 'messages(many)'")
    assert "no word to search for" in talk.wj("log -r 'text(\"\")'")
