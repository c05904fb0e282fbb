"""`wj op show` and `wj op diff`: changes of operations."""

from __future__ import annotations

from tests.porcelain.cli.sandbox import Sandbox


def test_an_operation_is_shown_with_what_it_changed(forked: Sandbox) -> None:
    assert (
        forked.story("op show", "op show @-", "op show 000")
        == """\
$ wj op show
c5.......... ada@host default@ 1 second ago, lasted 0 milliseconds
append 1 message
args: wj append -m ...

Changed commits:
○  + kmxsnpyr c4...... another way
   - kmxsnpyr/1 c3...... (hidden) (empty) forked from omrzzpmq at message 2

Changed working copy default@:
+ kmxsnpyr c4...... another way
- kmxsnpyr/1 c3...... (hidden) (empty) forked from omrzzpmq at message 2

Changed sessions:
try-b:
+ kmxsnpyr c4...... another way
- kmxsnpyr/1 c3...... (hidden) (empty) forked from omrzzpmq at message 2
$ wj op show @-
c6.......... ada@host default@ 3 seconds ago, lasted 0 milliseconds
fork try-b from c2..........
args: wj fork @- ...

Changed commits:
○  + kmxsnpyr/1 c3...... (hidden) (empty) forked from omrzzpmq at message 2

Changed working copy default@:
+ kmxsnpyr/1 c3...... (hidden) (empty) forked from omrzzpmq at message 2
- qrnzlsvs c1...... q2

Changed current session of default@:
+ try-b
- demo

Changed sessions:
try-b:
+ kmxsnpyr/1 c3...... (hidden) (empty) forked from omrzzpmq at message 2
- (absent)
$ wj op show 000
000000000000 root()
"""
    )


def test_the_difference_of_the_newest_is_the_default(forked: Sandbox) -> None:
    plain = forked.ok("op diff").splitlines()[2:]
    assert plain == forked.ok("op diff --operation @").splitlines()[2:]
    assert plain == forked.ok("op diff --from @- --to @").splitlines()[2:]
    assert plain == forked.ok("op diff --from @-").splitlines()[2:]


def test_one_operation_twice_differs_in_nothing(forked: Sandbox) -> None:
    assert (
        forked.story("op diff --from @ --to @")
        == """\
$ wj op diff --from @ --to @
From operation: c5.......... (1 second ago) append 1 message
  To operation: c5.......... (1 second ago) append 1 message
"""
    )


def test_from_and_to_the_root_operation(forked: Sandbox) -> None:
    assert (
        forked.story("op diff --from 000 --to @", "op diff --from @ --to 000")
        == """\
$ wj op diff --from 000 --to @
From operation: 000000000000 root()
  To operation: c5.......... (1 second ago) append 1 message

Changed commits:
○  + kmxsnpyr c4...... another way
│ ○  + qrnzlsvs c1...... q2
├─╯
○  + omrzzpmq c2...... q1

Changed working copy default@:
+ kmxsnpyr c4...... another way
- (absent)

Changed current session of default@:
+ try-b
- (absent)

Changed sessions:
demo:
+ qrnzlsvs c1...... q2
- (absent)
try-b:
+ kmxsnpyr c4...... another way
- (absent)

Changed imports:
claude-code:demo:
+ 4 rows, the last in qrnzlsvs c1...... q2
- (absent)
$ wj op diff --from @ --to 000
From operation: c5.......... (2 seconds ago) append 1 message
  To operation: 000000000000 root()

Changed commits:
○  - kmxsnpyr c4...... another way
│ ○  - qrnzlsvs c1...... q2
├─╯
○  - omrzzpmq c2...... q1

Changed working copy default@:
+ (absent)
- kmxsnpyr c4...... another way

Changed current session of default@:
+ (absent)
- try-b

Changed sessions:
demo:
+ (absent)
- qrnzlsvs c1...... q2
try-b:
+ (absent)
- kmxsnpyr c4...... another way

Changed imports:
claude-code:demo:
+ (absent)
- 4 rows, the last in qrnzlsvs c1...... q2
"""
    )


def test_a_conflicted_session_is_shown_side_by_side(forked: Sandbox) -> None:
    forked.ok("session set demo -r try-b --allow-backwards")
    forked.ok("session set demo -r @- --allow-backwards --at-op @-")
    assert (
        forked.story("op show")
        == """\
$ wj op show
c5.......... ada@host default@ 1 second ago, lasted 0 milliseconds
session set demo
args: wj session set ... -r @- -B --at-operation @-

Changed sessions:
demo:
+ (added) kmxsnpyr c4...... another way
+ (removed) qrnzlsvs c1...... q2
+ (added) omrzzpmq c2...... q1
- kmxsnpyr c4...... another way
"""
    )


def test_a_divergent_change_shows_what_both_versions_replaced(box: Sandbox) -> None:
    box.begin(1)
    box.ok("new")
    box.ok("append -m one")
    box.ok("append -m two --at-op @-")
    assert (
        box.story("op diff --from @-- --to @", "op diff --from @ --to @--")
        == """\
$ wj op diff --from @-- --to @
From operation: c5.......... (3 seconds ago) new empty change on c1..........
  To operation: c6.......... (1 second ago) append 1 message

Changed commits:
○  + txqxupkm/0 c4...... (divergent) two
   - txqxupkm/2 c2...... (hidden) (empty) (no description set)
○  + txqxupkm/1 c3...... (divergent) one
   - txqxupkm/2 c2...... (hidden) (empty) (no description set)

Changed working copy default@:
+ txqxupkm/1 c3...... (divergent) one
- txqxupkm/2 c2...... (hidden) (empty) (no description set)

Changed sessions:
demo:
+ (added) txqxupkm/1 c3...... (divergent) one
+ (removed) omrzzpmq c1...... q1
+ (added) txqxupkm/0 c4...... (divergent) two
- omrzzpmq c1...... q1
$ wj op diff --from @ --to @--
From operation: c6.......... (2 seconds ago) append 1 message
  To operation: c5.......... (4 seconds ago) new empty change on c1..........

Changed commits:
○  + txqxupkm/2 c2...... (hidden) (empty) (no description set)
   - txqxupkm/0 c4...... (divergent) two
   - txqxupkm/1 c3...... (divergent) one

Changed working copy default@:
+ txqxupkm/2 c2...... (hidden) (empty) (no description set)
- txqxupkm/1 c3...... (divergent) one

Changed sessions:
demo:
+ omrzzpmq c1...... q1
- (added) txqxupkm/1 c3...... (divergent) one
- (removed) omrzzpmq c1...... q1
- (added) txqxupkm/0 c4...... (divergent) two
"""
    )


def test_leaving_the_last_place_is_shown_as_absent(forked: Sandbox) -> None:
    forked.ok("op restore 000")
    shown = forked.ok("op show")
    assert "Changed working copy default@:\n+ (absent)\n" in shown
    assert "try-b:\n+ (absent)\n" in shown


def test_what_an_operation_changed_as_data(forked: Sandbox) -> None:
    here, old = forked.one("@"), forked.json("op show @-")["diff"]["commits"][0]
    data = forked.json("op show")
    assert data["kind"] == "append"
    assert data["diff"]["commits"] == [
        {
            "change_id": here["change_id"],
            "commit_id": here["commit_id"],
            "replaces": [old["commit_id"]],
        }
    ]
    sides = {"before": old["commit_id"], "after": here["commit_id"]}
    assert data["diff"]["sessions"] == {"try-b": sides}
    assert data["diff"]["workspaces"]["default"]["after"]["commit"] == here["commit_id"]
    assert data["diff"]["tags"] == data["diff"]["remotes"] == data["diff"]["imports"] == {}

    whole = forked.json("op diff --from 000")
    assert whole["from"] == ["0" * 40]
    [(key, source)] = whole["imports"].items()
    assert key.startswith("claude-code:demo:")
    assert source["after"]["rows"] == 4


def test_the_past_shows_its_own_newest_operation(forked: Sandbox) -> None:
    assert forked.ok("op show --at-op @-").splitlines()[1].startswith("fork try-b")


def test_what_names_no_operation(forked: Sandbox) -> None:
    assert (
        forked.story(
            "op show zz", "op show beef0123", "op show @----", "op diff --operation @ --from @-"
        )
        == """\
$ wj op show zz
Error: Operation ID "zz" is not a valid hexadecimal prefix
[exit 1]
$ wj op show beef0123
Error: No operation ID matching "c5......"
[exit 1]
$ wj op show @----
Error: The "@----" expression resolved to no operations
[exit 1]
$ wj op diff --operation @ --from @-
Error: --operation cannot be used with --from or --to
Usage: wj op diff [OPTIONS]
Hint: For help, see `wj op diff --help`
[exit 2]
"""
    )
