"""Where the traceback of a bug goes: a file of its own, or stderr for whoever asks."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def report_bug(
    error: BaseException, folder: str, stamp: int, words: Sequence[str], *, debugging: bool
) -> str:
    """Keep a bug's traceback, on stderr or in a file in `folder`; return where, as a sentence."""
    import traceback  # noqa: PLC0415 - only a bug needs it

    text = "".join(traceback.format_exception(error))
    if debugging:
        sys.stderr.write(text)
        return "The traceback is above"
    path = os.path.join(folder, f"bug-{os.getpid()}-{stamp}.txt")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with open(path, "x", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"wj {' '.join(words)}\n\n{text}")
    except OSError:
        return "WJ_DEBUG=1 shows where it happened"
    return f"What happened is written in {path}"
