"""The first command on a repository that a framework wrote: what it records and reports."""

from __future__ import annotations

from store.session_store.store import SessionStore
from tests.harness.world import chat
from tests.porcelain.cli.sandbox import Sandbox


def written_by_a_framework(box: Sandbox) -> None:
    store = SessionStore.init(str(box.repo))
    first = store.save(chat("a", "hello"))
    store.fork(first.id, chat("b", "hello", "again"))
    store.close()


def test_the_first_writing_command_reports_what_it_adopted_as_its_own(box: Sandbox) -> None:
    written_by_a_framework(box)
    run = box.run("new", "a", "--json")
    assert run.code == 0
    assert len(run.data["outside_operations"]) == 2
    assert box.run("new", "b", "--json").data["outside_operations"] == []
    log = box.run("op", "log", "--json").data
    assert [one["kind"] for one in log][:4] == ["new", "new", "outside", "outside"]


def test_a_command_that_is_refused_may_adopt_but_does_nothing_else(box: Sandbox) -> None:
    written_by_a_framework(box)
    before = box.run("session", "list").out
    assert box.run("new", "nothing-of-this-name").code == 1
    assert box.run("session", "list").out == before
    assert box.run("undo").code == 0
    assert [one["name"] for one in box.run("session", "list", "--json").data] == ["a"]


def test_a_reading_command_adopts_nothing(box: Sandbox) -> None:
    written_by_a_framework(box)
    assert box.run("log").code == 0
    assert not (box.repo / "refs" / "wj").exists()
