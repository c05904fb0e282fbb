"""Any key as the name of a session, and back: `encode_name` and `decode_name`.

A name has only characters that no file system and no git folds or refuses:

    a-z 0-9 _ -   themselves            A     =a
    any other     %xx of its UTF-8      +     between two parts; an empty part is %

So `A` and `a`, `a` and `a/b`, `-x` and `x` are different names, and none is a part of another's
path. A first character that would make the name an option or a full id is written as %xx too.
Names of more than 199 bytes are cut into pieces of 199, all but the last followed by `,/`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from store.errors import InvalidRefName
from store.ids import looks_like_id

LONGEST_ENCODED = 2000
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")
_PIECE = 199
_TOKEN = re.compile(r"[a-z0-9_-]|=[a-z]|%[0-9a-f]{2}")
_LONG = "the key is too long: its name may have {} bytes"


def encode_name(*parts: str) -> str:
    """Return the session name of a key; different keys have different names.

    A key is one text or several, such as a project and an id; any text will do.

    Raises:
        InvalidRefName: no part is given, or the name would have more than 2,000 bytes.
    """
    if not parts:
        raise InvalidRefName("", "a key has at least one part")
    name = "+".join(map(_encode_part, parts))
    if name[0] == "-" or looks_like_id(name):
        name = f"%{ord(name[0]):02x}{name[1:]}"
    return _in_pieces(name)


def encode_prefix(*parts: str) -> str:
    """Return the prefix of the names of all keys that begin with these parts and have more.

    It is for `SessionStore.sessions(prefix=...)`. Errors are those of `encode_name`.
    """
    name = encode_name(*parts, "").replace(",/", "").removesuffix("%")
    return _in_pieces(name)


@lru_cache(4096)
def decode_name(name: str) -> tuple[str, ...]:
    """Return the parts of the key that `encode_name` gave this name.

    Raises:
        InvalidRefName: the name is not one of its names.
    """
    try:
        parts = tuple(map(_decode_part, name.replace(",/", "").split("+")))
        if encode_name(*parts) == name:
            return parts
    except (ValueError, UnicodeDecodeError, InvalidRefName):
        pass
    raise InvalidRefName(name, "it is not the name of a key")


def is_encoded(name: str) -> bool:
    """Tell whether this is the name of a key."""
    try:
        return bool(decode_name(name))
    except InvalidRefName:
        return False


def _encode_part(part: str) -> str:
    return "".join(map(_encode_char, part)) or "%"


def _encode_char(char: str) -> str:
    if char in _PLAIN:
        return char
    if "A" <= char <= "Z":
        return f"={char.lower()}"
    return "".join(f"%{byte:02x}" for byte in char.encode("utf-8", "surrogatepass"))


def _decode_part(text: str) -> str:
    if text == "%":
        return ""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != text:
        raise ValueError(text)
    return b"".join(map(_decode_token, tokens)).decode("utf-8", "surrogatepass")


def _decode_token(token: str) -> bytes:
    if token[0] == "%":
        return bytes.fromhex(token[1:])
    return token[-1].upper().encode() if token[0] == "=" else token.encode()


def _in_pieces(name: str) -> str:
    pieces = [name[start : start + _PIECE] for start in range(0, len(name), _PIECE)]
    whole = ",/".join(pieces)
    if len(whole) > LONGEST_ENCODED:
        raise InvalidRefName(whole, _LONG.format(LONGEST_ENCODED))
    return whole
