"""Git's kinds of id, as distinct types over lower-case hex text.

Ids are created only at the edge (a read from git, a parse of user input) and passed on
everywhere else. Code may assume no more than "hex text".
"""

from __future__ import annotations

from typing import NewType

BlobId = NewType("BlobId", str)
TreeId = NewType("TreeId", str)
CommitId = NewType("CommitId", str)
RefName = NewType("RefName", str)

HEX_LENGTH = 40
HEX_DIGITS = frozenset("0123456789abcdef")
_CHANGE_LETTERS = frozenset("klmnopqrstuvwxyz")

EMPTY_TREE = TreeId("4b825dc642cb6eb9a060e54bf8d69288fbee4904")
NULL_ID = "0" * HEX_LENGTH


def is_hex(text: str) -> bool:
    """Tell whether `text` is non-empty lower-case hex."""
    return bool(text) and HEX_DIGITS.issuperset(text)


def is_full_id(text: str) -> bool:
    """Tell whether `text` is a whole object id (40 lower-case hex digits)."""
    return len(text) == HEX_LENGTH and HEX_DIGITS.issuperset(text)


def looks_like_id(name: str) -> str:
    """Return the kind of full id that a name looks like, in any case of letters, or ""."""
    lower = name.lower()
    if is_full_id(lower):
        return "commit id"
    return "change id" if len(lower) == 32 and _CHANGE_LETTERS.issuperset(lower) else ""
