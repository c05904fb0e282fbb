"""Conflicts in a commit's tree: written, read, kept by what is saved on top, and garbage."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.ids import BlobId, CommitId, TreeId
from store.index.commit_row import CommitRow
from store.maintenance.verify import verify
from store.merge.conflicts import read_conflicts, with_conflicts
from store.merge.replay import replay
from store.objects.commit import Commit, Signature, write_commit
from store.objects.tree import FILE, TREE, TreeEntry, find_entry, read_tree, write_tree
from store.repository.pack_writer import ObjectBatch
from store.session.message import Message
from store.session_store.store import SessionStore
from store.tree_layout.conflict_tree import MessageConflict, remaining_conflicts
from store.tree_layout.facts import read_facts
from store.tree_layout.layout import (
    Layout,
    append_messages,
    cut,
    message_ids,
    read_session,
    write_session,
)
from tests.harness.bare import fsck, set_ref
from tests.harness.memory import LAYOUTS, Memory
from tests.store.session_store.conversations import message, session, store_at, texts

WHO = Signature("a", "a@b", 1)


def tree(objects: Memory, letters: str, layout: Layout = "native") -> TreeId:
    return write_session(objects, session("s", *letters), layout)


def conflicted(objects: Memory, layout: Layout = "native") -> TreeId:
    """Replay an edit of B and a removal of D on a base that edited them otherwise."""
    old, change, new = (tree(objects, word, layout) for word in ("ABCDE", "AbCE", "AxCyE"))
    return replay(objects, change, old, new)


def sides(objects: Memory, found: TreeId) -> list[tuple[int, list[str]]]:
    """Return where each conflict stands, and its terms as words."""
    return [
        (
            conflict.start,
            ["".join(Message(objects.read(b)[1]).text for b in term) for term in conflict.terms],
        )
        for conflict in read_conflicts(objects, found)
    ]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_conflict_shows_our_side_and_keeps_them_all(layout: Layout) -> None:
    objects = Memory()
    made = conflicted(objects, layout)
    assert "".join(texts(read_session(objects, made))) == "AxCyE"
    assert sides(objects, made) == [(1, ["x", "B", "b"]), (3, ["y", "D", ""])]
    assert read_facts(objects, made).conflict
    assert read_facts(objects, made).layout == layout
    found = read_conflicts(objects, made)
    assert [(c.start, c.stop) for c in found] == [(1, 2), (3, 4)]
    assert with_conflicts(objects, made, found) == made
    resolved = with_conflicts(objects, made, ())
    assert resolved == tree(objects, "AxCyE", layout)
    assert sides(objects, with_conflicts(objects, made, found[1:])) == [(3, ["y", "D", ""])]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_back_again_no_conflict_is_left(layout: Layout) -> None:
    objects = Memory()
    made = conflicted(objects, layout)
    new, old = tree(objects, "AxCyE", layout), tree(objects, "ABCDE", layout)
    assert replay(objects, made, new, old) == tree(objects, "AbCE", layout)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_is_written_on_top_keeps_conflicts_whose_rows_it_keeps(layout: Layout) -> None:
    objects = Memory()
    made = conflicted(objects, layout)
    both = sides(objects, made)
    longer = append_messages(objects, made, [message("F")])
    assert sides(objects, longer) == both
    assert sides(objects, cut(objects, longer, 3)) == both[:1]
    assert sides(objects, cut(objects, longer, 1)) == []
    loaded = read_session(objects, made)
    fork = write_session(objects, loaded.with_id("other"), layout, made)
    assert sides(objects, fork) == both
    words = [Message.of(message(letter)) for letter in "PAxCzE"]
    edited = write_session(objects, loaded.with_messages(words), layout, made)
    assert sides(objects, edited) == []
    words = [Message.of(message(letter)) for letter in "AxCzE"]
    edited = write_session(objects, loaded.with_messages(words), layout, made)
    assert sides(objects, edited) == both[:1]
    moved = replay(objects, longer, made, tree(objects, "AxCyE", layout))
    assert "".join(texts(read_session(objects, moved))) == "AxCyEF"
    assert sides(objects, moved) == []


def test_conflicts_move_with_what_stands_before_them() -> None:
    one = MessageConflict(2, ((BlobId("c"),), (), (BlobId("x"),)))
    ids = [BlobId(letter) for letter in "abcde"]
    assert remaining_conflicts([one], ids, ids) == (one,)
    assert remaining_conflicts([one], ids, [BlobId("p"), *ids]) == (one._replace(start=3),)
    assert remaining_conflicts([one], ids, ids[1:]) == (one._replace(start=1),)
    assert remaining_conflicts([one], ids, [*ids[:2], BlobId("y"), *ids[3:]]) == ()


def test_rows_that_were_edited_by_any_tool_have_no_conflict() -> None:
    objects = Memory()
    made = conflicted(objects)
    entry = find_entry(objects, made, "conflicts")
    assert entry is not None
    other = [e for e in read_tree(objects, tree(objects, "AxCzE")) if e.name != "conflicts"]
    assert sides(objects, write_tree(objects, [*other, entry])) == [(1, ["x", "B", "b"])]


def garbage(objects: Memory) -> list[TreeEntry]:
    """Make entries `conflicts` that are none."""
    blob = objects.add("blob", b"{}")
    row = TreeEntry("0000.json", FILE, blob)
    term = TreeEntry("0+", TREE, write_tree(objects, [row]))
    odd = [
        [TreeEntry("0+", FILE, blob)],
        [term, TreeEntry("1-", FILE, blob)],
        [term, TreeEntry("1+", FILE, blob), TreeEntry("2+", FILE, blob)],
        [term, TreeEntry("1-", FILE, blob), TreeEntry("3-", FILE, blob)],
        [TreeEntry(f"{n}{'-' if n % 2 else '+'}", TREE, write_tree(objects, [])) for n in (0, 2)],
        [
            TreeEntry("0+", TREE, write_tree(objects, [TreeEntry("0001.json", FILE, blob)])),
            *(TreeEntry(name, FILE, blob) for name in ("1-", "2+")),
        ],
    ]
    whole = [write_tree(objects, [TreeEntry("0000-01", TREE, write_tree(objects, o))]) for o in odd]
    names = [
        write_tree(objects, [TreeEntry(name, TREE, write_tree(objects, [term]))])
        for name in ("0-1", "00000-01", "x", "0000-100")
    ]
    trees = [*whole, *names, write_tree(objects, []), write_tree(objects, [row])]
    return [TreeEntry("conflicts", FILE, blob), *(TreeEntry("conflicts", TREE, t) for t in trees)]


def test_garbage_is_no_conflict_and_stops_nothing() -> None:
    objects = Memory()
    clean = tree(objects, "ABC")
    longer = append_messages(objects, clean, [message("D")])
    for entry in garbage(objects):
        bad = write_tree(objects, [*read_tree(objects, clean), entry])
        assert read_conflicts(objects, bad) == ()
        assert texts(read_session(objects, bad)) == ["A", "B", "C"]
        assert append_messages(objects, bad, [message("D")]) == longer
        assert replay(objects, longer, clean, bad) == longer
        assert message_ids(objects, bad) == message_ids(objects, clean)


def test_a_conflict_past_the_end_is_none() -> None:
    objects = Memory()
    made = conflicted(objects)
    found = [c._replace(start=c.start + 90) for c in read_conflicts(objects, made)]
    assert read_conflicts(objects, with_conflicts(objects, made, found)) == ()


def stored(store: SessionStore, words: tuple[str, str, str]) -> CommitId:
    """Store a change that is in conflict with its new base, and return the commit's id."""
    old, change, new = words
    with ObjectBatch(store.repository) as batch:
        trees = [write_session(batch, session("s", *w), store.layout) for w in (old, change, new)]
        made = replay(batch, trees[1], trees[0], trees[2])
        base = write_commit(batch, Commit(trees[2], (), WHO, WHO, "new"))
        found = write_commit(batch, Commit(made, (base,), WHO, WHO, "moved"))
        batch.flush()
        set_ref(store.repository, "refs/sessions/s", found)
        batch.release()
    store.index.refresh()
    return found


def row_of(store: SessionStore, commit: str) -> CommitRow:
    store.index.refresh()
    row = store.index.row(commit)
    assert row is not None
    return row


@pytest.mark.parametrize("layout", LAYOUTS)
def test_in_a_repository(repo_path: Path, layout: Layout) -> None:
    store = store_at(repo_path, layout)
    assert row_of(store, stored(store, ("ABC", "AbC", "AxC"))).conflict
    fsck(repo_path)
    for count in range(3):  # from the second on, what was written is remembered
        row = row_of(store, store.append("s", [message(str(count))]).id)
        assert row.conflict
        assert len(read_conflicts(store.repository, row.tree)) == 1
    assert texts(store.load("s")) == [*"AxC012"]
    saved = store.save(store_at(repo_path, layout).load("s").appended([message("3")]))
    assert row_of(store, saved.id).conflict
    words = [message(w) for w in "AzC0123"]
    settled = store.save(store.load("s").with_messages(words), parent=saved.id)
    assert not row_of(store, settled.id).conflict
    fsck(repo_path)
    assert list(verify(store.repository)) == []


def test_resolving_as_shown_is_a_change(repo_path: Path) -> None:
    store = store_at(repo_path)
    first = row_of(store, stored(store, ("ABC", "AbC", "AxC")))
    with ObjectBatch(store.repository) as batch:
        settled = with_conflicts(batch, first.tree, ())
        made = [
            write_commit(batch, Commit(one, (first.id,), WHO, WHO, ""))
            for one in (settled, first.tree)
        ]
        batch.flush()
        for name, one in zip("tu", made, strict=True):
            set_ref(store.repository, f"refs/sessions/{name}", one)
        batch.release()
    store.index.refresh()
    rows = [row_of(store, one) for one in made]
    assert [(row.empty, row.conflict) for row in rows] == [(False, False), (True, True)]
    assert not first.empty
