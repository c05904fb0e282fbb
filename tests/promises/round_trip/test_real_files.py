"""Promise: every file that an agent wrote comes back byte for byte, however it was imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.places import needs_real_files, real_files
from tests.porcelain.cli.sandbox import Sandbox

FILES = real_files("claude_code/**/*.jsonl", "more/claude_code/**/*.jsonl")
GROWTH = [path for path in FILES if path.parent.name == "growth"]
OTHERS = [path for path in FILES if path not in GROWTH]
BY = ("turn", "message", "file")

pytestmark = needs_real_files


@pytest.fixture(autouse=True)
def _repository(box: Sandbox) -> None:
    box.ok("init")


def copied(box: Sandbox, path: Path, name: str = "work") -> Path:
    """Copy a file, below its own folder's name, since the given ones are not to be changed."""
    return box.file(f"{name}/{path.parent.name}/{path.name}", path.read_bytes())


def keys(box: Sandbox, *words: str) -> dict[str, str]:
    """Import files; return the key of each one's source."""
    done = box.run("import", *words, "--json")
    assert done.code == 0, done.both
    return {item["source"]: item["source_id"] for item in done.data["files"]}


def comes_back(box: Sandbox, source: str) -> bytes:
    done = box.run("export", "--source", source)
    assert done.code == 0, done.both
    return done.raw


def head(box: Sandbox) -> str:
    return str(box.json("op log -n 1")[0]["id"])


@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name[:24])
def test_a_file_comes_back_from_an_empty_repository(box: Sandbox, path: Path, by: str) -> None:
    (key,) = keys(box, str(path), "--by", by).values()
    assert comes_back(box, key) == path.read_bytes()
    assert comes_back(box, str(path)) == path.read_bytes()
    before = head(box)
    keys(box, str(path), "--by", by)
    assert head(box) == before


@pytest.mark.parametrize("by", BY)
def test_small_files_come_back_from_a_repository_that_has_all_others(box: Sandbox, by: str) -> None:
    small = [path for path in OTHERS if path.stat().st_size < 40_000]
    with_each_one_last(box, [*small, GROWTH[0]], by)


@pytest.mark.soak
@pytest.mark.parametrize("by", BY)
def test_all_files_come_back_from_a_repository_that_has_all_others(box: Sandbox, by: str) -> None:
    with_each_one_last(box, [*OTHERS, GROWTH[-1]], by)


def with_each_one_last(box: Sandbox, given: list[Path], by: str) -> None:
    files = [copied(box, path) for path in given]
    for late in files:
        box.ok("op restore 000000000000")
        keys(box, *[str(path) for path in files if path != late], "--by", by)
        assert keys(box, str(late), "--by", by)
        for path in files:
            assert comes_back(box, str(path)) == path.read_bytes(), (late.name, path.name)
        before = head(box)
        for again in BY:
            keys(box, *map(str, files), "--by", again)
            assert head(box) == before


@pytest.mark.parametrize("by", BY)
def test_a_file_that_grows_comes_back_at_each_size(box: Sandbox, by: str) -> None:
    path = box.folder / "grown.jsonl"
    found: set[str] = set()
    for size in GROWTH:
        path.write_bytes(size.read_bytes())
        found.update(keys(box, str(path), "--by", by).values())
        assert comes_back(box, str(path)) == size.read_bytes()
    assert len(found) == 1
    assert len(box.sessions()) == 1
    operations = [one["id"] for one in box.json("op log")][: len(GROWTH)]
    for operation, size in zip(operations[::-1], GROWTH, strict=True):
        done = box.run("export", "--source", *found, "--at-op", operation)
        assert done.raw == size.read_bytes()


@pytest.mark.parametrize("by", BY)
def test_sizes_of_one_file_in_any_order_are_one_session(box: Sandbox, by: str) -> None:
    files = [copied(box, path) for path in GROWTH]
    for order in (files, files[::-1], files[2:] + files[:2]):
        box.ok("op restore 000000000000")
        for path in order:
            keys(box, str(path), "--by", by)
        assert len(box.sessions()) == 1
        assert comes_back(box, str(files[-1])) == files[-1].read_bytes()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name[:24])
def test_a_torn_file_grows_to_the_whole_one(box: Sandbox, path: Path) -> None:
    data = path.read_bytes()
    place = box.folder / path.name
    for size in (len(data) // 3, len(data) // 2, len(data) - 1, len(data)):
        place.write_bytes(data[:size])
        if keys(box, str(place)):
            assert comes_back(box, str(place)) == data[:size]
    assert len(box.sessions()) == 1
    assert comes_back(box, str(place)) == data
    before = head(box)
    keys(box, str(place))
    assert head(box) == before
