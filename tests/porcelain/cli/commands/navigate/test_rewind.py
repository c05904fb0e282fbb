"""`wj rewind`: a session moves back by turns."""

from __future__ import annotations

from tests.porcelain.cli.sandbox import Sandbox


def test_it_says_where_it_went_and_how_to_come_back(box: Sandbox) -> None:
    box.begin()
    tip = box.one("demo")["commit_id"]
    assert (
        box.wj("rewind 2")
        == """\
Rewound session demo by 2 turns, 4 rows, to omrzzpmq c3...... demo | q1
Working copy  (@) now at: omrzzpmq c3...... demo | q1
Parent commit (@-)      : zzzzzzzz 00000000 root()
Hint: What came after it stays, without a name, at c1..........; \
`wj session set demo -r c1..........` goes back there
"""
    )
    assert box.position() == ("q1", "demo")
    assert tip in [one["commit_id"] for one in box.json("leaves")]
    box.ok(f"session set demo -r {tip[:12]}")
    assert box.sessions() == {"demo": "q3"}


def test_what_it_did_as_data(box: Sandbox) -> None:
    box.begin()
    tip = box.one("demo")["commit_id"]
    data = box.json("rewind --session demo")
    assert (data["session"], data["tail"], data["rows"], data["taken"]) == ("demo", tip, 4, 2)
    assert data["commit_id"] == data["workspace"]["commit_id"] == box.one("demo")["commit_id"]
    assert data["sessions"]["demo"] == {"from": tip, "to": data["commit_id"]}


def test_inside_of_a_change_it_comes_back_by_the_way_it_names(box: Sandbox) -> None:
    box.ok("init")
    box.chat(3)
    box.ok("save chat.jsonl")
    tip = box.one("demo")["commit_id"]
    assert "--allow-backwards` goes back there" in box.ok("rewind")
    assert box.one("demo")["messages"] == 4
    box.ok(f"session set demo -r {tip[:12]} --allow-backwards")
    assert box.one("demo")["commit_id"] == tip


def test_a_save_after_it_moves_forward_and_says_so(box: Sandbox) -> None:
    chat = box.begin()
    box.ok("rewind")
    assert "Moved forward again to session demo" in box.ok("save chat.jsonl")
    box.ok("rewind 2")
    chat.turn(4)
    box.file("chat.jsonl", chat.data())
    assert "Session demo had been moved back; it moved forward again" in box.ok("save chat.jsonl")
    assert box.titles("::demo ~ root()") == ["q4", "q3", "q2", "q1"]


def test_an_import_after_it_moves_forward_and_says_so(box: Sandbox) -> None:
    chat = box.begin()
    box.ok("rewind")
    assert "nothing new" in box.ok("import chat.jsonl")
    chat.turn(4)
    box.file("chat.jsonl", chat.data())
    assert "Session demo had been moved back; it moved forward again" in box.ok("import chat.jsonl")
    assert box.titles("::demo ~ root()") == ["q4", "q3", "q2", "q1"]


def test_it_never_leaves_nothing(box: Sandbox) -> None:
    box.begin()
    assert (
        box.wj("rewind 3")
        == """\
Error: Session demo has 3 turns: it cannot go back by 3
Hint: `wj rewind 2` goes back to its first turn
[exit 1]
"""
    )
    assert box.run("rewind", "0").code == 2
    assert "No such session: nobody" in box.wj("rewind --session nobody")
    box.ok("rewind 2")
    assert "has 1 turn:" in box.wj("rewind")


def test_undo_brings_it_back(box: Sandbox) -> None:
    box.begin()
    before = box.json("log")
    box.ok("rewind 2")
    box.ok("undo")
    assert box.json("log") == before
    assert box.position() == ("q3", "demo")
