"""A message as templates see it: of a commit, of a whole conversation, or found by a search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from porcelain.cli.render.messages.rows import row_data
from porcelain.cli.render.terms.subject import Subject
from porcelain.index.text.said import said_at
from porcelain.language.template.value import Piece, Printed, RenderFault, Timestamp, clean
from porcelain.transcript.reading.message_parts import Parts, parts_of

if TYPE_CHECKING:
    from porcelain.transcript.row import Row


class FoundIn(NamedTuple):
    """Where a search found a message: session, excerpt, and time in milliseconds."""

    session: str | None
    excerpt: Sequence[Piece]
    time: int


class MessageTerms(Subject):
    """A message; for a row that cannot be read, `row` is the sentence that gives the reason."""

    def __init__(
        self,
        commit: Subject,
        number: int | None,
        row: Row | str,
        found: FoundIn | None = None,
    ) -> None:
        """Look nothing up yet."""
        super().__init__(commit.context)
        self.commit = commit
        self.number = number
        self._row = row
        self.found = found

    def get(self, name: str) -> object:
        """Return the value of a keyword.

        Raises:
            RenderFault: the row cannot be read.
        """
        return _MESSAGE[name](self)

    def data(self) -> dict[str, object]:
        """Return the message as `--json` has it."""
        return row_data(self.number, self._row)

    @property
    def row(self) -> Row:
        """The row.

        Raises:
            RenderFault: it cannot be read.
        """
        if isinstance(self._row, str):
            raise RenderFault(self._row)
        return self._row

    @cached_property
    def parts(self) -> Parts:
        """Its parts."""
        return parts_of(self.row)

    def time(self) -> Timestamp | None:
        """Return when it was written, if that is known."""
        moment = said_at(self.row) if self.found is None else self.found.time
        return None if moment is None else Timestamp(moment, self.context.now)

    def excerpt(self) -> Printed:
        """Return a line with what was searched for; without a search, the first line."""
        if self.found is not None:
            return Printed(self.found.excerpt)
        return Printed([("", clean(self.row.text.strip().partition("\n")[0]))])


_MESSAGE: dict[str, Callable[[MessageTerms], object]] = {
    "number": lambda one: one.number,
    "role": lambda one: one.row.role or "",
    "kind": lambda one: one.row.kind,
    "text": lambda one: one.row.text,
    "said": lambda one: one.parts.said,
    "thinking": lambda one: "\n\n".join(one.parts.thinking),
    "timestamp": lambda one: one.time(),
    "model": lambda one: one.row.model or "",
    "id": lambda one: one.row.native_id or "",
    "tools": lambda one: [call.name for call in one.parts.calls],
    "calls": lambda one: [call.line for call in one.parts.calls],
    "results": lambda one: list(one.row.results),
    "commit": lambda one: one.commit,
    "session": lambda one: (one.found and one.found.session) or "",
    "excerpt": lambda one: one.excerpt(),
    "raw": lambda one: one.row.raw.decode("utf-8", "backslashreplace"),
}
