"""`wj bundle`: conversations carried in a file."""

from __future__ import annotations

from tests.harness.bare import fsck, git
from tests.porcelain.cli.sandbox import Sandbox


def test_a_session_goes_in_a_file(box: Sandbox) -> None:
    box.begin(2)
    box.ok("fork demo try")
    assert box.ok("bundle create x.bundle -s demo") == "Wrote 1 name into x.bundle\n"
    box.ok("init there.git")
    assert (
        box.wj("bundle apply x.bundle -R there.git")
        == """\
Merged the sessions of the bundle
Working copy  (@) now at: qrnzlsvs c1...... demo | q2
Parent commit (@-)      : omrzzpmq c2...... q1
"""
    )
    assert box.wj("bundle apply x.bundle -R there.git") == "Nothing changed.\n"
    assert [one["name"] for one in box.json("session list -R there.git")] == ["demo"]
    assert (
        git(box.folder, "bundle", "list-heads", "x.bundle")
        .decode()
        .endswith(" refs/sessions/demo\n")
    )
    fsck(box.folder / "there.git")


def test_with_the_log_it_is_a_sync_in_one_direction(box: Sandbox) -> None:
    box.begin(1)
    assert box.ok("bundle create x.bundle --log").endswith(" and the operation log into x.bundle\n")
    box.ok("init there.git")
    assert "Received 1 operation" in box.wj("bundle apply x.bundle -R there.git")
    box.ok("append -m more -R there.git")
    box.ok("fork demo mine")
    box.ok("bundle create y.bundle --log")
    said = box.wj("bundle apply y.bundle -R there.git")
    assert "Merged both operation logs" in said
    assert {one["name"] for one in box.json("session list -R there.git")} == {"demo", "mine"}
    assert "append" in box.wj("undo -R there.git")


def test_files_that_are_no_bundle_are_refused(box: Sandbox) -> None:
    box.begin(1)
    box.file("x", b"not a bundle\n")
    head = git(box.repo, "rev-parse", "refs/wj/op")
    assert "Error: x is not a bundle" in box.wj("bundle apply x")
    assert "There is no file nope" in box.wj("bundle apply nope")
    assert "No session matches" in box.wj("bundle create y -s 'nope*'")
    box.ok("bundle create z.bundle")
    whole = (box.folder / "z.bundle").read_bytes()
    box.file("cut.bundle", whole[: len(whole) // 2])
    box.ok("init there.git")
    assert "[exit 1]" in box.wj("bundle apply cut.bundle -R there.git")
    assert git(box.folder / "there.git", "for-each-ref") == b""
    assert git(box.repo, "rev-parse", "refs/wj/op") == head


def test_secrets_are_not_put_in_unasked(box: Sandbox) -> None:
    box.begin(1)
    box.ok("append -m 'ghp_abcdefghijklmnopqrstuvwxyz0123456789'")
    assert "may hold a secret" in box.wj("bundle create x.bundle")
    assert not (box.folder / "x.bundle").exists()
    box.ok("bundle create x.bundle --allow-secrets")
