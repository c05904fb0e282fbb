"""Reading files of JSON lines: every byte is kept, and whole rows are found anywhere."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from porcelain.transcript.formats import detect, read_transcript
from porcelain.transcript.json_lines import (
    Lines,
    read_lines,
    read_object,
)
from store.errors import InvalidSession
from tests.porcelain.transcript.claude_rows import Chat


def is_row(value: dict[str, object]) -> bool:
    return "id" in value


def read(data: bytes) -> Lines:
    """Read a file, and check that rows, separators and the torn row together equal it."""
    lines = read_lines(data, "chat.jsonl", is_row)
    assert lines.separators.join(lines.rows) + lines.torn == data
    assert len(lines.rows) == len(lines.values)
    assert all(row and b"\n" not in row for row in lines.rows)
    return lines


def test_newlines_and_blank_lines_are_no_part_of_rows_and_are_counted() -> None:
    data = b'\n\r\n{"a":1}\r\n\n  \n{"b":2}\n{"c":3}'
    lines = read(data)
    assert lines.rows == (b'{"a":1}', b'{"b":2}', b'{"c":3}')
    assert lines.values == ({"a": 1}, {"b": 2}, {"c": 3})
    assert lines.faults == ()
    (fault,) = read(data.replace(b'"b"', b'"b')).faults
    assert fault.line == 6


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"[1]", "a list"),
        (b"7", "a number"),
        (b"null", "null"),
        (b'{"b":}', "expecting value"),
        (b'{"a":"\xff"}', "UTF-8"),
        (b"PK\x03\x04\0\0", "expecting value"),
        (b"\0" * 40, "expecting value"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' + b"1" * 5_000 + b"}", "a number too long"),
    ],
)
def test_a_line_that_is_no_object_is_a_damaged_row(line: bytes, reason: str) -> None:
    lines = read(b'{"id":1}\n' + line + b'\n{"id":2}\n')
    assert lines.rows == (b'{"id":1}', line, b'{"id":2}')
    assert lines.values == ({"id": 1}, None, {"id": 2})
    (fault,) = lines.faults
    assert fault.line == 2
    assert reason in fault.reason


@pytest.mark.parametrize(
    ("line", "rows"),
    [
        (b'{"id":1}{"id":2}', [b'{"id":1}', b'{"id":2}']),
        (b'{"id":1} \t{"id":2}{"id":3}', [b'{"id":1}', b'{"id":2}', b'{"id":3}']),
        (b'{"id":1,"x":{"id":9}}{"id":2}', [b'{"id":1,"x":{"id":9}}', b'{"id":2}']),
    ],
)
def test_whole_rows_on_one_line_are_rows(line: bytes, rows: list[bytes]) -> None:
    lines = read(b'{"id":0}\n' + line + b'\n{"id":4}\n')
    assert [*lines.rows] == [b'{"id":0}', *rows, b'{"id":4}']
    assert lines.faults == ()


def test_the_rest_of_a_row_and_a_whole_one_behind_it_are_told_apart() -> None:
    cut = b'{"id":1,"message":{"role":"user","content":[{"type":"te'
    lines = read(b'{"id":0}\n' + cut + b'{"id":2}\n' + b"\0" * 9 + b'{"id":3}\n')
    assert lines.rows == (b'{"id":0}', cut, b'{"id":2}', b"\0" * 9, b'{"id":3}')
    assert [fault.line for fault in lines.faults] == [2, 3]


def test_an_object_inside_a_damaged_row_is_no_row() -> None:
    damaged = b'{"id":1,"message":{"role":"user"}, "x'
    lines = read(b'{"id":0}\n' + damaged + b"\n")
    assert lines.rows == (b'{"id":0}', damaged)


@pytest.mark.parametrize("tail", [b'{"b', b'{"b":2', b'{"b":"x', b'{"b":"\xc3', b"{", b"\0\0"])
def test_a_torn_last_row_is_no_row_yet(tail: bytes) -> None:
    lines = read(b'{"id":1}\n' + tail)
    assert (lines.rows, lines.torn) == ((b'{"id":1}',), tail)
    assert [fault.line for fault in lines.faults] == [2]
    whole = read(b'{"id":1}\n' + tail + b"\n")
    assert (whole.rows, whole.torn) == ((b'{"id":1}', tail), b"")


def test_a_row_is_torn_behind_a_whole_one_on_its_line_too() -> None:
    lines = read(b'{"id":1}{"id":2')
    assert (lines.rows, lines.torn) == ((b'{"id":1}',), b'{"id":2')


def test_a_byte_order_mark_is_damage_before_the_first_row() -> None:
    lines = read(b'\xef\xbb\xbf{"id":1}\n')
    assert lines.rows == (b"\xef\xbb\xbf", b'{"id":1}')
    assert lines.faults[0].reason == "begins with a byte order mark"
    with pytest.raises(InvalidSession, match="UTF-16"):
        read(b'\xff\xfe{\0"\0')


def test_half_a_surrogate_pair_reads_as_a_replacement_and_stays_in_the_bytes() -> None:
    raw = b'{"a":"cut \\ud83d","b":"\\ud83d\\ude00","c":"\\\\ud83d","\\udc00":[1]}'
    assert read_object(raw) == {"a": "cut \ufffd", "b": "\U0001f600", "c": "\\ud83d", "\ufffd": [1]}
    lines = read(raw + b"\n")
    assert lines.rows == (raw,)


def test_a_key_that_is_there_twice_is_no_damage() -> None:
    assert read_object(b'{"a":1,"a":2}') == {"a": 2}


PARTS = st.sampled_from(
    [b'{"id":1}', b'{"id":"\\ud800"}', b'{"x":{"id":1}}', b'{"id":', b"\0\0", b"\n", b"\r\n", b" ",
     b"\xff", b"}", b'"', b"[]", b"\xef\xbb\xbf"]
)  # fmt: skip


@given(st.lists(PARTS, max_size=12).map(b"".join))
def test_any_bytes_come_back(data: bytes) -> None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return
    lines = read(data)
    for row, value in zip(lines.rows, lines.values, strict=True):
        if value is not None:
            assert json.loads(row.decode()).keys()
    grown = read(data + b'\n{"id":7}\n')
    assert grown.rows[: len(lines.rows)] == lines.rows, "what was a row stays one"


def test_a_line_full_of_beginnings_of_objects_takes_no_time() -> None:
    lines = read(b'{"id":1}\n' + b'{"' * 300_000 + b"\n")
    assert len(lines.rows) == 2


def test_nul_bytes_before_the_only_row_do_not_hide_the_format() -> None:
    chat = Chat()
    chat.user("q1")
    data = bytes(64) + chat.data()

    assert detect(data, "chat.jsonl") == "claude-code"
    transcript = read_transcript(data, "chat.jsonl")
    assert [row.kind for row in transcript.rows] == ["damaged", "user"]
    assert transcript.to_bytes() == data
    chat.answer("r1")
    glued = bytes(64) + chat.data().replace(b"\n", b"") + b"\n"
    assert detect(glued, "chat.jsonl") == "claude-code"
