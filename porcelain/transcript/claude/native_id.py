"""The native ids of Claude Code's conversations; a module of its own because `wj fork` needs one."""

from __future__ import annotations

import re
from collections.abc import Callable

SUB_AGENT = "/agent-"
"""Joins the parent's id and the sub-agent's in the native id of a sub-agent's conversation."""

_UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"


def fresh_native_id(name: str, random: Callable[[int], bytes]) -> str:  # noqa: ARG001
    """Return a random UUID."""
    number = bytearray(random(16))
    number[6] = number[6] & 0x0F | 0x40  # its version
    number[8] = number[8] & 0x3F | 0x80
    text = number.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def is_native_id(text: str) -> bool:
    """Tell whether a text is a UUID, or one with a sub-agent's id behind it."""
    return re.fullmatch(rf"{_UUID}(?:{SUB_AGENT}[A-Za-z0-9_-]+)?", text) is not None
