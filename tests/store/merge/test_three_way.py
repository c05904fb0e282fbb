"""The merge engine for lists of messages: laws, conflicts as values, calls and results."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Hashable, Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from store.merge.conflict_terms import Atom, Conflict
from store.merge.patience_diff import changes
from store.merge.three_way import merge, replay
from store.session.message import Message
from store.session.tool_pairing import Pairs, pair_edge, pawan_pairs, unit_sizes
from tests.harness.work import lines_run


def shown(atoms: Sequence[Atom]) -> str:
    """Write a list of letters; a conflict as `{ours-base+theirs}`."""
    return "".join(
        "{"
        + "".join("".join(map(str, t)) + "-+"[n % 2] for n, t in enumerate(atom.terms))[:-1]
        + "}"
        if isinstance(atom, Conflict)
        else str(atom)
        for atom in atoms
    )


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "result"),
    [
        ("AB", "ABX", "ABY", "ABXY"),  # prefix, ours, theirs
        ("AB", "ABPX", "ABPY", "ABPXY"),  # what both added first, once
        ("AB", "ABX", "ABX", "ABX"),
        ("", "X", "Y", "XY"),
        ("ABC", "AbC", "ABc", "Abc"),  # two edits beside each other
        ("ABC", "AbC", "ABCD", "AbCD"),
        ("AB", "Ab", "ABXY", "AbXY"),  # the last one edited, others after it
        ("ABC", "AbC", "AbC", "AbC"),  # the same edit
        ("ABC", "AbC", "AxC", "A{b-B+x}C"),
        ("ABC", "AC", "AxC", "A{-B+x}C"),  # removed and edited
        ("ABC", "AbC", "AC", "A{b-B+}C"),
        ("ABC", "AC", "AC", "AC"),  # both removed
        ("ABCD", "A", "ABD", "A"),  # removals add up
        ("ABCD", "A", "ABcD", "A{-C+c}"),  # only what is edited is in conflict
        ("ABCD", "AD", "ABXCD", "AXD"),  # put inside what was removed
        ("ABCD", "sD", "ABXCD", "{s-ABC+ABXC}D"),  # put inside what was rewritten
        ("ABCD", "sCD", "ABCDE", "sCDE"),  # compacted
        ("ABCD", "AbCd", "AxCy", "A{b-B+x}C{d-D+y}"),
        ("ABC", "XABC", "ABCY", "XABCY"),
        ("ABC", "", "ABCY", "Y"),
    ],
)
def test_a_three_way_merge(base: str, ours: str, theirs: str, result: str) -> None:
    assert shown(merge(base, ours, theirs)) == result


@pytest.mark.parametrize(
    ("old", "change", "new", "result"),
    [
        ("A", "Ay", "Ay", "Ayy"),  # everything that the change adds
        ("A", "AyB", "AyC", "AyCyB"),
        ("AC", "AyC", "AyC", "AyyC"),
        ("ABC", "AbC", "AbC", "AbC"),  # an edit made there already
        ("ABC", "AC", "AC", "AC"),
        ("A", "AB", "", "B"),
        ("", "AB", "X", "XAB"),
    ],
)
def test_replaying_adds_what_the_change_adds(old: str, change: str, new: str, result: str) -> None:
    moved = replay(old, change, new)
    assert shown(moved) == result
    if "b" not in result and len(change) > len(old):
        assert shown(replay(new, moved, old)) == change


def test_a_change_of_what_a_conflict_shows_is_shown() -> None:
    conflict = Conflict((("A", "B"), ("X",), ()))
    assert replay(["A", "B"], ["A"], [conflict]) == [Conflict((("A",), ("X",), ()))]


def test_what_is_removed_from_a_part_of_a_conflict_is_not_shown() -> None:
    conflict = Conflict((("A", "B"), ("X",), ()))
    assert replay(["A"], [], [conflict]) == [Conflict((("B",), ("X",), ()))]


LETTERS = st.lists(st.sampled_from("abcde"), max_size=9)


@given(LETTERS, LETTERS)
def test_a_side_that_did_nothing_leaves_the_other(base: list[str], side: list[str]) -> None:
    assert merge(base, base, side) == side == merge(base, side, base) == merge(base, side, side)
    assert replay(base, side, base) == side
    assert replay(base, base, side) == side


@given(LETTERS, LETTERS)
def test_a_diff_tells_exactly_what_differs(one: list[str], two: list[str]) -> None:
    made, place = list[str](), 0
    for start, stop, lo, hi in changes(one, two):
        assert start >= place
        made += one[place:start] + two[lo:hi]
        place = stop
    assert made + one[place:] == two


@st.composite
def edited(draw: st.DrawFn, base: Sequence[str], mark: str, drop: bool = True) -> list[str]:
    """Edit a list of distinct words by replacing, removing and inserting."""
    kinds = ["keep"] * 4 + ["edit"] + ["drop"] * drop
    made: list[str] = []
    for number in range(len(base) + 1):
        fresh = draw(st.integers(0, 2)) if draw(st.integers(0, 3)) == 0 else 0
        made += [f"{mark}{number}.{n}" for n in range(fresh)]
        if number < len(base):
            what = draw(st.sampled_from(kinds))
            made += {"keep": [base[number]], "edit": [f"{mark}{number}"], "drop": []}[what]
    return made


def three(draw: st.DrawFn) -> tuple[list[str], list[str], list[str]]:
    base = [f"b{number}" for number in range(draw(st.integers(0, 7)))]
    return base, draw(edited(base, "o")), draw(edited(base, "t"))


TRIPLES = st.composite(three)()


def parts(atoms: Sequence[Atom]) -> Counter[Hashable]:
    """Count the messages that a list shows or keeps, the sides of conflicts added up."""
    found: Counter[Hashable] = Counter()
    for atom in atoms:
        if isinstance(atom, Conflict):
            for number, term in enumerate(atom.terms):
                for one in term:
                    found[one] += -1 if number % 2 else 1
        else:
            found[atom] += 1
    return found


@given(TRIPLES)
def test_no_message_is_lost_or_doubled(triple: tuple[list[str], list[str], list[str]]) -> None:
    base, ours, theirs = triple
    merged = merge(base, ours, theirs)
    count = parts(merged)
    for one in {*base, *ours, *theirs}:
        expected = ours.count(one) + theirs.count(one) - base.count(one)
        # What both removed is gone once, unless a conflict counts it as removed twice.
        assert count[one] == expected or (expected == -1 and count[one] == 0)


@given(TRIPLES)
@example((["b0", "b1", "b2", "b3"], ["o0", "b1", "o2", "o3"], ["b2", "t3.0", "b3"]))
def test_merging_is_symmetric_but_for_order(
    triple: tuple[list[str], list[str], list[str]],
) -> None:
    base, ours, theirs = triple
    one, two = merge(base, ours, theirs), merge(base, theirs, ours)
    assert parts(one) == parts(two)
    assert len([a for a in one if isinstance(a, Conflict)]) == len(
        [a for a in two if isinstance(a, Conflict)]
    )


@st.composite
def moves(draw: st.DrawFn, drop: bool = True) -> tuple[list[str], list[str], list[str]]:
    """Make a base, another base that removes nothing of it without a replacement, a change."""
    base = [f"b{number}" for number in range(draw(st.integers(0, 7)))]
    return base, draw(edited(base, "o", drop=False)), draw(edited(base, "t", drop=drop))


@given(moves())
def test_there_and_back_again(triple: tuple[list[str], list[str], list[str]]) -> None:
    base, other, change = triple
    moved = replay(base, change, other)
    assert replay(other, moved, base) == change, shown(moved)


@given(moves(drop=False), st.data())
def test_onto_a_conflict_and_back_again_nothing_is_lost(
    triple: tuple[list[str], list[str], list[str]], data: st.DataObject
) -> None:
    base, other, change = triple
    conflicted = replay(base, change, other)
    edit = data.draw(edited(base, "e", drop=False))
    moved = replay(base, edit, conflicted)
    assert parts(replay(conflicted, moved, base)) == Counter(edit)
    onward = replay(other, replay(base, edit, other), conflicted)
    assert parts(onward) == parts(moved)


@given(st.data())
def test_an_edit_onto_a_conflict_and_back_again_is_itself(data: st.DataObject) -> None:
    base = [f"b{number}" for number in range(data.draw(st.integers(0, 7)))]
    other, change, edit = (
        [f"{mark}{one}" if data.draw(st.booleans()) else one for one in base] for mark in "ote"
    )
    conflicted = replay(base, change, other)
    moved = replay(base, edit, conflicted)
    assert replay(conflicted, moved, base) == edit, (shown(conflicted), shown(moved))
    again = replay(conflicted, [*conflicted, "more"], moved)
    assert again == [*moved, "more"]


@given(moves(), st.data())
def test_what_follows_a_conflict_follows_it_when_it_is_resolved(
    triple: tuple[list[str], list[str], list[str]], data: st.DataObject
) -> None:
    base, other, change = triple
    conflicted = replay(base, change, other)
    more = [*conflicted, "x", "y"]
    resolved = [*dict.fromkeys([*other, *change])]
    assert replay(conflicted, more, resolved) == [*resolved, "x", "y"]


@given(TRIPLES)
def test_back_again_from_where_messages_were_removed(
    triple: tuple[list[str], list[str], list[str]],
) -> None:
    base, other, change = triple
    both = set(base) - set(other) - set(change)
    back = replay(other, replay(base, change, other), base)
    assert parts(back) - Counter(both) == Counter(change) - Counter(both)


def pairs_of(one: Hashable) -> Pairs:
    """Read `c1` as the call 1, `r1` as its result; everything else is no pair."""
    word = str(one)
    return Pairs((word[1:],) if word[0] == "c" else (), (word[1:],) if word[0] == "r" else ())


def words(text: str) -> list[str]:
    return text.split()


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "result"),
    [
        ("a c1", "a c1 x", "a c1 r1 y", "a c1 r1 x y"),  # the answer belongs to the call
        ("a c1", "a c1 r1 y", "a c1 x", "a c1 r1 y x"),
        ("a c1 r1", "a c1 r1 x", "a c1 m r1", "a c1 m r1 x"),
        ("a c1 r1 b", "a C1 R1 b", "a c1 m r1 b", "a {C1 R1-c1 r1+c1 m r1} b"),
        ("a c1 r1 b", "a b", "a c1 r1 x b", "a x b"),  # removed together
        ("a c1 r1 b", "a b", "a c1 r1 m c2 b", "a m c2 b"),
        ("a c1 c2 r1", "a c1 c2 r1 r2", "a c1 c2 r1 x", "a c1 c2 r1 r2 x"),
        ("a", "a c1", "a c1 r1", "a c1 r1"),  # both went on, one further
        ("a", "a c1 x", "a c1 r1", "a c1 r1 x"),
        ("a c1", "a c1 r1", "a c1 r1 x", "a c1 r1 x"),
        ("a r9", "a r9 x", "a r9 y", "a r9 x y"),  # a result without a call
        ("p c1 q r1 e", "p c1 q x r1 e", "p c1 q r1 e y", "p c1 q x r1 e y"),
        ("p c1 q r1 e", "p c1 q x r1 e", "p c1 q y r1 e",
         "p {c1 q x r1-c1 q r1+c1 q y r1} e"),
    ],
)  # fmt: skip
def test_calls_and_results_stay_together(base: str, ours: str, theirs: str, result: str) -> None:
    def show(run: Sequence[Atom]) -> str:
        return " ".join(map(str, run))

    merged = merge(words(base), words(ours), words(theirs), pairs_of)
    assert (
        " ".join(
            "{" + "".join(show(t) + "-+"[n % 2] for n, t in enumerate(atom.terms))[:-1] + "}"
            if isinstance(atom, Conflict)
            else str(atom)
            for atom in merged
        )
        == result
    )


@st.composite
def talk(draw: st.DrawFn) -> tuple[list[str], list[str], list[str]]:
    """Make a base of messages and calls, and two sides that edit, drop, answer and go on."""
    base: list[list[str]] = []
    for number in range(draw(st.integers(0, 5))):
        call = [f"c{number}", f"r{number}"]
        base.append(draw(st.sampled_from([[f"m{number}"], call, call[:1]])))

    def side(mark: str) -> list[str]:
        made = []
        for number, unit in enumerate(base):
            what = draw(st.sampled_from(["keep", "keep", "edit", "drop", "answer"]))
            if what == "answer" and unit[0][0] == "c" and len(unit) == 1:
                made += [*unit, f"r{number}"]
            elif what == "edit":
                made += [f"{mark}{row}" for row in unit]
            elif what != "drop":
                made += unit
            if draw(st.integers(0, 4)) == 0:
                made += [f"c{mark}{number}", f"r{mark}{number}"]
        return made

    return [row for unit in base for row in unit], side("o"), side("t")


def is_whole(rows: Sequence[Hashable]) -> bool:
    """Tell whether each result follows its call at once, where the call is there."""
    for row, one in enumerate(rows):
        call = "c" + str(one)[1:]
        if str(one)[0] == "r" and call in rows and (not row or rows[row - 1] != call):
            return False
    return True


@given(talk())
def test_nothing_comes_between_a_call_and_its_result(
    triple: tuple[list[str], list[str], list[str]],
) -> None:
    base, ours, theirs = triple
    for merged in (merge(base, ours, theirs, pairs_of), replay(base, theirs, ours, pairs_of)):
        shown_rows: list[Hashable] = []
        for atom in merged:
            shown_rows += atom.terms[0] if isinstance(atom, Conflict) else [atom]
            if isinstance(atom, Conflict):
                assert all(map(is_whole, atom.terms))
        assert is_whole(shown_rows), merged


@given(st.lists(st.sampled_from(["m", "c1", "r1", "c2", "r2", "c3", "r3"]), max_size=12))
def test_units_are_cut_where_no_result_follows_its_call(rows: list[str]) -> None:
    sizes = unit_sizes(map(pairs_of, rows))
    assert sum(sizes) == len(rows)
    assert all(sizes)
    edges = {sum(sizes[:n]) for n in range(len(sizes) + 1)}
    for cut in range(len(rows) + 1):
        open_calls: dict[str, int] = {}
        split = False
        for row, one in enumerate(rows):
            if one[0] == "c":
                open_calls[one[1:]] = row
            elif one[0] == "r" and one[1:] in open_calls:
                split |= open_calls[one[1:]] < cut <= row
        assert (cut in edges) == (not split)


def test_the_edge_of_a_pair() -> None:
    def row(word: str) -> Message:
        calls = [{"id": word[1:], "name": "n", "arguments": {}}] if word[0] == "c" else []
        made: dict[str, object] = {"role": "user", "content": word, "tool_calls": calls}
        if word[0] == "r":
            made["tool_result"] = {"tool_call_id": word[1:], "content": 1, "success": True}
        return Message.of(made)

    rows = [row(word) for word in words("m c1 c2 r1 m r2 m c3 m")]
    assert [pair_edge(rows, count) for count in range(-1, 11)] == [
        0, 0, 1, 1, 1, 1, 1, 6, 7, 8, 9, 9,
    ]  # fmt: skip
    nested = [row(word) for word in words("c1 c2 r1 r2 m")]
    assert [pair_edge(nested, count) for count in range(6)] == [0, 0, 0, 0, 4, 5]
    crossed = [row(word) for word in words("c1 m c2 r1 m r2")]
    assert [pair_edge(crossed, count) for count in range(7)] == [0, 0, 0, 0, 0, 0, 6]
    assert pair_edge(rows, 3, lambda _: Pairs()) == 3
    assert pawan_pairs(Message(b"no JSON")) == pawan_pairs(Message(b"[]")) == Pairs()
    odd = b'{"tool_calls": [{"id": 3}, 4, {"id": ""}], "tool_result": {"tool_call_id": null}}'
    assert pawan_pairs(Message(odd)) == Pairs()


def merge_shuffled(count: int) -> None:
    """Merge long lists that have everything in common but their order."""
    rng = random.Random(5)
    base = [str(number) for number in range(count)]
    mixed = rng.sample(base, len(base))
    few = [rng.choice("ab") for _ in range(count)]
    assert merge(base, [*base, "x"], [*base, "y"]) == [*base, "x", "y"]
    for side in (mixed, base[::-1], few):
        merge(base, side, mixed[::-1])
        assert merge(side, base, side) == base
    merge(few, few[::-1], [rng.choice("abc") for _ in range(count)])


def test_the_work_on_long_lists_does_not_grow_with_their_square() -> None:
    short, long = (lines_run(lambda count=count: merge_shuffled(count)) for count in (200, 1600))  # type: ignore[misc]
    assert long < 16 * short
    merge_shuffled(3000)
