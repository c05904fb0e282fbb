"""The parts of messages as a reader takes them in: texts, thinking, tool calls, results.

They are read by the codec of each row's format, which conversions use too. Of a format without
one, and of a row that its codec does not know, the readable text is the one part. Images and
other binary data are named, not shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from porcelain.transcript.conversion.codec import Numbered
from porcelain.transcript.conversion.convert import codec_of
from porcelain.transcript.conversion.said import Call, Image, Result, Said, Text, Thinking, Unknown
from porcelain.transcript.conversion.said import Part as SaidPart
from porcelain.transcript.json_lines import read_object
from porcelain.transcript.row import Row
from store.document.row_format import Format, runs_of
from store.errors import InvalidSession

Kind = Literal["text", "thinking", "call", "result", "note"]

_BINARY = re.compile(r"(?:data:[\w/+.;-]{1,100},)?[A-Za-z0-9+/=_-]{512,}+", re.ASCII)


class Part(NamedTuple):
    """A part of a message; calls and results may have the tool's name and the call's id."""

    kind: Kind
    text: str
    name: str = ""
    call: str = ""


def parts_by_row(rows: Sequence[Row], formats: Format) -> list[tuple[Part, ...]]:
    """Return the parts of each row; none of a row that is no message and has no text."""
    said: dict[int, list[SaidPart]] = {}
    place = 0
    for name, count in runs_of(formats, len(rows)):
        for one in _read(name, rows[place : place + count], place):
            said.setdefault(one.row, []).extend(one.parts)
        place += count
    return [tuple(_parts(row, said.get(place, ()))) for place, row in enumerate(rows)]


def _read(format_name: str, rows: Sequence[Row], start: int) -> list[Said]:
    codec = codec_of(format_name)
    if codec is None:
        return []
    values = [Numbered(start + number, _value(row.raw)) for number, row in enumerate(rows)]
    try:
        return codec.read(values, False)
    except Exception:  # noqa: BLE001 - the readable texts are shown instead
        return []


def _value(raw: bytes) -> dict[str, object]:
    try:
        return read_object(raw)
    except InvalidSession:
        return {}


def _parts(row: Row, said: Sequence[SaidPart]) -> Iterator[Part]:
    if row.role is None:
        if row.text:
            yield Part("text", row.text)
        return
    found = [part for one in said for part in _shown(one) if part.text or part.kind == "call"]
    if any(part.kind != "note" for part in found):
        yield from found
    elif row.role == "tool":
        yield Part("result", row.text, call=row.results[0] if row.results else "")
    elif row.text:
        yield Part("text", row.text)
    else:
        yield from found


def _shown(part: SaidPart) -> Iterator[Part]:
    match part:
        case Text(text):
            yield Part("text", _without_data(text))
        case Thinking(text):
            yield Part("thinking", text)
        case Call(call, name, arguments):
            yield Part("call", arguments_text(arguments), name, call)
        case Result(call, parts, _, name):
            texts = [one.text for inner in parts for one in _shown(inner)]
            yield Part("result", "\n\n".join(texts), name, call)
        case Image(media_type):
            yield Part("note", f"[{media_type or 'image'}]")
        case Unknown(kind):
            yield Part("note", f"[{kind}]")


def arguments_text(arguments: object) -> str:
    """Return a tool's arguments, a line each; texts of several lines are indented below."""
    if not isinstance(arguments, dict):
        return "" if arguments is None else _argument(arguments)
    lines = []
    for name, item in arguments.items():
        text = _argument(item)
        if "\n" in text:
            text = "\n" + "\n".join(f"  {line}" for line in text.split("\n"))
        lines.append(f"{name}: {text}")
    return "\n".join(lines)


def _argument(value: object) -> str:
    if isinstance(value, str):
        return _without_data(value)
    if isinstance(value, list) and all(isinstance(one, str) and "\n" not in one for one in value):
        return " ".join(value)
    return json.dumps(value, ensure_ascii=False, indent=2)


def _without_data(text: str) -> str:
    """Return a text, or a note in place of binary data."""
    return "[binary data]" if _BINARY.fullmatch(text) else text
