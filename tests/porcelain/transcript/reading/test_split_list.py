"""Large lists and files of lines: cut into documents as if the file was read whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from porcelain.transcript.input import Input
from porcelain.transcript.reading import split_list as module
from porcelain.transcript.reading.json_parts import listed_values, text_of
from porcelain.transcript.reading.split_list import has_lines, split_lines, split_list
from store.errors import InvalidSession

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


def outcome(work: Callable[[], list[Any] | None]) -> list[Any] | str | None:
    try:
        return work()
    except InvalidSession as error:
        return error.reason


def whole(data: bytes) -> list[Any] | None:
    found = listed_values(text_of(data, ""))
    return None if found is None else [part.value for part in found]


def split(data: bytes) -> list[Any] | None:
    found = split_list(Input(data), "")
    if found is None:
        return None
    values = []
    for start, stop, text, value in found:
        assert data[start:stop].decode() == text
        values.append(value)
    return values


@settings(max_examples=80, deadline=None)
@given(
    st.lists(JSON, max_size=5),
    st.sampled_from([None, 1]),
    st.booleans(),
    st.integers(0, 400),
    st.sampled_from([b"", b"{", b"]", b",", b'"', b"\\", b"\xff", b"1", b"\n"]),
    st.sampled_from([1, 3, 16, 1000]),
)
@example([-1.5e10, "é"], None, False, 0, b"", 1)
@example([{"ü": [12]}, 7], 1, True, 30, b"", 3)
def test_a_list_in_parts_is_the_list_read_whole(
    values: list[Any], indent: int | None, is_ascii: bool, place: int, noise: bytes, chunk: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_CHUNK", chunk)
        data = json.dumps(values, indent=indent, ensure_ascii=is_ascii).encode()
        place = min(place, len(data))
        data = data[:place] + noise + data[place:]
        found, wanted = outcome(lambda: split(data)), outcome(lambda: whole(data))
    assert isinstance(found, str) == isinstance(wanted, str)
    if not isinstance(found, str):
        assert repr(found) == repr(wanted)


@pytest.mark.parametrize(
    ("data", "reason", "where"),
    [
        (b'[{"a": 1},\n {"a": 2}\n {"a": 3}]', "expected ','", "line 3 column 2"),
        (b'[1,\n "torn', "unterminated string", "line 2 column 2"),
        (b"[1,\n 2]\n]", "unexpected text after the end", "line 3 column 1"),
        (b"[1,\n", "expecting value", "line 2 column 1"),
        (b'[1, "\xff"]', "not valid UTF-8", "byte 6"),
        (b"[" * 200_000, "nested too deeply", "line 1 column 2"),
    ],
)
@pytest.mark.parametrize("chunk", [2, 1_000_000])
def test_a_fault_is_named_with_its_place(
    data: bytes, reason: str, where: str, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_CHUNK", chunk)
    with pytest.raises(InvalidSession) as error:
        list(split_list(Input(data), "all.json") or ())
    assert error.value.reason.startswith(reason)
    assert (error.value.where, error.value.source) == (where, "all.json")


def test_only_a_part_of_the_file_is_read_for_an_element() -> None:
    data = json.dumps([{"n": number, "text": "x" * 3000} for number in range(3000)]).encode()
    reads: list[tuple[int, int]] = []

    class Watched(Input):
        def read(self, start: int, stop: int) -> bytes:
            reads.append((start, stop))
            return super().read(start, stop)

    found = split_list(Watched(data), "")
    assert found is not None
    for element in found:
        assert reads[-1][1] - element.start <= 3 << 20
    assert sum(stop - start for start, stop in reads) < len(data) + 10


def test_lines_are_documents_with_their_places() -> None:
    data = b'{"a": 1}\r\n\n  [2] \n"\xc3\xbc"'
    found = list(split_lines(Input(data), "set"))
    assert [one.value for one in found] == [{"a": 1}, [2], "ü"]
    assert [data[one.start : one.stop].decode() for one in found] == [one.text for one in found]
    assert has_lines(Input(data))
    assert not has_lines(Input(b'{"a":\n 1}\n'))
    assert not has_lines(Input(b'\n{"a": 1}\n'))
    with pytest.raises(InvalidSession) as error:
        list(split_lines(Input(b"1\n\n{\n"), "set"))
    assert (error.value.source, error.value.where) == ("set#2", "line 1 column 2")
