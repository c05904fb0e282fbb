"""Replaying a change on another base."""

from __future__ import annotations

import pytest

from store.ids import TreeId
from store.layout import Layout, read_session, write_session
from store.replay import replay, starts_with, transcript_equals
from tests.store.conversations import message, session, texts
from tests.store.memory import Memory, claude


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
        ("AB", "A", "AC", "AC"),  # what it removes is gone already
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
