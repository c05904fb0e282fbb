"""Change ids: jj's text, jj's synthetic ids, and prefixes that stay short."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from porcelain.model.change_id import (
    CHANGE_ID_HEADER,
    ROOT_CHANGE_ID,
    change_id_of,
    new_change_id,
    synthetic_change_id,
    to_reverse_hex,
)
from store.ids import NULL_ID, CommitId

COMMIT = CommitId("efdcea5ca4b3658149f899ca7feee6876d077263")
LETTERS = "klmnopqrstuvwxyz"


def test_reverse_hex_is_that_of_jj() -> None:
    assert to_reverse_hex(b"") == ""
    assert to_reverse_hex(bytes.fromhex("0123456789abcdef")) == "zyxwvutsrqponmlk"
    assert to_reverse_hex(bytes.fromhex("deadbeef0123")) == "mlpmollkzyxw"


@given(st.binary(max_size=20))
def test_reverse_hex_keeps_every_digit(data: bytes) -> None:
    back = str.maketrans("zyxwvutsrqponmlk", "0123456789abcdef")
    assert bytes.fromhex(to_reverse_hex(data).translate(back)) == data


@pytest.mark.parametrize(
    ("commit_id", "expected"),
    [
        (COMMIT, "c64ee0b6e16777fe53991f9281a6cd25"),
        (
            "64366022e4938d697015b775945be93aea6d3fc221feeaf7c516420262e3fa54",
            "2a5fc746404268a3ef577f8443fcb657",
        ),
    ],
)
def test_a_commit_without_a_change_id_has_that_of_jj(commit_id: str, expected: str) -> None:
    assert synthetic_change_id(CommitId(commit_id)) == to_reverse_hex(bytes.fromhex(expected))


def test_the_root_commit_has_the_root_change_id() -> None:
    assert change_id_of(CommitId(NULL_ID), ()) == ROOT_CHANGE_ID


VALID = "kl" * 16
OTHER = "mn" * 16


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([VALID], VALID),
        ([VALID.upper()], VALID),
        ([VALID, "junk"], VALID),
        ([VALID, OTHER], VALID),
        ([], None),
        (["junk", VALID], None),
        ([VALID[:-2]], None),
        ([VALID[:-1]], None),
        ([VALID + "kk"], None),
        (["kl" * 15 + "kj"], None),
        (["\u212al" * 16], None),
        ([""], None),
    ],
)
def test_only_the_first_header_counts_and_must_hold_a_change_id(
    values: list[str], expected: str | None
) -> None:
    headers = [("encoding", OTHER), *((CHANGE_ID_HEADER, value) for value in values)]

    assert change_id_of(COMMIT, headers) == (expected or synthetic_change_id(COMMIT))


def draw(seed: int, ids: Iterable[str]) -> str:
    known = list(ids)
    return new_change_id(
        random.Random(seed).randbytes, lambda p: any(one.startswith(p) for one in known)
    )


def free_length(new: str, ids: Iterable[str]) -> int:
    """Return the length of the shortest prefix of `new` that none of the ids begins with."""
    return next(n for n in range(33) if not any(one.startswith(new[:n]) for one in ids))


@given(st.integers(0, 2**32))
def test_new_change_ids_keep_to_one_letter_while_one_is_free(seed: int) -> None:
    ids = [str(ROOT_CHANGE_ID)]

    for number in range(15):
        new = draw(seed + number, ids)
        assert len(new) == 32
        assert set(new) <= set(LETTERS)
        assert free_length(new, ids) == 1
        ids.append(new)

    assert free_length(draw(seed, ids), ids) == 2


def test_two_hundred_changes_are_named_by_two_letters() -> None:
    ids = [str(ROOT_CHANGE_ID)]
    one_source = random.Random(1)
    for _ in range(200):
        ids.append(new_change_id(one_source.randbytes, lambda p: any(i.startswith(p) for i in ids)))

    lengths = [free_length(one, [other for other in ids if other != one]) for one in ids]

    assert max(lengths) == 2


def test_when_no_short_prefix_is_free_the_id_is_random_after_few_questions() -> None:
    asked: list[str] = []

    def taken(prefix: str) -> bool:
        asked.append(prefix)
        return True

    ids = {new_change_id(random.Random(seed).randbytes, taken) for seed in range(5)}

    assert len(ids) == 5
    assert all(len(one) == 32 for one in ids)
    assert len(asked) <= 5 * 64


def test_any_free_letter_may_come_up_first() -> None:
    first = {draw(seed, ["z", "k"])[0] for seed in range(500)}

    assert first == set(LETTERS) - {"z", "k"}


def test_the_rest_of_a_new_id_is_random_and_the_same_for_one_seed() -> None:
    assert draw(7, []) == draw(7, [])
    assert len({draw(seed, [])[4:] for seed in range(300)}) == 300
