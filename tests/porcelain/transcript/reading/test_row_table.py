"""Large files: their rows stay in the file, and are the same as those read at once."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from porcelain.actions.importing.record_source import with_torn
from porcelain.transcript import input as input_module
from porcelain.transcript.errors import NoMessages
from porcelain.transcript.formats import (
    identities_of,
    keyed_rows,
    message_of,
    read_transcript,
    to_session,
)
from porcelain.transcript.input import Input
from porcelain.transcript.reading.row_table import LazyRow, RowTable
from porcelain.transcript.row import Row, Transcript
from store.errors import InvalidSession
from store.session.session import Session
from store.tree_layout.layout import write_session
from tests.harness.memory import Memory
from tests.harness.places import needs_real_files, real_files
from tests.porcelain.transcript.claude_rows import Chat


@pytest.fixture(params=[7, 1024])
def chunk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read large files in small parts."""
    monkeypatch.setattr(input_module, "_CHUNK", request.param)


def on_disk(data: bytes) -> Input:
    """Return an input whose bytes stay in a file."""
    with cast("BinaryIO", tempfile.TemporaryFile()) as file:
        file.write(data)
        file.flush()
        return Input.opened(file, "x.jsonl", in_memory=-1)


def plain(row: Row) -> Row:
    return Row(row.raw, row.role, row.text, *row[3:])


def all_of(transcript: Transcript) -> tuple[object, ...]:
    rows = tuple(map(plain, transcript.rows))
    return transcript._replace(rows=rows)


def chat() -> bytes:
    """A conversation with everything that rows may have, a damaged and a torn row."""
    found = Chat()
    found.user("first \0 prompt", "11111111-2222-4333-8444-00000000000a")
    found.call("toolu_1", "11111111-2222-4333-8444-00000000000A")
    found.result("toolu_1", "not-a-uuid")
    found.answer("an answer \N{GRINNING FACE}", "00000000-0000-0000-0000-000000000000")
    found.user("again", "")
    found.answer("last")
    lines = found.data().splitlines(keepends=True)
    lines[3:3] = [
        b"\0\0damaged\r\n",
        b"\n",
        b'{"type":"summary","leafUuid":"last","summary":"s"}\n',
    ]
    return b"".join(lines) + b'{"type":"us'


@pytest.mark.usefixtures("chunk")
def test_a_large_file_is_read_as_a_small_one() -> None:
    data = chat()
    small = read_transcript(data, "x.jsonl")
    large = read_transcript(on_disk(data), "x.jsonl")

    assert isinstance(large.rows, RowTable)
    assert all_of(large) == all_of(small)
    assert large.to_bytes() == small.to_bytes()
    assert [row.key for row in large.rows[2:5]] == [row.key for row in small.rows[2:5]]
    assert plain(large.rows[-1]) == small.rows[-1]
    with pytest.raises(IndexError):
        large.rows[len(small.rows)]
    assert to_session(large) == to_session(small)
    for rows in ((), (0,), (1, 2, 5)):
        assert to_session(large, rows) == to_session(small, rows)


@pytest.mark.parametrize("in_memory", [True, False])
def test_rows_have_the_keys_and_origins_that_their_stored_bytes_give(*, in_memory: bool) -> None:
    data = chat().replace(
        b'"type":"assistant",', b'"forkedFrom":{"messageUuid":"older"},"type":"assistant",', 1
    )
    read = read_transcript(data if in_memory else on_disk(data), "x.jsonl")
    raws = [*(row.raw for row in read.rows), read.torn]

    wanted = list(keyed_rows(read.format, raws))
    origins = [origin for _, origin in wanted]
    assert "older" in origins
    assert None in origins
    for start in (0, 3):
        assert list(identities_of(read, start)) == wanted[start:]
    assert [row.origin for row in read.rows] == origins[:-1]


def test_a_row_that_changes_while_its_file_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(chat())
    read = read_transcript(
        Input.opened(path.open("rb"), "x.jsonl", in_memory=-1), "x.jsonl", "claude-code"
    )
    path.write_bytes(chat().replace(b"first", b"FIRST"))
    with pytest.raises(InvalidSession, match="import the file again"):
        write_session(Memory(), to_session(read), "native")


@needs_real_files
@pytest.mark.parametrize("path", real_files("**/*.jsonl"), ids=lambda path: path.name)
def test_a_real_file_on_disk_reads_as_in_memory(path: Path) -> None:
    data = path.read_bytes()
    try:
        small = read_transcript(data, str(path))
    except InvalidSession:
        return
    large = read_transcript(on_disk(data), str(path))
    assert all_of(large) == all_of(small)
    assert to_session(large) == to_session(small)


@pytest.mark.usefixtures("chunk")
@given(data=st.binary(max_size=60).map(lambda data: data.replace(b"a", b"\n")))
def test_the_lines_of_a_file_are_the_same_on_disk(data: bytes) -> None:
    wanted = []
    place = 0
    while place < len(data):
        stop = data.find(b"\n", place)
        end = len(data) if stop < 0 else stop
        wanted.append((place, data[place:end], stop >= 0))
        place = end + 1
    assert list(on_disk(data).lines()) == wanted
    assert list(Input(data).lines()) == wanted


def test_a_row_of_a_large_file_is_stored_and_changed_like_any_other() -> None:
    data = chat()
    small, large = (read_transcript(each, "x.jsonl") for each in (data, on_disk(data)))
    row = large.rows[0]
    assert isinstance(row, LazyRow)
    message = message_of(row)
    assert (message.raw, message.blob_id) == (small.rows[0].raw, message_of(small.rows[0]).blob_id)
    assert row == large.rows[0] != large.rows[1]
    changed = row._replace(raw=b"{}", key=b"k")
    assert (changed.raw, changed.key, changed.text) == (b"{}", b"k", small.rows[0].text)
    assert message_of(changed).raw == b"{}"

    session = to_session(large)
    longer = session.appended([b'{"x":1}'])
    assert [m.raw for m in longer.messages] == [r.raw for r in small.rows] + [b'{"x":1}']
    cut = longer.with_messages(longer.messages[:2])
    assert [m.raw for m in cut.messages] == [r.raw for r in small.rows[:2]]
    assert isinstance(cut, Session)


def test_what_is_written_after_the_file_was_opened_is_left_for_the_next_import(
    tmp_path: Path,
) -> None:
    path = tmp_path / "x.jsonl"
    data = chat()
    path.write_bytes(data)
    opened = Input.opened(path.open("rb"), "x.jsonl", in_memory=-1)
    with path.open("ab") as file:
        file.write(b'er"}\n')

    assert all_of(read_transcript(opened, "x.jsonl")) == all_of(read_transcript(data, "x.jsonl"))


def test_a_file_that_is_cut_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(chat())
    opened = Input.opened(path.open("rb"), "x.jsonl", in_memory=-1)
    transcript = read_transcript(opened, "x.jsonl")
    os.truncate(path, 100)

    for work in (lambda: read_transcript(opened, "x.jsonl"), lambda: transcript.rows[-1].raw):
        with pytest.raises(InvalidSession, match=r"x.jsonl.*became shorter"):
            work()


def test_the_sample_of_a_large_file_has_its_beginning_and_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, size in {"IN_MEMORY": 10, "_HEAD": 4, "_TAIL": 2}.items():
        monkeypatch.setattr(input_module, name, size)
    assert Input(b"0123456789").sample() == b"0123456789"
    assert on_disk(b"0123456789a").sample() == b"0123\n9a"


def test_a_large_file_with_a_torn_end_makes_the_same_source() -> None:
    small, large = (read_transcript(each, "x.jsonl") for each in (chat(), on_disk(chat())))
    assert with_torn(large).to_bytes() == with_torn(small).to_bytes() == chat()
    assert with_torn(large) == with_torn(small)
    assert not isinstance(with_torn(large).messages, tuple)


@pytest.mark.usefixtures("chunk")
def test_a_file_that_has_grown_is_read_as_if_it_was_read_whole() -> None:
    data = chat()[:-1] + b'er"}\r\n\n' + chat()
    wanted = all_of(read_transcript(on_disk(data), "x.jsonl", "claude-code"))
    ends = [place + 1 for place, byte in enumerate(data) if byte == ord("\n")]
    grown = 0
    for first, second in zip(ends, [*ends[2:], *ends[-2:]], strict=True):
        inputs = [on_disk(data[:stop]) for stop in (first, second, len(data))]
        found = None
        for before, after in zip([None, *inputs], inputs, strict=False):
            if before is not None:
                grown += bool(before.readings)
                after.readings = before.readings
            with suppress(NoMessages):
                found = read_transcript(after, "x.jsonl", "claude-code")
        assert found is not None
        assert all_of(found) == wanted
    assert grown == 2 * len(ends)


def test_a_file_without_a_newline_at_its_end_is_read_again() -> None:
    data = on_disk(chat())
    read_transcript(data, "x.jsonl", "claude-code")
    assert not data.readings
