"""`wj show`, `wj op log`, `wj undo`: commits and operations in detail."""

from __future__ import annotations

import pytest

from porcelain.cli.render.operation import shell_line
from porcelain.display import ago, duration
from store.session.session import Session
from store.session_store.store import SessionStore
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat


def test_a_commit_shows_the_messages_that_it_adds(box: Sandbox) -> None:
    chat = Chat("demo")
    chat.turn(1)
    chat.user("look at a.py")
    chat.call("toolu_1")
    chat.progress()
    chat.result("toolu_1")
    chat.side("summary", summary="x", leafUuid="y")
    chat.answer("It says:\n\n    hello\n")
    box.file("chat.jsonl", chat.data())
    box.ok("init")
    box.ok("import chat.jsonl")

    assert (
        box.wj("show")
        == """\
Commit ID: c1......................................
Change ID: qrnzlsvstpzmqrmsvlntvksmqxvynqmu
Sessions : demo
Author   : Ada <ada@example.org> (2026-03-01 10:00:07)
Committer: Ada <ada@example.org> (2026-03-12 10:00:02)
Model    : claude-opus-4-5
Native ID: demo
Project  : /home/dev/project
Branch   : main
Agent    : claude-code 2.1.32
Messages : 6 in 8 rows

    [demo] look at a.py

3 user 2026-03-01 10:00:03
    look at a.py
4 assistant 2026-03-01 10:00:04
    → Read(a.py) (17 characters)
5 tool 2026-03-01 10:00:06
    result of toolu_1
6 assistant 2026-03-01 10:00:07
    It says:

        hello
(2 rows that are no messages; `--full` shows all)
"""
    )
    assert (
        box.wj("show --full")
        == """\
Commit ID: c1......................................
Change ID: qrnzlsvstpzmqrmsvlntvksmqxvynqmu
Sessions : demo
Author   : Ada <ada@example.org> (2026-03-01 10:00:07)
Committer: Ada <ada@example.org> (2026-03-12 10:00:02)
Model    : claude-opus-4-5
Native ID: demo
Project  : /home/dev/project
Branch   : main
Agent    : claude-code 2.1.32
Messages : 6 in 8 rows

    [demo] look at a.py

3 user 2026-03-01 10:00:03
    look at a.py
4 assistant 2026-03-01 10:00:04
    → Read(a.py) (17 characters)
progress 2026-03-01 10:00:05
5 tool 2026-03-01 10:00:06
    result of toolu_1
summary
    x
6 assistant 2026-03-01 10:00:07
    It says:

        hello
"""
    )


def test_a_long_text_is_cut_unless_asked_for(box: Sandbox) -> None:
    box.ok("init")
    text = "\n".join(f"line {number}" for number in range(1, 101))
    box.ok("append -m -", stdin=text.encode())

    cut, whole = box.ok("show"), box.ok("show --full")

    assert "line 60\n" in cut
    assert "line 61\n" not in cut
    assert "(40 more lines; `--full` shows all)" in cut
    assert "line 100\n" in whole

    box.ok("append -m -", stdin=b"x" * 9000)
    assert max(len(line) for line in box.ok("show").splitlines()) < 6300


def test_a_description_is_shown_whole(box: Sandbox) -> None:
    box.begin(1)
    box.ok("new -m 'first line\n\nand more'")

    assert (
        box.wj("show")
        == """\
Commit ID: c2......................................
Change ID: txqxupkmvvlxqvtlurwpsktvwvurupss
Author   : Ada <ada@example.org> (2026-03-12 10:00:03)
Committer: Ada <ada@example.org> (2026-03-12 10:00:03)
Model    : claude-opus-4-5
Native ID: demo
Project  : /home/dev/project
Branch   : main
Agent    : claude-code 2.1.32
Messages : 2 in 2 rows

    first line

    and more

It adds no messages
"""
    )
    assert box.json("show")[0]["description"] == "first line\n\nand more"


def test_several_commits_and_the_root(box: Sandbox) -> None:
    box.begin(1)

    assert (
        box.wj("show @ root()")
        == """\
Commit ID: c1......................................
Change ID: omrzzpmqkvlqqlyntyppvuvswtxwmpvz
Sessions : demo
Author   : Ada <ada@example.org> (2026-03-01 10:00:02)
Committer: Ada <ada@example.org> (2026-03-12 10:00:02)
Model    : claude-opus-4-5
Native ID: demo
Project  : /home/dev/project
Branch   : main
Agent    : claude-code 2.1.32
Messages : 2 in 2 rows

    [demo] q1

1 user 2026-03-01 10:00:01
    q1
2 assistant 2026-03-01 10:00:02
    r1

Commit ID: 0000000000000000000000000000000000000000
Change ID: zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz
"""
    )


def test_a_change_that_takes_messages_away_says_so(box: Sandbox) -> None:
    box.ok("init")
    box.ok("append -m a -m b -m c --session one")
    (whole,) = box.json("show")
    box.ok("export -o all.json")
    text = (box.folder / "all.json").read_text().replace('"c"', '"z"')
    box.file("all.json", text.encode())
    box.ok(f"save all.json --parent {whole['commit_id']}")

    (shown,) = box.json("show")

    assert shown["removed"] == {"first": 3, "last": 3}
    assert [row["text"] for row in shown["added"]] == ["z"]
    assert "Removed rows 3 to 3 of its parent" in box.ok("show")


def test_messages_as_data(box: Sandbox) -> None:
    box.begin(1)

    (shown,) = box.json("show")

    assert [(row["number"], row["role"], row["text"]) for row in shown["added"]] == [
        (1, "user", "q1"),
        (2, "assistant", "r1"),
    ]
    assert shown["author"] == {
        "name": "Ada", "email": "ada@example.org", "timestamp": "2026-03-01T10:00:02Z",
    }  # fmt: skip


def test_operations_as_a_list_and_backwards(box: Sandbox) -> None:
    box.begin(1)
    box.ok("new")

    assert (
        box.wj("op log --no-graph -n 1")
        == """\
c3.......... ada@host default@ 1 second ago, lasted 0 milliseconds
new empty change on c1..........
args: wj new
"""
    )
    assert (
        box.wj("op log --reversed")
        == """\
○  000000000000 root()
○  c4.......... ada@host default@ 3 seconds ago, lasted 0 milliseconds
│  import demo
│  args: wj import chat.jsonl
@  c3.......... ada@host default@ 2 seconds ago, lasted 0 milliseconds
   new empty change on c1..........
   args: wj new
"""
    )
    assert [one["kind"] for one in box.json("op log -n 2")] == ["new", "import"]


def test_what_others_did_is_recorded_and_stepped_over(box: Sandbox) -> None:
    box.ok("init")
    sessions = SessionStore.open(str(box.repo))
    first = sessions.save(
        Session.new("fw", model="m", created_at="t", messages=[{"role": "user", "content": "a"}])
    )
    bad = sessions.fork(first.id, sessions.load(first.id).with_id("bad"))
    assert box.titles("all() ~ root()") == ["a", "a"]
    box.ok("new fw")
    last = sessions.append(first.id, [{"role": "user", "content": "b"}])
    assert bad.id != last.id

    assert (
        box.wj("undo")
        == """\
Recorded 1 change that others made to the refs
Stepped over: c4.......... (now) outside: session fw moved forward
Undid operation: c5.......... (1 second ago) new empty change on c2..........
This workspace has no current commit now
"""
    )
    assert (
        box.wj("op log")
        == """\
@  c6.......... ada@host default@ 1 second ago, lasted 0 milliseconds
│  undo: new empty change on c2..........
│  args: wj undo
○  c4.......... 1 second ago, lasted 0 milliseconds
│  outside: session fw moved forward
○  c5.......... ada@host default@ 2 seconds ago, lasted 0 milliseconds
│  new empty change on c2..........
│  args: wj new fw
○  c7.......... 2 seconds ago, lasted 0 milliseconds
│  outside: session bad created
○  c8.......... 2 seconds ago, lasted 0 milliseconds
│  outside: session fw created
○  000000000000 root()
"""
    )


def test_the_framework_made_a_bad_fork(box: Sandbox) -> None:
    box.ok("init")
    sessions = SessionStore.open(str(box.repo))
    saved = sessions.save(
        Session.new("fw", model="m", created_at="t", messages=[{"role": "user", "content": "a"}])
    )
    box.ok("new fw")
    sessions.fork(saved.id, sessions.load(saved.id).with_id("bad"))
    saved = sessions.append(saved.id, [{"role": "user", "content": "b"}])

    assert (
        box.wj("undo")
        == """\
Recorded 2 changes that others made to the refs
Stepped over: c3.......... (now) outside: session fw moved forward
Undid operation: c4.......... (now) outside: session bad created
"""
    )
    assert box.sessions() == {"fw": "b"}
    sessions.append(saved.id, [{"role": "user", "content": "c"}])
    assert box.sessions() == {"fw": "c"}


def test_undo_of_what_others_built_on_is_refused(box: Sandbox) -> None:
    box.begin(1)
    box.ok("append -m more")
    sessions = SessionStore.open(str(box.repo))
    saved = sessions.sessions()[0]
    sessions.append(saved.id, [b'{"type":"user","message":{"role":"user","content":"x"}}'])

    said = box.wj("undo")

    assert said.startswith("Error: Cannot undo: later operations build on what it made\n")
    assert "outside: session demo moved forward" in said
    assert "wj undo --skip" in said
    assert said.endswith("[exit 1]\n")


@pytest.mark.parametrize(
    ("milliseconds", "said"),
    [
        (-5000, "in the future"),
        (0, "now"),
        (999, "now"),
        (1000, "1 second ago"),
        (59_000, "59 seconds ago"),
        (60_000, "1 minute ago"),
        (2 * 3_600_000, "2 hours ago"),
        (36 * 3_600_000, "1 day ago"),
        (8 * 86_400_000, "1 week ago"),
        (40 * 86_400_000, "1 month ago"),
        (800 * 86_400_000, "2 years ago"),
    ],
)
def test_how_long_ago_something_was(milliseconds: int, said: str) -> None:
    assert ago(milliseconds) == said


def test_how_long_something_took() -> None:
    assert duration(12) == "12 milliseconds"
    assert duration(12_340) == "12.3 seconds"


def test_a_command_line_is_shown_as_it_would_be_typed() -> None:
    assert shell_line(("wj", "log", "-r", "x | y", "it's", "", "a\x1bb")) == (
        "wj log -r 'x | y' 'it'\"'\"'s' '' 'a\\x1bb'"
    )
