"""The content that an append adds to a session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Self

from store.session.message import messages_of
from store.tree_layout.append import StoredSession
from store.tree_layout.attachments import Attachments, check_changes

Headers = Sequence[tuple[str, str]]
_NOTHING = object()


class Addition(NamedTuple):
    """Messages, members of the header, headers of the commit, and attachments."""

    messages: Sequence[object]
    fields: Mapping[str, object]
    headers: Headers
    attachments: Attachments

    @classmethod
    def of(
        cls,
        messages: Iterable[object],
        fields: Mapping[str, object] | None,
        headers: Headers,
        attachments: Attachments | None,
    ) -> Self:
        """Return what is to be added.

        Raises:
            InvalidSession: one message in place of a sequence, no JSON value, or something that
                cannot be attached.
        """
        check_changes(attachments or {})
        return cls(messages_of(messages), fields or {}, headers, attachments or {})

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to add, to whatever session."""
        return not (self.messages or self.fields or self.attachments)

    def leaves_as_it_is(self, stored: StoredSession) -> bool:
        """Tell whether a session has all of it already, attachments aside."""
        header = stored.session.header
        same = all(header.get(key, _NOTHING) == value for key, value in self.fields.items())
        return same and not self.messages
