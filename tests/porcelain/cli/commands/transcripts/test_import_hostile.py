"""Mangled files are imported whole or not at all, and copies of one file in any order are one."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat
from tests.porcelain.transcript.test_corruption import FILES

NAMES = [name for name in FILES if name != "llm"]
PIECES = [
    b"",
    b'"',
    b"{",
    b"}",
    b"[",
    b",",
    b"\n",
    b"\0",
    b"\xff",
    b"\r\n",
    b'{"a":1}',
    b'"\\ud800"',
]


def check(box: Sandbox, name: str, start: int, length: int, piece: bytes) -> None:
    """Import a mangled file: it comes back as it is, or nothing was changed."""
    whole = FILES[name]
    at = start % (len(whole) + 1)
    data = whole[:at] + piece + whole[at + length :]
    path = box.file("mangled.jsonl", data)
    before = box.json("op log")
    done = box.run("import", str(path), "--format", name)
    assert done.code in (0, 1), done.both
    assert "Traceback" not in done.both
    if done.code:
        assert box.json("op log") == before
        return
    if "nothing to import" in done.both:
        return
    box.ok("undo")


def hostile(examples: int) -> settings:
    fixture = HealthCheck.function_scoped_fixture
    return settings(max_examples=examples, deadline=None, derandomize=True,
                    suppress_health_check=[fixture, HealthCheck.too_slow])  # fmt: skip


MANGLED = given(
    name=st.sampled_from(NAMES),
    start=st.integers(0, 4000),
    length=st.integers(0, 40),
    piece=st.sampled_from(PIECES),
)


@MANGLED
@hostile(12)
def test_a_mangled_file_is_imported_or_changes_nothing(
    box: Sandbox, name: str, start: int, length: int, piece: bytes
) -> None:
    box.run("init")
    check(box, name, start, length, piece)


@pytest.mark.soak
@MANGLED
@hostile(600)
def test_many_mangled_files_are_imported_or_change_nothing(
    box: Sandbox, name: str, start: int, length: int, piece: bytes
) -> None:
    box.run("init")
    check(box, name, start, length, piece)


ORDERS = [(1, 2, 3, 4, 5), (5, 4, 3, 2, 1), (3, 1, 5, 2, 4), (5, 1, 2, 3, 4)]


@pytest.mark.parametrize(
    "order",
    [*ORDERS, *(pytest.param(o, marks=pytest.mark.soak)
                for o in itertools.permutations(range(1, 6)) if o not in ORDERS)],
)  # fmt: skip
def test_a_growing_file_in_any_order_is_the_newest_one(
    box: Sandbox, order: tuple[int, ...]
) -> None:
    chat = Chat("11111111-2222-4333-8444-000000000001")
    box.ok("init")
    for number in range(1, 6):
        chat.turn(number)
        if number == 3:  # saved in the middle of a turn
            box.file("3.jsonl", chat.data().rpartition(b"\n")[0].rpartition(b"\n")[0] + b"\n")
        else:
            box.file(f"{number}.jsonl", chat.data())
    for number in order:
        box.ok(f"import {number}.jsonl")
    assert box.titles("heads(all())") == ["q5"]
    assert box.titles("all() ~ root()") == ["q5", "q4", "q3", "q2", "q1"]
    assert len(box.json("session list")) == 1
    box.ok("export --source 5.jsonl -o out")
    assert (box.folder / "out").read_bytes() == (box.folder / "5.jsonl").read_bytes()
