"""Search what is about to leave the machine for secrets: rows, documents and plain texts.

The patterns are those of `wj redact --secrets`, so that it removes what is found here. Left out are
the ones that judge a value by its randomness alone: each of their mistakes would stop a push or an
export. Opaque fields (signatures, encrypted reasoning, images) are not searched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from porcelain.maintenance.redacting.redact_json import redacted_row, redacted_text
from porcelain.maintenance.redacting.secret_patterns import Secrets
from porcelain.maintenance.redacting.text_pattern import Range, within

_OPAQUE = frozenset(
    ("signature", "thinkingSignature", "thoughtSignature", "encrypted_content", "reasoning_opaque")
)
_BINARY = re.compile(r"(?:data:[\w/+.;-]{1,100},)?[A-Za-z0-9+/=_-]{256,}+", re.ASCII)
_SHOWN = 4


def secrets_in_row(data: bytes) -> list[str]:
    """Return the secrets in a stored row or document, each once.

    Of each only the first characters are returned, so that it may be shown.
    """
    return _found(lambda finder: redacted_row(data, finder))


def secrets_in_text(text: str) -> list[str]:
    """Return the secrets in a plain text, shortened as those of `secrets_in_row`."""
    return _found(lambda finder: redacted_text(text, within(finder)))


def _found(search: Callable[[_Recorder], object]) -> list[str]:
    finder = _Recorder()
    search(finder)
    return [*finder.found]


class _Recorder:
    """A `Finder` that keeps what it finds."""

    is_literal = False

    def __init__(self) -> None:
        self.found: dict[str, None] = {}
        self._secrets = Secrets(by_randomness=False)

    def may_find(self, text: str) -> bool:
        return self._secrets.may_find(text)

    def find(self, text: str, key: str) -> Iterator[Range]:
        if key in _OPAQUE or _BINARY.fullmatch(text):
            return
        for start, stop in self._secrets.find(text, key):
            self.found[f"{text[start : start + _SHOWN]}…"] = None
            yield start, stop
