"""The page docs/reference/json.md, made of the shapes in porcelain/cli/shell; see write_reference."""

from __future__ import annotations

from collections.abc import Iterator

from porcelain.cli.shell.json_data import COMMANDS, Data
from porcelain.cli.shell.json_shapes import SHAPES, Members

_JSON = """\
# JSON

With `--json` every command prints one line on stdout, `{"schema": 1, "data": …}`, with `"warnings"`,
an array of texts, where there are any. An error is one line on stderr, and the exit code says what it is:
`{"schema": 1, "error": {"code": text, "message": text, "hints": [text]}}`.

A text, a number and `null` are those of JSON; a *flag* is `true` or `false`; *any* may be any value. Commit,
change and operation ids are written in full. Members that this page does not name are not printed; later
versions may add members within the same schema.

`wj browse`, `hook`, `mcp` and `watch` print no data.

## Commands
"""


def json_page() -> str:
    """Return the page of what commands print with `--json`."""
    lines = [_JSON]
    for name, data in COMMANDS.items():
        lines += [f"### `wj {name}`", "", *_data(data), ""]
    lines += ["## Objects", ""]
    for name, members in SHAPES.items():
        lines += [f"### {name}", "", *_members(members), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _data(data: Data) -> Iterator[str]:
    if data.members is None:
        yield f"`data` is {_linked(data.type)}."
        return
    base = f" with the members of [{data.base}](#{data.base})" if data.base else ""
    more = (", and:" if base else ":") if data.members else "."
    yield f"`data` is {'an array of objects' if data.type else 'an object'}{base}{more}"
    yield from ["", *_members(data.members)] if data.members else []


def _members(members: Members) -> Iterator[str]:
    yield from ("| member | type | |", "|---|---|---|")
    for name, text in members.items():
        kind, _, said = text.partition("; ")
        shown = f"`{name.removesuffix('?')}`" + (", may be missing" if name.endswith("?") else "")
        yield f"| {shown} | {_linked(kind)} | {said} |"


def _linked(kind: str) -> str:
    """Return a type in words, with links to the objects in it."""
    if " | " in kind:
        return " or ".join(map(_linked, kind.split(" | ")))
    if kind[0] == "[":
        return f"array of {_linked(kind[1:-1])}"
    if kind[0] == "{":
        return f"object, by name, of {_linked(kind[1:-1])}"
    return f"[{kind}](#{kind})" if kind in SHAPES else kind
