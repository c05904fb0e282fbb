from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha1

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.ids import BlobId
from store.objects.tree import FILE, TREE, TreeEntry, write_tree
from store.session.session import Session
from store.tree_layout.facts import read_facts
from store.tree_layout.layout import (
    Layout,
    append_messages,
    common_prefix,
    cut,
    message_ids,
    read_session,
    transcript_digest,
    write_session,
)
from store.tree_layout.message_tree import digest_chain
from tests.harness.memory import LAYOUTS, Memory, claude, new, text


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("before", "added"), [(0, 1), (1, 1), (99, 1), (100, 1), (98, 250)])
def test_appending_gives_the_tree_of_the_longer_session(
    layout: Layout, before: int, added: int
) -> None:
    memory = Memory()
    longer = new(before + added).with_header(updated_at="t1")
    tree = write_session(memory, new(before), layout)
    grown = append_messages(memory, tree, longer.messages[before:], updated_at="t1")
    assert grown == write_session(memory, longer, layout)
    loaded = read_session(memory, tree)
    saved = loaded.with_header(updated_at="t1").with_messages(
        [*loaded.messages, *(m.raw for m in longer.messages[before:])]
    )
    assert write_session(memory, saved, layout, tree) == grown


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("rows", [0, 1, 99, 100, 101, 250, 300])
def test_cutting_gives_the_tree_of_the_shorter_session(layout: Layout, rows: int) -> None:
    memory = Memory()
    tree = write_session(memory, new(250), layout)
    assert cut(memory, tree, rows) == write_session(memory, new(min(rows, 250)), layout)


def test_rows_of_other_formats_are_appended_and_cut_with_what_is_told_of_them() -> None:
    memory = Memory()
    tree = write_session(memory, claude(120), "native")
    grown = append_messages(memory, tree, [b'{"x":1}'], title="U", message_count=61)
    facts = read_facts(memory, grown)
    assert (facts.rows, facts.message_count, facts.title) == (121, 61, "U")
    assert cut(memory, grown, 120, title="T", message_count=60) == tree


def test_updated_at_is_set_only_where_the_document_has_it() -> None:
    memory = Memory()
    session = Session.from_json('{"id": "x", "format": "openai", "messages": []}')
    tree = append_messages(
        memory, write_session(memory, session, "native"), [{"role": "user"}], updated_at="now"
    )
    loaded = read_session(memory, tree)
    assert "updated_at" not in loaded.header
    assert loaded.to_json() == b'{"id": "x", "format": "openai", "messages": [{"role": "user"}]}'


def test_appending_at_message_5000_touches_a_handful_of_objects() -> None:
    memory = Memory()
    costs = []
    for rows in (150, 5050):
        tree = write_session(memory, new(rows), "native")
        memory.forget()
        append_messages(memory, tree, [text(1)], updated_at="t1")
        costs.append((len(memory.reads), len(memory.adds)))
    assert costs[0] == costs[1]
    assert costs[1][0] <= 8
    assert costs[1][1] == 5  # message, group, groups, session.json, root


def test_a_loaded_session_saved_longer_writes_only_what_is_new() -> None:
    memory = Memory()
    tree = write_session(memory, new(1000), "native")
    loaded = read_session(memory, tree)
    longer = loaded.with_messages([*loaded.messages, text(1)])
    memory.forget()
    write_session(memory, longer, "native", tree)
    assert len(memory.adds) == 5
    blobs = set(message_ids(memory, tree))
    memory.forget()
    read_session(memory, tree).header  # noqa: B018 - read for its cost
    assert not blobs & set(memory.reads)
    assert len(memory.reads) == 2


def test_what_the_base_does_not_hold_is_written_though_the_repository_has_it() -> None:
    memory = Memory()
    ours = write_session(memory, new(130), "native")
    theirs = write_session(memory, new(20), "native")
    everything = set(message_ids(memory, ours))
    memory.forget()
    assert write_session(memory, read_session(memory, ours), "native", theirs) == ours
    assert set(message_ids(memory, theirs)).isdisjoint(memory.adds)
    assert everything - set(message_ids(memory, theirs)) <= set(memory.adds)
    memory.forget()
    assert write_session(memory, read_session(memory, ours), "native") == ours
    assert everything <= set(memory.adds)
    memory.forget()
    assert write_session(memory, read_session(memory, ours), "native", ours) == ours
    assert not memory.adds


def test_messages_that_moved_within_the_base_are_not_written_again() -> None:
    memory = Memory()
    tree = write_session(memory, new(300), "native")
    loaded = read_session(memory, tree)
    memory.forget()
    write_session(memory, loaded.with_messages(loaded.messages[1:]), "native", tree)
    assert set(message_ids(memory, tree)).isdisjoint(memory.adds)
    assert len(set(message_ids(memory, tree)) & set(memory.reads)) <= 2  # to find the title


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 230),
    st.integers(0, 230),
    st.integers(0, 230),
    st.sampled_from(LAYOUTS),
    st.sampled_from(LAYOUTS),
)
def test_the_common_prefix_is_the_naive_one(
    shared: int, left: int, right: int, one: Layout, other: Layout
) -> None:
    def session(rows: int, mark: str) -> Session:
        own = [text(n) | {"own": mark} for n in range(max(rows - shared, 0))]
        return new(min(rows, shared)).appended(own)

    memory = Memory()
    trees = [
        write_session(memory, session(left, "l"), one),
        write_session(memory, session(right, "r"), other),
    ]
    ids = [message_ids(memory, tree) for tree in trees]
    naive = next(
        (n for n, pair in enumerate(zip(*ids, strict=False)) if pair[0] != pair[1]),
        min(left, right),
    )
    assert common_prefix(memory, trees[0], trees[1]) == naive
    assert common_prefix(memory, trees[0], trees[0]) == left


def test_the_common_prefix_of_long_sessions_compares_groups() -> None:
    memory = Memory()
    one = write_session(memory, new(5000), "native")
    two = append_messages(memory, cut(memory, one, 4321), [text(1)])
    memory.forget()
    assert common_prefix(memory, one, two) == 4321
    assert len(memory.reads) <= 8


def chain(ids: Sequence[BlobId]) -> bytes:
    digest = bytes(20)
    for blob in ids:
        digest = sha1(digest + bytes.fromhex(blob)).digest()
    return digest


def test_the_digest_is_a_chain_that_can_be_continued() -> None:
    memory = Memory()
    for layout in LAYOUTS:
        tree = write_session(memory, new(250), layout)
        ids = message_ids(memory, tree)
        assert list(digest_chain(ids))[-1] == transcript_digest(memory, tree) == chain(ids)
        for known in (0, 1, 100, 137, 250):
            base = (chain(ids[:known]), known)
            assert transcript_digest(memory, tree, base) == chain(ids)


def test_a_continued_digest_reads_only_the_last_group() -> None:
    memory = Memory()
    tree = write_session(memory, new(5000), "native")
    memory.forget()
    transcript_digest(memory, tree, (bytes(20), 4990))
    assert len(memory.reads) == 4


def test_a_million_messages_stay_in_order() -> None:
    memory = Memory()
    group = write_tree(memory, [TreeEntry(f"{n:02d}.json", FILE, f"{n:040x}") for n in range(100)])
    last = write_tree(memory, [TreeEntry("00.json", FILE, "f" * 40)])
    groups = [TreeEntry(f"{n:04d}", TREE, group) for n in range(10_050)]
    messages = write_tree(memory, [*groups, TreeEntry("10050", TREE, last)])
    document = json.loads(new(0).to_json()) | {"messages": 1_005_001}
    blob = memory.add("blob", json.dumps(document).encode())
    tree = write_tree(
        memory, [TreeEntry("messages", TREE, messages), TreeEntry("session.json", FILE, blob)]
    )
    ids = message_ids(memory, tree)
    assert len(ids) == 1_005_001
    assert ids[-1] == "f" * 40
    assert ids[-2] == f"{99:040x}"
    grown = append_messages(memory, tree, [text(1)], title="t")
    messages_now = read_session(memory, grown).messages
    assert len(messages_now) == 1_005_002
    assert messages_now[-1].value == text(1)
    assert messages_now[-2].blob_id == "f" * 40
