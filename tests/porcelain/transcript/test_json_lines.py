from __future__ import annotations

import pytest

from porcelain.transcript.json_lines import MAX_BYTES, check_size, objects
from store.errors import InvalidSession


def fault(data: bytes) -> InvalidSession:
    with pytest.raises(InvalidSession) as caught:
        objects(data, "chat.jsonl")
    assert caught.value.source == "chat.jsonl"
    return caught.value


def test_newlines_and_blank_lines_are_no_part_of_rows_and_are_counted() -> None:
    data = b'\n\r\n{"a":1}\r\n\n  \n{"b":2}\n{"c":3}'
    rows, separators, values = objects(data, "x")
    assert rows == (b'{"a":1}', b'{"b":2}', b'{"c":3}')
    assert values == [{"a": 1}, {"b": 2}, {"c": 3}]
    assert separators.join(rows) == data
    assert fault(data.replace(b'"b"', b'"b')).where.startswith("line 6 ")


@pytest.mark.parametrize(
    ("data", "where", "reason"),
    [
        (b'{"a":1}\n[1]\n', "line 2", "a list"),
        (b'{"a":1}\n7\n', "line 2", "a number"),
        (b"null\n", "line 1", "null"),
        (b'{"a":1}\n\n{"b":}\n', "line 3 column 6", "expecting value"),
        (b'{"a":1}{"b":2}\n', "line 1 column 8", "two rows on one line?"),
        (b'{"a":1,"a":2}\n', "line 1, $", "twice"),
        (b'{"a":{"b":[{"c":1,"c":2}]}}\n', "line 1, $.a.b[0]", "twice"),
        (b'{"a":NaN}\n', "line 1, $.a", "NaN"),
        (b'{"a":-Infinity}\n', "line 1, $.a", "Infinity"),
        (b'{"a":"\\ud83d"}\n', "line 1, $.a", "surrogate"),
        (b'{"a":"x"}\n{"a":"\xff"}\n', "line 2", "UTF-8"),
        (b'{"a":1}\nPK\x03\x04\0\0', "line 2", "binary"),
        (b'\xef\xbb\xbf{"a":1}\n', "byte 1", "byte order mark"),
        (b'\xff\xfe{\0"\0', "byte 1", "byte order mark"),
        (b"[" * 100_000, "line 1", "cut off"),
        (b'{"a":' + b"[" * 500 + b"]" * 500 + b"}\n", "line 1", "nested"),
    ],
)
def test_a_fault_is_named_with_its_line(data: bytes, where: str, reason: str) -> None:
    error = fault(data)
    assert error.where.startswith(where)
    assert reason in error.reason


@pytest.mark.parametrize("data", [b"", b"\n", b" \n\r\n\t"])
def test_an_empty_file_says_so(data: bytes) -> None:
    assert fault(data).reason == "the file is empty"


@pytest.mark.parametrize("tail", [b'{"b', b'{"b":2', b'{"b":"x', b'{"b":"\xc3', b"{"])
def test_a_torn_last_line_says_that_the_file_may_be_in_writing(tail: bytes) -> None:
    error = fault(b'{"a":1}\n' + tail)
    assert error.where.startswith("line 2")
    assert "writing" in error.reason


def test_a_broken_line_that_has_its_newline_is_not_taken_for_a_torn_one() -> None:
    assert "writing" not in fault(b'{"a":1}\n{"b\n').reason
    assert "writing" not in fault(b'{"a":1}\n{"b":1,"b":2}').reason


def test_a_file_of_500_megabytes_is_refused_by_its_size_alone() -> None:
    check_size(MAX_BYTES, "ok.jsonl")
    with pytest.raises(InvalidSession, match=r"big.jsonl: the file is 500 MiB; the limit is 256"):
        check_size(500 * 1024 * 1024, "big.jsonl")


def test_paired_surrogates_and_escaped_backslashes_are_fine() -> None:
    _, _, values = objects(b'{"a":"\\ud83d\\ude00","b":"\\\\ud83d"}\n', "x")
    assert values == [{"a": "\U0001f600", "b": "\\ud83d"}]
