"""`wj op log`: filters, order and form of the operations."""

from __future__ import annotations

import pytest

from tests.porcelain.cli.sandbox import Sandbox

ONE_LINE = """-T 'description.first_line() ++ "\\n"'"""


@pytest.fixture
def shared(forked: Sandbox) -> Sandbox:
    """The same with a second workspace, an undo, and a save by another program."""
    forked.ok("workspace add two")
    forked.ok("new demo -m two --workspace two")
    forked.ok("workspace add idle")
    forked.ok("undo")
    return forked


def listed(box: Sandbox, options: str) -> list[str]:
    """Return the descriptions that `op log` lists."""
    return box.ok(f"op log -G {ONE_LINE} {options}").splitlines()


def test_the_present_one_is_marked_and_every_one_can_be_looked_from(forked: Sandbox) -> None:
    assert (
        forked.story(
            "op log",
            "op log --at-op @-",
            "op log --at-op @",
            "log --at-op @---",
            "log --at-op @----",
            "log --at-op foo",
        )
        == """\
$ wj op log
@  c5.......... ada@host default@ 1 second ago, lasted 0 milliseconds
│  append 1 message
│  args: wj append -m ...
○  c6.......... ada@host default@ 2 seconds ago, lasted 0 milliseconds
│  fork try-b from c2..........
│  args: wj fork @- ...
○  c7.......... ada@host default@ 3 seconds ago, lasted 0 milliseconds
│  import demo
│  args: wj import chat.jsonl
○  000000000000 root()
$ wj op log --at-op @-
@  c6.......... ada@host default@ 3 seconds ago, lasted 0 milliseconds
│  fork try-b from c2..........
│  args: wj fork @- ...
○  c7.......... ada@host default@ 4 seconds ago, lasted 0 milliseconds
│  import demo
│  args: wj import chat.jsonl
○  000000000000 root()
$ wj op log --at-op @
@  c5.......... ada@host default@ 3 seconds ago, lasted 0 milliseconds
│  append 1 message
│  args: wj append -m ...
○  c6.......... ada@host default@ 4 seconds ago, lasted 0 milliseconds
│  fork try-b from c2..........
│  args: wj fork @- ...
○  c7.......... ada@host default@ 5 seconds ago, lasted 0 milliseconds
│  import demo
│  args: wj import chat.jsonl
○  000000000000 root()
$ wj log --at-op @---
◆  zzzzzzzz root() 00000000
$ wj log --at-op @----
Error: The "@----" expression resolved to no operations
[exit 1]
$ wj log --at-op foo
Error: Operation ID "foo" is not a valid hexadecimal prefix
[exit 1]
"""
    )


def test_the_limit_applies_before_they_are_turned_round(forked: Sandbox) -> None:
    assert (
        forked.story("op log -n 2", "op log -n 2 --reversed", "op log -n 2 -G")
        == """\
$ wj op log -n 2
@  c5.......... ada@host default@ 1 second ago, lasted 0 milliseconds
│  append 1 message
│  args: wj append -m ...
○  c6.......... ada@host default@ 2 seconds ago, lasted 0 milliseconds
│  fork try-b from c2..........
│  args: wj fork @- ...
$ wj op log -n 2 --reversed
○  c6.......... ada@host default@ 3 seconds ago, lasted 0 milliseconds
│  fork try-b from c2..........
│  args: wj fork @- ...
@  c5.......... ada@host default@ 2 seconds ago, lasted 0 milliseconds
   append 1 message
   args: wj append -m ...
$ wj op log -n 2 -G
c5.......... ada@host default@ 3 seconds ago, lasted 0 milliseconds
append 1 message
args: wj append -m ...
c6.......... ada@host default@ 4 seconds ago, lasted 0 milliseconds
fork try-b from c2..........
args: wj fork @- ...
"""
    )
    everything = listed(forked, "")
    assert listed(forked, "--reversed") == everything[::-1]
    assert len(forked.ok("op log -n 0")) == 0


def test_a_template_has_all_fields(forked: Sandbox) -> None:
    fields = (
        "id description kind time.start() time.duration() json(time) user username host "
        "workspace_name args attributes current_operation root snapshot"
    )
    template = " ++ '|' ++ ".join(fields.split()).replace("'", '"')
    first, *_, last = forked.ok(f"op log -G -T '{template} ++ \"\\n\"'").splitlines()
    assert first.split("|")[1:] == [
        "append 1 message",
        "append",
        "2026-03-12 10:00:04",
        "0 milliseconds",
        '{"start":"2026-03-12T10:00:04Z","end":"2026-03-12T10:00:04Z"}',
        "ada@host",
        "ada",
        "host",
        "default",
        "wj append -m ...",
        "args: wj append -m ...",
        "true",
        "false",
        "false",
    ]
    assert last.split("|")[1:3] == ["", "root"]
    assert last.split("|")[6:] == ["", "", "", "", "", "", "false", "true", "false"]


def test_the_shortest_prefix_of_an_id_names_it(forked: Sandbox) -> None:
    for line in forked.run(
        "op", "log", "-G", "-T", 'id.shortest() ++ " " ++ id ++ "\n"'
    ).raw.splitlines():
        short, whole = line.decode().split()
        assert forked.json(f"op show {short}")["id"] == whole


def test_user_and_host_are_those_of_the_system(box: Sandbox) -> None:
    box.patch.setenv("WJ_OP_USERNAME", "grace")
    box.patch.setenv("WJ_OP_HOSTNAME", "harbour")
    box.begin(1)
    assert "grace@harbour default@" in box.ok("op log -n 1")


def test_each_with_what_it_changed(forked: Sandbox) -> None:
    assert (
        forked.story("op log -d -n 2")
        == """\
$ wj op log -d -n 2
@  c5.......... ada@host default@ 1 second ago, lasted 0 milliseconds
│  append 1 message
│  args: wj append -m ...
│
│  Changed commits:
│  ○  + kmxsnpyr c4...... another way
│     - kmxsnpyr/1 c3...... (hidden) (empty) forked from omrzzpmq at message 2
│
│  Changed working copy default@:
│  + kmxsnpyr c4...... another way
│  - kmxsnpyr/1 c3...... (hidden) (empty) forked from omrzzpmq at message 2
│
│  Changed sessions:
│  try-b:
│  + kmxsnpyr c4...... another way
│  - kmxsnpyr/1 c3...... (hidden) (empty) forked from omrzzpmq at message 2
○  c6.......... ada@host default@ 2 seconds ago, lasted 0 milliseconds
│  fork try-b from c2..........
│  args: wj fork @- ...
│
│  Changed commits:
│  ○  + kmxsnpyr/1 c3...... (hidden) (empty) forked from omrzzpmq at message 2
│
│  Changed working copy default@:
│  + kmxsnpyr/1 c3...... (hidden) (empty) forked from omrzzpmq at message 2
│  - qrnzlsvs c1...... q2
│
│  Changed current session of default@:
│  + try-b
│  - demo
│
│  Changed sessions:
│  try-b:
│  + kmxsnpyr/1 c3...... (hidden) (empty) forked from omrzzpmq at message 2
│  - (absent)
"""
    )
    data = forked.json("op log -d")
    assert [len(one["diff"]["commits"]) for one in data] == [1, 1, 2, 0]
    assert data[1]["diff"]["sessions"]["try-b"]["before"] is None


def test_only_those_of_a_workspace(shared: Sandbox) -> None:
    assert listed(shared, "--by two")[0].startswith("new empty change")
    assert len(listed(shared, "--by two")) == 1
    assert "No operation has --by `nobody`" in shared.wj("op log --by nobody")


def test_only_those_of_a_kind(shared: Sandbox) -> None:
    assert listed(shared, "--kind undo") == ["undo: workspace add idle"]
    assert listed(shared, "--kind undo --by two") == []


def test_only_those_that_moved_a_session(shared: Sandbox) -> None:
    assert [line.split()[0] for line in listed(shared, "--session try-b")] == ["append", "fork"]
    assert listed(shared, "--session demo") == ["import demo"]
    shared.ok("undo --session try-b")
    assert listed(shared, "--session try-b")[0].startswith("undo")


def test_only_those_that_touched_a_change(shared: Sandbox) -> None:
    change = shared.one("try-b")["change_id"]
    touching = ["append", "fork"]
    assert [line.split()[0] for line in listed(shared, f"--change {change[:6]}")] == touching
    assert [line.split()[0] for line in listed(shared, "--change try-b")] == touching
    shared.ok("undo --skip")
    shared.ok("undo --skip")
    undone = listed(shared, f"--change {change}")[:2]
    assert undone[0].startswith("undo: fork try-b")
    assert undone[1] == "undo: append 1 message"


def test_only_those_since_a_time(shared: Sandbox) -> None:
    since = listed(shared, "--since 2026-03-12T10:00:05Z")
    assert [line.split()[0] for line in since] == ["undo:", "workspace", "new", "workspace"]
    assert listed(shared, "--since 2026-03-12 --kind fork") == listed(shared, "--kind fork")
    assert listed(shared, "--since 2026-03-13") == []
    assert len(listed(shared, "--since '1 hour ago'")) == 7
    assert listed(shared, "--since '2 seconds ago'") == []


def test_what_lies_between_those_that_are_shown_is_dashed(shared: Sandbox) -> None:
    assert (
        shared.story("op log --by default -n 3 --reversed")
        == """\
$ wj op log --by default -n 3 --reversed
○  c10......... ada@host default@ 4 seconds ago, lasted 0 milliseconds
╷  workspace add two
╷  args: wj workspace add ...
○  c8.......... ada@host default@ 2 seconds ago, lasted 0 milliseconds
│  workspace add idle
│  args: wj workspace add ...
@  c11......... ada@host default@ 1 second ago, lasted 0 milliseconds
   undo: workspace add idle
   args: wj undo
"""
    )


def test_what_is_no_time_and_no_template(forked: Sandbox) -> None:
    assert (
        forked.story("op log --since yesteryear", "op log -T nope")
        == """\
$ wj op log --since yesteryear
Error: Invalid value for --since: neither a time in ISO 8601 nor something like `2 days ago`
Usage: wj op log [OPTIONS]
Hint: For help, see `wj op log --help`
[exit 2]
$ wj op log -T nope
Error: Failed to parse template: Keyword `nope` doesn't exist
 --> 1:1
  |
1 | nope
  | ^--^
  |
  = Keyword `nope` doesn't exist
[exit 1]
"""
    )


def test_a_damaged_operation_is_told_of_without_a_traceback(forked: Sandbox) -> None:
    newest = forked.json("op log -n 1")[0]["id"]
    (forked.repo / "refs/wj/op").write_text(f"{'ab' * 20}\n")
    done = forked.run("op", "show")
    assert done.code == 1
    assert done.err.startswith("Error: Operation ")
    (forked.repo / "refs/wj/op").write_text(f"{newest}\n")
    assert forked.json("op log -n 1")[0]["id"] == newest
