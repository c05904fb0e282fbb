"""Before a purge removes anything, it finds everything that would keep the text."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from porcelain.maintenance.redacting import keepers
from tests.harness.bare import git
from tests.porcelain.cli.leaked_word import WORD, begin, files_with, holders, sound, state
from tests.porcelain.cli.sandbox import Sandbox


def tip(box: Sandbox) -> str:
    return git(box.repo, "rev-parse", "refs/sessions/demo").decode().strip()


def conflicted(box: Sandbox, kind: str, name: str) -> None:
    """Let a name have a conflict whose base, a hidden commit, leads to the word."""
    box.ok(f"{kind} set {name} -r {tip(box)}")
    box.ok("new 'root()' -m one")
    one = box.one("@")["commit_id"]
    box.ok("new 'root()' -m other")
    allow = "-B" if kind == "session" else "--allow-move"
    box.ok(f"{kind} set {name} {allow} -r {one}")
    box.ok(f"{kind} set {name} {allow} -r @ --at-op @-")
    box.ok("session delete demo")
    box.ok(f"abandon 'all() ~ root() ~ {one}:: ~ @::' --ignore-immutable")


def conflicted_session(box: Sandbox) -> None:
    conflicted(box, "session", "talk")


def conflicted_tag(box: Sandbox) -> None:
    conflicted(box, "tag", "v1")


def remote_session(box: Sandbox) -> None:
    git(box.repo, "update-ref", "refs/remotes/origin/sessions/demo", tip(box))


def session_name(box: Sandbox) -> None:
    box.ok(f"session rename demo {WORD}")


def tag_name(box: Sandbox) -> None:
    box.ok("new 'root()' -m tagged")
    box.ok(f"tag set {WORD} -r @")


def workspace_name(box: Sandbox) -> None:
    box.ok(f"workspace add {WORD}")


def ref_of_others(box: Sandbox) -> None:
    git(box.repo, "update-ref", "refs/heads/mine", tip(box))


def detached_head(box: Sandbox) -> None:
    (box.repo / "HEAD").write_text(f"{tip(box)}\n")


def worktree(box: Sandbox) -> None:
    place = str(box.folder / "tree")
    git(box.repo, "worktree", "add", "-q", "--detach", "--no-checkout", place, tip(box))


def index_of_git(box: Sandbox) -> None:
    blob = git(box.repo, "hash-object", "-w", "--stdin", data=f"{WORD}\n".encode())
    place = f"100644,{blob.decode().strip()},x"
    git(box.repo, "update-index", "--add", "--cacheinfo", place)


def kept_pack(box: Sandbox) -> None:
    git(box.repo, "repack", "-q", "-a", "-d")
    for pack in (box.repo / "objects" / "pack").glob("*.pack"):
        pack.with_suffix(".keep").touch()


def lent_objects(box: Sandbox) -> None:
    other = box.folder / "other"
    git(box.repo, "init", "-q", "--bare", str(other))
    git(other, "hash-object", "-w", "--stdin", data=f"left by {WORD}".encode())
    alternates = box.repo / "objects" / "info" / "alternates"
    alternates.parent.mkdir(exist_ok=True)
    alternates.write_text(f"{other}/objects\n")


KEEPERS: dict[str, tuple[Callable[[Sandbox], None], str]] = {
    "conflicted session": (conflicted_session, "session talk"),
    "conflicted tag": (conflicted_tag, "tag v1"),
    "remote session": (remote_session, "remote origin/session demo"),
    "session name": (session_name, f"session {WORD}, by its name"),
    "tag name": (tag_name, f"tag {WORD}, by its name"),
    "workspace name": (workspace_name, f"/{WORD}, by its name"),
    "ref of others": (ref_of_others, "refs/heads/mine"),
    "detached HEAD": (detached_head, "HEAD"),
    "worktree": (worktree, "worktrees/tree/HEAD"),
    "git's index": (index_of_git, "index"),
    "kept pack": (kept_pack, ".keep"),
    "alternate": (lent_objects, "other/objects"),
}


@pytest.mark.parametrize("case", list(KEEPERS))
def test_a_purge_does_nothing_where_something_keeps_the_text(box: Sandbox, case: str) -> None:
    make, name = KEEPERS[case]
    begin(box)
    make(box)
    box.ok("new -m later")
    before, log = state(box), box.json("op log")
    objects = holders(box)

    planned = box.run("redact", WORD, "--purge", "--ignore-immutable", "--dry-run")
    done = box.run("redact", WORD, "--purge", "--yes", "--ignore-immutable")

    assert name in planned.out
    assert "Would stay" in planned.out
    assert done.code == 1
    assert "Nothing has been changed" in done.err
    assert name in done.err
    assert "Hint: " in done.err
    assert (state(box), box.json("op log")) == (before, log)
    assert holders(box) == objects
    asked = box.run("redact", WORD, "--purge", "--yes", "--ignore-immutable", "--json")
    assert asked.error["code"] == "text_kept"


def test_commits_outside_the_revisions_keep_it(box: Sandbox) -> None:
    begin(box)
    log = box.json("op log")

    done = box.run("redact", WORD, "--purge", "--yes", "-r", "@")

    assert done.code == 1
    assert "visible commits outside the given revisions" in done.err
    assert "without `-r`" in done.err
    assert box.json("op log") == log


def test_an_operation_that_cannot_be_read_keeps_it(box: Sandbox) -> None:
    begin(box)
    for number in range(3):
        box.ok(f"new -m {number}")
    damaged = box.json("op log")[1]["id"]
    git(box.repo, "repack", "-q", "-a", "-d")
    pack = next((box.repo / "objects" / "pack").glob("*.pack"))
    moved = box.folder / pack.name
    pack.rename(moved)
    pack.with_suffix(".idx").unlink()
    git(box.repo, "unpack-objects", "-q", data=moved.read_bytes())
    (box.repo / "objects" / damaged[:2] / damaged[2:]).unlink()
    for file in box.repo.glob("store-index*"):
        file.unlink()

    done = box.run("redact", WORD, "--purge", "--yes")

    assert done.code == 1
    assert "kept by operation c" in done.err
    assert "which cannot be read" in done.err
    assert "`wj doctor --fix`" in done.err
    assert holders(box)


def test_a_settled_conflict_keeps_it_no_longer(box: Sandbox) -> None:
    begin(box)
    conflicted_session(box)
    assert box.run("redact", WORD, "--purge", "--yes").code == 1

    box.ok("session set talk -B -r @")
    box.ok(f"redact {WORD} --purge --yes")

    assert files_with(box) == []
    assert holders(box) == []
    sound(box)


def test_another_workspace_is_no_keeper(box: Sandbox) -> None:
    begin(box)
    box.ok("workspace add other")
    box.ok("edit @- --workspace other")
    box.ok("abandon @ --workspace other")

    box.ok(f"redact {WORD} --purge --yes")

    assert files_with(box) == []
    assert holders(box) == []
    sound(box)


def test_an_imported_file_is_no_keeper(box: Sandbox) -> None:
    """Its keys and the names in it are redacted; the file is still known to be imported."""
    chat = begin(box)
    box.file("named.jsonl", chat.data().replace(b'"demo"', f'"{WORD}-id"'.encode()))
    box.ok(f"import named.jsonl --session {WORD}-talk")
    box.ok(f"session rename {WORD}-talk fine")

    data = box.json(f"redact {WORD} --purge --yes")

    assert data["purged"]["left"] == []
    assert files_with(box) == []
    assert holders(box) == []
    sound(box)


def test_what_appears_between_redaction_and_purge_is_found_too(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(box)
    old = tip(box)
    count = 0
    real = keepers.find_keepers

    def late(*arguments: object) -> object:
        nonlocal count
        count += 1
        if count == 2:
            git(box.repo, "update-ref", "refs/heads/late", old)
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("porcelain.maintenance.redacting.redact.find_keepers", late)
    done = box.run("redact", WORD, "--purge", "--yes")

    assert done.code == 1
    assert "Nothing has been removed" in done.err
    assert "refs/heads/late" in done.err
    assert "[redacted]" in box.titles("@")[0]
    box.ok("undo")
    assert WORD in box.titles("@")[0]


def test_refs_that_cannot_be_written_are_found_before(box: Sandbox) -> None:
    begin(box)
    (box.repo / "refs" / "sessions" / "demo.lock").touch()
    box.run("append", "-m", "more")
    log = box.json("op log")

    done = box.run("redact", WORD, "--purge", "--yes")

    assert done.code == 1
    assert "cannot be written yet" in done.err
    assert box.json("op log") == log
    assert holders(box)
