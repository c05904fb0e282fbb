"""Sessions of remotes: listed, tracked, deleted, forgotten."""

from __future__ import annotations

from tests.harness.bare import git
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.cli.saying import listed_sessions as names


def remote(box: Sandbox, name: str, revision: str, at: str = "origin") -> None:
    """Set a session as a fetch would."""
    commit = box.one(revision)["commit_id"]
    git(box.repo, "update-ref", f"refs/remotes/{at}/sessions/{name}", commit)


def test_remote_sessions_are_listed_and_tracked(box: Sandbox) -> None:
    box.begin()
    remote(box, "demo", "@-")
    remote(box, "theirs", "@--")

    assert (
        box.wj("session list --sort name -T builtin_session_list_compact")
        == "demo: xrvpptnn c1...... q3\n"
    )
    assert names(box, "-a") == ["demo", "demo@origin", "theirs@origin"]

    assert "Started tracking 2 remote sessions.\n" in box.wj("session track 'd*' theirs")
    assert (
        box.wj("session list --sort name -T builtin_session_list_compact -a")
        == """\
demo: xrvpptnn c1...... q3
  @origin (behind by 1 commit): qrnzlsvs c2...... q2
theirs: omrzzpmq c3...... q1
  @origin: omrzzpmq c3...... q1
"""
    )
    assert names(box, "--remote", "up*") == []
    assert (
        box.wj("session list --sort name -T builtin_session_list_compact theirs")
        == "theirs: omrzzpmq c3...... q1\n"
    )
    assert "  @origin (behind by 1" in box.wj(
        "session list --sort name -T builtin_session_list_compact demo"
    )


def test_what_is_tracked_or_unknown_is_warned_of(box: Sandbox) -> None:
    box.begin()
    remote(box, "demo", "@-")

    assert (
        box.story(
            "b track demo@origin", "b t demo", "b track nope", "b track nope@origin",
            "b track demo --remote up", "b untrack 'd*'", "b untrack demo",
        )
        == """\
$ wj b track demo@origin
Recorded 1 change that others made to the refs
Started tracking 1 remote session.
$ wj b t demo
Warning: Remote session already tracked: demo@origin
Nothing changed.
$ wj b track nope
Warning: No matching sessions for names: nope
Nothing changed.
$ wj b track nope@origin
Warning: No matching remote sessions for names: nope@origin
Nothing changed.
$ wj b track demo --remote up
Warning: No matching remotes for names: up
Nothing changed.
$ wj b untrack 'd*'
Stopped tracking 1 remote session.
$ wj b untrack demo
Warning: Remote session not tracked yet: demo@origin
Nothing changed.
"""
    )  # fmt: skip
    assert "[exit 2]" in box.wj("b track demo demo@origin")
    assert "[exit 2]" in box.wj("b track demo@origin --remote origin")


def test_tracking_merges_and_may_conflict(forked: Sandbox) -> None:
    remote(forked, "demo", "try-b")

    done = forked.wj("session track demo@origin")

    assert "Hint: Conflicted now: demo" in done
    assert "demo (conflicted):" in forked.wj(
        "session list --sort name -T builtin_session_list_compact -c"
    )


def test_a_deleted_tracked_session_waits_for_the_push(box: Sandbox) -> None:
    box.begin()
    remote(box, "demo", "@")
    box.ok("session track demo")

    box.ok("session delete demo")

    listed = box.wj("session list --sort name -T builtin_session_list_compact")
    assert listed.splitlines()[:2] == ["demo (deleted)", "  @origin: xrvpptnn c1...... q3"]
    assert "Hint: Sessions marked as deleted" in listed
    assert [one["deleted"] for one in box.json("session list")] == [True, False]
    assert "Tracked remote sessions exist" in box.wj("session create demo")
    assert box.ok("session set demo").startswith("Moved 1 session to")
    assert names(box) == ["demo"]


def test_forgetting_unties_remotes_or_forgets_them(box: Sandbox) -> None:
    box.begin()
    remote(box, "demo", "@-")
    box.ok("session track demo")

    box.ok("session forget demo")
    assert names(box, "-a") == ["demo@origin"]

    assert box.wj("session forget --include-remotes demo") == "Forgot 1 remote session.\n"
    assert names(box, "-a") == []
    assert git(box.repo, "for-each-ref", "refs/remotes") == b""
    box.ok("undo")
    assert names(box, "-a") == ["demo@origin"]


def test_rename_leaves_the_remotes_name(box: Sandbox) -> None:
    box.begin()
    remote(box, "demo", "@")
    box.ok("session track demo")

    assert "Remotes still have the session as demo" in box.wj("session rename demo work")

    assert names(box) == ["work", "demo (deleted)", "  @origin"]
