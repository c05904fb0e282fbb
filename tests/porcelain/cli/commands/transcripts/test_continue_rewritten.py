"""Import, save and append continue conversations that were rewritten."""

from __future__ import annotations

import pytest

from tests.harness.world import chat as document
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.cli.saying import prompts
from tests.porcelain.transcript.claude_rows import Chat


@pytest.fixture
def grown(box: Sandbox) -> Sandbox:
    """Four turns are imported; the file has a fifth one meanwhile."""
    talk = box.begin(4)
    talk.turn(5)
    box.file("chat.jsonl", talk.data())
    return box


REWRITTEN = {
    "describe demo-- -m D": ["q1", "q2", "q3", "q4"],
    "describe demo -m D": ["q1", "q2", "q3", "q4"],
    "metaedit demo --update-change-id": ["q1", "q2", "q3", "q4"],
    "squash": ["q1", "q2", "q3", "q4"],
    "squash -r demo-": ["q1", "q2", "q3", "q4"],
    "squash -f root()+ -t demo": ["q1", "q2", "q3", "q4"],
    "abandon demo": ["q1", "q2", "q3"],
    "abandon demo-": ["q1", "q2", "q4"],
    "abandon demo- --restore-descendants": ["q1", "q2", "q3", "q4"],
    "abandon demo--::demo": ["q1"],
    "rebase -r demo -o root()+": ["q1", "q4"],
    "rebase -s demo- -o root()": ["q3", "q4"],
    "rebase -r demo- -A root()+": ["q1", "q3", "q2", "q4"],
    "parallelize demo-::demo": ["q1", "q2", "q4"],
    "new -A demo--": ["q1", "q2", "q3", "q4"],
    "revert -r demo-- -B demo": ["q1", "q3", "q4"],
    "commit -m D": ["q1", "q2", "q3", "q4"],
}


@pytest.mark.parametrize("line", REWRITTEN)
def test_a_file_that_grew_adds_only_what_is_new(grown: Sandbox, line: str) -> None:
    grown.ok(line)
    assert prompts(grown, "demo") == REWRITTEN[line]
    before = len(grown.json("log"))

    shown = grown.ok("import chat.jsonl")

    assert "1 change, 2 rows new; continued session demo" in shown
    assert prompts(grown, "demo") == [*REWRITTEN[line], "q5"]
    assert len(grown.json("log")) - before in (0, 1)  # an empty `@` that is left goes
    assert grown.sessions() == {"demo": "q5"}
    grown.ok("import chat.jsonl")
    assert prompts(grown, "demo") == [*REWRITTEN[line], "q5"]
    grown.ok("undo")
    assert prompts(grown, "demo") == REWRITTEN[line]


@pytest.mark.parametrize("line", REWRITTEN)
def test_append_goes_on_where_the_session_is(grown: Sandbox, line: str) -> None:
    grown.ok(line)
    grown.ok("edit demo")
    grown.ok("append -m own")

    assert prompts(grown, "demo") == [*REWRITTEN[line], "own"]
    assert grown.position() == ("own", "demo")


def test_an_unfinished_turn_goes_on_in_its_rebased_change(box: Sandbox) -> None:
    talk = Chat("demo")
    talk.turn(1)
    talk.turn(2)
    talk.user("q3")
    box.file("chat.jsonl", talk.data())
    box.ok("init")
    box.ok("import chat.jsonl")
    box.ok("rebase -r demo -o root()")
    change = box.one("demo")["change_id"]
    talk.answer("late answer")
    box.file("chat.jsonl", talk.data())
    box.ok("import chat.jsonl")

    assert box.one("demo")["change_id"] == change
    assert box.one("demo")["rows"] == 2
    assert box.titles("demo-") == [""]


def test_save_continues_a_described_and_rebased_conversation(box: Sandbox) -> None:
    box.ok("init")
    box.file("a.json", document("talk", "u1", "a1").to_json())
    box.file("b.json", document("talk", "u1", "a1", "u2", "a2").to_json())
    box.file("c.json", document("talk", "u1", "a1", "u2", "a2", "u3").to_json())
    box.ok("save a.json")
    box.ok("save b.json")
    box.ok("describe talk- -m first")
    box.ok("save c.json")
    assert box.titles("::talk ~ root()") == ["u3", "u2", "first"]
    assert box.sessions() == {"talk": "u3"}
    box.ok("undo")
    box.ok("squash")
    box.ok("save c.json")
    assert [row["rows"] for row in box.json("log -r '::talk ~ root()'")] == [5, 4]
    assert "u3" in box.sessions()["talk"]


def test_save_after_the_last_change_was_abandoned_saves_it_again(box: Sandbox) -> None:
    box.ok("init")
    box.file("a.json", document("talk", "u1", "a1").to_json())
    box.file("b.json", document("talk", "u1", "a1", "u2", "a2").to_json())
    box.ok("save a.json")
    box.ok("save b.json")
    box.ok("abandon talk")
    assert box.sessions() == {"talk": "u1"}
    box.ok("save b.json")
    assert box.sessions() == {"talk": "u2"}
