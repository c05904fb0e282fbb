"""`wj workspace`, `--workspace`, and commands that act on an older operation."""

from __future__ import annotations

import pytest

from tests.porcelain.cli.sandbox import Sandbox


def test_workspaces_from_adding_to_forgetting(box: Sandbox) -> None:
    box.begin(2)

    told = box.story(
        "workspace add agent",
        "workspace list",
        "--workspace agent append -m hello",
        "--workspace agent workspace rename helper",
        "workspace list",
        "log -n 2 --no-graph",
        "workspace forget helper nobody",
        "workspace list",
        "undo",
        "workspace list",
    )

    assert told == TOLD


TOLD = """\
$ wj workspace add agent
Added workspace agent at txqxupkm c3...... (empty) (no description set)
Hint: Work in it with `--workspace agent` or WJ_WORKSPACE
$ wj workspace list
agent: txqxupkm c3...... (empty) (no description set)
default: qrnzlsvs c1...... demo | q2
$ wj --workspace agent append -m hello
Added 1 message to txqxupkm c4...... hello
Working copy  (@) now at: txqxupkm c4...... hello
Parent commit (@-)      : omrzzpmq c2...... q1
Hint: No session moved; name the new head with `wj session create NAME`
$ wj --workspace agent workspace rename helper
Renamed workspace agent to helper
Hint: Work in it with `--workspace helper` or WJ_WORKSPACE
$ wj workspace list
default: qrnzlsvs c1...... demo | q2
helper: txqxupkm c4...... hello
$ wj log -n 2 --no-graph
txqxupkm claude-opus-4-5 2026-03-12 10:00:05 helper@ 3 messages c4......
hello
qrnzlsvs claude-opus-4-5 2026-03-01 10:00:04 demo default@ 4 messages c1......
q2
$ wj workspace forget helper nobody
Warning: No workspace is named nobody
Forgot helper
$ wj workspace list
default: qrnzlsvs c1...... demo | q2
$ wj undo
Undid operation: c5.......... (2 seconds ago) workspace forget helper
Restored to operation: c6.......... (5 seconds ago) workspace rename agent to helper
$ wj workspace list
default: qrnzlsvs c1...... demo | q2
helper: txqxupkm c4...... hello
"""


def test_an_unknown_workspace_is_refused_with_what_may_have_been_meant(box: Sandbox) -> None:
    box.begin(1)
    box.ok("workspace add agent")

    assert box.wj("--workspace agnet log") == (
        "Error: Workspace `agnet` doesn't exist\nHint: Did you mean `agent`?\n[exit 1]\n"
    )


def test_the_environment_names_the_workspace_and_the_option_wins(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.begin(1)
    box.ok("workspace add one")
    box.ok("workspace add two")
    monkeypatch.setenv("WJ_WORKSPACE", "one")

    assert box.json("status")["workspace"] == "one"
    assert box.json("--workspace two status")["workspace"] == "two"
    assert box.json("--workspace default status")["workspace"] == "default"


def test_the_list_as_data(box: Sandbox) -> None:
    box.begin(1)
    added = box.json("workspace add agent -m 'its own'")
    assert added["added"] == "agent"

    rows = {row["name"]: row for row in box.json("--workspace agent workspace list")}

    assert rows["agent"]["commit"]["commit_id"] == added["commit_id"]
    assert rows["agent"]["commit"]["title"] == "its own"
    assert [rows[name]["current"] for name in ("agent", "default")] == [True, False]
    assert rows["default"]["host"] is None
    assert rows["default"]["session"] == "demo"


@pytest.mark.parametrize("name", ["''", "'a b'", "a@b", "--", "default"])
def test_a_name_that_cannot_be_had_changes_nothing(box: Sandbox, name: str) -> None:
    box.begin(1)
    before = box.json("op log")

    done = box.wj(f"workspace add -- {name}" if name != "--" else "workspace add")

    assert "[exit " in done
    assert box.json("op log") == before


def test_a_command_at_an_older_operation_is_a_slow_one(box: Sandbox) -> None:
    box.begin(2)
    began = box.json("op log")[0]["id"]
    box.ok("append -m fast")

    said = box.ok(f"append -m slow --at-op {began}")

    assert "Added 1 message to" in said
    assert "is in conflict now" in said
    assert box.json("op log")[0]["description"] == "append 1 message"
    status = box.ok("status")
    assert "Session demo is conflicted; it could be at" in status
    assert "`wj session set demo -r REV` resolves it" in status
    assert "demo (conflicted):" in box.ok(
        "session list --sort name -T builtin_session_list_compact"
    )
    assert "demo??" in box.ok("log")
    here = box.json("status")["commit"]["commit_id"]
    assert "Moved 1 session to" in box.ok(f"session set demo -r {here}")
    assert box.sessions() == {"demo": "fast"}
    assert "demo??" not in box.ok("log")


def test_what_a_slow_command_made_is_told_as_it_ended_up(box: Sandbox) -> None:
    box.begin(2)
    began = box.json("op log")[0]["id"]
    box.ok("workspace add other -r demo-")
    box.ok("--workspace other append -m aside")

    made = box.json(f"new demo --at-op {began}")

    assert box.one("@")["commit_id"] == made["commit_id"]
    assert made["workspace"]["commit_id"] == made["commit_id"]


def test_looking_at_an_older_operation_still_changes_nothing(box: Sandbox) -> None:
    box.begin(2)
    began = box.json("op log")[0]["id"]
    box.ok("append -m fast")
    before = box.json("op log")

    assert "fast" not in box.ok(f"log --at-op {began}")
    assert box.json("op log") == before


@pytest.mark.parametrize("command", ["undo", "redo"])
def test_undo_and_redo_refuse_an_older_operation(box: Sandbox, command: str) -> None:
    box.begin(1)
    box.ok("append -m one")
    before = box.json("op log")

    assert box.wj(f"{command} --at-op @-") == (
        "Error: Undo and redo work on the newest operation, not with `--at-op`\n"
        "Hint: `wj op restore OPERATION` goes back to an older state\n"
        "[exit 1]\n"
    )
    assert box.json("op log") == before


def test_a_session_is_set_only_forward_unless_allowed(box: Sandbox) -> None:
    box.begin(2)

    refused = box.wj("session set demo -r demo-")
    assert refused.startswith("Error: Refusing to move session backwards or sideways: demo\n")
    box.ok("session set demo -r demo- -B")
    assert "Nothing changed." in box.ok("session set demo -r demo")
    assert "Created 1 session pointing to" in box.ok("session set fresh -r demo")
    assert "[exit 1]" in box.wj("session set root -r 'root()'")
