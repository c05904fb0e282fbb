"""How a name is written in a revset: bare where it can be, quoted where it must be."""

from __future__ import annotations

_PART = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_*/")
_QUOTED = {
    "\t": "\\t",
    "\r": "\\r",
    "\n": "\\n",
    "\0": "\\0",
    "\x1b": "\\e",
    '"': '\\"',
    "\\": "\\\\",
}


def is_name_part(character: str) -> bool:
    """Tell whether a character may stand anywhere in a bare name: letters, digits, `_ * /`."""
    if character < "\x80":
        return character in _PART
    return ("a" + character).isidentifier()


def bare_name_end(text: str, start: int) -> int:
    """Return where the bare name that begins at `start` ends; `start` if none does.

    Parts are joined by one `.`, one `+` or any number of `-`: so `try-b` is a name, while the
    hyphen of `try-` is the operator for parents.
    """
    end = _part_end(text, start)
    while start < end < len(text) and text[end] in ".-+":
        after = end + 1
        while text[end] == "-" and text.startswith("-", after):
            after += 1
        further = _part_end(text, after)
        if further == after:
            break
        end = further
    return end


def _part_end(text: str, start: int) -> int:
    end = start
    while end < len(text) and is_name_part(text[end]):
        end += 1
    return end


def format_name(name: str) -> str:
    """Return `name` as a revset spells it: quoted only if the bare text would not parse."""
    if name and bare_name_end(name, 0) == len(name):
        return name
    return '"' + "".join(map(_escape, name)) + '"'


def _escape(character: str) -> str:
    if character in _QUOTED:
        return _QUOTED[character]
    if character < " " or "\x7f" <= character < "\xa0":
        return f"\\x{ord(character):02x}"
    return character
