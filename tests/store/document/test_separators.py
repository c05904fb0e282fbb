from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from store.document.separators import LINES, split_lines

PIECES = st.lists(st.sampled_from([b"{}", b"row", b"\n", b"\r\n", b"\r", b" ", b"\t"]))


@given(PIECES.map(b"".join))
def test_a_file_of_lines_is_put_together_again_exactly(data: bytes) -> None:
    rows, separators = split_lines(data)
    assert separators.join(rows) == data
    assert all(row.strip() and b"\n" not in row for row in rows)


@given(PIECES.map(b"".join), st.integers(0, 6))
@example(b"{}\r\r\n{}\n", 1)
def test_a_cut_file_is_still_one_row_a_line(data: bytes, keep: int) -> None:
    rows, separators = split_lines(data)
    kept = rows[:keep]
    assert split_lines(separators.fitted(len(kept)).join(kept))[0] == kept


def test_a_regular_file_needs_no_exceptions() -> None:
    assert split_lines(b"a\nb\nc\n") == ((b"a", b"b", b"c"), LINES)


def test_only_irregular_gaps_are_listed() -> None:
    rows, separators = split_lines(b"\na\r\n" + b"b\r\n" * 50 + b"c\n\r\nd")
    assert len(rows) == 53
    assert separators == ("\n", "\r\n", "", "", ((52, "\n\r\n"),))


@pytest.mark.parametrize("data", [b"", b"\n", b"\r\n\r\n", b"  \n\n"])
def test_a_file_without_rows_comes_back(data: bytes) -> None:
    rows, separators = split_lines(data)
    assert rows == ()
    assert separators.join(rows) == data


def test_rows_added_after_a_missing_newline_get_their_own_lines() -> None:
    rows, separators = split_lines(b"a\nb")
    assert separators.fitted(3).join([*rows, b"c"]) == b"a\nb\nc"
