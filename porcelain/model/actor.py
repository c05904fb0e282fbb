"""Actor: identity, clock and randomness, passed to the domain as arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from store.objects.commit import Signature


Sign = Callable[[bytes], str]
"""Returns the signature of the bytes of a commit, as text in armour."""


class Verdict(NamedTuple):
    """The result for one signature: who made it, or else why it does not count."""

    signer: str
    problem: str = ""


class Signing(NamedTuple):
    """How operations are signed (`sign`, None without a key) and signatures verified.

    `verify` takes the signed bytes, the signature, and the time at which it was made, in seconds.
    If it is `demanded`, only operations with a signature that counts are received.
    """

    sign: Sign | None
    verify: Callable[[bytes, str, int], Verdict]
    demanded: bool = False


class Actor(NamedTuple):
    """The configured user, the operating system's user, and the sources of time and randomness.

    `clock` and `operation_clock` return milliseconds since the epoch, `zone` is the local time
    zone as git writes it, `random(n)` returns n random bytes. `signing` is None where operations are
    not signed.
    """

    name: str
    email: str
    user: str
    host: str
    clock: Callable[[], int]
    operation_clock: Callable[[], int]
    random: Callable[[int], bytes]
    zone: str = "+0000"
    signing: Signing | None = None

    @property
    def sign(self) -> Sign | None:
        """The function that signs operations, where they are signed."""
        return self.signing.sign if self.signing is not None else None

    def signature(self) -> Signature:
        """Return the signature of a commit made now."""
        from store.objects.commit import Signature

        return Signature(self.name, self.email, self.clock() // 1000, self.zone)
