"""The first steps, from an empty folder: import, fork, undo."""

from __future__ import annotations

from tests.harness.bare import fsck
from tests.porcelain.cli.sandbox import Sandbox


def test_a_conversation_is_imported_and_forked(box: Sandbox) -> None:
    box.chat(3)

    assert (
        box.story(
            "init",
            "import chat.jsonl",
            "log",
            "fork @- try-b",
            "append -m 'another way'",
            "log",
        )
        == """\
$ wj init
Initialized a repository in $DIR/conversations.git
$ wj import chat.jsonl
chat.jsonl: 3 changes, 6 rows new; started session demo
Working copy  (@) now at: xrvpptnn c1...... demo | q3
Parent commit (@-)      : qrnzlsvs c2...... q2
$ wj log
@  xrvpptnn claude-opus-4-5 2026-03-01 10:00:06 demo 6 messages c1......
│  q3
○  qrnzlsvs claude-opus-4-5 2026-03-01 10:00:04 4 messages c2......
│  q2
○  omrzzpmq claude-opus-4-5 2026-03-01 10:00:02 2 messages c3......
│  q1
◆  zzzzzzzz root() 00000000
$ wj fork @- try-b
Forked session try-b from qrnzlsvs c2...... q2
Working copy  (@) now at: lplwrppl c4...... try-b | (empty) try-b, forked from qrnzlsvs at message 4
Parent commit (@-)      : qrnzlsvs c2...... q2
$ wj append -m 'another way'
Added 1 message to lplwrppl c5...... try-b | another way
Working copy  (@) now at: lplwrppl c5...... try-b | another way
Parent commit (@-)      : qrnzlsvs c2...... q2
$ wj log
@  lplwrppl claude-opus-4-5 2026-03-12 10:00:05 try-b 5 messages c5......
│  another way
│ ○  xrvpptnn claude-opus-4-5 2026-03-01 10:00:06 demo 6 messages c1......
├─╯  q3
○  qrnzlsvs claude-opus-4-5 2026-03-01 10:00:04 4 messages c2......
│  q2
○  omrzzpmq claude-opus-4-5 2026-03-01 10:00:02 2 messages c3......
│  q1
◆  zzzzzzzz root() 00000000
"""
    )


def test_a_bad_fork_is_taken_back_and_brought_back(box: Sandbox) -> None:
    box.begin()
    box.ok("fork @- try-b")
    box.ok("append -m 'another way'")

    assert (
        box.story("undo", "undo", "redo", "op log")
        == """\
$ wj undo
Undid operation: c5.......... (1 second ago) append 1 message
Restored to operation: c6.......... (2 seconds ago) fork try-b from c2..........
Working copy  (@) now at: kmxsnpyr c3...... try-b | (empty) try-b, forked from qrnzlsvs at message 4
Parent commit (@-)      : qrnzlsvs c2...... q2
$ wj undo
Undid operation: c6.......... (3 seconds ago) fork try-b from c2..........
Restored to operation: c7.......... (4 seconds ago) import demo
Working copy  (@) now at: xrvpptnn c1...... demo | q3
Parent commit (@-)      : qrnzlsvs c2...... q2
$ wj redo
Redid operation: c6.......... (4 seconds ago) fork try-b from c2..........
Working copy  (@) now at: kmxsnpyr c3...... try-b | (empty) try-b, forked from qrnzlsvs at message 4
Parent commit (@-)      : qrnzlsvs c2...... q2
$ wj op log
@  c8.......... ada@host default@ 1 second ago, lasted 0 milliseconds
│  redo: fork try-b from c2..........
│  args: wj redo
○  c9.......... ada@host default@ 2 seconds ago, lasted 0 milliseconds
│  undo: fork try-b from c2..........
│  args: wj undo
○  c10......... ada@host default@ 3 seconds ago, lasted 0 milliseconds
│  undo: append 1 message
│  args: wj undo
○  c5.......... ada@host default@ 4 seconds ago, lasted 0 milliseconds
│  append 1 message
│  args: wj append -m ...
○  c6.......... ada@host default@ 5 seconds ago, lasted 0 milliseconds
│  fork try-b from c2..........
│  args: wj fork @- ...
○  c7.......... ada@host default@ 6 seconds ago, lasted 0 milliseconds
│  import demo
│  args: wj import chat.jsonl
○  000000000000 root()
"""
    )


def test_one_looks_around(box: Sandbox) -> None:
    box.begin()
    box.ok("fork @- try-b")
    box.ok("append -m 'another way'")

    assert (
        box.story("show", "status", "leaves", "lineage", "children @-")
        == """\
$ wj show
Commit ID: c4......................................
Change ID: kmxsnpyrqowzpkvkrulpozxvrrypozzp
Sessions : try-b
Author   : Ada <ada@example.org> (2026-03-12 10:00:04)
Committer: Ada <ada@example.org> (2026-03-12 10:00:04)
Model    : claude-opus-4-5
Native ID: 02925afd-44e2-446e-983a-7f6434585a77
Project  : /home/dev/project
Branch   : main
Agent    : claude-code 2.1.32
Messages : 5 in 5 rows

    [02925afd-44e2-446e-983a-7f6434585a77] another way

5 user 2026-03-12 10:00:04
    another way
$ wj status
Working copy  (@) : kmxsnpyr c4...... try-b | another way
Parent commit (@-): qrnzlsvs c2...... q2
Current session   : try-b
$ wj leaves
@  kmxsnpyr claude-opus-4-5 2026-03-12 10:00:04 try-b 5 messages c4......
│  another way
~

○  xrvpptnn claude-opus-4-5 2026-03-01 10:00:06 demo 6 messages c1......
│  q3
~
$ wj lineage
@  kmxsnpyr claude-opus-4-5 2026-03-12 10:00:04 try-b 5 messages c4......
│  another way
○  qrnzlsvs claude-opus-4-5 2026-03-01 10:00:04 4 messages c2......
│  q2
○  omrzzpmq claude-opus-4-5 2026-03-01 10:00:02 2 messages c5......
│  q1
~
$ wj children @-
@  kmxsnpyr claude-opus-4-5 2026-03-12 10:00:04 try-b 5 messages c4......
│  another way
~

○  xrvpptnn claude-opus-4-5 2026-03-01 10:00:06 demo 6 messages c1......
│  q3
~
"""
    )


def test_undo_all_the_way_down_and_redo_all_the_way_up_end_where_they_began(box: Sandbox) -> None:
    box.begin()
    box.ok("fork @- try-b")
    box.ok("append -m 'another way'")
    before = box.ok("log")

    for _ in range(3):
        box.ok("undo")
    assert (
        box.wj("undo")
        == """\
Error: Nothing to undo
[exit 1]
"""
    )
    assert (
        box.ok("log")
        == """\
◆  zzzzzzzz root() 00000000
"""
    )
    for _ in range(3):
        box.ok("redo")

    assert (
        box.wj("redo")
        == """\
Error: Nothing to redo
[exit 1]
"""
    )
    assert box.ok("log") == before
    fsck(box.repo)
