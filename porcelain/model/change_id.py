"""Change ids, which stay the same while the commits of a change are rewritten.

A change id is 16 bytes in reverse hex, whose digits are `z` for 0 down to `k` for 15, so that no
prefix of a change id is a prefix of a commit id. Jujutsu and GitButler write the same text
into the same commit header and give a commit without it the same synthetic id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from porcelain.model.ids import ChangeId
from store.ids import CommitId

CHANGE_ID_HEADER = "change-id"
CHANGE_ID_BYTES = 16
ROOT_CHANGE_ID = ChangeId("z" * 32)

_HEX = "0123456789abcdef"
_LETTERS = "zyxwvutsrqponmlk"
_TO_LETTERS = str.maketrans(_HEX, _LETTERS)
_KNOWN = frozenset(_LETTERS + _LETTERS.upper())
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))

LONGEST_PREFIX = 4
_TRIES = 16


def to_reverse_hex(data: bytes) -> str:
    """Return two letters for each byte, the high half first."""
    return data.hex().translate(_TO_LETTERS)


def synthetic_change_id(commit_id: CommitId) -> ChangeId:
    """Return the change id of a commit that names none: its id's last 16 bytes, bits reversed.

    The virtual root commit has `ROOT_CHANGE_ID`.
    """
    tail = bytes.fromhex(commit_id)[-CHANGE_ID_BYTES:]
    return ChangeId(to_reverse_hex(tail[::-1].translate(_MIRRORED)))


def change_id_of(commit_id: CommitId, headers: Iterable[tuple[str, str]]) -> ChangeId:
    """Return a commit's change id, given its extra headers in their order.

    Only the first `change-id` header counts; if it is no change id, the commit has the synthetic
    one.
    """
    for name, value in headers:
        if name == CHANGE_ID_HEADER:
            if len(value) == 2 * CHANGE_ID_BYTES and _KNOWN.issuperset(value):
                return ChangeId(value.lower())
            break
    return synthetic_change_id(commit_id)


def new_change_id(
    random: Callable[[int], bytes], taken: Callable[[str], bool], shortest: int = 1
) -> ChangeId:
    """Draw a change id that has a short unique prefix.

    `random(n)` returns n random bytes and is called once. `taken(prefix)` tells whether an id of
    the set in which prefixes are unique begins with it. The id begins with a random free prefix
    of one letter, else of two, three or four; its other letters are random. Prefixes of the root's
    id are never free. All prefixes of one letter are tried, but only 16 of each longer length, so
    that an import of thousands of changes stays fast. `shortest` is the least length of which a
    prefix may be free.
    """
    drawn = random(CHANGE_ID_BYTES + 4 * LONGEST_PREFIX)
    text = to_reverse_hex(drawn[:CHANGE_ID_BYTES])
    for length in range(shortest, LONGEST_PREFIX + 1):
        place = CHANGE_ID_BYTES + 4 * (length - 1)
        start = int.from_bytes(drawn[place : place + 2], "big")
        # The number of prefixes is a power of two, so an odd step visits each of them once.
        step = int.from_bytes(drawn[place + 2 : place + 4], "big") | 1
        for turn in range(_TRIES):
            number = (start + turn * step) % 16**length
            prefix = f"{number:0{length}x}".translate(_TO_LETTERS)
            if not ROOT_CHANGE_ID.startswith(prefix) and not taken(prefix):
                return ChangeId(prefix + text[length:])
    return ChangeId(text)
