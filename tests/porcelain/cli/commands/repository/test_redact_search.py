"""`wj redact` and the full-text index: no word of what was redacted stays in its file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

import porcelain
from porcelain.index.text.find import TextSearch, Wanted
from porcelain.index.text.question import Words
from tests.porcelain.cli.sandbox import Sandbox

SECRET = "xylophone77"


def index_files(box: Sandbox) -> dict[str, bytes]:
    """Return the index and the full-text index, with their journals."""
    return {path.name: path.read_bytes() for path in box.repo.glob("store-index*")}


def holding(box: Sandbox) -> list[str]:
    return [name for name, data in index_files(box).items() if SECRET.encode() in data]


@pytest.fixture
def reader(box: Sandbox) -> Iterator[sqlite3.Connection]:
    """A conversation with a secret, indexed, and a connection that keeps the journal alive."""
    box.ok("init")
    box.ok(f"append -m 'the key is {SECRET}, the Key' --session demo")
    box.ok("append -m 'and a word after it'")
    assert len(box.json(f"search {SECRET}")) == 1
    with closing(sqlite3.connect(box.repo / "store-index.text")) as connection:
        connection.execute("SELECT * FROM texts").fetchall()
        yield connection


@pytest.mark.parametrize("more", ["", " --purge --yes"])
def test_no_file_of_the_index_has_a_redacted_word(
    box: Sandbox, reader: sqlite3.Connection, more: str
) -> None:
    assert any(name.startswith("store-index.text") for name in holding(box))
    box.ok("append -m 'something new'")
    box.ok("search new")

    box.ok(f"redact {SECRET}{more}")

    assert not any(name.startswith("store-index.text") for name in holding(box))
    assert box.json(f"search {SECRET}") == []
    assert len(box.json("search key")) == 1
    assert len(box.json("search redacted")) == 1
    assert not any(name.startswith("store-index.text") for name in holding(box))
    assert reader.execute("SELECT count(*) FROM texts").fetchone() == (3,)
    if more:  # without a purge the index has the titles of hidden versions
        assert holding(box) == []


def test_what_an_undo_brings_back_is_found_again(box: Sandbox, reader: sqlite3.Connection) -> None:
    box.ok(f"redact {SECRET}")
    assert box.json(f"search {SECRET}") == []
    box.ok("undo")
    assert len(box.json(f"search {SECRET}")) == 1


def test_a_search_that_fills_the_index_meanwhile_leaves_no_word(
    box: Sandbox, reader: sqlite3.Connection
) -> None:
    box.ok("append -m 'not indexed yet'")
    repo = porcelain.open(str(box.repo))

    def redact(done: int, count: int) -> None:
        box.ok(f"redact {SECRET}")

    with closing(TextSearch(repo.index, redact)) as search:
        list(search.find(Wanted(Words("indexed"))))

    assert not any(name.startswith("store-index.text") for name in holding(box))
    assert len(box.json("search indexed")) == 1
    assert not any(name.startswith("store-index.text") for name in holding(box))
