"""Numbers in text from outside."""

from __future__ import annotations

import pytest

from store.document.numbers import LARGEST, read_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("007", 7),
        (str(LARGEST), LARGEST),
        ("0" * 5000 + "1", 1),
        (str(LARGEST + 1), None),
        ("9" * 5000, None),
        ("", None),
        ("-1", None),
        (" 1", None),
        ("1_0", None),
        ("²", None),
        ("١", None),
    ],
)
def test_only_ascii_digits_within_64_bits_are_a_number(text: str, number: int | None) -> None:
    assert read_number(text) == number
