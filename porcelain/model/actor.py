"""Who acts, when, and with what randomness: given to the domain, never looked up by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from store.objects.commit import Signature


class Actor(NamedTuple):
    """The configured user, the operating system's user, and the sources of time and chance.

    `clock` and `operation_clock` return milliseconds since the epoch, `zone` is the local
    one as git writes it, `random` returns that many random bytes.
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
