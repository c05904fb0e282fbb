"""A map from ids of one length to small numbers, in a fifth of a dict's memory."""

from __future__ import annotations

from array import array

_FIRST_SLOTS = 1024


class CompactMap:
    """A map of keys of `size` bytes to numbers below 2**32; an entry takes about `size` + 16 bytes."""

    def __init__(self, size: int) -> None:
        """Begin empty."""
        self._size = size
        self._slots = array("I", bytes(4 * _FIRST_SLOTS))
        self._keys = bytearray()
        self._values = array("I")

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, key: bytes) -> bool:
        return self._slots[self._place(key)] != 0

    def get(self, key: bytes) -> int | None:
        """Return the number of a key, or None."""
        found = self._slots[self._place(key)]
        return self._values[found - 1] if found else None

    def __setitem__(self, key: bytes, value: int) -> None:
        place = self._place(key)
        found = self._slots[place]
        if found:
            self._values[found - 1] = value
            return
        self._keys += key
        self._values.append(value)
        self._slots[place] = len(self._values)
        if len(self._values) * 2 > len(self._slots):
            self._slots = array("I", bytes(8 * len(self._slots)))
            for number in range(len(self._values)):
                self._slots[self._place(self._key(number))] = number + 1

    def _key(self, number: int) -> bytes:
        return bytes(self._keys[number * self._size : (number + 1) * self._size])

    def _place(self, key: bytes) -> int:
        """Return the slot of a key, or the empty one where it belongs."""
        last = len(self._slots) - 1
        place = hash(key) & last
        while (found := self._slots[place]) and self._key(found - 1) != key:
            place = (place + 1) & last
        return place
