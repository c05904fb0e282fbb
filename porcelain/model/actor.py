"""Actor: identity, clock and randomness, passed to the domain as arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from store.objects.commit import Signature


class Actor(NamedTuple):
    """The configured user, the operating system's user, and the sources of time and randomness.

    `clock` and `operation_clock` return milliseconds since the epoch, `zone` is the local time
    zone as git writes it, `random(n)` returns n random bytes.
    """

    name: str
    email: str
    user: str
    host: str
    clock: Callable[[], int]
    operation_clock: Callable[[], int]
    random: Callable[[int], bytes]
    zone: str = "+0000"

    def signature(self) -> Signature:
        """Return the signature of a commit made now."""
        from store.objects.commit import Signature

        return Signature(self.name, self.email, self.clock() // 1000, self.zone)
