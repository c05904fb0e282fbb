"""`operation.json`: only members of the declared types and ranges are decoded."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from porcelain.errors import CorruptOperation
from porcelain.model.operation import OperationData, decode_operation, encode_operation
from porcelain.model.stored_json import Misfit, decode, number, optional, record, text
from porcelain.model.view import FORMS
from porcelain.model.view_value import IMPORTS, WORKSPACES

ID = "a" * 40
ENCODED = json.loads(encode_operation(OperationData("new", "new it")))
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("member", "value", "reason"),
    [
        ("version", "1", "version: it is not a whole number"),
        ("version", True, "version: it is not a whole number"),
        ("kind", [1], "kind: it is not text"),
        ("description", None, "description: it is not text"),
        ("description", "\ud800", "description: it is not valid Unicode"),
        ("args", "abc", "args: it is not a list"),
        ("args", ["a", 1], r"args\[1\]: it is not text"),
        ("start", -1, "start: it is not a whole number"),
        ("start", 1.5, "start: it is not a whole number"),
        ("end", "x", "end: it is not a whole number"),
        ("end", 1 << 62, "end: it is not a whole number"),
        ("replica", {}, "replica: it is not text"),
        ("workspace", 3, "workspace: it is not text"),
        ("attributes", None, "attributes: it is not an object"),
        ("attributes", {"a": 1}, "attributes.a: it is not text"),
        ("parents", ["xyz"], r"parents\[0\]: it is not an id"),
        ("predecessors", {ID: ["b"]}, r"predecessors.a+\[0\]: it is not an id"),
        ("predecessors", {"b": []}, "predecessors key: it is not an id"),
        ("links", [], "links: it is not an object"),
    ],
)
def test_a_member_of_another_type_is_named(member: str, value: object, reason: str) -> None:
    with pytest.raises(CorruptOperation, match="Operation beef is corrupt") as caught:
        decode_operation(json.dumps(ENCODED | {member: value}).encode(), "beef")
    assert re.match(f"operation.json: {reason}", caught.value.reason)


@pytest.mark.parametrize("member", list(ENCODED))
def test_a_missing_member_is_named(member: str) -> None:
    rest = {name: value for name, value in ENCODED.items() if name != member}
    with pytest.raises(CorruptOperation, match=f"operation.json: {member}: it is missing"):
        decode_operation(json.dumps(rest).encode(), "beef")


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000, b"9" * 5000, b"null", b"[]"])
def test_what_is_no_object_is_refused(data: bytes) -> None:
    with pytest.raises(CorruptOperation, match=r"operation\.json: it is not"):
        decode_operation(data, "beef")


@given(st.dictionaries(st.sampled_from(list(ENCODED)), JSON, max_size=3))
def test_any_json_is_decoded_or_refused(members: dict[str, object]) -> None:
    data = json.dumps(ENCODED | members).encode()
    try:
        decoded = decode_operation(data, "beef")
    except CorruptOperation:
        return
    assert decode_operation(encode_operation(decoded), "beef") == decoded


@pytest.mark.parametrize(
    ("form", "value", "reason"),
    [
        (FORMS[WORKSPACES], {"commit": 5, "session": None}, "commit: it is not an id"),
        (FORMS[WORKSPACES], {"commit": None}, "session: it is missing"),
        (FORMS[WORKSPACES], "x", "it is not an object"),
        (
            FORMS[IMPORTS],
            {"rows": -1, "last": ID, "commit": ID, "session": "s"},
            "rows: it is not a",
        ),
        (
            FORMS[IMPORTS],
            {"rows": 1, "last": 2, "commit": ID, "session": "s"},
            "last: it is not text",
        ),
        (record({"a": record({"b": text})}), {"a": {"b": 1}}, "a.b: it is not text"),
        (record({"a": optional(number(1, 9))}), {"a": 0}, "a: it is not a whole number from 1"),
    ],
)
def test_a_value_of_another_form_is_named(form: Any, value: object, reason: str) -> None:
    with pytest.raises(Misfit, match=f"^{reason}"):
        decode(json.dumps(value), form)
