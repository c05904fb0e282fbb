"""The spacing of JSON text: removed, and put back in a file's own style.

Compacting drops only the whitespace between tokens, and expanding puts a `Style`'s whitespace
back. Tokens stay as they are written.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from store.document.json_scanner import Document
from store.errors import InvalidSession

_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_WORD = r'[^\s{}\[\],:"]+'
_LOOSE_TOKEN = re.compile(rf"{_STRING}|[{{}}\[\],:]+|{_WORD}")
_TOKEN = re.compile(rf"{_STRING}|\{{\}}|\[\]|[{{}}\[\],:]|{_WORD}")
_OPENING = frozenset("{[")
_CLOSING = frozenset("}]")
_ANY_SPACE = re.compile(r"[ \t\n\r]")


class Style(NamedTuple):
    """The spacing of a JSON file; the default is that of pawan's serde_json.

    `indent` is one level's text, or None for everything on one line; `item` and `key` are
    the separators up to the line break; `end` is what follows the last brace.
    Empty containers are always `[]` and `{}`.
    """

    indent: str | None = "  "
    item: str = ","
    key: str = ": "
    newline: str = "\n"
    end: str = ""

    def line(self, depth: int) -> str:
        """Return the line break before something at `depth`, or "" on one line."""
        return "" if self.indent is None else self.newline + self.indent * depth


def guess_style(document: Document) -> Style:
    """Return the style that the outermost object's first members suggest.

    Elements of arrays are ignored, so that a document keeps its style while messages change.
    The style may not reproduce the whole file.
    """
    members = document.members
    if not members:
        return Style(indent=None, item=", ", end=document.end)
    first = members[0].before
    newline = "\r\n" if first.startswith("\r\n") else "\n"
    indent = first[len(newline) :] if first.startswith(newline) else None
    if indent is not None and indent.strip(" \t"):
        indent = None
    style = Style(indent, ",", members[0].colon, newline, document.end)
    if len(members) == 1 or not members[1].before.endswith(style.line(1)):
        return style
    item = members[1].before.removesuffix(style.line(1))
    return style._replace(item=item) if item.strip(" \t") == "," else style


def compact(source: str) -> str:
    """Return JSON text without the whitespace between its tokens, which stay as they are."""
    if not _ANY_SPACE.search(source):
        return source
    return "".join(_LOOSE_TOKEN.findall(source))


def expand(compacted: str, style: Style, depth: int) -> str:
    """Return compact JSON text spaced by `style`, as a value at `depth`.

    Raises:
        InvalidSession: the text has an unmatched bracket; other faults go unnoticed.
    """
    item, key = style.item, style.key
    if style.indent is None and (item, key) == (",", ":"):
        return compacted
    if not any(bracket in compacted for bracket in "[]{}"):
        return compacted
    tokens = _TOKEN.findall(compacted)
    if style.indent is None:
        plain = {",": item, ":": key}
        return "".join([plain.get(token, token) for token in tokens])
    out = []
    tables: list[dict[str, str]] = []
    level = 0
    table = _line_table(style, depth)
    for token in tokens:
        if token in _OPENING:
            tables.append(table)
            level += 1
            table = _line_table(style, depth + level)
            out.append(token + table[""])
        elif token in _CLOSING:
            if not tables:
                raise InvalidSession("a bracket is closed that was not opened")
            table = tables.pop()
            level -= 1
            out.append(table[""] + token)
        else:
            out.append(table.get(token, token))
    return "".join(out)


def _line_table(style: Style, depth: int) -> dict[str, str]:
    line = style.line(depth)
    return {"": line, ",": style.item + line, ":": style.key}
