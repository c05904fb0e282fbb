from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from store.document.headline import commit_message
from store.document.separators import split_lines
from store.errors import InvalidSession
from store.session.message import Message
from store.session.session import Session
from tests.harness.places import needs_real_files, real_files
from tests.store.session.pawan_values import document, message, pretty, without

PAWAN_FILES = real_files("pawan/*.json")
CLAUDE_FILES = real_files("claude_code/**/*.jsonl")


def test_a_session_shows_what_its_document_says() -> None:
    session = Session.from_json(pretty(document()))
    assert (session.id, session.session_id, session.name) == ("3f9c1a7e", "3f9c1a7e", "3f9c1a7e")
    assert (session.model, session.format, session.origin) == ("m", "pawan", None)
    assert (session.rows, session.message_count, session.title) == (3, 3, "Hello")
    assert [m.role for m in session.messages] == ["user", "assistant", "tool"]
    assert session.messages[0].text == "Hello"
    assert session.messages[2].value == document()["messages"][2]
    assert "messages" not in session.header
    assert session.header["total_tokens"] == 24
    assert list(session.header) == list(without(document(), "messages"))


@needs_real_files
@pytest.mark.parametrize("path", PAWAN_FILES, ids=lambda path: path.name)
def test_every_pawan_file_comes_back_byte_for_byte(path: Path) -> None:
    session = Session.from_json(path.read_bytes())
    assert session.to_json() == session.to_bytes() == path.read_bytes()
    assert not any(m.verbatim for m in session.messages)


@needs_real_files
@pytest.mark.parametrize("path", CLAUDE_FILES, ids=lambda path: path.name)
def test_every_claude_file_comes_back_byte_for_byte(path: Path) -> None:
    rows, separators = split_lines(path.read_bytes())
    session = Session.from_lines(rows, id="x", format="claude-code", separators=separators)
    assert session.to_bytes() == path.read_bytes()
    assert [json.loads(row) for row in rows] == json.loads(session.to_json())["messages"]


ODD = [
    '{"id" :"x","model":"m",\n"created_at":"","updated_at":"",  "messages":[ ], "a":[ 1 ]}',
    ' {\n"id":"x","model":"m","created_at":"","updated_at":"","messages":[\n]\n}\n\n',
    pretty(document()).replace('"role": "user"', '"role":"user"'),
    pretty(document()).replace('"messages": [\n', '"messages": [ \n'),
    pretty(document(tags=["a", "b"])).replace(
        '"tags": [\n    "a",\n    "b"\n  ]', '"tags": ["a","b"]'
    ),
    pretty(document(wajutsu=1, wajutsu_={"title": "x"}, wajutsu__=2)),
    pretty(document()).replace('"id"', r'"\u0069d"').replace("Hello", r"H\u0065llo\/"),
    pretty(document(cost=1.5)).replace("1.5", "1.50e+00"),
]


@pytest.mark.parametrize("text", ODD)
def test_odd_spacing_and_spelling_come_back(text: str) -> None:
    assert Session.from_json(text).to_json() == text.encode()


@pytest.mark.parametrize("text", ODD)
def test_an_edit_of_an_odd_document_leaves_the_rest_alone(text: str) -> None:
    session = Session.from_json(text)
    edited = session.with_header(model="other").to_json().decode()
    assert edited == text.replace('"m"', '"other"')
    longer = session.appended([message(content="new")])
    again = Session.from_json(longer.to_json())
    assert [m.value for m in again.messages] == [
        *(m.value for m in session.messages),
        message(content="new"),
    ]
    assert longer.with_messages(session.messages).header == session.header


def test_only_the_edited_fields_change() -> None:
    text = pretty(document())
    session = Session.from_json(text)
    edited = session.with_header(updated_at="later", labels=[{"name": "x"}], extra={"k": 1})
    assert edited.to_json().decode() == pretty(
        document(updated_at="later", labels=[{"name": "x"}], extra={"k": 1})
    )
    assert session.to_json().decode() == text
    assert session.with_header(model="m", total_tokens=24).to_json().decode() == text
    shorter = session.with_header(remove=["id2", "tags", "labels"])
    assert shorter.to_json().decode() == pretty(without(document(), "tags", "labels"))


def test_a_number_that_is_spelt_oddly_stays_so_when_its_value_is_set_again() -> None:
    text = pretty(document(cost=1.5)).replace("1.5", "1.50")
    session = Session.from_json(text)
    assert session.with_header(cost=1.5).to_json().decode() == text
    assert (
        '"cost": 1.5\n'
        in session.with_header(cost=1.5, id="y")
        .with_header(cost=2)
        .with_header(cost=1.5)
        .to_json()
        .decode()
    )


def test_the_first_member_of_an_oddly_spaced_document_can_be_removed() -> None:
    text = '{ "x" : 1 , "id":"i","model":"m","created_at":"","updated_at":"","messages":[]}'
    session = Session.from_json(text).with_header(remove=["x"])
    assert json.loads(session.to_json()) == without(json.loads(text), "x")


@pytest.mark.parametrize(
    "edit",
    [
        lambda s: s.with_header(id=3),
        lambda s: s.with_header(remove=["model"]),
        lambda s: s.with_header(notes=float("nan")),
        lambda s: s.with_header(messages=[]),
        lambda s: s.with_header(format="x"),
        lambda s: s.appended([message(role="User")]),
        lambda s: s.appended([b'{"role": "user", "content": "x"} trailing']),
        lambda s: s.appended([b'{"role": "user", "role": "user", "content": "x"}']),
        lambda s: s.with_messages([message(tool_calls=None)]),
    ],
)
def test_an_edit_that_breaks_the_rules_is_refused(edit: Callable[[Session], Session]) -> None:
    session = Session.from_json(pretty(document()))
    with pytest.raises(InvalidSession):
        edit(session)


def test_an_appended_message_is_refused_with_its_number() -> None:
    session = Session.from_json(pretty(document()))
    with pytest.raises(InvalidSession) as caught:
        session.appended([message(), message(content=None)])
    assert caught.value.where == "$.messages[4].content"


def test_names_follow_ids_until_a_session_is_loaded() -> None:
    session = Session.from_json(pretty(document()))
    loaded = session.with_name("work/a")
    assert (loaded.name, loaded.id, loaded.origin) == ("work/a", "3f9c1a7e", "work/a")
    assert loaded.with_header(model="n").name == "work/a"
    assert loaded == session
    fork = loaded.with_id("try-b")
    assert (fork.name, fork.id, fork.origin) == ("try-b", "try-b", None)
    assert fork != session


def test_a_new_session_is_what_pawan_would_write() -> None:
    messages = document()["messages"]
    session = Session.new(
        "3f9c1a7e",
        model="m",
        messages=messages,
        created_at="2026-06-14T10:01:13+00:00",
        updated_at="2026-06-14T10:02:00+00:00",
    )
    assert session.to_json().decode() == pretty(document(total_tokens=0))
    assert session == Session.from_json(session.to_json())


def test_messages_can_be_given_as_values_bytes_or_messages() -> None:
    raw = b'{ "role": "user",\n "content": "Hi", "tool_calls": [] }'
    session = Session.from_json(pretty(document(messages=[])))
    made = [session.appended([item]) for item in (message(), raw, Message(raw))]
    assert made[0] == made[1] == made[2]
    assert made[0].messages[0].raw == b'{"role":"user","content":"Hi","tool_calls":[]}'


def test_the_style_of_the_document_is_kept_for_new_messages() -> None:
    styles: list[dict[str, Any]] = [{"indent": 4}, {"indent": "\t"}, {}, {"separators": (",", ":")}]
    for options in styles:
        text = json.dumps(document(), **options) + "\n"
        longer = Session.from_json(text).appended([message()])
        wanted = document(messages=[*document()["messages"], message()])
        assert longer.to_json().decode() == json.dumps(wanted, **options) + "\n"


def test_equal_messages_are_equal_bytes_whatever_their_files_look_like() -> None:
    sessions = [Session.from_json(text) for text in (pretty(document()), json.dumps(document()))]
    assert list(sessions[0].messages) == list(sessions[1].messages)
    assert sessions[0] != sessions[1]
    moved = sessions[1].with_messages(sessions[0].messages)
    assert moved == sessions[1]


def test_a_message_moved_from_an_odd_file_becomes_compact_where_the_style_allows() -> None:
    odd = json.dumps(document()).replace(
        json.dumps(message(content="Hello")),
        pretty(message(content="Hello")).replace("\n", "\n    "),
    )
    source = Session.from_json(odd)
    assert source.messages[0].verbatim
    target = Session.from_json(pretty(document(messages=[]))).with_messages(source.messages)
    assert target == Session.from_json(pretty(document()))


def test_title_and_prompt_come_from_the_last_user_message() -> None:
    session = Session.from_json(pretty(document(messages=[])))
    assert (session.title, session.prompt) == ("", "")
    longer = session.appended([message(content="\n  Fix\tthe\x1b[31m bug\u202e \nDetails follow")])
    assert longer.title == "Fix the[31m bug"
    assert longer.prompt == "Fix the[31m bug Details follow"
    more = longer.appended([message(role="assistant", content="ok")])
    assert more.title == longer.title
    assert more.with_messages(more.messages[:0]).title == ""
    assert Session.from_json(more.to_json()).title == longer.title


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [
        ("Hello", "[id] Hello"),
        ("a\nb\r\nc\0d\u2028e", "[id] a b cd e"),
        ("x" * 100, "[id] " + "x" * 80),
        ("y" * 79 + " z", "[id] " + "y" * 79),
        ("\u200b\ud83d", "[id] (no prompt)"),
        ("", "[id] (no prompt)"),
        (None, "[id] (no prompt)"),
    ],
)
def test_a_commit_message_is_one_safe_line(prompt: str | None, wanted: str) -> None:
    assert commit_message("id", prompt) == wanted


def test_the_prompt_of_a_session_makes_the_message_that_its_text_makes() -> None:
    for text in ("a\nb", "word " * 40, "z" * 300, " \n x"):
        session = Session.from_json(pretty(document(messages=[message(content=text)])))
        assert commit_message("i", session.prompt) == commit_message("i", text)


def test_rows_of_other_formats_are_opaque_lines() -> None:
    rows = [b'{"type":"user", "n":1.50}', b"not json at all", b'{"a":1,"a":2}']
    session = Session.from_lines(
        rows, id="c", format="claude-code", model="opus", title="T", message_count=2
    )
    assert session.to_bytes() == b"".join(row + b"\n" for row in rows)
    assert (session.rows, session.message_count, session.title) == (3, 2, "T")
    assert (session.format, session.model) == ("claude-code", "opus")
    with pytest.raises(InvalidSession, match="not JSON") as caught:
        session.to_json()
    assert caught.value.where == "$.messages[1]"
    grown = session.appended([b'{"type":"x"}'], title="U", message_count=3)
    assert (grown.rows, grown.message_count, grown.title) == (4, 3, "U")
    assert session.appended([b"x"]).message_count == 3


@pytest.mark.parametrize("row", [b"a\nb", b"", b" \r"])
def test_a_row_that_is_no_line_is_refused(row: bytes) -> None:
    with pytest.raises(InvalidSession, match="one line"):
        Session.from_lines([b"{}", row], id="c", format="claude-code")


def test_a_document_of_another_format_is_kept_but_not_judged() -> None:
    text = pretty({"id": "x", "format": "openai", "messages": [{"role": "developer"}, {"z": 1}]})
    session = Session.from_json(text)
    assert session.to_json() == session.to_bytes() == text.encode()
    assert (session.format, session.rows, session.message_count) == ("openai", 2, 0)
    with pytest.raises(InvalidSession):
        Session.from_json(text.replace('"x"', "1"))


def test_two_formats_in_one_conversation_are_runs() -> None:
    session = Session.from_json(pretty(document()))
    mixed = session.appended([{"uuid": "1"}, {"uuid": "2"}], format="claude-code")
    assert mixed.format == (("pawan", 3), ("claude-code", 2))
    assert mixed.header["format"] == [["pawan", 3], ["claude-code", 2]]
    assert Session.from_json(mixed.to_json()).format == mixed.format
    assert mixed.with_messages(mixed.messages[:4]).format == (("pawan", 3), ("claude-code", 1))
    assert mixed.with_messages(mixed.messages[:3]).format == "pawan"
    assert mixed.appended([{"any": 1}]).format == (("pawan", 3), ("claude-code", 3))
    with pytest.raises(InvalidSession):
        mixed.appended([{"any": 1}], format="pawan")
    wrong = json.loads(mixed.to_json()) | {"format": [["pawan", 3], ["claude-code", 1]]}
    with pytest.raises(InvalidSession) as caught:
        Session.from_json(json.dumps(wrong))
    assert caught.value.where == "$.format"
