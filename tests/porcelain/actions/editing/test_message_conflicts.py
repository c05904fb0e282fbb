"""Resolving conflicts and restoring messages: laws of transcripts, without commits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from porcelain.actions.editing.message_conflicts import (
    BASE,
    BOTH,
    OURS,
    THEIRS,
    NumberedConflict,
    conflicts_of,
    numbers_text,
    resolved_tree,
    select_conflicts,
    side_count,
    take_side,
    with_atoms,
)
from porcelain.actions.editing.restore_messages import restore_messages
from porcelain.errors import Refused
from porcelain.transcript.format_table import pairing_of
from porcelain.transcript.formats import read_transcript, to_session
from store.ids import EMPTY_TREE, BlobId, TreeId
from store.merge.conflict_terms import Atom, Conflict
from store.merge.replay import merge_onto, replay
from store.session.message import Message
from store.session.session import Session
from store.tree_layout.layout import Layout, message_ids, read_session, write_session
from tests.harness.memory import LAYOUTS, Memory
from tests.porcelain.transcript.claude_rows import Chat
from tests.store.session_store.conversations import session

# A conversation is a word, a message a letter.
BASES = st.text("abcdefgh", max_size=8).map(lambda word: "".join(dict.fromkeys(word)))


def tree(objects: Memory, word: str, layout: Layout = "native") -> TreeId:
    return write_session(objects, session("s", *word), layout) if word else EMPTY_TREE


def merged(objects: Memory, base: str, ours: str, theirs: str) -> TreeId:
    return merge_onto(
        objects, tree(objects, base), tree(objects, ours), tree(objects, theirs), pairing_of()
    )


def word_of(objects: Memory, found: TreeId) -> str:
    if found == EMPTY_TREE:
        return ""
    return "".join(row.text for row in read_session(objects, found).messages)


def letters(objects: Memory, blobs: Sequence[BlobId]) -> str:
    return "".join(Message(objects.read(blob)[1]).text for blob in blobs)


def sides(objects: Memory, found: TreeId) -> list[tuple[int, list[str]]]:
    return [
        (c.start, [letters(objects, term) for term in c.terms])
        for c in conflicts_of(objects, found)
    ]


@st.composite
def edits(draw: st.DrawFn, news: str) -> list[str | None]:
    """Return the replacement for each place of a base; None keeps the letter there."""
    fresh = iter(news)
    return [
        draw(st.sampled_from([None, None, None, "", next(fresh), next(fresh)])) for _ in range(8)
    ]


def edited(base: str, places: Sequence[str | None]) -> str:
    return "".join(
        letter if new is None else new for letter, new in zip(base, places, strict=False)
    )


SCENES = st.tuples(BASES, edits("ABCDEFGHIJKLMNOP"), edits("0123456789!?+*#%"))


def test_the_merge_engine_says_what_is_in_conflict() -> None:
    objects = Memory()
    base, ours, theirs = (tree(objects, word) for word in ("abcd", "aXcd", "aYZcd"))
    made = merge_onto(objects, base, ours, theirs)
    (conflict,) = conflicts_of(objects, made)
    assert (side_count(conflict), (conflict.first, conflict.last), numbers_text(conflict)) == (
        2,
        (2, 2),
        "2",
    )
    for choice, rows in ((OURS, "X"), (THEIRS, "YZ"), (BASE, "b"), (BOTH, "XYZ"), (":2", "YZ")):
        assert word_of(objects, resolved_tree(objects, made, [conflict], choice)) == f"a{rows}cd"


@settings(max_examples=60, deadline=None)
@given(SCENES, st.sampled_from(LAYOUTS))
def test_a_side_taken_of_every_conflict_is_that_side(
    scene: tuple[str, list[str | None], list[str | None]], layout: Layout
) -> None:
    objects = Memory()
    words = (scene[0], edited(scene[0], scene[1]), edited(scene[0], scene[2]))
    base, ours, theirs = (tree(objects, word, layout) for word in words)
    made = merge_onto(objects, base, ours, theirs)
    found = conflicts_of(objects, made)
    assert all(side_count(conflict) == 2 for conflict in found)

    # No message of a side is lost: it is shown, in a conflict, or removed by the other side.
    kept = Counter(word_of(objects, made))
    for conflict in found:
        for place, term in enumerate(conflict.terms):
            kept |= Counter(letters(objects, term)) if place else Counter()
    everything = {letter for letter, count in kept.items() if count}
    assert {*words[1]} - {*words[0]} <= everything
    assert {*words[2]} - {*words[0]} <= everything
    assert {*words[1]} & {*words[2]} & {*words[0]} <= everything

    whole = word_of(objects, made)
    for choice, at in ((OURS, 0), (BASE, 1), (THEIRS, 2)):
        done = resolved_tree(objects, made, found, choice) if found else made
        assert conflicts_of(objects, done) == ()
        expected, place = "", 0
        for conflict in found:
            expected += whole[place : conflict.start] + letters(objects, conflict.terms[at])
            place = conflict.stop
        assert word_of(objects, done) == expected + whole[place:]
    # The order of the sides does not change the choices.
    turned = merge_onto(objects, base, theirs, ours)
    if found:
        one = resolved_tree(objects, made, found, THEIRS)
        other = resolved_tree(objects, turned, conflicts_of(objects, turned), OURS)
        assert Counter(word_of(objects, one)) == Counter(word_of(objects, other))


@settings(max_examples=60, deadline=None)
@given(SCENES)
def test_conflicts_settled_one_by_one_are_those_settled_together(
    scene: tuple[str, list[str | None], list[str | None]],
) -> None:
    objects = Memory()
    words = (scene[0], edited(scene[0], scene[1]), edited(scene[0], scene[2]))
    made = merged(objects, *words)
    found = conflicts_of(objects, made)
    if not found:
        return
    together = resolved_tree(objects, made, found, THEIRS)
    here = made
    for _ in found:
        left = conflicts_of(objects, here)
        here = resolved_tree(objects, here, left[-1:], THEIRS)
    assert here == together


def test_what_was_written_on_top_of_a_conflict_is_settled_with_it() -> None:
    objects = Memory()
    base, ours, theirs = (tree(objects, word) for word in ("abcd", "aXcd", "aYZcd"))
    made = merge_onto(objects, base, ours, theirs)
    longer = write_session(
        objects, read_session(objects, made).appended([*session("s", "e").messages]), "native", made
    )
    assert len(conflicts_of(objects, longer)) == 1
    done = resolved_tree(objects, made, conflicts_of(objects, made), THEIRS)
    moved = replay(objects, longer, made, done, pairing_of())
    assert word_of(objects, moved) == "aYZcde"
    assert conflicts_of(objects, moved) == ()


def test_a_conflict_that_shows_nothing_has_the_number_of_what_comes_next() -> None:
    objects = Memory()
    made = merged(objects, "abcd", "acd", "aXcd")
    (conflict,) = conflicts_of(objects, made)
    assert word_of(objects, made) == "acd"
    assert (conflict.first, conflict.last) == (2, 2)
    assert select_conflicts([conflict], [(2, 2)]) == [conflict]
    assert word_of(objects, resolved_tree(objects, made, [conflict], THEIRS)) == "aXcd"


def test_a_conflict_of_three_sides_is_settled_by_number() -> None:
    one, two, three, base = (BlobId(letter * 40) for letter in "1230")
    conflict = NumberedConflict(4, 5, ((one,), (base,), (two,), (base,), (three,)), 5, 5)
    assert take_side(conflict, OURS) == (one,)
    assert take_side(conflict, ":3") == (three,)
    assert take_side(conflict, BOTH) == (one, two, three)
    for choice in (THEIRS, BASE):
        with pytest.raises(Refused) as refused:
            take_side(conflict, choice)
        assert ":1`, `:2`, `:3" in refused.value.hint
    with pytest.raises(Refused, match="has no side 4"):
        take_side(conflict, ":4")


def test_atoms_are_written_with_rows_of_other_conversations() -> None:
    objects = Memory()
    one, other = tree(objects, "ab"), tree(objects, "xy", "single-file")
    a, b = message_ids(objects, one)
    x, y = message_ids(objects, other)
    atoms: list[Atom] = [x, Conflict(((a,), (), (y,))), b]
    made = with_atoms(objects, one, atoms, [other])
    assert word_of(objects, made) == "xab"
    assert sides(objects, made) == [(1, ["a", "", "y"])]
    assert with_atoms(objects, EMPTY_TREE, [], [one]) == EMPTY_TREE
    begun = with_atoms(objects, EMPTY_TREE, [y, x], [other])
    assert word_of(objects, begun) == "yx"


@settings(max_examples=60, deadline=None)
@given(SCENES, st.integers(1, 9), st.integers(0, 4))
def test_restored_messages_are_those_of_the_other_and_the_rest_stays(
    scene: tuple[str, list[str | None], list[str | None]], first: int, more: int
) -> None:
    objects = Memory()
    into, source = edited(scene[0], scene[1]), edited(scene[0], scene[2])
    here, there = tree(objects, into), tree(objects, source)
    assert word_of(objects, restore_messages(objects, here, there, [(1, None)])) == source
    if first + more > len(into) or here == EMPTY_TREE:
        return
    done = word_of(objects, restore_messages(objects, here, there, [(first, first + more)]))
    before, behind = into[: first - 1], into[first + more :]
    assert done.startswith(before)
    assert done.endswith(behind)
    middle = done[len(before) : len(done) - len(behind)]
    assert {*middle} <= {*source} | {*into}
    assert all(letter in source for letter in middle)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("into", "source", "number", "done"),
    [
        ("abcd", "aXcd", 2, "aXcd"),
        ("abcd", "aXcd", 3, "abcd"),
        ("abcd", "abXcd", 3, "abXcd"),
        ("abcd", "abXcd", 2, "abcd"),
        ("abcd", "abcdX", 5, "abcdX"),
        ("abcd", "abcdX", 4, "abcd"),
        ("abXcd", "abcd", 3, "abcd"),
        ("aXYZb", "a1b", 3, "aXZb"),
        ("aXb", "a123b", 2, "a123b"),
    ],
)
def test_a_single_message_is_restored(
    layout: Layout, into: str, source: str, number: int, done: str
) -> None:
    objects = Memory()
    here, there = tree(objects, into, layout), tree(objects, source, layout)
    assert word_of(objects, restore_messages(objects, here, there, [(number, number)])) == done


def test_a_conflict_is_settled_by_restoring_it_and_comes_back_by_restoring_too() -> None:
    objects = Memory()
    words = ("abcd", "aXcd", "aYcd")
    base, ours, theirs = (tree(objects, word) for word in words)
    made = merge_onto(objects, base, ours, theirs)
    for other, word in zip((base, ours, theirs), words, strict=True):
        done = restore_messages(objects, made, other, [(2, 2)])
        assert word_of(objects, done) == word
        assert conflicts_of(objects, done) == ()
    again = restore_messages(objects, theirs, made, [(2, 2)])
    assert sides(objects, again) == sides(objects, made)
    assert restore_messages(objects, made, made, [(2, 2)]) == made


@pytest.mark.parametrize("ranges", [[(0, 0)], [(6, 6)], [(2, 7)], [(3, 2)]])
def test_numbers_outside_the_conversation_are_refused(ranges: list[tuple[int, int]]) -> None:
    objects = Memory()
    with pytest.raises(Refused) as refused:
        restore_messages(objects, tree(objects, "abcd"), tree(objects, "axcd"), ranges)
    assert refused.value.code == "no_message"


def claude(turns: int) -> Session:
    chat = Chat("demo")
    for number in range(1, turns + 1):
        chat.turn(number)
    return to_session(read_transcript(chat.data(), "chat.jsonl"))


def test_a_claude_conversation_keeps_its_format_and_tells_its_new_title_and_count() -> None:
    objects = Memory()
    long, short = (write_session(objects, claude(turns), "native") for turns in (3, 2))
    rows = read_session(objects, short).rows
    done = read_session(objects, restore_messages(objects, long, short, [(rows + 1, None)]))
    wanted = read_session(objects, short)
    assert (done.format, done.rows) == (wanted.format, wanted.rows)
    assert (done.title, done.message_count) == (wanted.title, wanted.message_count)
    assert done.to_bytes() == wanted.to_bytes()
