from __future__ import annotations

from collections.abc import Iterator

from porcelain.language.scanner import similar_names


def test_a_misspelt_name_is_compared_with_a_bounded_number_of_names() -> None:
    asked = 0

    def names() -> Iterator[str]:
        nonlocal asked
        while True:
            asked += 1
            yield f"session-{asked}"

    assert "session-11" in similar_names("sesion-11", names())
    assert asked < 10_000
