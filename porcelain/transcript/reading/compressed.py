"""Read files compressed with Zstandard, as Codex leaves old rollouts (`.jsonl.zst`).

Python has a module for them since 3.14; before that one of several packages is needed.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from porcelain.transcript.input import Input
from store.errors import InvalidSession

_MAGIC = b"\x28\xb5\x2f\xfd"
_MOST = 1 << 31  # bytes; a small file may decompress to any size
_MODULES = ("compression.zstd", "backports.zstd", "zstandard")


def plain_bytes(data: bytes | Input, source: str) -> bytes | Input:
    """Return a file as it is, or decompressed if it is compressed.

    Raises:
        InvalidSession: it is damaged, or too large, or there is no module that reads it.
    """
    whole = Input.of(data)
    if whole.read(0, min(len(_MAGIC), whole.size)) != _MAGIC:
        return data
    decompress = _decompressor()
    if decompress is None:
        reason = "the file is compressed, and this Python cannot read that (Zstandard)"
        hint = "install the package zstandard, or decompress the file with `zstd -d`"
        raise InvalidSession(f"{reason}; {hint}", source=source)
    try:
        found = decompress(whole.whole())
    except Exception as error:  # noqa: BLE001 - each module has errors of its own
        raise InvalidSession(f"the file cannot be decompressed: {error}", source=source) from None
    if len(found) > _MOST:
        reason = f"the file has more than {_MOST >> 30} GiB when it is decompressed"
        raise InvalidSession(reason, source=source)
    return found


def _decompressor() -> Callable[[bytes], bytes] | None:
    """Return a function that decompresses up to one byte more than the limit."""
    for name in _MODULES:
        try:
            module: Any = import_module(name)
        except ImportError:
            continue
        if name == "zstandard":
            return lambda data: bytes(module.ZstdDecompressor().stream_reader(data).read(_MOST + 1))
        return lambda data: bytes(module.ZstdDecompressor().decompress(data, _MOST + 1))
    return None
