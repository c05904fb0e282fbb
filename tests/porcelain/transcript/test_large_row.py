"""Very large rows: read without their long texts, told apart by any difference."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from porcelain.transcript import json_lines, large_row
from porcelain.transcript.json_lines import read_lines, read_object
from porcelain.transcript.large_row import shorten
from store.errors import InvalidSession

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)
OBJECTS = st.dictionaries(st.text(max_size=5), JSON, max_size=5)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Treat texts, rows and versions of a few bytes as large."""
    monkeypatch.setattr(large_row, "_LONG_STRING", 20)
    monkeypatch.setattr(large_row, "_KEPT_OF_STRING", 8)
    monkeypatch.setattr(large_row, "_SHORT_VERSION", 1000)
    monkeypatch.setattr(json_lines, "LARGE", 10)


@contextmanager
def short_version_of(size: int) -> Iterator[None]:
    """Allow short versions of so many bytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(large_row, "_SHORT_VERSION", size)
        yield


def encoded(value: object, *, ascii_only: bool = True) -> bytes:
    return json.dumps(value, ensure_ascii=ascii_only).encode()


@given(OBJECTS, OBJECTS, st.booleans())
def test_a_row_without_long_texts_is_its_own_short_version(
    value: object, behind: object, ascii_only: bool
) -> None:
    raw = encoded(value, ascii_only=ascii_only)
    assert shorten(raw + encoded(behind)) == (raw, len(raw))
    assert shorten(b"12 " + raw, 3) == (raw, len(raw) + 3)


@pytest.mark.usefixtures("tiny")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(OBJECTS, st.booleans())
def test_a_short_version_is_json_wherever_the_row_is(value: object, ascii_only: bool) -> None:
    raw = encoded(value, ascii_only=ascii_only)
    with short_version_of(3000):
        short, stop = shorten(raw)
    assert stop == len(raw)
    assert isinstance(json.loads(short), dict)


@pytest.mark.usefixtures("tiny")
def test_long_texts_are_cut_and_any_difference_stays_one() -> None:
    text = "é" * 300 + '"\\\n' * 40
    row = {"type": "user", "message": {"role": "user", "content": [{"text": text}]}, "uuid": "u"}
    raw = encoded(row)
    value = read_object(raw)
    assert (value["type"], value["uuid"], value["message"]["role"]) == ("user", "u", "user")
    said = value["message"]["content"][0]["text"]
    assert said.startswith("é [")
    for place in (raw.find(b"\\u00e9") + 900, raw.rfind(b"\\n")):
        other = raw[:place] + b"x" + raw[place + 1 :]
        try:
            assert read_object(other) != value
        except InvalidSession:
            continue


@pytest.mark.usefixtures("tiny")
def test_very_many_elements_are_left_out_and_what_is_beside_them_stays() -> None:
    row = {"type": "user", "files": {"list": list(range(1000))}, "uuid": "u", "z": {"a": [1]}}
    value = read_object(encoded(row))
    assert (value["type"], value["uuid"], value["z"]) == ("user", "u", {"a": [1]})
    row["files"] = {"list": [*range(999), 7]}
    assert read_object(encoded(row)) != value
    many = {"type": "x", "names": {str(n): n for n in range(1000)}, "uuid": "u"}
    assert read_object(encoded(many))["uuid"] == "u"


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'{"a":"aaaaaaaaaaaaaaaaaaaaa', "invalid string"),
        (b'{"a":"aaaaaaaaaaaaaaaaaaaaa"', "it does not end"),
        (b'{"a":["aaaaaaaaaaaaaaaaaaa"}', "a bracket does not fit"),
        (b'{"a":"aaaaaaaa\naaaaaaaaaaaaa"}', "invalid string"),
        (b'{"a":"aaaaaaaa\\xaaaaaaaaaaaaa"}', "invalid string"),
        (b'{"a":"aaaaaaaaaaaaaa\xffaaaaaaaa"}', "not valid UTF-8"),
        (b'{"a":1 2,"b":"aaaaaaaaaaaaaaaaa"}', "delimiter"),
        (b'["aaaaaaaaaaaaaaaaaaaaaaaaa"]', "must be an object"),
        (b'{"a":' + b"[" * 600 + b"]" * 600 + b"}", "nested too deeply"),
        (b'{"a":"aaaaaaaaaaaaaaaaaaaaa"}x', "extra data"),
        (b"{" + b'"a":1,' * 500 + b'"b":1}', "too many members"),
    ],
)
def test_a_large_row_that_is_no_object_is_refused_with_its_place(raw: bytes, reason: str) -> None:
    with pytest.raises(InvalidSession, match=reason) as caught:
        read_object(raw)
    assert caught.value.where


@pytest.mark.usefixtures("tiny")
def test_glued_and_spliced_large_rows_are_told_apart() -> None:
    one, two = (encoded({"id": n, "text": "a" * 50}) for n in (1, 2))
    damaged = b"x" * 30 + b'"}'
    data = b"\n".join(
        [one + two, one + b" \t" + two, damaged + two, two + damaged, b"\0" * 30, b""]
    )
    lines = read_lines(data, "x", lambda value: "id" in value)

    assert lines.rows == (one, two, one, two, damaged, two, two, damaged, b"\0" * 30)
    assert lines.separators.join(lines.rows) == data
    assert [value and value["id"] for value in lines.values] == [1, 2, 1, 2, None, 2, 2, None, None]
    assert [fault.line for fault in lines.faults] == [3, 4, 5]
