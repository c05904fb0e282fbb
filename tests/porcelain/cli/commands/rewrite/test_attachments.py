"""Attachments follow every rewrite of a change; of one name the later change counts."""

from __future__ import annotations

from porcelain.maintenance.redacting.sent_secrets import secret_places
from store.ids import CommitId
from store.session.session import Session
from store.session_store.store import SessionStore
from tests.harness.bare import git
from tests.porcelain.cli.sandbox import Sandbox

KEY = "gh" + "p_" + "a1B2" * 9


def store(box: Sandbox) -> SessionStore:
    return SessionStore.open(box.repo)


def attached(box: Sandbox, revision: str = "@") -> dict[str, bytes]:
    return store(box).attachments(box.json(f"show {revision}")[0]["commit_id"])


def said(role: str, text: str) -> dict[str, object]:
    return {"role": role, "content": text, "tool_calls": []}


def begin(box: Sandbox) -> None:
    """Make a conversation of three changes, of which each attaches something."""
    box.ok("init")
    sessions = store(box)
    sessions.save(Session.new("talk", model="m", created_at="2026-01-01T00:00:00+00:00"))
    for number in (1, 2, 3):
        changes = {"state": f"{number}".encode(), f"plan-{number}": b"p"}
        sessions.append("talk", [said("user", f"question {number}")], attachments=changes)
    box.ok("edit talk")


def test_a_rebase_carries_what_each_change_attaches(box: Sandbox) -> None:
    begin(box)
    box.ok("rebase -r talk --onto talk---")
    assert attached(box, "talk") == {"state": b"3", "plan-3": b"p"}
    box.ok("undo")
    assert sorted(attached(box, "talk")) == ["plan-1", "plan-2", "plan-3", "state"]
    box.ok("abandon talk-")
    assert sorted(attached(box, "talk")) == ["plan-1", "plan-3", "state"]


def test_a_squash_and_a_split_keep_them(box: Sandbox) -> None:
    begin(box)
    box.ok("squash -r talk")
    assert attached(box, "talk")["state"] == b"3"
    box.ok("split talk --at 2")
    assert sorted(attached(box, "talk")) == ["plan-1", "plan-2", "plan-3", "state"]


def test_a_restore_takes_those_of_its_source_in_either_layout(box: Sandbox) -> None:
    begin(box)
    box.ok("restore --from talk-- --into talk")
    assert attached(box, "talk") == {"state": b"1", "plan-1": b"p"}
    box.ok("undo")
    flat = SessionStore.open(box.repo, layout="single-file")
    flat.save(Session.new("flat", model="m", created_at="2026-01-01T00:00:00+00:00"))
    box.ok("restore --from talk-- --into flat")
    assert attached(box, "flat") == {"state": b"1", "plan-1": b"p"}


def test_a_merge_has_those_of_both_the_later_of_one_name(box: Sandbox) -> None:
    begin(box)
    store(box).fork("talk", "side")
    store(box).append(
        "side", [said("user", "aside")], attachments={"state": b"side", "plan-1": None}
    )
    store(box).append("talk", [said("user", "main")], attachments={"state": b"main", "more": b"m"})
    box.ok("new talk side")
    assert attached(box) == {"state": b"side", "plan-2": b"p", "plan-3": b"p", "more": b"m"}
    assert box.one("@")["empty"] is True


def test_show_lists_them_and_export_says_that_they_are_not_in_the_file(box: Sandbox) -> None:
    begin(box)
    assert "Attached : plan-1 (1 byte), plan-2 (1 byte), plan-3 (1 byte), state (1 byte)" in box.ok(
        "show talk"
    )
    (data,) = box.json("show talk")
    assert data["attachments"][-1] == {"name": "state", "bytes": 1}
    done = box.run("export", "talk")
    assert "Not in the file: 4 attachments (plan-1, plan-2, plan-3, state)" in done.err
    assert "plan-1" not in done.out


def test_a_redaction_with_a_purge_reaches_them(box: Sandbox) -> None:
    begin(box)
    store(box).append("talk", attachments={"state": b"the word is hunter2", "raw": b"\xffhunter2"})
    box.ok("redact hunter2 --purge --yes")
    assert attached(box, "talk")["state"] == b"the word is [redacted]"
    assert attached(box, "talk")["raw"] == b"\xff[redacted]"
    every = git(box.repo, "cat-file", "--batch-all-objects", "--batch")
    assert b"hunter2" not in every


def test_a_secret_in_one_is_found_before_it_is_sent(box: Sandbox) -> None:
    begin(box)
    tip = store(box).append("talk", attachments={"log.txt": f"key {KEY}".encode()})
    assert secret_places(store(box).repository, [CommitId(tip.id)]) == [
        f"commit {tip.id[:12]}: attachment log.txt"
    ]


def test_doctor_names_one_that_is_missing(box: Sandbox) -> None:
    begin(box)
    box.ok("util gc")
    tip = store(box).append("talk", attachments={"lost": b"lost and found"})
    blob = git(box.repo, "rev-parse", f"{tip.id}:attachments/=lost").decode().strip()
    for pack in (box.repo / "objects" / "pack").glob("*.pack"):
        data = pack.read_bytes()
        for file in pack.parent.glob(f"{pack.stem}.*"):
            file.unlink()
        git(box.repo, "unpack-objects", data=data)
    (box.repo / "objects" / blob[:2] / blob[2:]).unlink()
    assert "lost (missing)" in box.ok("show talk")
    done = box.run("doctor")
    assert done.code == 1
    assert "missing" in done.both
