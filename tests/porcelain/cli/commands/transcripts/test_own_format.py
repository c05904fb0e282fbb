"""Formats that packages bring: the example of the page works, and a broken one harms no other."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from porcelain.transcript.format_table import FORMATS, added_formats
from tests.harness.places import ROOT
from tests.porcelain.cli.sandbox import Sandbox

PAGE = (ROOT / "docs" / "own-format.md").read_text("utf-8")
FILE = b'{"who":"me","said":"hello\\nyou"}\n{"who":"it","said":"hi"}\n{"mood":1}\n'


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield a folder with an installed package that brings the format of the page."""
    folder = tmp_path / "site"
    about = folder / "diary_format-1.0.dist-info"
    about.mkdir(parents=True)
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (folder / "diary_format.py").write_text(code)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: diary-format\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[wajutsu.transcripts]\ndiary = diary_format\n")
    monkeypatch.syspath_prepend(str(folder))
    added_formats.cache_clear()
    yield folder
    added_formats.cache_clear()
    sys.modules.pop("diary_format", None)


def test_the_example_is_short() -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(code.splitlines()) < 100


def test_a_package_brings_a_format(box: Sandbox, package: Path) -> None:
    assert list(FORMATS)[-1] == "diary"
    box.ok("init")
    box.file("notes.jsonl", FILE)
    assert "1 change, 3 rows new" in box.wj("import notes.jsonl --session main")
    assert box.titles("main") == ["hello"]
    box.ok("export -o out")
    assert (box.folder / "out").read_bytes() == FILE
    box.ok("append -m more")
    box.ok("export -o out --force")
    assert b'"said": "more"' in (box.folder / "out").read_bytes()
    box.file("row.json", b"{}")
    assert "it needs" in box.wj("append --json-message row.json")


def test_without_the_package_its_conversations_stay_readable(box: Sandbox, package: Path) -> None:
    box.ok("init")
    box.file("notes.jsonl", FILE)
    box.ok("import notes.jsonl")
    (package / "diary_format-1.0.dist-info" / "entry_points.txt").unlink()
    added_formats.cache_clear()
    assert "hello" in box.wj("log")
    box.ok("describe -m later")
    assert "known: claude-code" in box.wj("export --format diary")


def test_a_package_that_cannot_be_loaded_is_named_and_harms_no_other_format(
    box: Sandbox, package: Path
) -> None:
    (package / "diary_format.py").write_text("import nowhere\n")
    box.begin()
    box.file("notes.jsonl", FILE)
    said = box.wj("import notes.jsonl")
    assert (
        "Error: Transcript format `diary` cannot be loaded from the module diary_format: "
        "No module named 'nowhere'" in said
    )


def test_a_format_of_the_project_cannot_be_replaced(box: Sandbox, package: Path) -> None:
    points = package / "diary_format-1.0.dist-info" / "entry_points.txt"
    points.write_text("[wajutsu.transcripts]\nclaude-code = diary_format\n")
    added_formats.cache_clear()
    assert list(FORMATS).count("claude-code") == 1
    box.begin()
