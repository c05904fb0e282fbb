"""Identity members: whose row it is, apart from what was said.

An agent that copies a conversation writes the same rows under another conversation id, sometimes
with other row ids, links and times. A format declares these members as a table; the functions here
find them in a row's bytes, replace the conversation's id, and compute the row's *key*, which is
equal for the copies of a row.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Literal, NamedTuple

from porcelain.transcript.json_lines import Object, read_object
from store.document.json_scanner import member_spans
from store.errors import InvalidSession

KEY_BYTES = 16

Kind = Literal["value", "member", "conversation", "agent"]
"""How a member tells whose row it is.

- value: it is in every copy, with another value;
- member: some copies lack it;
- conversation: the conversation's id;
- agent: the id of the sub-agent whose conversation it is.
"""

Members = Mapping[str, "Kind | Members"]
"""A table of identity members: for a key its kind, or the table of the object under it."""

RowIdentity = Callable[[Object], tuple[str | None, Members]]
"""A format's function that returns a row's native id, and the table of its identity members."""

_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), check_circular=False).encode


class KeyChain:
    """Computes the keys of a conversation's rows, in order.

    `origin` is the native id of the original of the row whose key was computed last.
    A row with a native id has a key of its own. The key of any other row covers all rows before
    it, so equal keys mean conversations that are equal up to there.
    """

    __slots__ = ("_after", "_identity", "origin")

    def __init__(self, identity: RowIdentity, after: bytes = b"") -> None:
        """Begin behind the row whose key is `after`, by default before the first row."""
        self._identity = identity
        self._after = after
        self.origin: str | None = None

    def next(self, raw: bytes, value: Object | None = None) -> bytes:
        """Return the key of the next row; `value` is what `read_object` makes of its bytes."""
        if value is None:
            try:
                value = read_object(raw)
            except InvalidSession:
                self.origin = None
                return self._hash(b"damaged", raw)
        native_id, members = self._identity(value)
        self.origin = native_id
        try:
            said = _canonical(without(value, members)).encode()
        except RecursionError:
            said = raw
        if native_id is None:
            return self._hash(b"after", said)
        name = native_id.encode("utf-8", "surrogatepass")
        self._after = _digest(b"id", len(name).to_bytes(4, "big"), name, said)
        return self._after

    def _hash(self, kind: bytes, content: bytes) -> bytes:
        self._after = _digest(kind, len(self._after).to_bytes(1, "big"), self._after, content)
        return self._after


def without(value: Object, members: Members) -> Object:
    """Return a row's value without its identity members."""
    found = {}
    for key, item in value.items():
        kind = members.get(key)
        if kind is None:
            found[key] = item
        elif not isinstance(kind, str):
            found[key] = without(item, kind) if isinstance(item, dict) else item
    return found


def with_ids(raw: bytes, identity: RowIdentity, conversation: str, agent: str | None) -> bytes:
    """Return a row with the ids of its conversation, and of its sub-agent, replaced.

    Every other byte stays. A damaged row, or one that names no conversation, is returned as it is.
    """
    new = {"conversation": _text(conversation)}
    if agent is not None:
        new["agent"] = _text(agent)
    made: list[bytes] = []
    done = 0
    for place in _places(raw, identity):
        text = new.get(place.kind)
        if text is not None and raw[place.start : place.start + 1] == b'"':
            made += [raw[done : place.start], text]
            done = place.stop
    return b"".join([*made, raw[done:]]) if made else raw


def spans(raw: bytes, identity: RowIdentity) -> tuple[tuple[int, int], ...]:
    """Return the places (start, stop) of a row's identity, in bytes, ascending and apart.

    They are the values of members that every copy has, and whole members, each with one comma,
    where some copies lack them. Outside these places the copies of a row are equal, apart from
    how JSON may be written in several ways. A damaged row has none.
    """
    return tuple((place.start, place.stop) for place in _places(raw, identity))


class _Place(NamedTuple):
    """A part of a row's text that identity members fill."""

    start: int
    stop: int
    kind: str


def _places(raw: bytes, identity: RowIdentity) -> list[_Place]:
    """Return the places of a row's identity members, in bytes."""
    try:
        _, members = identity(read_object(raw))
        text = raw.decode()
        found = list(_found(text, 0, members))
    except InvalidSession:
        return []
    return found if len(text) == len(raw) else list(_in_bytes(text, found))


def _found(text: str, opening: int, members: Members) -> Iterator[_Place]:
    """Yield the places of the identity members of one object, in characters."""
    whole = True  # all members before this one are identity members as a whole
    here = list(member_spans(text, opening))
    for index, member in enumerate(here):
        kind = members.get(member.key)
        if kind == "member":
            if whole:
                last = index + 1 == len(here)
                yield _Place(member.token, member.stop if last else here[index + 1].token, kind)
            else:
                yield _Place(here[index - 1].stop, member.stop, kind)
        elif isinstance(kind, str):
            yield _Place(member.start, member.stop, kind)
        elif kind is not None and isinstance(member.value, dict):
            yield from _found(text, member.start, kind)
        whole = whole and kind == "member"


def _in_bytes(text: str, found: Iterable[_Place]) -> Iterator[_Place]:
    """Turn places in characters into places in UTF-8 bytes."""
    characters = size = 0
    for place in found:
        start = size + len(text[characters : place.start].encode())
        stop = start + len(text[place.start : place.stop].encode())
        characters, size = place.stop, stop
        yield _Place(start, stop, place.kind)


def _text(value: str) -> bytes:
    return json.dumps(value).encode()


def _digest(*parts: bytes) -> bytes:
    return blake2b(b"".join(parts), digest_size=KEY_BYTES).digest()
