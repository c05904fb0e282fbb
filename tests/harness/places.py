"""Paths of files outside the packages, and marks for tests that need files that may be absent."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "docs" / "sample" / "claude-session.jsonl"
REAL_FILES = ROOT.parent / "shared" / "data"
"""Transcripts that agents wrote; not part of the project."""

needs_real_files = pytest.mark.skipif(
    not REAL_FILES.is_dir(),
    reason="real transcripts (a folder ../shared/data beside the project, a folder an agent)",
)


def real_files(*patterns: str) -> list[Path]:
    """Return the real transcripts that match one of the patterns, none where they are absent."""
    return sorted(path for pattern in patterns for path in REAL_FILES.glob(pattern))
