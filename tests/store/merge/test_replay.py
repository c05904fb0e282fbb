"""Replaying a change on another base."""

from __future__ import annotations

import pytest

from store.ids import TreeId
from store.merge.conflicts import read_conflicts
from store.merge.replay import replay, starts_with, transcript_equals
from store.tree_layout.layout import Layout, append_messages, read_session, write_session
from tests.harness.memory import Memory, claude
from tests.store.session_store.conversations import message, session, texts


def tree(objects: Memory, *found: str, layout: Layout = "native") -> TreeId:
    return write_session(objects, session("s", *found), layout)


@pytest.mark.parametrize("layout", ["native", "single-file"])
@pytest.mark.parametrize(
    ("old", "change", "new", "result"),
    [
        ("A", "AB", "AX", "AXB"),  # added at the end
        ("ABC", "A", "XABC", "XA"),  # removed at the end
        ("AoBo", "AoB", "XoAoBo", "XoAoB"),  # an equal message stays
        ("ABC", "AC", "ABCD", "ACD"),  # removed from the middle
        ("ABC", "AbC", "ABCD", "AbCD"),  # replaced in the middle
        ("ABC", "AbC", "XABC", "XAbC"),  # ... of what moved
        ("AC", "ABC", "XACD", "XABCD"),  # put between
        ("ABCD", "sCD", "ABCDE", "sCDE"),  # compacted
        ("AB", "AB", "XY", "XY"),  # nothing changed
        ("AB", "ABC", "", "C"),
        ("AB", "A", "AC", "AC"),  # what it removes became another: a conflict, ours is shown
    ],
)
def test_a_change_goes_onto_another_base(
    old: str, change: str, new: str, result: str, layout: Layout
) -> None:
    objects = Memory()
    trees = [tree(objects, *letters, layout=layout) for letters in (old, change, new)]
    made = replay(objects, trees[1], trees[0], trees[2])
    assert "".join(texts(read_session(objects, made))) == result


def test_without_a_base_on_either_side() -> None:
    objects = Memory()
    one, two = tree(objects, "A"), tree(objects, "A", "B")
    assert texts(read_session(objects, replay(objects, two, one, None))) == ["B"]
    assert texts(read_session(objects, replay(objects, two, None, one))) == ["A", "A", "B"]
    assert replay(objects, two, one, one) == two


def test_headers_merge_field_by_field() -> None:
    objects = Memory()
    base = session("s", "A")
    old = write_session(objects, base, "native")
    change = write_session(
        objects, base.with_header(notes="mine").appended([message("B")]), "native"
    )
    new = write_session(objects, base.with_header(notes="theirs", tags=["t"]), "native")
    made = read_session(objects, replay(objects, change, old, new))
    assert (made.header["notes"], made.header["tags"]) == ("mine", ["t"])


def test_rows_of_another_format_make_runs() -> None:
    objects = Memory()
    new = write_session(objects, claude(4), "native")
    made = read_session(objects, replay(objects, tree(objects, "A", "B"), tree(objects, "A"), new))
    assert made.format == (("claude-code", 4), ("pawan", 1))


def conflicts(objects: Memory, found: TreeId) -> list[tuple[int, int]]:
    return [(one.start, one.stop) for one in read_conflicts(objects, found)]


@pytest.mark.parametrize("layout", ["native", "single-file"])
def test_what_both_changed_differently_is_in_conflict(layout: Layout) -> None:
    objects = Memory()
    old, new = (tree(objects, *word, layout=layout) for word in ("ABCD", "AxCDE"))
    edit = replay(objects, tree(objects, *"AyCD", layout=layout), old, new)
    assert "".join(texts(read_session(objects, edit))) == "AxCDE"
    assert conflicts(objects, edit) == [(1, 2)]
    removal = replay(objects, tree(objects, *"ACD", layout=layout), old, new)
    assert conflicts(objects, removal) == [(1, 2)]
    beside = replay(objects, tree(objects, *"ABcD", layout=layout), old, new)
    assert "".join(texts(read_session(objects, beside))) == "AxcDE"
    assert conflicts(objects, beside) == []
    # What follows a conflict takes it along, and is rid of it where it is resolved.
    child = append_messages(objects, edit, [message("F")])
    assert conflicts(objects, child) == [(1, 2)]
    settled = tree(objects, *"AzCDE", layout=layout)
    moved = replay(objects, child, edit, settled)
    assert "".join(texts(read_session(objects, moved))) == "AzCDEF"
    assert conflicts(objects, moved) == []
    back = replay(objects, edit, new, old)
    assert back == tree(objects, *"AyCD", layout=layout)


def test_an_answer_goes_with_its_call() -> None:
    objects = Memory()
    call = message("call", "assistant") | {
        "tool_calls": [{"id": "c", "name": "n", "arguments": {}}]
    }
    answer = message("done", "tool") | {
        "tool_result": {"tool_call_id": "c", "content": 1, "success": True}
    }
    rows = [message("go"), call]
    old, change, new, other = (
        write_session(objects, session("s").with_messages(found), "native")
        for found in (rows, [*rows, answer], [*rows, message("x")], [message("y"), *rows])
    )
    made = replay(objects, change, old, new)
    assert texts(read_session(objects, made)) == ["go", "call", "done", "x"]
    assert texts(read_session(objects, replay(objects, change, old, other)))[1:] == [
        *("go", "call", "done")
    ]


def test_titles_and_counts_of_other_formats_follow_the_change() -> None:
    objects = Memory()
    base = claude(4)
    rows = [b'{"a": 1}', b'{"b": 2}']
    change = base.appended(rows, title="asked", message_count=3)
    answer = base.appended(rows, message_count=3)
    ground = base.with_messages(base.messages[:3], title="other", message_count=2)
    trees = [write_session(objects, one, "native") for one in (base, change, answer, ground)]
    for tree_id, title in ((trees[1], "asked"), (trees[2], "other")):
        made = read_session(objects, replay(objects, tree_id, trees[0], trees[3]))
        assert (made.title, made.rows, made.message_count) == (title, 5, 3)


def test_adding_at_the_end_reads_only_the_end() -> None:
    objects = Memory()
    words = [str(number) for number in range(2000)]
    old, new = tree(objects, *words), tree(objects, *words[1:])
    change = append_messages(objects, old, [message("x")])
    objects.forget()
    made = replay(objects, change, old, new)
    assert len(objects.reads) < 40
    assert texts(read_session(objects, made))[-2:] == ["1999", "x"]


def test_rows_of_conflicts_that_are_nowhere_else_come_back_as_they_were() -> None:
    objects = Memory()
    spaced = b'{"role": "user",  "content": "B"}'
    base = claude(3)
    one = base.with_messages([base.messages[0], spaced, base.messages[2]])
    two = base.with_messages([base.messages[0], b"{}", base.messages[2]])
    trees = [write_session(objects, each, "native") for each in (base, one, two)]
    moved = replay(objects, trees[1], trees[0], trees[2])
    assert conflicts(objects, moved) == [(1, 2)]
    back = read_session(objects, replay(objects, moved, trees[2], trees[0]))
    assert back.messages[1].raw == spaced
    document = tree(objects, "A", "B")
    mixed = replay(objects, moved, trees[2], replay(objects, trees[0], None, document))
    assert read_session(objects, mixed).format == (("pawan", 2), ("claude-code", 3))


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250])
def test_beginnings_and_equals_whatever_the_layout(count: int) -> None:
    objects = Memory()
    words = [str(n) for n in range(count)]
    trees = [tree(objects, *words, layout=layout) for layout in ("native", "single-file")]
    assert transcript_equals(objects, *trees)
    other = tree(objects, *words, "more")
    for one in trees:
        assert not transcript_equals(objects, one, other)
        for whole in (session("s", *words, "more"), read_session(objects, other)):
            assert starts_with(objects, whole, one)
            changed = whole.with_messages([message("x"), *whole.messages[1:]])
            assert starts_with(objects, changed, one) == (count == 0)
        loaded = read_session(objects, one)
        assert not starts_with(objects, loaded, other)
        assert starts_with(objects, loaded.appended([message("more")]), other)
        assert not starts_with(objects, loaded.appended([message("else")]), other)
        assert starts_with(objects, loaded.appended([message("more"), message("x")]), one)
