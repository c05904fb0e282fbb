"""A purge takes a text out of what a framework has deleted as well."""

from __future__ import annotations

from store.session_store.store import SessionStore
from tests.harness.world import chat
from tests.porcelain.cli.leaked_word import WORD, begin, files_with, sound
from tests.porcelain.cli.sandbox import Sandbox


def test_a_session_that_was_deleted_unseen_is_purged(box: Sandbox) -> None:
    begin(box)
    with SessionStore.open(box.repo) as store:
        store.save(chat("fw", WORD))
        store.delete("fw")

    box.ok(f"redact {WORD} --purge --yes --ignore-immutable")

    assert files_with(box, WORD) == []
    sound(box)
