from __future__ import annotations

import json
import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from porcelain.transcript import pawan
from porcelain.transcript.claude import claude_code
from porcelain.transcript.format_table import FORMATS, format_named
from porcelain.transcript.formats import read_transcript, row_keys
from porcelain.transcript.row import Row
from tests.harness.places import needs_real_files, real_files
from tests.porcelain.transcript.claude_rows import Chat

OLD = "11111111-2222-4333-8444-555555555555"
NEW = "aaaaaaaa-2222-4333-8444-555555555555"
FILES = real_files("**/claude_code/**/*.jsonl", "pawan/*.json")

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = (
    "sessionId session_id uuid parentUuid timestamp forkedFrom promptId slug leafUuid messageId "
    "agentId type message content logicalParentUuid"
)
names = st.sampled_from(MEMBERS.split())
ids = st.sampled_from([OLD, "é", "r1", 'say "id"', "\ud83d"])
objects = st.dictionaries(names | st.text(max_size=4), ids | values, max_size=9)
spaces = st.sampled_from(["", " ", "\t"])


def text_of(value: dict[str, Any], space: str, *, ascii_only: bool) -> bytes:
    """Return a row as an agent with other habits of writing JSON may write it."""
    text = json.dumps(value, ensure_ascii=ascii_only, separators=(f"{space},", f":{space}"))
    return text.encode("utf-8", "replace")


def keys_of(chat: Chat) -> list[bytes]:
    return [row.key for row in claude_code.parse(chat.data(), "x.jsonl").rows]


def chat_of(texts: Sequence[str], session: str = OLD) -> Chat:
    chat = Chat(session)
    chat.side("mode", mode="normal", sessionId=session)
    for number, text in enumerate(texts):
        chat.user(text, f"{session[0]}u{number}")
        chat.answer(f"answer {text}", f"{session[0]}a{number}")
        chat.side("last-prompt", lastPrompt=text, leafUuid=chat.last, sessionId=session)
    return chat


def sdk_fork(chat: Chat) -> Chat:
    """Copy a conversation as the agent's SDK does: new row ids, and links to the old ones."""
    fork = Chat(NEW)
    new: dict[str, str] = {}
    for row in chat.rows:
        if "uuid" not in row:
            continue
        new[row["uuid"]] = f"new-{row['uuid']}"
        fork.rows.append(
            {key: item for key, item in row.items() if key not in ("slug", "promptId")}
            | {"uuid": new[row["uuid"]], "parentUuid": new.get(row["parentUuid"] or "")}
            | {"sessionId": NEW, "logicalParentUuid": None, "timestamp": "2026-11-30T10:00:00.000Z"}
            | {"forkedFrom": {"sessionId": chat.session, "messageUuid": row["uuid"]}}
        )
    return fork


@given(objects, spaces, st.booleans())
def test_a_new_native_id_changes_nothing_but_the_ids(
    value: dict[str, Any], space: str, ascii_only: bool
) -> None:
    raw = text_of(value, space, ascii_only=ascii_only)
    changed = claude_code.with_native_id(raw, NEW)
    expected = json.loads(raw)
    for name in ("sessionId", "session_id"):
        if isinstance(expected.get(name), str):
            expected[name] = NEW
    assert json.loads(changed) == expected
    assert claude_code.with_native_id(changed, NEW) == changed
    if isinstance(value.get("sessionId"), str) and "session_id" not in value:
        old = text_of({"sessionId": value["sessionId"]}, space, ascii_only=ascii_only)
        new = text_of({"sessionId": NEW}, space, ascii_only=ascii_only)
        assert raw.replace(old[1:-1], new[1:-1]) == changed


@given(objects, spaces, st.booleans())
def test_outside_its_identity_a_copy_equals_its_original(
    value: dict[str, Any], space: str, ascii_only: bool
) -> None:
    value.setdefault("sessionId", OLD)
    value.setdefault("uuid", "r1")
    copy = {**value, "sessionId": NEW, "uuid": "r2"}
    copy["forkedFrom"] = {"sessionId": OLD, "messageUuid": value["uuid"]}
    if not isinstance(value["uuid"], str):
        return
    copy.pop("slug", None)
    raws = [text_of(each, space, ascii_only=ascii_only) for each in (value, copy)]
    rest = []
    for raw in raws:
        spans = claude_code.identity_spans(raw)
        assert list(spans) == sorted(spans)
        assert all(one[1] <= other[0] for one, other in pairwise(spans))
        bounds = [0, *(place for span in spans for place in span), len(raw)]
        rest.append(
            b"".join(raw[start:stop] for start, stop in zip(bounds[::2], bounds[1::2], strict=True))
        )
    assert rest[0] == rest[1]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"null",
        b'["sessionId"]',
        b'{"sessionId":',
        b"\x00\x00",
        b'{"sessionId":"\xff"}',
        b'{"type":"x"}',
        b'{"sessionId":null}',
        b'{"message":{"sessionId":"mine"}}',
    ],
)
def test_damaged_rows_and_rows_that_name_no_conversation_stay_as_they_are(raw: bytes) -> None:
    assert claude_code.with_native_id(raw, NEW) == raw


def test_ids_beside_half_a_character_and_in_nested_objects_are_found() -> None:
    raw = b'{"note":"\\ud83d","snapshot":{"messageId":"m"}, "sessionId" : "old","agentId":"a"}'
    changed = claude_code.with_native_id(raw, "new/agent-b")
    assert changed == raw.replace(b'"old"', b'"new"').replace(b'"agentId":"a"', b'"agentId":"b"')
    found = [raw[start:stop] for start, stop in claude_code.identity_spans(raw)]
    assert found == [b'"m"', b'"old"', b'"a"']


def test_a_forks_rows_keep_the_name_of_their_origin() -> None:
    raw = b'{"uuid":"u","forkedFrom":{"sessionId":"old"},"sessionId":"fork"}'
    assert b'"forkedFrom":{"sessionId":"old"}' in claude_code.with_native_id(raw, NEW)


@given(st.lists(st.text(min_size=1, max_size=9), min_size=1, max_size=4))
def test_copies_of_a_conversation_have_equal_keys(texts: list[str]) -> None:
    chat = chat_of(texts)
    renamed = Chat(NEW)
    renamed.rows = [row | {"sessionId": NEW} for row in chat.rows]
    assert keys_of(renamed) == keys_of(chat)
    graph = [key for key, row in zip(keys_of(chat), chat.rows, strict=True) if "uuid" in row]
    assert keys_of(sdk_fork(chat)) == graph


def test_rows_written_with_other_spacing_have_equal_keys() -> None:
    chat = chat_of(["a", "b"])
    spaced = [json.dumps(row, ensure_ascii=False).encode() for row in chat.rows]
    assert row_keys("claude-code", spaced) == keys_of(chat)


@given(st.integers(0, 8))
def test_an_edited_row_has_another_key_and_so_have_rows_without_id_behind_it(place: int) -> None:
    chat = chat_of(["a", "b", "c"])
    before = keys_of(chat)
    index = [number for number, row in enumerate(chat.rows) if "message" in row][place % 6]
    chat.rows[index] = chat.rows[index] | {"message": {"role": "user", "content": "edited"}}
    changed = [n for n, (a, b) in enumerate(zip(before, keys_of(chat), strict=True)) if a != b]
    assert changed[0] == index
    behind = changed[1:]
    assert all("uuid" not in chat.rows[number] for number in behind)


def test_strangers_that_begin_with_the_same_words_share_no_row_with_an_id() -> None:
    one, other = chat_of(["hi"]), chat_of(["hi"], session=NEW)
    rows = [claude_code.parse(chat.data(), "x.jsonl").rows for chat in (one, other)]
    keys = [{row.key for row in each if row.native_id} for each in rows]
    assert not keys[0] & keys[1]


def test_without_row_ids_equal_keys_mean_an_equal_conversation() -> None:
    said = [f'{{"role":"user","content":"{word}"}}'.encode() for word in ("hi", "a", "b", "c")]
    one = row_keys("pawan", said)
    assert row_keys("pawan", said[:2]) == one[:2]
    other = row_keys("pawan", [said[0], said[2], said[2], said[3]])
    assert [a == b for a, b in zip(one, other, strict=True)] == [True, False, False, False]


def test_damaged_rows_have_keys_of_their_bytes() -> None:
    chat = chat_of(["a"])
    lines = chat.lines()
    parsed = []
    for noise in (b"\x00\x00", b"\x00\x01", b"\x00\x00"):
        data = b"\n".join([lines[0], noise, *lines[1:]]) + b"\n"
        rows = claude_code.parse(data, "x.jsonl").rows
        parsed.append([row.key for row in rows])
        assert row_keys("claude-code", [row.raw for row in rows]) == parsed[-1]
    assert parsed[0] == parsed[2] != parsed[1]
    assert parsed[0][2] == keys_of(chat)[1]  # a row with an id is the same whatever is before it


def test_keys_go_on_behind_a_known_row() -> None:
    rows = chat_of(["a", "b"]).lines()
    whole = row_keys("claude-code", rows)
    assert row_keys("claude-code", rows[3:], after=whole[2]) == whole[3:]


@needs_real_files
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name[:30])
def test_the_keys_of_stored_rows_are_those_of_the_file(path: Any) -> None:
    read = read_transcript(path.read_bytes(), str(path))
    rows = [row.raw for row in read.rows]
    assert row_keys(read.format, rows) == [row.key for row in read.rows]
    if read.format == "claude-code":
        copies = [claude_code.with_native_id(row, NEW) for row in rows]
        assert row_keys(read.format, copies) == [row.key for row in read.rows]


@needs_real_files
def test_a_real_branch_copy_shares_the_rows_that_the_agent_copied() -> None:
    rows: dict[str, Sequence[Row]] = {
        path.stem[:8]: read_transcript(path.read_bytes(), str(path)).rows
        for path in FILES
        if path.parent.name == "made-2.1.332"
    }
    original = {row.key for row in rows["066fd93a"] if row.native_id}
    copied = [row for row in rows["8b1c3e7f"] if row.key in original]
    assert len(copied) == 17
    others = {row.key for row in rows["11111111"] if row.native_id}
    assert not original & others


@pytest.mark.parametrize("name", FORMATS)
def test_fresh_native_ids_are_native_ids(name: str) -> None:
    made = format_named(name).fresh_native_id("try-b", random.Random(1).randbytes)
    assert format_named(name).is_native_id(made)


def test_claude_codes_native_ids_are_uuids() -> None:
    made = {claude_code.fresh_native_id("x", random.Random(n).randbytes) for n in range(9)}
    assert len(made) == 9
    assert claude_code.is_native_id(f"{NEW}/agent-a21e2f5")
    assert not claude_code.is_native_id("3f9c")
    assert pawan.fresh_native_id("try-b", random.Random(1).randbytes) == "try-b"
