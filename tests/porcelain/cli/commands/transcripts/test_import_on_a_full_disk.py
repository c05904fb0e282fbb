"""An import that is recorded is not reported as failed when the index cannot be written after it."""

from __future__ import annotations

import pytest

from porcelain.actions.importing import unread_files
from store.index.commit_index import IndexLost
from tests.porcelain.cli.sandbox import Sandbox


def test_what_only_the_index_remembers_is_no_failure_of_the_import(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.ok("init")
    box.chat(2, "new.jsonl", "new")

    def full(*_: object) -> None:
        raise IndexLost("store-index.sqlite", "database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(unread_files, "put_files", full)
        assert box.run("import", "new.jsonl").code == 0
    assert [one["name"] for one in box.json("session list")] == ["new"]
    assert box.run("import", "new.jsonl").code == 0
