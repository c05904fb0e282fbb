"""Of a large file that has grown only the tail is read, if it begins as it did."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from porcelain.exchange.live import read_files as module
from porcelain.exchange.live.read_files import ReadFiles
from porcelain.transcript.formats import read_transcript
from porcelain.transcript.input import Input
from tests.porcelain.transcript.claude_rows import Chat


class Reader:
    """A file that is read again and again; `starts` are the places where the readings began."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = path
        self.files = ReadFiles(in_memory=-1)
        self.chat = Chat()
        self.starts: list[int] = []
        lines = Input.lines

        def watched(data: Input, start: int = 0) -> object:
            self.starts.append(start)
            return lines(data, start)

        monkeypatch.setattr(Input, "lines", watched)

    def turn(self, number: int) -> int:
        """Write one more turn, and return the size of the file."""
        self.chat.turn(number)
        with self.path.open("ab") as file:
            file.write(b"".join(line + b"\n" for line in self.chat.lines()[-2:]))
        return self.path.stat().st_size

    def read(self) -> int:
        """Read the file, and return the number of its rows."""
        found = read_transcript(self.files.opened(str(self.path)), str(self.path), "claude-code")
        self.files.close()
        return len(found.rows)


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    return Reader(tmp_path / "chat.jsonl", monkeypatch)


def test_only_the_new_rows_are_read(reader: Reader) -> None:
    first = reader.turn(1)
    assert reader.read() == 2
    second = reader.turn(2)
    assert reader.read() == 4
    assert reader.read() == 4
    assert reader.starts == [0, first, second]
    open_files = {os.path.realpath(f"/proc/self/fd/{one}") for one in os.listdir("/proc/self/fd")}
    assert str(reader.path) not in open_files


def test_a_file_that_was_replaced_or_cut_or_ends_otherwise_is_read_whole(reader: Reader) -> None:
    reader.turn(1)
    size = reader.turn(2)
    reader.read()
    data = reader.path.read_bytes()
    other = reader.path.with_name("other")
    other.write_bytes(data)
    os.replace(other, reader.path)
    reader.turn(3)
    assert reader.read() == 6
    with reader.path.open("r+b") as file:
        file.truncate(size)
    assert reader.read() == 4
    with reader.path.open("r+b") as file:
        file.seek(size - 20)
        file.write(b"\0")
    reader.turn(4)
    reader.read()
    assert reader.starts == [0, 0, 0, 0]


def test_a_failed_file_is_read_whole(reader: Reader) -> None:
    reader.turn(1)
    reader.read()
    reader.turn(2)
    reader.files.opened(str(reader.path))
    reader.files.close([str(reader.path)])
    assert reader.read() == 4
    assert reader.starts == [0, 0]


def test_few_files_are_remembered(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 1)
    size = reader.turn(1)
    reader.read()
    first, reader.path = reader.path, reader.path.with_name("second.jsonl")
    reader.turn(2)
    reader.read()
    reader.path = first
    assert reader.read() == 2
    assert reader.read() == 2
    assert reader.starts == [0, 0, 0, size]
