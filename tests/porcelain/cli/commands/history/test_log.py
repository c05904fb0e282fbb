"""`wj log` and its short forms: entries, order, appearance."""

from __future__ import annotations

import pytest

import porcelain
from tests.harness.bare import git
from tests.porcelain.cli.sandbox import Sandbox


@pytest.fixture
def forked(box: Sandbox) -> Sandbox:
    """Three turns, and a fork after the first."""
    box.begin()
    box.ok("fork demo-- try-b")
    box.ok("append -m 'another way'")
    return box


def test_each_line_of_conversation_is_one_block(forked: Sandbox) -> None:
    assert (
        forked.wj("log")
        == """\
@  kmxsnpyr claude-opus-4-5 2026-03-12 10:00:04 try-b 3 messages c5......
│  another way
│ ○  xrvpptnn claude-opus-4-5 2026-03-01 10:00:06 demo 6 messages c1......
│ │  q3
│ ○  qrnzlsvs claude-opus-4-5 2026-03-01 10:00:04 4 messages c2......
├─╯  q2
○  omrzzpmq claude-opus-4-5 2026-03-01 10:00:02 2 messages c3......
│  q1
◆  zzzzzzzz root() 00000000
"""
    )


def test_without_a_command_the_log_is_shown(forked: Sandbox) -> None:
    assert forked.wj("") == forked.wj("log")


def test_a_limit_cuts_before_the_order_is_turned_round(forked: Sandbox) -> None:
    assert (
        forked.wj("log -n 3")
        == """\
@  kmxsnpyr claude-opus-4-5 2026-03-12 10:00:04 try-b 3 messages c5......
│  another way
│ ○  xrvpptnn claude-opus-4-5 2026-03-01 10:00:06 demo 6 messages c1......
│ │  q3
│ ○  qrnzlsvs claude-opus-4-5 2026-03-01 10:00:04 4 messages c2......
├─╯  q2
"""
    )
    assert (
        forked.wj("log -n 3 --reversed")
        == """\
○  qrnzlsvs claude-opus-4-5 2026-03-01 10:00:04 4 messages c2......
│  q2
○  xrvpptnn claude-opus-4-5 2026-03-01 10:00:06 demo 6 messages c1......
   q3
@  kmxsnpyr claude-opus-4-5 2026-03-12 10:00:04 try-b 3 messages c5......
   another way
"""
    )
    assert forked.wj("log -n 0") == ""


def test_a_list_has_no_graph(forked: Sandbox) -> None:
    assert (
        forked.wj("log --no-graph -n 2")
        == """\
kmxsnpyr claude-opus-4-5 2026-03-12 10:00:04 try-b 3 messages c5......
another way
xrvpptnn claude-opus-4-5 2026-03-01 10:00:06 demo 6 messages c1......
q3
"""
    )
    assert (
        forked.wj("log -G -n 2 --reversed")
        == """\
xrvpptnn claude-opus-4-5 2026-03-01 10:00:06 demo 6 messages c1......
q3
kmxsnpyr claude-opus-4-5 2026-03-12 10:00:04 try-b 3 messages c5......
another way
"""
    )


def test_what_is_left_out_is_drawn_as_such(forked: Sandbox) -> None:
    assert (
        forked.wj("log -r 'demo | try-b | root()'")
        == """\
@  kmxsnpyr claude-opus-4-5 2026-03-12 10:00:04 try-b 3 messages c5......
│  another way
~  (elided 1 turn)
│ ○  xrvpptnn claude-opus-4-5 2026-03-01 10:00:06 demo 6 messages c1......
│ │  q3
│ ~  (elided 2 turns)
├─╯
◆  zzzzzzzz root() 00000000
"""
    )


def test_several_revsets_are_shown_together(forked: Sandbox) -> None:
    assert (
        forked.wj("log -G -r demo -r try-b -T 'description ++ change_id.shortest(3) ++ \"\\n\"'")
        == """\
kmx
xrv
"""
    )


def test_a_template_shows_each_commit_its_way(forked: Sandbox) -> None:
    template = 'change_id.short(4) ++ " " ++ description.first_line() ++ "\\n"'
    forked.ok("new -m 'a description'")

    assert (
        forked.run("log", "-T", template, "-n", "2").out
        == """\
@  mrmo a description
○  kmxs
"""
    )


def test_the_setting_says_what_is_shown(forked: Sandbox) -> None:
    forked.ok("config set --user revsets.log demo::")

    assert forked.titles("all()") != ["q3"]
    assert [one["title"] for one in forked.json("log")] == ["q3"]
    assert [one["title"] for one in forked.json("log --config revsets.log=@")] == ["another way"]


def test_a_hidden_commit_is_marked(forked: Sandbox) -> None:
    gone = forked.one("@")["commit_id"]
    forked.ok("undo")

    assert (
        forked.wj(f"log -r {gone}")
        == """\
○  kmxsnpyr/0 claude-opus-4-5 2026-03-12 10:00:04 3 messages c5...... (hidden)
│  another way
~
"""
    )


def test_an_empty_change_without_a_description_says_so(box: Sandbox) -> None:
    box.begin()
    box.ok("new")

    assert (
        box.wj("log -r @")
        == """\
@  txqxupkm claude-opus-4-5 2026-03-12 10:00:03 6 messages c3......
│  (empty) (no description set)
~
"""
    )


def test_tags_are_shown_beside_sessions(box: Sandbox) -> None:
    box.begin()
    git(box.repo, "tag", "v1", "refs/sessions/demo")

    assert (
        box.wj("log -r v1")
        == """\
@  xrvpptnn claude-opus-4-5 2026-03-01 10:00:06 demo v1 6 messages c1......
│  q3
~
"""
    )


def test_a_conflicted_session_is_marked_wherever_it_could_be(forked: Sandbox) -> None:
    conflict(forked)

    assert (
        forked.wj("log -n 2")
        == """\
@  kmxsnpyr claude-opus-4-5 2026-03-12 10:00:04 try-b demo?? 3 messages c5......
│  another way
│ ○  xrvpptnn claude-opus-4-5 2026-03-01 10:00:06 demo?? 6 messages c1......
│ │  q3
"""
    )
    assert (
        forked.wj("session list --sort name -T builtin_session_list_compact")
        == """\
demo (conflicted):
  - qrnzlsvs c2...... q2
  + xrvpptnn c1...... q3
  + kmxsnpyr c5...... another way
try-b: kmxsnpyr c5...... another way
Hint: Some sessions have conflicts; `wj session set NAME -r REV` settles one
"""
    )
    assert (
        forked.wj("status")
        == """\
Working copy  (@) : kmxsnpyr c5...... try-b demo?? | another way
Parent commit (@-): omrzzpmq c3...... q1
Current session   : try-b
Warning: Session demo is conflicted; it could be at
  xrvpptnn c1...... demo?? | q3
  kmxsnpyr c5...... try-b demo?? | another way
Hint: `wj log -r` with these ids shows them; `wj session set demo -r REV` resolves it
"""
    )
    assert (
        forked.wj("show demo")
        == """\
Error: Name `demo` is conflicted
Hint: Name one of its commits by id: `c1..........`, `c5..........`
[exit 1]
"""
    )
    git(forked.repo, "fsck", "--strict")


def conflict(box: Sandbox) -> None:
    """Make `demo` a session that two sides moved."""
    repo = porcelain.open(str(box.repo), actor=porcelain.default_actor("Ada", "ada@example.org"))
    with repo.transaction("conflict") as tx:
        ours, theirs, base = (repo.resolve(name) for name in ("demo", "try-b", "demo-"))
        tx.set("sessions", "demo", f"{ours} {base} {theirs}")
    repo.index.close()


def test_lineage_leaves_and_children_answer_their_questions(forked: Sandbox) -> None:
    assert [one["title"] for one in forked.json("lineage")] == ["another way", "q1"]
    assert [one["title"] for one in forked.json("lineage demo")] == ["q3", "q2", "q1"]
    assert [one["title"] for one in forked.json("leaves")] == ["another way", "q3"]
    assert [one["title"] for one in forked.json("children demo--")] == ["another way", "q2"]
    assert forked.json("children demo") == []


def test_the_log_of_an_empty_repository_is_the_root(box: Sandbox) -> None:
    box.ok("init")

    assert box.wj("log") == "◆  zzzzzzzz root() 00000000\n"
    assert box.wj("leaves") == ""
    assert box.wj("lineage") == ""


def test_the_log_as_it_was(forked: Sandbox) -> None:
    then = forked.ok("log")
    forked.ok("append -m more")
    forked.ok("undo")
    forked.ok("fork demo other")

    assert forked.ok("log --at-op @---") == then
    assert (
        forked.ok("--at-op @-- session list --sort name -T builtin_session_list_compact")
        == """\
demo: xrvpptnn c1...... q3
try-b: yztmspxq c6...... more
"""
    )
    assert forked.ok("log --at-op 00000000") == "◆  zzzzzzzz root() 00000000\n"
