"""`wj redact --purge`: afterwards no object and no file has the text."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from porcelain.maintenance.redacting import redact
from porcelain.maintenance.redacting.reword_log import Rewording
from store.session_store.store import SessionStore
from tests.harness.bare import git
from tests.harness.processes import finish, start
from tests.harness.world import chat
from tests.porcelain.cli.leaked_word import WORD, begin, files_with, holders, sound, state, talk
from tests.porcelain.cli.sandbox import Sandbox


def test_a_purge_shows_first_what_will_be_lost(box: Sandbox) -> None:
    begin(box)
    before = files_with(box), state(box)
    done = box.run("redact", WORD, "--purge")
    assert done.code == 1
    assert "Would remove for good 3 old versions and 1 operation that show them\n" in done.out
    assert "no undo, redo or restore goes back to these states" in done.out
    assert "Nothing has been changed" in done.err
    assert (files_with(box), state(box)) == before
    data = box.run("redact", WORD, "--purge", "--json")
    assert (data.code, data.error["code"]) == (1, "not_confirmed")
    assert len(data.data["operations_to_abandon"]) == 1


def test_after_a_purge_no_object_and_no_file_has_it(box: Sandbox) -> None:
    box.ok("init")
    box.ok("new 'root()' -m 'before it all'")
    box.ok("describe -m 'first words'")
    talk(box)
    box.ok("import chat.jsonl")
    box.ok(f"describe -m 'about {WORD}'")
    box.ok(f"fork @- {WORD}-free")
    box.ok(f"session rename {WORD}-free other")
    box.ok(f"redact {WORD}")
    box.ok("undo")
    box.ok("new")
    older = [one["id"] for one in box.json("op log")][-2:]
    data = box.json(f"redact {WORD} --purge --yes")
    assert data["purged"]["left"] == []
    assert holders(box) == []
    assert files_with(box) == []
    sound(box)
    kept = [one["id"] for one in box.json("op log")]
    assert data["operation"] == kept[0]
    assert set(older) <= set(kept), "what never had it stays in the log"
    assert box.run("undo").code == 1
    box.ok(f"op restore {older[0]}")
    box.ok("undo")
    assert "about [redacted]" in box.titles("all()")


def test_tags_move_along_only_when_told(box: Sandbox) -> None:
    begin(box)
    box.ok("tag set v1 -r @-")
    done = box.run("redact", WORD)
    assert done.code == 1
    assert "Tags would keep the text" in done.err
    assert holders(box)
    data = box.json(f"redact {WORD} --purge --yes --ignore-immutable")
    assert data["tags"] == ["v1"]
    assert holders(box) == []
    assert box.one("v1")["title"] == "plain"
    sound(box)


def test_refs_of_others_are_named_and_left(box: Sandbox) -> None:
    begin(box)
    tip = git(box.repo, "rev-parse", "refs/sessions/demo").decode().strip()
    git(box.repo, "update-ref", "refs/heads/mine", tip)
    plan = box.run("redact", WORD, "--purge")
    assert "Would stay: refs/heads/mine keeps the text" in plan.out
    done = box.run("redact", WORD, "--purge", "--yes")
    assert done.code == 1
    assert "Nothing has been changed: the text would be kept by refs/heads/mine" in done.err
    assert git(box.repo, "rev-parse", "refs/heads/mine").decode().strip() == tip
    git(box.repo, "update-ref", "-d", "refs/heads/mine")
    assert "the text is gone" in box.ok(f"redact {WORD} --purge --yes")
    assert holders(box) == []


def test_a_name_that_has_it_is_told_and_nothing_shown_is_lost(box: Sandbox) -> None:
    begin(box)
    box.ok(f"session rename demo {WORD}")
    assert f"Not redacted: session {WORD}, by its name" in box.ok(f"redact {WORD} --dry-run")
    done = box.run("redact", WORD, "--purge", "--yes")
    assert done.code == 1
    assert f"session {WORD}, by its name" in done.err
    assert set(box.sessions().values()) == {f"and {WORD} again"}
    sound(box)
    box.ok(f"session rename {WORD} fine")
    box.ok(f"redact {WORD} --purge --yes")
    assert files_with(box) == []


def test_an_annotated_tag_and_another_workspace(box: Sandbox) -> None:
    begin(box)
    tip = git(box.repo, "rev-parse", "refs/sessions/demo").decode().strip()
    who = ("-c", "user.name=Bob", "-c", "user.email=bob@example.org")
    git(box.repo, *who, "tag", "-a", "-m", f"with {WORD}", "v1", tip)
    box.ok("workspace add other")
    box.ok("new @- -m second --workspace other")
    plan = box.run("redact", WORD, "--purge", "--ignore-immutable")
    assert "tag v1 moves along" in plan.out
    assert "Would stay" not in plan.out
    box.ok(f"redact {WORD} --purge --yes --ignore-immutable")
    assert files_with(box) == []
    assert holders(box) == []
    sound(box)


def test_abandoned_conversations_are_purged_and_stay_away(box: Sandbox) -> None:
    begin(box)
    box.ok("abandon 'all() ~ root()'")
    assert "1 operation" not in box.ok(f"redact {WORD} --dry-run")
    data = box.json(f"redact {WORD} --purge --yes")
    assert data["purged"]["left"] == []
    assert files_with(box) == []
    done = box.run("import", "chat.jsonl")
    assert done.code == 0
    assert files_with(box) == []
    assert "nothing of what was imported from it is visible any more" in done.err
    sound(box)


def test_packed_garbage_goes_too(box: Sandbox) -> None:
    begin(box)
    blob = subprocess.run(
        ["git", "--git-dir", str(box.repo), "hash-object", "-w", "--stdin"],
        input=f"left by {WORD}".encode(),
        capture_output=True,
        check=True,
    )
    assert blob.stdout
    git(box.repo, "repack", "-q", "-a", "-d", "--keep-unreachable")
    box.ok(f"redact {WORD} --purge --yes")
    assert files_with(box) == []
    assert holders(box) == []


def test_what_a_remote_has_is_told_and_stays(box: Sandbox) -> None:
    begin(box)
    tip = git(box.repo, "rev-parse", "refs/sessions/demo").decode().strip()
    git(box.repo, "update-ref", "refs/remotes/origin/sessions/demo", tip)
    box.ok("new -m mine")
    refused = box.run("redact", WORD, "--purge", "--yes")
    assert (refused.code, "immutable" in refused.err) == (1, True)
    done = box.run("redact", WORD, "--purge", "--yes", "--ignore-immutable")
    assert done.code == 1
    assert "kept by remote origin/session demo" in done.err
    assert holders(box)
    assert "mine" in box.titles("all()")
    sound(box)
    git(box.repo, "update-ref", "-d", "refs/remotes/origin/sessions/demo")
    box.run("redact", WORD, "--purge", "--yes", "--ignore-immutable")
    assert holders(box) == []
    sound(box)


def test_a_purge_that_was_cut_short_is_finished_by_the_next(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(box)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    for step in ("make_then_land", "move_log", "gc"):
        with monkeypatch.context() as patch:
            patch.setattr(f"porcelain.maintenance.redacting.redact.{step}", killed)
            assert box.run("redact", WORD, "--purge", "--yes").code == 130
        assert holders(box)
        assert "[redacted]" in box.titles("@")[0]
        sound_but_old = box.ok("doctor")
        assert "no problems" in sound_but_old
    assert "the text is gone" in box.ok(f"redact {WORD} --purge --yes")
    assert holders(box) == []
    sound(box)


def with_saves(box: Sandbox, work: Callable[..., Any], texts: list[str]) -> Callable[..., Any]:
    """Return `work` that ends, as long as there are texts, with another process's save of one.

    If the store lock is held meanwhile, the save fails.
    """

    def wrapped(*given: Any) -> Any:
        done = work(*given)
        if texts:
            session = chat(f"other-{len(texts)}", texts.pop())
            finish(start(lambda: SessionStore.open(str(box.repo)).save(session)))
        return done

    return wrapped


@pytest.mark.parametrize("saves", [1, 2])
def test_others_save_while_a_purge_searches(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, saves: int
) -> None:
    """After the second save the purge holds the lock for its third search."""
    begin(box)
    texts = ["hello"] * saves
    monkeypatch.setattr(redact, "_removal", with_saves(box, redact._removal, texts))
    assert "the text is gone" in box.ok(f"redact {WORD} --purge --yes")
    assert texts == []
    assert holders(box) == []
    names = [one["name"] for one in box.json("session list")]
    assert {f"other-{number}" for number in range(1, saves + 1)} < set(names)
    sound(box)


def test_others_save_while_the_log_is_reworded(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(box)
    box.ok(f"session rename demo {WORD}")
    box.ok(f"session rename {WORD} demo")
    texts = ["hello"]
    monkeypatch.setattr(Rewording, "run", with_saves(box, Rewording.run, texts))
    box.ok(f"redact {WORD}")
    assert texts == []
    assert WORD not in box.ok("op log")
    assert "other-1" in box.ok("session list --sort name -T builtin_session_list_compact")
    sound(box)


def test_a_purge_is_refused_if_another_process_saves_the_text_while_it_searches(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(box)
    box.ok(f"redact {WORD}")
    before = [one["id"] for one in box.json("op log")]
    texts = [f"again {WORD}"]
    monkeypatch.setattr(redact, "_removal", with_saves(box, redact._removal, texts))
    refused = box.run("redact", WORD, "--purge", "--yes", "--json")
    assert (refused.code, refused.error["code"]) == (1, "text_kept")
    assert [one["id"] for one in box.json("op log")][-len(before) :] == before
    box.ok(f"op restore {before[1]}")
    assert WORD in box.ok("show demo")
