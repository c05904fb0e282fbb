"""Real files go in and come out byte for byte, where the folder of them is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.document.separators import split_lines
from store.session.session import Session
from store.session_store.store import SessionStore
from store.tree_layout.layout import Layout
from tests.harness.bare import fsck
from tests.harness.places import real_files
from tests.store.session_store.conversations import store_at


def small_pawan() -> bytes:
    """Return a document that is spaced as nobody would."""
    return (
        b'{ "id":"odd" ,"model": "m","created_at":"","updated_at":"x", "messages" : [\n'
        b'{"role":"user","content":"\\u00e9 \xc3\xa9","tool_calls":[],"n":1.50}\t, '
        b'{"content":"","role":"assistant"}],"extra":[ 1e21,-0 ] }\n\n'
    )


@pytest.mark.parametrize("layout", ["native", "single-file"])
def test_pawan_files_round_trip(repo_path: Path, layout: Layout) -> None:
    store = store_at(repo_path, layout)
    files = [path.read_bytes() for path in real_files("pawan/*.json")]
    for data in [small_pawan(), *files]:
        saved = store.save(Session.from_json(data))
        assert SessionStore.open(repo_path).load(saved.id).to_bytes() == data
        assert store.save(store.load(saved.short_id)) == saved
    fsck(repo_path)


def test_files_of_lines_round_trip(repo_path: Path) -> None:
    store = store_at(repo_path)
    files = [path.read_bytes() for path in real_files("claude_code/**/*.jsonl")]
    for number, data in enumerate([b'{"a": 1}\r\n\n{"b" :2}', *files]):
        rows, separators = split_lines(data)
        session = Session.from_lines(
            rows,
            id=f"file-{number}",
            format="claude-code",
            model="opus",
            title="What it is about",
            message_count=1,
            separators=separators,
        )
        saved = store.save(session)
        loaded = SessionStore.open(repo_path).load(saved.id)
        assert loaded.to_bytes() == data
        assert (saved.message_count, saved.model) == (1, "opus")
        row = store.index.row(saved.id)
        assert row is not None
        assert (row.title, row.format, row.problem) == ("What it is about", "claude-code", None)
    fsck(repo_path)
    before = {info.id: info for info in store.sessions()}
    store.close()
    (repo_path / "store-index.sqlite").unlink()
    assert {info.id: info for info in SessionStore.open(repo_path).sessions()} == before
