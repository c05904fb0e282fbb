"""The vocabulary of templates about operations."""

from __future__ import annotations

from typing import Protocol

from porcelain.language.template.keywords import (
    BOOLEAN,
    COMMIT_ID,
    METHODS,
    STRING,
    Keyword,
    Vocabulary,
)
from porcelain.language.template.value import Id

OPERATION_ID = "OperationId"


class OperationSubject(Protocol):
    """An operation as templates see it.

    Missing texts are empty, as all of the root's are.
    """

    @property
    def id(self) -> str:
        """The whole id."""

    def prefix(self) -> int:
        """Return how many digits of the id name it alone."""

    @property
    def is_current(self) -> bool:
        """Whether it is the newest, or the one that `--at-op` names."""

    @property
    def is_root(self) -> bool:
        """Whether it is the virtual root operation."""

    def text(self, name: str) -> str:
        """Return a field as text, by the name of its keyword."""


_TEXTS = {
    "description": "The description",
    "kind": "The kind: `undo`, `outside`, the command's name",
    "time": "When it ended, in the local zone",
    "start": "When it began, in UTC, to the millisecond",
    "end": "When it ended, in UTC, to the millisecond",
    "user": "The user who ran it",
    "host": "The machine on which it was run",
    "replica": "The copy of the repository in which it was run",
    "workspace": "The workspace in which it was run; empty for changes from outside",
    "args": "The command line, without texts of messages",
    "parents": "The ids of the operations before it, separated by blanks",
}


def _text(name: str, help_text: str) -> Keyword[OperationSubject]:
    return Keyword(STRING, lambda operation: operation.text(name), help_text)


OPERATION_KEYWORDS: dict[str, Keyword[OperationSubject]] = {
    "id": Keyword(
        OPERATION_ID, lambda operation: Id(operation.id, operation.prefix), "The operation's id"
    ),
    **{name: _text(name, help_text) for name, help_text in _TEXTS.items()},
    "current_operation": Keyword(
        BOOLEAN, lambda operation: operation.is_current, "Whether it is the present one"
    ),
    "root": Keyword(
        BOOLEAN, lambda operation: operation.is_root, "Whether it is the root operation"
    ),
}
OPERATION_VOCABULARY = Vocabulary(
    OPERATION_KEYWORDS, {}, {**METHODS, OPERATION_ID: METHODS[COMMIT_ID]}
)
