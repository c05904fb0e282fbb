"""The conversation that a commit of several parents starts from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from store.ids import EMPTY_TREE, CommitId, TreeId
from store.index.commit_row import CommitRow
from store.merge.conflicts import read_conflicts
from store.merge.merge_parents import merged_tree
from store.objects.commit import Commit, Signature, write_commit
from store.objects.commit_walk import nearest_common
from store.repository.pack_writer import ObjectBatch
from store.tree_layout.layout import Layout, read_session, write_session
from tests.harness.bare import fsck, set_ref
from tests.harness.memory import LAYOUTS, Memory, claude
from tests.store.session_store.conversations import message, session, store_at, texts


class History:
    """Commits in memory, made of letters."""

    def __init__(self, layout: Layout = "native") -> None:
        self.objects = Memory()
        self.layout = layout
        self.time = 0

    def commit(self, words: str, *parents: CommitId, name: str = "s") -> CommitId:
        tree = EMPTY_TREE
        if words:
            tree = write_session(self.objects, session(name, *words), self.layout)
        else:
            self.objects.add("tree", b"")
        return self.of(tree, *parents)

    def of(self, tree: TreeId, *parents: CommitId, time: int | None = None) -> CommitId:
        self.time += 1
        who = Signature("a", "a@b", self.time if time is None else time)
        return write_commit(self.objects, Commit(tree, parents, who, who, str(self.time)))

    def merged(self, *parents: CommitId) -> str:
        tree = merged_tree(self.objects, parents)
        assert tree is not None
        return "".join(texts(read_session(self.objects, tree)))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_two_lines_that_share_a_beginning(layout: Layout) -> None:
    h = History(layout)
    root = h.commit("AB")
    one, two = h.commit("ABX", root), h.commit("ABY", root)
    assert h.merged(one, two) == "ABXY"
    assert h.merged(two, one) == "ABYX"
    assert h.merged(one) == "ABX"
    assert h.merged(one, one) == "ABX"
    assert merged_tree(h.objects, []) is None
    assert h.merged(one, two, h.commit("ABZ", root)) == "ABXYZ"


def test_ancestors_and_conversations_not_begun_add_nothing() -> None:
    h = History()
    root, empty = h.commit("AB"), h.commit("")
    one = h.commit("ABX", root)
    assert h.merged(root, one) == h.merged(one, root) == "ABX"
    assert h.merged(one, empty) == h.merged(empty, one) == "ABX"
    assert merged_tree(h.objects, [empty, h.commit("")]) == EMPTY_TREE


def test_without_a_common_ancestor_both_are_whole() -> None:
    h = History()
    assert h.merged(h.commit("AB"), h.commit("CD")) == "ABCD"
    assert h.merged(h.commit("AB"), h.commit("AC")) == "ABC"


def test_id_and_lineage_come_from_the_first_parent() -> None:
    h = History()

    def commit(name: str, more: dict[str, object], *parents: CommitId) -> CommitId:
        made = session(name, "A", *more.get("words", "")).with_header(  # type: ignore[misc]
            {key: value for key, value in more.items() if key != "words"}
        )
        return h.of(write_session(h.objects, made, "native"), *parents)

    root = commit("root", {"notes": "old", "tags": ["a"]})
    one = commit("one", {"words": "X", "parent_id": "root", "notes": "old", "tags": ["b"]}, root)
    two = commit(
        "two",
        {"words": "Y", "parent_id": "else", "branch_depth": 2, "notes": "new", "tags": ["c"]},
        root,
    )
    tree = merged_tree(h.objects, [one, two])
    assert tree is not None
    header = read_session(h.objects, tree).header
    assert (header["id"], header["parent_id"], header["branch_depth"]) == ("one", "root", 0)
    assert (header["notes"], header["tags"]) == ("new", ["c"])
    tree = merged_tree(h.objects, [root, two])
    assert tree is not None
    header = read_session(h.objects, tree).header
    assert (header["id"], header["parent_id"], header["notes"]) == ("root", None, "new")


def test_the_same_message_edited_on_both_sides_is_a_conflict() -> None:
    h = History()
    root = h.commit("ABC")
    one, two = h.commit("AxCX", root), h.commit("AyCY", root)
    tree = merged_tree(h.objects, [one, two])
    assert tree is not None
    assert h.merged(one, two) == "AxCXY"
    assert [(c.start, len(c.terms)) for c in read_conflicts(h.objects, tree)] == [(1, 3)]
    settled = h.commit("AzCXY", one, two)
    more = h.commit("AyCYW", two)
    assert h.merged(settled, more) == "AzCXYW"
    onward = merged_tree(h.objects, [settled, more])
    assert onward is not None
    assert read_conflicts(h.objects, onward) == ()


def test_histories_that_crossed() -> None:
    h = History()
    root = h.commit("A")
    x, y = h.commit("AX", root), h.commit("AY", root)
    one, two = h.commit("AXYP", x, y), h.commit("AXYQ", y, x)
    assert h.merged(one, two) == "AXYPQ"
    for _ in range(100):  # each crossing asks for the one before it
        one, two = h.commit(h.merged(one, two), one, two), h.commit(h.merged(one, two), two, one)
    assert h.merged(one, two) == "AXYPQ"


def test_rows_of_two_formats() -> None:
    h = History()
    one = h.of(write_session(h.objects, claude(4), "native"))
    tree = merged_tree(h.objects, [one, h.commit("AB")])
    assert tree is not None
    made = read_session(h.objects, tree)
    assert made.format == (("claude-code", 4), ("pawan", 2))
    assert (made.id, made.rows, made.message_count) == ("c", 6, 4)


def test_a_long_line_is_not_walked_to_its_root() -> None:
    h = History()
    tip = h.commit("A")
    for _ in range(300):
        tip = h.commit("A", tip)
    one, two = h.commit("AX", tip), h.commit("AY", tip)
    h.objects.forget()
    assert nearest_common(h.objects, [one], two) == {tip}
    assert len(h.objects.reads) < 8


def row_of(find: Callable[[str], CommitRow | None], commit: CommitId) -> CommitRow:
    row = find(commit)
    assert row is not None
    return row


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_merge_that_adds_nothing_to_what_its_parents_are_merged_is_empty(
    repo_path: Path, layout: Layout
) -> None:
    store = store_at(repo_path, layout)
    root = store.save(session("a", "A", "B"))
    one = store.save(session("a", "A", "B", "X"))
    two = store.fork(root.id, session("b", "A", "B", "Y"))
    who = Signature("a", "a@b", 1)

    def merge(words: str | None, parents: Sequence[str], name: str) -> CommitRow:
        both = [CommitId(parent) for parent in parents]
        with ObjectBatch(store.repository) as batch:
            tree = merged_tree(batch, both)
            if words is not None:
                tree = write_session(batch, session("a", *words), layout)
            assert tree is not None
            made = write_commit(batch, Commit(tree, tuple(both), who, who, ""))
            batch.flush()
            set_ref(store.repository, f"refs/sessions/{name}", made)
            batch.release()
        store.index.refresh()
        return row_of(store.index.row, made)

    assert merge(None, [one.id, two.id], "m1").empty
    assert not merge("ABX", [one.id, two.id], "m2").empty
    assert not merge("ABXYZ", [one.id, two.id], "m3").empty
    edits = [store.fork(root.id, session(name, "A", name)) for name in "xy"]
    parents = [info.id for info in edits]
    found = merge(None, parents, "m4")
    assert (found.empty, found.conflict) == (True, True)
    found = merge("Ax", parents, "m5")  # resolved
    assert (found.empty, found.conflict) == (False, False)
    fsck(repo_path)


def test_calls_and_results_stay_together() -> None:
    h = History()

    def commit(*rows: dict[str, object], parents: Sequence[CommitId] = ()) -> CommitId:
        made = session("s").with_messages(rows)
        return h.of(write_session(h.objects, made, "native"), *parents)

    ask = message("go")
    call = message("call", "assistant") | {
        "tool_calls": [{"id": "c", "name": "n", "arguments": {}}]
    }
    answer = message("done", "tool") | {
        "tool_result": {"tool_call_id": "c", "content": 1, "success": True}
    }
    root = commit(ask, call)
    one = commit(ask, call, message("meanwhile"), parents=[root])
    two = commit(ask, call, answer, message("next"), parents=[root])
    for parents in ([one, two], [two, one]):
        tree = merged_tree(h.objects, parents)
        assert tree is not None
        assert texts(read_session(h.objects, tree))[:3] == ["go", "call", "done"]
        assert read_conflicts(h.objects, tree) == ()
