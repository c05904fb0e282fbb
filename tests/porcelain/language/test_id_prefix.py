"""Prefixes of ids against brute force, and jj's scenarios for them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from porcelain.language.id_prefix import (
    LISTED_CANDIDATES,
    Ambiguous,
    PrefixIndex,
    SortedIds,
    change_prefix,
    hex_prefix,
)

# Two digits and six places: most ids share a beginning with another.
ids = st.text("ab", min_size=6, max_size=6)
prefixes = st.text("ab", max_size=7)


def index(
    short: list[str] | None, whole: list[str], names: frozenset[str] = frozenset()
) -> PrefixIndex[str]:
    preferred = None if short is None else SortedIds(short)
    return PrefixIndex(preferred, SortedIds(whole), names.__contains__)


def matching(known: set[str], prefix: str) -> list[str]:
    return sorted(one for one in known if one.startswith(prefix))


@given(st.none() | st.lists(ids), st.lists(ids), prefixes)
def test_a_prefix_is_looked_up_among_the_preferred_ids_then_among_all(
    short: list[str] | None, others: list[str], prefix: str
) -> None:
    whole = {*others, *(short or ())}
    found = matching(set(short or ()), prefix) or matching(whole, prefix)
    expected: str | Ambiguous[str] | None = None
    if len(found) > 1 or prefix == "":
        expected = Ambiguous(tuple(found[:LISTED_CANDIDATES]))
    elif found:
        expected = found[0]

    match = index(short, sorted(whole)).resolve(prefix)

    assert match == expected
    assert type(match) is type(expected)


@given(st.none() | st.lists(ids), st.lists(ids), ids, st.frozensets(prefixes))
def test_the_shortest_prefix_is_unique_no_name_and_none_is_shorter(
    short: list[str] | None, others: list[str], one: str, names: frozenset[str]
) -> None:
    whole = {*others, *(short or ())}
    rivals = (set(short) if short and one in short else whole) - {one}
    expected = next(
        (n for n in range(1, len(one)) if not matching(rivals, one[:n]) and one[:n] not in names),
        len(one),
    )

    assert index(short, sorted(whole), names).shortest(one) == expected


@given(st.none() | st.lists(ids), st.lists(ids, min_size=1), st.data())
def test_a_shown_prefix_names_its_id(
    short: list[str] | None, others: list[str], data: st.DataObject
) -> None:
    whole = sorted({*others, *(short or ())})
    one = data.draw(st.sampled_from(whole))
    prefixed = index(short, whole)

    shown = one[: prefixed.shortest(one)]

    assert prefixed.resolve(shown) == one
    assert prefixed.resolve(one) == one


@given(st.lists(ids), ids, prefixes, st.integers(1, 5))
def test_sorted_ids_list_candidates_and_neighbours(
    known: list[str], one: str, prefix: str, limit: int
) -> None:
    source = SortedIds(known)

    assert source.candidates(prefix, limit) == matching(set(known), prefix)[:limit]
    assert source.neighbours(one) == (
        max((other for other in known if other < one), default=None),
        min((other for other in known if other > one), default=None),
    )


def test_without_preferred_ids_all_of_them_compete() -> None:
    prefixed = index(None, ["0a", "0b", "1c"])

    assert prefixed.resolve("0") == Ambiguous(("0a", "0b"))
    assert prefixed.resolve("0a") == "0a"
    assert prefixed.resolve("0c") is None
    assert prefixed.resolve("0a0") is None
    assert [prefixed.shortest(one) for one in ("0a", "1c")] == [2, 1]


def test_preferred_ids_are_named_by_less_and_the_others_stay_reachable() -> None:
    prefixed = index(["0a", "1c"], ["0a", "0b", "1c", "1d", "2e"])

    assert [prefixed.shortest(one) for one in ("0a", "1c", "0b", "2e")] == [1, 1, 2, 1]
    assert prefixed.resolve("0") == "0a"
    assert prefixed.resolve("0b") == "0b"
    assert prefixed.resolve("2") == "2e"


def test_one_id_alone_still_takes_a_digit() -> None:
    prefixed = index(["0a"], ["0a"])

    assert prefixed.shortest("0a") == 1
    assert prefixed.resolve("") == Ambiguous(("0a",))
    assert index([], []).resolve("") == Ambiguous(())


def test_a_preferred_id_that_is_not_there_hides_what_shares_its_prefix() -> None:
    prefixed = index(["0a"], ["0b"])

    assert prefixed.resolve("0") is None
    assert prefixed.resolve("0b") == "0b"


def test_names_lengthen_the_prefix_they_equal() -> None:
    def shortest(*names: str) -> int:
        return index(None, ["abcd", "x000"], frozenset(names)).shortest("abcd")

    assert shortest() == 1
    assert shortest("abc") == 1
    assert shortest("a") == 2
    assert shortest("a", "ab") == 3
    assert shortest("a", "ab", "abc") == 4
    assert shortest("a", "ab", "abc", "abcd") == 4


def test_either_case_is_taken_and_the_two_alphabets_never_meet() -> None:
    assert hex_prefix("0aF") == "0af"
    assert change_prefix("kZ") == "kz"
    assert hex_prefix("") == change_prefix("") == ""
    assert [hex_prefix(text) for text in ("k", "g", "0x1", "٣", "0 ")] == [None] * 5
    assert [change_prefix(text) for text in ("a", "j", "\u212a", "k/0", "k ")] == [None] * 5
