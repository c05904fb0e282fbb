from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.document.separators import split_lines
from store.errors import InvalidSession
from store.ids import EMPTY_TREE
from store.objects.tree import read_tree
from store.session.session import Session
from store.tree_layout.facts import read_facts
from store.tree_layout.layout import (
    Layout,
    append_messages,
    common_prefix,
    cut,
    layout_of,
    message_ids,
    read_session,
    transcript_digest,
    write_session,
)
from tests.harness.memory import LAYOUTS, Memory, claude, document_of, new, text
from tests.harness.places import needs_real_files, real_files
from tests.store.session.pawan_documents import documents

PAWAN_FILES = real_files("pawan/*.json")
CLAUDE_FILES = real_files("claude_code/**/*.jsonl")


@needs_real_files
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("path", PAWAN_FILES, ids=lambda path: path.name)
def test_every_pawan_file_survives_both_layouts(path: Path, layout: Layout) -> None:
    memory = Memory()
    session = Session.from_json(path.read_bytes())
    tree = write_session(memory, session, layout)
    loaded = read_session(memory, tree)
    assert loaded.to_json() == path.read_bytes()
    assert loaded == session
    assert layout_of(memory, tree) == layout
    assert loaded.title == session.title


@needs_real_files
@pytest.mark.parametrize("path", CLAUDE_FILES, ids=lambda path: path.name)
def test_every_claude_file_survives_and_is_native_whatever_is_asked(path: Path) -> None:
    memory = Memory()
    rows, separators = split_lines(path.read_bytes())
    session = Session.from_lines(rows, id="x", format="claude-code", separators=separators)
    tree = write_session(memory, session, "single-file")
    assert layout_of(memory, tree) == "native"
    assert read_session(memory, tree).to_bytes() == path.read_bytes()
    assert read_session(memory, tree) == session


@settings(max_examples=300, deadline=None)
@given(documents())
def test_any_document_survives_both_layouts(document: str) -> None:
    memory = Memory()
    session = Session.from_json(document)
    assert session.to_json().decode() == document
    trees = [write_session(memory, session, layout) for layout in LAYOUTS]
    for tree in trees:
        loaded = read_session(memory, tree, "name")
        assert loaded.to_json().decode() == document
        assert loaded == session
        facts = read_facts(memory, tree)
        assert (facts.id, facts.rows, facts.title) == ("x", session.rows, session.title)
    assert message_ids(memory, trees[0]) == message_ids(memory, trees[1])
    assert transcript_digest(memory, trees[0]) == transcript_digest(memory, trees[1])


@settings(max_examples=200, deadline=None)
@given(documents(), st.integers(0, 4), st.integers(0, 2))
def test_both_layouts_agree_after_edits_of_any_document(
    document: str, keep: int, added: int
) -> None:
    memory = Memory()
    session = Session.from_json(document)
    ids = []
    for layout in LAYOUTS:
        tree = cut(memory, write_session(memory, session, layout), keep)
        tree = append_messages(memory, tree, [text(n) for n in range(added)], updated_at="later")
        loaded = read_session(memory, tree)
        assert loaded.header == session.with_header(updated_at="later").header
        assert [m.value for m in loaded.messages] == [
            *(m.value for m in session.messages[:keep]),
            *(text(n) for n in range(added)),
        ]
        assert json.loads(loaded.to_json())["messages"] == [m.value for m in loaded.messages]
        ids.append(message_ids(memory, tree))
    assert ids[0] == ids[1]
    whole = message_ids(memory, write_session(memory, session, "native"))
    assert ids[0][: len(whole[:keep])] == whole[:keep]


def test_the_stored_document_is_readable_and_small() -> None:
    memory = Memory()
    tree = write_session(memory, new(150), "native")
    stored = document_of(memory, tree).decode()
    assert stored.endswith('  "wajutsu": {\n    "title": "message 148"\n  }\n}\n')
    assert '\n  "messages": 150,\n' in stored
    assert [entry.name for entry in read_tree(memory, tree)] == ["messages", "session.json"]


def test_a_single_file_session_is_the_very_document() -> None:
    memory = Memory()
    session = new(3)
    tree = write_session(memory, session, "single-file")
    assert document_of(memory, tree) == session.to_json()
    assert [entry.name for entry in read_tree(memory, tree)] == ["session.json"]


def test_a_message_is_a_blob_with_exactly_the_bytes_that_came_in() -> None:
    memory = Memory()
    row = b'{"type": "user",  "n":1.50 }'
    tree = write_session(memory, Session.from_lines([row], id="c", format="codex"), "native")
    assert memory.read(message_ids(memory, tree)[0])[1] == row


def test_lines_with_blank_ones_and_mixed_ends_survive_being_cut_and_grown() -> None:
    memory = Memory()
    data = b'\n{"a":1}\r\n{"a":2}\n\n \n{"a":3}\r\n{"a":4}'
    rows, separators = split_lines(data)
    session = Session.from_lines(rows, id="c", format="claude-code", separators=separators)
    tree = write_session(memory, session, "native")
    assert read_session(memory, tree).to_bytes() == data
    shorter = cut(memory, tree, 3)
    assert read_session(memory, shorter).to_bytes() == b'\n{"a":1}\r\n{"a":2}\n\n \n{"a":3}'
    longer = append_messages(memory, shorter, [rows[3]])
    assert read_session(memory, longer).to_bytes() == data


def test_a_mixed_conversation_is_stored_and_read() -> None:
    memory = Memory()
    tree = write_session(memory, new(3), "native")
    mixed = append_messages(memory, tree, [{"uuid": 1}], format="claude-code", message_count=3)
    loaded = read_session(memory, mixed)
    assert loaded.format == read_facts(memory, mixed).format == (("pawan", 3), ("claude-code", 1))
    assert loaded.message_count == read_facts(memory, mixed).message_count == 3
    assert loaded == read_session(memory, tree).appended(
        [{"uuid": 1}], format="claude-code", message_count=3
    )
    assert layout_of(memory, write_session(memory, loaded, "single-file")) == "native"


def test_facts_are_the_same_in_both_layouts() -> None:
    memory = Memory()
    session = new(5).appended([text(9) | {"content": "a\nb"}])
    native, single = (write_session(memory, session, layout) for layout in LAYOUTS)
    facts = read_facts(memory, native)
    assert tuple(facts)[:11] == ("s", "m", "a", "a b", 6, 6, "pawan", "native", "t0", "t0", False)
    assert read_facts(memory, single) == facts._replace(layout="single-file")


def test_facts_of_a_native_session_read_one_document() -> None:
    memory = Memory()
    tree = write_session(memory, claude(1000), "native")
    memory.forget()
    facts = read_facts(memory, tree)
    assert facts[:11] == ("c", "opus", "T", "T", 1000, 500, "claude-code", "native", "", "", False)
    assert len(memory.reads) == 2


def test_the_empty_tree_is_a_conversation_not_begun() -> None:
    memory = Memory()
    session = read_session(memory, EMPTY_TREE, "later")
    assert (session.id, session.name, session.rows) == ("later", "later", 0)
    assert read_facts(memory, EMPTY_TREE).rows == 0
    assert layout_of(memory, EMPTY_TREE) == "native"
    assert message_ids(memory, EMPTY_TREE) == ()
    assert transcript_digest(memory, EMPTY_TREE) == bytes(20)
    assert cut(memory, EMPTY_TREE, 0) == EMPTY_TREE
    assert common_prefix(memory, EMPTY_TREE, write_session(memory, new(2), "native")) == 0
    with pytest.raises(InvalidSession, match="not begun"):
        append_messages(memory, EMPTY_TREE, [text(1)])


def test_a_session_without_messages_keeps_its_layout() -> None:
    memory = Memory()
    for layout in LAYOUTS:
        tree = write_session(memory, new(0), layout)
        assert layout_of(memory, tree) == layout
        grown = append_messages(memory, tree, [text(0)])
        assert layout_of(memory, grown) == layout
        assert grown == write_session(memory, new(1), layout)
        assert cut(memory, grown, 0) == tree
