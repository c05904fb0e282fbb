"""`wj redact`: text is removed from visible commits and does not come back."""

from __future__ import annotations

import json

import pytest

from tests.porcelain.cli.leaked_word import WORD, begin, holders, sound, state, talk
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat


def test_the_text_is_gone_from_what_is_visible_and_undo_brings_it_back(box: Sandbox) -> None:
    begin(box)
    before = state(box)
    export = box.run("export").raw
    changes = [commit["change_id"] for commit in box.json("log -r 'all()'")]
    data = box.json(f"redact {WORD}")
    assert data["redacted"] == {
        "commits": 3,
        "messages": 4,
        "titles": 2,
        "headers": 0,
        "descriptions": 0,
        "authors": 0,
        "sources": 1,
        "operations": 0,
    }
    assert data["hidden_versions"] == 3
    assert [commit["change_id"] for commit in box.json("log -r 'all()'")] == changes
    assert box.titles("all()")[0] == "and [redacted] again"
    assert WORD not in box.ok("log") + box.ok("op log") + box.ok("show --full")
    redacted = box.run("export").raw
    assert redacted == export.replace(WORD.encode(), b"[redacted]")
    sound(box)
    box.ok("undo")
    assert state(box) == before
    assert box.run("export").raw == export


def test_it_says_what_it_did_and_what_still_has_it(box: Sandbox) -> None:
    begin(box)
    assert box.ok(f"redact {WORD} --dry-run") == (
        "Would redact 3 commits:\n  messages: 4\n  titles: 2\n  imported files: 1\n"
        "3 hidden versions would keep the text; `--purge` removes them for good\n"
    )
    assert holders(box)
    assert box.titles("@") == [f"and {WORD} again"]
    said = box.ok(f"redact {WORD}")
    assert "Redacted 3 commits:\n  messages: 4\n  titles: 2\n" in said
    assert "Hint: 3 hidden versions kept the text; `--purge` removes them for good\n" in said
    assert "Warning: An import of a copy under another native id brings the text back" in said
    assert "Nothing to redact was found in what is visible." in box.ok(f"redact {WORD}")


def test_a_later_import_or_save_does_not_bring_it_back(box: Sandbox) -> None:
    chat = begin(box)
    short = b"".join(line + b"\n" for line in chat.lines()[:-2])
    for option in ("", " --purge --yes"):
        box.ok(f"redact {WORD}{option}")
        before = state(box)
        assert "nothing new" in box.ok("import chat.jsonl")
        box.file("chat.jsonl", short)
        assert "older than what was imported" in box.ok("import chat.jsonl")
        assert state(box) == before
        box.file("chat.jsonl", chat.data())
        assert "Nothing changed." in box.ok("save chat.jsonl")
        assert state(box) == before
    chat.turn(4)
    box.file("chat.jsonl", chat.data())
    assert "1 change, 2 rows new" in box.ok("import chat.jsonl")
    assert len(box.json("log -r 'all()'")) == 5
    chat.turn(5)
    box.file("chat.jsonl", chat.data())
    box.ok("save chat.jsonl")
    assert box.titles("all()")[:2] == ["q5", "q4"]
    assert holders(box) == []


@pytest.mark.parametrize("option", ["", " --purge --yes"])
def test_a_file_that_went_another_way_forks_where_it_did(box: Sandbox, option: str) -> None:
    chat = begin(box)
    box.ok(f"redact {WORD}{option}")
    chat.user("another way", "u9", parent="a1")
    chat.answer("fine", "a9")
    box.file("chat.jsonl", chat.data())
    box.ok("import chat.jsonl")
    first = box.json("log -r 'all() ~ root()'")[-1]["change_id"]
    assert sorted(box.titles(f"children({first})")) == ["another way", "plain"]
    assert WORD not in box.ok("log")


@pytest.mark.parametrize("layout", ["native", "single-file"])
def test_a_pawan_document_is_redacted_whole(box: Sandbox, layout: str) -> None:
    def document(count: int) -> bytes:
        texts = [f"one {WORD}", "two", "three", f"four {WORD}", "five", "six"]
        roles = ("user", "assistant")
        rows = [{"role": roles[n % 2], "content": text} for n, text in enumerate(texts[:count])]
        header = {"id": "talk", "model": "m", "created_at": "c", "updated_at": "u"}
        more = {"notes": f"see {WORD}", "labels": [{"name": WORD}], f"my {WORD}": 1}
        return json.dumps({**header, "messages": rows, **more}, indent=2).encode()

    box.ok(f"init --layout {layout}")
    for count in (2, 4):
        box.file("talk.json", document(count))
        box.ok("save talk.json")
    counts = box.json(f"redact {WORD} --purge --yes")["redacted"]
    assert (counts["commits"], counts["messages"], counts["headers"]) == (2, 2, 2)
    assert box.run("export").raw == document(4).replace(WORD.encode(), b"[redacted]")
    assert holders(box) == []
    sound(box)
    assert "Nothing changed." in box.ok("save talk.json")
    box.file("talk.json", document(6))
    box.ok("save talk.json")
    assert box.run("export").raw == document(6).replace(WORD.encode(), b"[redacted]")


def test_the_pattern_is_in_no_operation(box: Sandbox) -> None:
    begin(box)
    box.ok(f"redact {WORD} -r 'all() ~ description({WORD}x)'")
    box.ok(f"redact substring-i:{WORD.upper()} --revisions '@'")
    log = json.dumps(box.json("op log"))
    assert "redact" in log
    assert WORD not in log
    assert WORD.upper() not in log


def test_the_logs_own_texts_are_redacted(box: Sandbox) -> None:
    begin(box)
    box.file(f"{WORD}.jsonl", Chat("other").data() or b"")
    talk(box, f"{WORD}.jsonl", "other")
    box.ok(f"import {WORD}.jsonl")
    box.ok("new")
    assert WORD in box.ok("op log")
    data = box.json(f"redact {WORD}")
    assert data["redacted"]["operations"] == 1
    assert WORD not in box.ok("op log")
    assert data["operation"] == box.json("op log")[0]["id"]
    sound(box)
    box.ok("undo")
    assert WORD in box.ok("log")


def test_only_the_given_revisions_and_what_continues_them(box: Sandbox) -> None:
    begin(box)
    said = box.ok(f"redact {WORD} -r @")
    assert "2 visible commits outside the given revisions kept the text" in said
    assert box.titles("all()")[0] == "and [redacted] again"
    assert box.titles("all()")[2] == f"log in with {WORD}"
    assert WORD.encode() not in box.run("export").raw
    box.ok("undo")
    first = box.json("log -r 'all()'")[2]["change_id"]
    box.ok(f"redact {WORD} -r {first}")
    assert box.run("export").raw.count(WORD.encode()) == 3, "the first turn's rows have it not"


def test_one_message_goes_whole(box: Sandbox) -> None:
    begin(box)
    row = next(r for r in box.json("show @-")[0]["added"] if r["id"] == "k1")
    box.ok(f"redact --message {row['number']}")
    rows = {r["id"]: r for r in box.json("show @-")[0]["added"]}
    assert (rows["k1"]["role"], rows["k1"]["calls"]) == ("assistant", ["t1"])
    assert "a.py" not in json.dumps(rows["k1"])
    assert rows["k2"]["results"] == ["t1"]
    data = box.json("redact --message u3 --purge --yes")
    assert data["redacted"]["messages"] == 1
    assert data["purged"]["left"] == []
    assert box.titles("@") == ["[redacted]"]
    assert holders(box, "again") == []
    assert holders(box)
    assert "nothing new" in box.ok("import chat.jsonl")
    sound(box)


def test_what_cannot_be_meant_is_refused(box: Sandbox) -> None:
    begin(box)
    before = state(box)
    for words, code in (
        (("redact",), 2),
        (("redact", WORD, "--message", "1"), 2),
        (("redact", "--message", "99"), 1),
        (("redact", "--message", "nobody"), 1),
        (("redact", ""), 1),
        (("redact", "redacted"), 1),
        (("redact", "regex:("), 1),
        (("redact", WORD, "--purge", "--at-op", "@-"), 2),
    ):
        assert box.run(*words).code == code, words
    assert state(box) == before


def test_one_message_of_a_document_in_one_file(box: Sandbox) -> None:
    rows = [{"role": role, "content": f"{role} {WORD}"} for role in ("user", "assistant")]
    header = {"id": "talk", "model": "m", "created_at": "c", "updated_at": "u"}
    data = json.dumps({**header, "messages": rows}, indent=1)
    box.file("talk.json", data.encode())
    box.ok("init --layout single-file")
    box.ok("save talk.json")
    found = box.json("redact --message 2 --purge --yes")
    assert (found["redacted"]["messages"], found["purged"]["left"]) == (1, [])
    contents = [row["content"] for row in json.loads(box.run("export").raw)["messages"]]
    assert contents == [f"user {WORD}", "[redacted]"]
    assert "Nothing changed." in box.ok("save talk.json")
    sound(box)


def test_on_an_older_operation(box: Sandbox) -> None:
    begin(box)
    box.ok("new -m later")
    box.ok(f"redact {WORD} --at-op @-")
    assert set(box.titles("all() ~ root()")) >= {"later", "and [redacted] again"}
    assert WORD not in box.ok("log")
    sound(box)


def test_secrets(box: Sandbox) -> None:
    chat = Chat("demo")
    key = "AKIA" + "IOSFODNN7EXAMPLE"
    chat.user(f"use {key} on 3f786850e387550fdab836ed7e6dc881de23001b", "u1")
    chat.answer('{"password": "corr3ct-horse"}', "a1")
    box.file("chat.jsonl", chat.data())
    box.ok("init")
    box.ok("import chat.jsonl")
    box.ok("redact --secrets --purge --yes")
    found = box.run("export").raw
    assert b"use [redacted] on 3f786850e387550fdab836ed7e6dc881de23001b" in found
    assert b'{\\"password\\": \\"[redacted]\\"}' in found
    assert holders(box, key) == []


@pytest.mark.parametrize("option", ["", " --purge --yes"])
def test_another_text_where_one_was_redacted_is_not_lost(box: Sandbox, option: str) -> None:
    def talk_of(*texts: str) -> bytes:
        roles = ("user", "assistant")
        rows = [{"role": roles[n % 2], "content": text} for n, text in enumerate(texts)]
        header = {"id": "talk", "model": "m", "created_at": "c", "updated_at": "u"}
        return json.dumps({**header, "messages": rows}).encode()

    box.ok("init")
    box.file("talk.json", talk_of("one", "two", WORD, "four"))
    box.ok("save talk.json")
    box.ok(f"redact {WORD}{option}")
    for texts in (("one", "two", "three"), ("one", "two", "3", "4", "five", "six")):
        box.file("talk.json", talk_of(*texts))
        box.ok("save talk.json")
        found = json.loads(box.run("export").raw)["messages"]
        assert [row["content"] for row in found] == list(texts)
    assert WORD not in box.ok("log")
