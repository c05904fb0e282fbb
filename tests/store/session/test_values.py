"""Sessions from plain lists of dicts; sessions and messages in other processes."""

from __future__ import annotations

import copy
import pickle
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

import store
from store.errors import InvalidSession
from store.session.message import Message
from store.session.session import Session
from tests.store.session_store.conversations import message, session, store_at, texts

CHAT: list[dict[str, Any]] = [
    {"role": "system", "content": "be brief"},
    {"role": "user", "content": [{"type": "text", "text": "name a colour"}]},
    {"role": "assistant", "content": None, "tool_calls": [{"id": "c1"}]},
    {"type": "function_call_output", "output": "blue"},
]


def test_a_list_of_dicts_is_a_session_and_comes_back(repo_path: Path) -> None:
    made = Session.of(CHAT, id="a", model="m", created_at="2026-01-05T10:00:00Z", fields={"k": 1})
    kept = store_at(repo_path)
    kept.save(made)
    kept.append("a", [{"role": "user", "content": "another"}])
    loaded = kept.load("a")
    assert [row.value for row in loaded.messages[:4]] == CHAT
    assert (loaded.format, loaded.message_count) == ("openai-chat", 4)
    assert (made.title, loaded.title) == ("name a colour", "another")
    assert (loaded.header["k"], loaded.created_at) == (1, "2026-01-05T10:00:00Z")
    assert kept.sessions()[0].model == "m"


def test_the_role_of_a_row_may_be_in_its_member_message() -> None:
    rows: list[dict[str, Any]] = [
        {"type": "user", "message": {"role": "user", "content": "name a shape"}},
        {"type": "x"},
    ]
    made = Session.of(rows, id="a", format="claude-code")
    assert (made.title, made.message_count) == ("name a shape", 1)


def test_other_formats_and_pawans_own() -> None:
    assert Session.of([{"a": 1}], id="x", format="claude-code").format == "claude-code"
    made = Session.of([message("hello")], id="x", format="pawan", fields={"notes": "n"})
    assert (made.format, made.title, made.header["notes"]) == ("pawan", "hello", "n")


def test_the_time_of_creation_has_a_default_and_is_checked() -> None:
    for made in (Session.new("a"), Session.of([], id="a")):
        assert made.created_at[:2] == "20"
        assert made.created_at.endswith("+00:00")
    for text in ("yesterday", "05.01.2026", "2026-1-5"):
        with pytest.raises(InvalidSession, match=r"created_at"):
            Session.of([], id="a", created_at=text)


@pytest.mark.parametrize("rows", ["text", {"role": "user"}, [1], ["text"], [None]])
def test_what_is_no_list_of_dicts_is_refused(rows: Any) -> None:
    with pytest.raises(InvalidSession):
        Session.of(rows, id="a")


def test_sessions_and_messages_are_pickled_with_what_they_hold(repo_path: Path) -> None:
    kept = store_at(repo_path)
    kept.save(session("a", "1", "2"))
    for whole in (kept.load("a"), session("a", "1"), Session.of(CHAT, id="a")):
        again = pickle.loads(pickle.dumps(whole))
        assert (again, again.name, again.to_bytes()) == (whole, whole.name, whole.to_bytes())
        assert copy.deepcopy(whole) is whole
    one = kept.load("a").messages[0]
    again = pickle.loads(pickle.dumps(one))
    assert (again, again.raw, again.rule) == (one, one.raw, one.rule)
    assert copy.deepcopy({"m": one})["m"] is one
    info = kept.sessions()[0]
    assert pickle.loads(pickle.dumps(info)) == info


def test_what_is_shown_in_a_shell(repo_path: Path) -> None:
    kept = store_at(repo_path)
    kept.save(session("a", "1"))
    kept.rename("a", "b")
    assert repr(kept) == f"SessionStore({str(repo_path)!r})"
    assert repr(kept.load("b")) == "Session('a' as 'b', 1 rows)"


def test_a_store_is_closed_by_its_block(repo_path: Path) -> None:
    with store_at(repo_path) as kept:
        kept.save(session("a", "1"))
        assert kept.sessions()
    with store.SessionStore.open(repo_path) as again:
        assert texts(again.load("a")) == ["1"]


def test_messages_are_read_one_after_the_other(repo_path: Path) -> None:
    kept = store_at(repo_path)
    kept.save(Session.of(({"n": number, "pad": "x" * 2000} for number in range(8000)), id="a"))
    reading = kept.iter_messages("a", 1)
    assert isinstance(next(reading), Message)
    tracemalloc.start()
    numbers = [row.value["n"] for row in reading if isinstance(row.value, dict)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert numbers == [*range(2, 8000)]
    assert peak < 10_000_000  # the rows are 16 MB, and as many again when parsed


def test_every_public_name_is_there() -> None:
    for name in store.__all__:
        assert getattr(store, name) is not None
