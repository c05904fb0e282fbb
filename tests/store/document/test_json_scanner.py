from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.document.json_scanner import MAX_DEPTH, parse, scan_document, write_value
from store.document.json_spacing import Style, compact, expand, guess_style
from store.errors import InvalidSession
from tests.harness.work import lines_run

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=20,
)


def fault(text: bytes | str) -> tuple[str, str]:
    with pytest.raises(InvalidSession) as caught:
        scan_document(text, "messages")
    return caught.value.where, caught.value.reason


@pytest.mark.parametrize(
    ("text", "where", "reason"),
    [
        (b'\xef\xbb\xbf{"a": 1}', "line 1 column 1", "byte order mark"),
        (b'{"a": "\xff"}', "byte 7", "UTF-8"),
        ('{"a": "\ud83d"}', "line 1 column 8", "surrogate"),
        (r'{"a": {"b": ["\ud83d"]}}', "$.a.b[0]", "surrogate"),
        (r'{"messages": [{}, {"\udc00": 1}]}', "$.messages[1]", "surrogate"),
        ('{"a": [1, NaN]}', "$.a[1]", "NaN"),
        ('{"a": -Infinity}', "$.a", "-Infinity"),
        ('{"a": 1, "a": 2}', "$.a", "twice"),
        (r'{"a": 1, "\u0061": 2}', "$.a", "twice"),
        ('{"messages": [{"x": {"y y": {"k": 1, "k": 1}}}]}', '$.messages[0].x["y y"]', "twice"),
        ('{"a": 1} x', "line 1 column 10", "after the end"),
        ('{"a": 1,}', "line 1 column 9", "double quotes"),
        ('{"a" 1}', "line 1 column 6", "':'"),
        ('{"a": 1 "b": 2}', "line 1 column 9", "','"),
        ('{\n"messages": [1,\n2', "line 3 column 2", "ends in the middle"),
        ('{"messages": [1 2]}', "line 1 column 17", "']'"),
        ("", "line 1 column 1", "empty"),
        (" \n", "line 2 column 1", "empty"),
        ("[1]", "$", "must be an object"),
        ("[1", "line 1 column 3", ""),
        ('{"a": 01}', "line 1 column 8", "','"),
        ("{\"a\": '1'}", "line 1 column 7", "expecting value"),
        ('{"a": "tab\there"}', "line 1 column 11", "control character"),
    ],
)
def test_bad_json_is_refused_with_its_place(text: bytes | str, where: str, reason: str) -> None:
    found = fault(text)
    assert found[0] == where
    assert reason in found[1]


def test_a_key_may_be_there_again_in_another_object() -> None:
    assert parse('{"a": {"a": 1}, "b": {"a": 2}}') == {"a": {"a": 1}, "b": {"a": 2}}


def test_an_escaped_pair_of_surrogates_is_fine() -> None:
    assert parse(r'{"a": "\ud83d\ude00", "b": "\\ud83d"}') == {"a": "\U0001f600", "b": r"\ud83d"}


def test_nesting_is_limited_at_a_fixed_depth_and_never_overflows() -> None:
    def nested(levels: int) -> str:
        return '{"messages": [' + "[" * (levels - 2) + "]" * (levels - 2) + "]}"

    scan_document(nested(MAX_DEPTH), "messages")
    assert fault(nested(MAX_DEPTH + 1)) == ("$.messages[0]", "nested deeper than 127 levels")
    assert "nested deeper" in fault(nested(100_000))[1]
    assert "nested deeper" in fault('{"a":' * 100_000)[1]


def test_a_number_of_any_length_is_read() -> None:
    document = scan_document('{"a": ' + "9" * 10_000 + "}")
    assert document.members[0].source == "9" * 10_000


def test_slices_put_together_are_the_text() -> None:
    text = ' {\t"a" :[ 1.50 ], "messages":[ {"x":1e5} ,\n {} ] \n,"b":{ }}\r\n'
    document = scan_document(text, "messages")
    assert document.elements is not None
    array = "".join(e.before + e.source for e in document.elements) + document.inner
    members = "".join(
        m.before + m.token + m.colon + (f"[{array}]" if m.key == "messages" else m.source)
        for m in document.members
    )
    assert document.start + "{" + members + document.close + "}" + document.end == text
    assert [e.source for e in document.elements] == ['{"x":1e5}', "{}"]


def test_compacting_touches_nothing_but_space_between_tokens() -> None:
    source = '{ "a b" : [ 1.50 , -0 , 1E+5 , "x \\" y\\\\" ] ,\r\n\t"c":{ } , "d": " [ ] " }'
    wanted = '{"a b":[1.50,-0,1E+5,"x \\" y\\\\"],"c":{},"d":" [ ] "}'
    assert compact(source) == wanted
    assert compact(wanted) == wanted


@given(VALUES, st.sampled_from([0, 1, 2, 3, 4, "\t", "      "]), st.booleans())
def test_expanding_writes_what_json_dumps_writes(
    value: object, indent: int | str, escape: bool
) -> None:
    text = " " * indent if isinstance(indent, int) else indent
    small = json.dumps(value, separators=(",", ":"), ensure_ascii=escape)
    assert expand(small, Style(text), 0) == json.dumps(value, indent=indent, ensure_ascii=escape)
    assert expand(small, Style(None, ", ", ": "), 0) == json.dumps(value, ensure_ascii=escape)
    assert compact(expand(small, Style(text), 3)) == small


@pytest.mark.parametrize(
    "style",
    [
        Style(),
        Style(None, ",", ":"),
        Style(None, ", ", ": ", end="\n"),
        Style("\t", end="\n"),
        Style("", ",", ":"),
        Style("    ", ", ", ": "),
        Style("  ", ",", ": ", "\r\n", "\r\n"),
        Style("  ", ",", " : "),
    ],
)
def test_the_style_of_a_file_is_recognised(style: Style) -> None:
    text = expand('{"id":"x","n":[1,{"k":[]}]}', style, 0) + style.end
    assert guess_style(scan_document(text)) == style


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, b"raw", "\ud83d", {"k": ["\udc00"]}])
def test_what_json_has_no_form_for_is_not_written(value: object) -> None:
    with pytest.raises(InvalidSession, match="not a JSON value"):
        write_value(value)


def test_twice_the_document_is_twice_the_work_to_cut() -> None:
    row = {"role": "user", "content": "word " * 40, "tool_calls": [], "extra": [1, {"a": None}]}

    def cut(count: int) -> None:
        text = json.dumps({"id": "x", "messages": [row] * count}, indent=2)
        document = scan_document(text, "messages")
        assert document.elements is not None
        style = guess_style(document)
        assert all(expand(compact(e.source), style, 2) == e.source for e in document.elements)

    cut(20_000)
    once, twice = lines_run(lambda: cut(500)), lines_run(lambda: cut(1_000))
    assert once < twice < 2.1 * once
