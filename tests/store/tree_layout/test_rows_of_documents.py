"""Rows that are parts of a document: the text around them is kept, and so are their lines."""

from __future__ import annotations

import pytest

from store.document.separators import LINES, Separators, measure_elements
from store.errors import InvalidSession
from store.session.session import Session
from store.tree_layout.layout import append_messages, read_session, write_session
from tests.harness.memory import Memory

ROWS = (b'{\n  "a": 1\n}', b'{"a": 2}', b'{\n  "a":\t3}')
AROUND = measure_elements(['{"x": [\n', ",\n ", ",  ", '\n], "title": "t"}\n'], ",\n ")


def session(rows: tuple[bytes, ...] = ROWS, around: Separators = AROUND) -> Session:
    return Session.from_lines(rows, id="s", format="other", separators=around)


def test_the_document_comes_back_from_a_repository() -> None:
    whole = session()
    data = b'{"x": [\n' + ROWS[0] + b",\n " + ROWS[1] + b",  " + ROWS[2] + b'\n], "title": "t"}\n'
    assert whole.to_bytes() == data
    memory = Memory()
    tree = write_session(memory, whole, "native")
    longer = append_messages(memory, tree, [b'{\n"a": 4}'])
    assert read_session(memory, tree).to_bytes() == data
    assert read_session(memory, tree) == whole
    added = data.replace(ROWS[2], ROWS[2] + b',\n {\n"a": 4}')
    assert read_session(memory, longer).to_bytes() == added


def test_a_part_of_it_is_a_document_too() -> None:
    cut = session().with_messages(session().messages[:1])
    assert cut.to_bytes() == b'{"x": [\n' + ROWS[0] + b'\n], "title": "t"}\n'


def test_between_lines_such_a_row_becomes_one_line() -> None:
    lines = session((b'{"a":0}',), LINES)
    moved = lines.appended(session().messages)
    assert moved.to_bytes() == b'{"a":0}\n{"a":1}\n{"a": 2}\n{"a":3}\n'
    with pytest.raises(InvalidSession, match="one line of text"):
        lines.appended([b"{\n"])


def test_a_line_becomes_a_part_of_a_document_as_it_is() -> None:
    lines = session((b'{"a":0}',), LINES)
    assert session().appended(lines.messages).to_bytes().count(b'{"a":0}') == 1
