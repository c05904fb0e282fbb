"""`wj op restore`, `wj op revert` and `wj op abandon`."""

from __future__ import annotations

from tests.harness.bare import fsck, git
from tests.porcelain.cli.sandbox import Sandbox


def log(box: Sandbox) -> list[str]:
    """Return the descriptions of the log."""
    return [operation["description"] for operation in box.json("op log")]


def test_one_goes_back_to_an_operation_and_forward_again(forked: Sandbox) -> None:
    assert (
        forked.story(
            "op restore @--", "undo", "session list --sort name -T builtin_session_list_compact"
        )
        == """\
$ wj op restore @--
Restored to operation: c5.......... (3 seconds ago) import demo
Took back 2 operations of this workspace:
  c6.......... (1 second ago) append 1 message
  c7.......... (2 seconds ago) fork try-b from c2..........
Working copy  (@) now at: qrnzlsvs c1...... demo | q2
Parent commit (@-)      : omrzzpmq c2...... q1
$ wj undo
Undid operation: c8.......... (1 second ago) restore to: import demo
Restored to operation: c6.......... (2 seconds ago) append 1 message
Working copy  (@) now at: kmxsnpyr c4...... try-b | another way
Parent commit (@-)      : omrzzpmq c2...... q1
$ wj session list --sort name -T builtin_session_list_compact
demo: qrnzlsvs c1...... q2
try-b: kmxsnpyr c4...... another way
"""
    )


def test_it_is_told_whose_operations_are_taken_back(forked: Sandbox) -> None:
    forked.ok("workspace add two")
    forked.ok("new demo -m two --workspace two")
    assert (
        forked.story("op restore @---")
        == """\
$ wj op restore @---
Restored to operation: c7.......... (4 seconds ago) fork try-b from c2..........
Took back 1 operation of two@:
  c8.......... (1 second ago) new empty change on c1..........
Took back 2 operations of this workspace:
  c9.......... (2 seconds ago) workspace add two
  c10......... (3 seconds ago) append 1 message
Working copy  (@) now at: kmxsnpyr c3...... try-b | (empty) try-b, forked from omrzzpmq at message 2
Parent commit (@-)      : omrzzpmq c2...... q1
"""
    )


def test_restoring_to_the_root_leaves_no_place(forked: Sandbox) -> None:
    assert (
        forked.story("op restore 000", "log", "undo")
        == """\
$ wj op restore 000
Warning: This workspace has no current commit now
Restored to operation: 000000000000 root()
Took back 3 operations of this workspace:
  c5.......... (1 second ago) append 1 message
  c6.......... (2 seconds ago) fork try-b from c2..........
  c7.......... (3 seconds ago) import demo
This workspace has no current commit now
Hint: `wj undo` restores it
$ wj log
◆  zzzzzzzz root() 00000000
$ wj undo
Undid operation: c8.......... (2 seconds ago) restore to: root()
Restored to operation: c5.......... (3 seconds ago) append 1 message
Working copy  (@) now at: kmxsnpyr c4...... try-b | another way
Parent commit (@-)      : omrzzpmq c2...... q1
"""
    )


def test_restoring_the_present_state_changes_nothing(forked: Sandbox) -> None:
    before = log(forked)
    assert forked.story("op restore @") == "$ wj op restore @\nNothing changed.\n"
    assert log(forked) == before


def test_reverting_and_reverting_that(forked: Sandbox) -> None:
    assert (
        forked.story("op revert", "op revert", "op log -n 2")
        == """\
$ wj op revert
Reverted operation: c5.......... (1 second ago) append 1 message
Working copy  (@) now at: kmxsnpyr c3...... try-b | (empty) try-b, forked from omrzzpmq at message 2
Parent commit (@-)      : omrzzpmq c2...... q1
$ wj op revert
Reverted operation: c6.......... (1 second ago) revert: append 1 message
Working copy  (@) now at: kmxsnpyr c4...... try-b | another way
Parent commit (@-)      : omrzzpmq c2...... q1
$ wj op log -n 2
@  c7.......... ada@host default@ 1 second ago, lasted 0 milliseconds
│  revert: revert: append 1 message
│  args: wj op revert
○  c6.......... ada@host default@ 2 seconds ago, lasted 0 milliseconds
│  revert: append 1 message
│  args: wj op revert
"""
    )


def test_the_root_cannot_be_reverted(forked: Sandbox) -> None:
    assert (
        forked.story("op revert 000")
        == """\
$ wj op revert 000
Error: Cannot revert the root operation
[exit 1]
"""
    )


def test_what_was_built_on_it_stays_when_an_operation_is_reverted(forked: Sandbox) -> None:
    forked.ok("new try-b -m on")
    above = forked.json("show @")[0]["parents"]
    forked.ok("op revert @--")

    assert forked.json("show @")[0]["description"] == "on"
    assert forked.json("show @")[0]["parents"] == above


def test_as_data(forked: Sandbox) -> None:
    operations = [operation["id"] for operation in forked.json("op log")]
    reverted = forked.json("op revert @")
    assert reverted["reverted"] == operations[0]
    restored = forked.json("op restore @---")
    assert restored["restored"] == operations[2]
    assert restored["taken_back"] == [reverted["operation"], *operations[:2]]
    dropped = forked.json("op abandon ..@--")
    assert dropped["abandoned"] == operations[:3]
    assert list(dropped["reparented"]) == [reverted["operation"], restored["operation"]]
    assert forked.json("op log -n 1")[0]["id"] == dropped["operation"]


def test_abandoning_what_is_before_the_newest(forked: Sandbox) -> None:
    assert (
        forked.story("op abandon ..@-", "op log", "log", "op abandon @..@-", "undo")
        == """\
$ wj op abandon ..@-
Abandoned 2 operations and reparented 1 descendant operation.
$ wj op log
@  c5.......... ada@host default@ 2 seconds ago, lasted 0 milliseconds
│  append 1 message
│  args: wj append -m ...
○  000000000000 root()
$ wj log
@  kmxsnpyr claude-opus-4-5 2026-03-12 10:00:04 try-b 3 messages c4......
│  another way
│ ○  qrnzlsvs claude-opus-4-5 2026-03-01 10:00:04 demo 4 messages c1......
├─╯  q2
○  omrzzpmq claude-opus-4-5 2026-03-01 10:00:02 2 messages c2......
│  q1
◆  zzzzzzzz root() 00000000
$ wj op abandon @..@-
Nothing changed.
$ wj undo
Error: Nothing to undo
[exit 1]
"""
    )
    git(forked.repo, "gc", "--quiet", "--prune=now")
    fsck(forked.repo)
    forked.ok("append -m 'and on'")


def test_what_cannot_be_abandoned(forked: Sandbox) -> None:
    before = forked.json("op log")
    assert (
        forked.story(
            "op abandon 000",
            "op abandon ..@",
            "op abandon @",
            "op abandon ..@- --at-op @-",
            "op abandon foo..@",
        )
        == """\
$ wj op abandon 000
Error: Cannot abandon the root operation
[exit 1]
$ wj op abandon ..@
Error: Cannot abandon the current operation c5..........
Hint: `wj undo` takes it back; the operations before it can be abandoned then
[exit 1]
$ wj op abandon @
Error: Cannot abandon the current operation c5..........
Hint: `wj undo` takes it back; the operations before it can be abandoned then
[exit 1]
$ wj op abandon ..@- --at-op @-
Error: --at-op is not respected: operations are abandoned in the newest log
Usage: wj op abandon [OPTIONS] OPERATION|A..B
Hint: For help, see `wj op abandon --help`
[exit 2]
$ wj op abandon foo..@
Error: Operation ID "foo" is not a valid hexadecimal prefix
[exit 1]
"""
    )
    assert forked.json("op log") == before


def test_a_revert_and_what_it_reverted_are_abandoned(forked: Sandbox) -> None:
    forked.ok("op revert")
    forked.ok("new demo -m on")
    assert forked.ok("op abandon @---..@-") == (
        "Abandoned 2 operations and reparented 1 descendant operation.\n"
    )
    assert [line.split()[0] for line in log(forked) if line] == ["new", "fork", "import"]
