"""Members of a row change, and every other byte stays."""

from __future__ import annotations

import json

import pytest

from porcelain.exchange.resume.row_members import with_members


@pytest.mark.parametrize(
    ("row", "changed"),
    [
        (b'{"a":1,"b":2}', b'{"a":"x","b":2}'),
        (b' { "b" : 1e21 , "a" : [ 1 ] } ', b' { "b" : 1e21 , "a" : "x" } '),
        (b'{"b":2}', b'{"b":2,"a":"x"}'),
        (b"{}", b'{"a":"x"}'),
        (b'{"a":1,"a":2}', b'{"a":"x","a":"x"}'),
        (b'{"b":"\\ud83d","a":null}', b'{"b":"\\ud83d","a":"x"}'),
        ('{"é":{"a":1},"a":0}'.encode(), '{"é":{"a":1},"a":"x"}'.encode()),
    ],
)
def test_a_member_is_replaced_or_added(row: bytes, changed: bytes) -> None:
    assert with_members(row, {"a": "x"}) == changed
    assert json.loads(changed)["a"] == "x"


def test_half_of_a_surrogate_pair_is_written_as_an_escape() -> None:
    assert with_members(b'{"a":1}', {"a": "\ud83d"}) == b'{"a":"\\ud83d"}'
