"""Reads a repository's git config without libgit2, whose import takes 75 ms.

Includes are not followed: a received repository's config must not make us read other files.
"""

from __future__ import annotations

GitConfig = dict[str, str]

_ESCAPES = {"n": "\n", "t": "\t", "b": "\b"}


def parse_git_config(text: str) -> GitConfig:
    """Return a map from `section.key` or `section.sub.key` to the value; the last one wins.

    Section and key are lower case, subsections keep their case. A line that is no git
    config is skipped: C git only warns about some of them.
    """
    values: GitConfig = {}
    section = ""
    # Not splitlines: for git a form feed or U+2028 is an ordinary character.
    lines = iter(text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"))
    for raw in lines:
        line = raw.strip(" \t")
        if line[:1] == "[":
            section, line = _section(line)
        if not line or line[0] in "#;":
            continue
        key, equals, value = line.partition("=")
        while _goes_on(value):
            value = f"{value}\n{next(lines, '')}"
        values[f"{section}.{key.strip().lower()}"] = _value(value) if equals else "true"
    return values


def is_true(value: str | None) -> bool:
    """Tell whether a config value is true for git."""
    if value is None:
        return False
    is_number = value.isascii() and value.isdigit()
    return value.lower() in ("true", "yes", "on") or (is_number and value.strip("0") != "")


def _section(line: str) -> tuple[str, str]:
    """Return the section that a header line names, and the rest of the line."""
    name, quote, rest = line[1:].partition('"')
    if not quote or "]" in name:
        name, _, rest = line[1:].partition("]")
        return name.strip().lower(), rest.strip(" \t")
    sub, end = "", 0
    while end < len(rest) and rest[end] != '"':
        end += rest[end] == "\\"
        sub += rest[end : end + 1]
        end += 1
    return f"{name.strip().lower()}.{sub}", rest[end:].partition("]")[2].strip(" \t")


def _goes_on(value: str) -> bool:
    # A last backslash continues the line unless it is escaped or part of a comment.
    joined = len(value) - len(value.rstrip("\\"))
    return joined % 2 == 1 and not _has_comment(value)


def _has_comment(value: str) -> bool:
    quoted = escaped = False
    for char in value:
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif char in "#;" and not quoted:
            return True
    return False


def _value(text: str) -> str:
    out: list[str] = []
    kept = 0  # characters up to the last one that is no blank outside quotes
    quoted = escaped = False
    for char in text:
        if escaped:
            if char != "\n":  # a continued line
                out.append(_ESCAPES.get(char, char))
            escaped = False
        elif char == "\\":
            escaped = True
            continue
        elif char == '"':
            quoted = not quoted
        elif char in "#;" and not quoted:
            break
        elif char in " \t\r" and not quoted:
            if out:
                out.append(char)
            continue
        else:
            out.append(char)
        kept = len(out)
    return "".join(out[:kept])
