"""Styles of labels: a colour, or a table such as `{ fg = "red", bold = true }`."""

from __future__ import annotations

COLORS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
FLAGS = ("bold", "dim", "italic", "underline", "reverse", "crossed-out")
WANTED = (
    "a colour (`red`, `bright red`, `default`, `#rrggbb`, `ansi-color-N`) or a table of `fg`, `bg` "
    f"and {', '.join(f'`{flag}`' for flag in FLAGS)}"
)


class Style(str):
    """A table of attributes, as the text that TOML writes on one line."""

    __slots__ = ()


def read_style(raw: object) -> str | None:
    """Return a parsed TOML value as a colour or a `Style`; None if it is neither."""
    if isinstance(raw, str):
        return raw if is_color(raw) else None
    if not isinstance(raw, dict) or not raw:
        return None
    parts = []
    for name, value in raw.items():
        if name in ("fg", "bg") and isinstance(value, str) and is_color(value):
            parts.append(f'{name} = "{value}"')
        elif name in FLAGS and isinstance(value, bool):
            parts.append(f"{name} = {str(value).lower()}")
        else:
            return None
    return Style(f"{{ {', '.join(parts)} }}")


def attributes_of(style: str) -> dict[str, str]:
    """Return the attributes of a style, each with its value as text."""
    if not isinstance(style, Style):
        return {"fg": style}
    parts = (part.partition(" = ") for part in style[2:-2].split(", "))
    return {name: value.strip('"') for name, _, value in parts}


def is_color(text: str) -> bool:
    """Tell whether a text names a colour."""
    if text == "default" or text.removeprefix("bright ") in COLORS:
        return True
    if text[:1] == "#":
        return len(text) == 7 and all(digit in "0123456789abcdef" for digit in text[1:].lower())
    number = text.removeprefix("ansi-color-")
    return number != text and number.isascii() and number.isdigit() and int(number[:4]) < 256
