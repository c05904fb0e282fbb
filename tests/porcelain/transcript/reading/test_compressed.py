from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

from porcelain.transcript.formats import detect, read_conversations, read_transcript
from store.errors import InvalidSession
from tests.harness.places import REAL_FILES, needs_real_files
from tests.porcelain.transcript.lines import test_codex

MAGIC = b"\x28\xb5\x2f\xfd"
SAMPLE = test_codex.read(*test_codex.turn(1)).to_bytes()


def with_module(monkeypatch: pytest.MonkeyPatch, name: str, content: bytes | None) -> None:
    """Let one module for Zstandard be there, or none; it reads any file as `content`."""
    for one in ("compression.zstd", "backports.zstd", "zstandard"):
        monkeypatch.setitem(sys.modules, one, None)

    class Decompressor:
        def decompress(self, data: bytes, limit: int) -> bytes:
            if content is None:
                raise ValueError("broken")
            return content[:limit]

        def stream_reader(self, data: bytes) -> Decompressor:
            return self

        def read(self, limit: int) -> bytes:
            return self.decompress(b"", limit)

    if name:
        module = types.ModuleType(name)
        module.ZstdDecompressor = Decompressor  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, name, module)


@pytest.mark.parametrize("name", ["compression.zstd", "backports.zstd", "zstandard"])
def test_a_compressed_rollout_is_read_as_the_plain_one(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with_module(monkeypatch, name, SAMPLE)
    assert detect(MAGIC, "x.jsonl.zst") == "codex"
    assert read_transcript(MAGIC, "x.jsonl.zst").to_bytes() == SAMPLE
    assert read_conversations(MAGIC, "x.jsonl.zst")[0].to_bytes() == SAMPLE


def test_without_a_module_it_is_refused_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with_module(monkeypatch, "", None)
    with pytest.raises(InvalidSession, match=r"x\.zst: the file is compressed.*`zstd -d`"):
        detect(MAGIC, "x.zst")


def test_a_damaged_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with_module(monkeypatch, "zstandard", None)
    with pytest.raises(InvalidSession, match="cannot be decompressed: broken"):
        read_transcript(MAGIC, "x.zst")


@needs_real_files
def test_codexs_own_compressed_file() -> None:
    pytest.importorskip("zstandard")
    (path,) = Path(REAL_FILES).glob("more/codex/*zst/*.zst")
    plain = REAL_FILES / "more/codex/made-0.171.0/sessions/2026/11/30" / path.stem
    found = read_transcript(path.read_bytes(), path.name)
    assert found.to_bytes() == plain.read_bytes()
