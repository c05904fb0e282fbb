"""The reader and the writer of one format, and what a writer has to know besides the messages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from porcelain.transcript.conversion.said import (
    Call,
    Holds,
    Image,
    Part,
    Result,
    Said,
    Unknown,
)
from store.document.json_scanner import write_value
from store.errors import InvalidSession

Value = dict[str, Any]


class Numbered(NamedTuple):
    """A row of the conversation: its place, and its value, {} for a damaged row."""

    place: int
    value: Value


class Target(NamedTuple):
    """The facts of a file that is written: ids, folder, git branch, title, and the present time.

    `now` is an ISO time in UTC.
    """

    native_id: str
    project: str
    branch: str
    title: str
    now: str

    def uuid(self, *what: object) -> str:
        """Return a UUID that follows from the file's id and `what`."""
        raw = bytearray(self.digest(*what)[:16])
        raw[6] = raw[6] & 0x0F | 0x80
        raw[8] = raw[8] & 0x3F | 0x80
        text = raw.hex()
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))

    def digest(self, *what: object) -> bytes:
        """Return 32 bytes that follow from the file's id and `what`."""
        return hashlib.sha256(f"{self.native_id} {what}".encode()).digest()


class Codec(NamedTuple):
    """How one format holds a conversation.

    `read` returns the messages of rows in order; with `live` only those that the agent would send,
    which after a compaction is a summary and what came later. `write` returns a file's rows, or
    the only one of a document that is written whole. It gets only what the format `holds`.
    """

    read: Callable[[Sequence[Numbered], bool], list[Said]]
    write: Callable[[Sequence[Said], Target], list[bytes]]
    holds: Holds = Holds()


def row_bytes(value: Value) -> bytes:
    """Return a row in compact form."""
    try:
        return write_value(value).encode()
    except InvalidSession:  # half of a surrogate pair, as an escape
        return json.dumps(value, separators=(",", ":")).encode()


def arguments_of(value: object) -> dict[str, object] | str:
    """Return a call's arguments, which may be an object, or text that may be JSON."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, str):
        return {}
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return found if isinstance(found, dict) else value


def arguments_object(call: Call) -> dict[str, object]:
    """Return a call's arguments as an object; text becomes its member `input`."""
    return call.arguments if isinstance(call.arguments, dict) else {"input": call.arguments}


def arguments_text(call: Call) -> str:
    """Return a call's arguments as text."""
    if isinstance(call.arguments, str):
        return call.arguments
    return row_bytes(call.arguments).decode()


def image_at(url: object) -> Image | Unknown:
    """Return the image at an address, which may hold its bytes (`data:`)."""
    if not isinstance(url, str) or not url:
        return Unknown("image")
    head, comma, data = url.partition(",")
    if url.startswith("data:") and comma and head.endswith(";base64"):
        return Image(head[5:-7], data)
    return Image("", "", url)


def address_of(image: Image) -> str:
    """Return an image's address; one with its bytes where they are known."""
    return image.url or f"data:{image.media_type};base64,{image.data}"


def split_results(parts: Sequence[Part], said: Said) -> list[Said]:
    """Return a message, and before it one of the role tool with the results among its parts."""
    results = tuple(part for part in parts if isinstance(part, Result))
    others = tuple(part for part in parts if not isinstance(part, Result))
    found = [said._replace(role="tool", parts=results)] if results else []
    return [*found, said._replace(parts=others)] if others else found
