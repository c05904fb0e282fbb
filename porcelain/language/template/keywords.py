"""Vocabularies of templates: tables of keywords, functions and methods.

Each kind of subject has a vocabulary: commits have one, operations another. All share the
methods, which are looked up by the type of the value before the dot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, NamedTuple, Protocol, TypeVar

from porcelain.language.template.value import Id, RenderFault, ShortestPrefix, shortest

SubjectT = TypeVar("SubjectT")

STRING = "String"
INTEGER = "Integer"
BOOLEAN = "Boolean"
TEMPLATE = "Template"
CHANGE_ID = "ChangeId"
COMMIT_ID = "CommitId"
SHORTEST_PREFIX = "ShortestIdPrefix"
COMMIT = "Commit"
OPERATION = "Operation"
# Values of these types have methods, but no text.
SUBJECTS = (COMMIT, OPERATION)


class Keyword(NamedTuple, Generic[SubjectT]):
    """A property of a subject: its type, and how to get it; `help` is for the reference."""

    type: str
    get: Callable[[SubjectT], object]
    help: str


class Function(NamedTuple):
    """A function or method: the types of its arguments, and how to compute its value.

    The last `optional` arguments may be left out. A method gets its object's value first.
    `help` is one line for the reference.
    """

    usage: str
    arguments: tuple[str, ...]
    optional: int
    type: str
    apply: Callable[..., object]
    help: str


class Vocabulary(NamedTuple, Generic[SubjectT]):
    """All words of templates about one kind of subject; `methods` is by type, then by name."""

    keywords: Mapping[str, Keyword[SubjectT]]
    functions: Mapping[str, Function]
    methods: Mapping[str, Mapping[str, Function]]


def methods_of(keywords: Mapping[str, Keyword[SubjectT]]) -> dict[str, Function]:
    """Return keywords as methods of a value that is a subject itself."""
    return {
        name: Function(f"{name}()", (), 0, keyword.type, keyword.get, keyword.help)
        for name, keyword in keywords.items()
    }


class CommitSubject(Protocol):
    """A commit as templates see it.

    The prefix lengths are methods, for they may have to be looked up.
    """

    @property
    def commit_id(self) -> str:
        """The whole commit id."""

    @property
    def change_id(self) -> str:
        """The whole change id."""

    @property
    def description(self) -> str:
        """The description as templates show it: empty, or with a newline at its end."""

    @property
    def immutable(self) -> bool:
        """Whether the commit must not be rewritten."""

    def commit_prefix(self) -> int:
        """Return how many digits of the commit id name it alone."""

    def change_prefix(self) -> int:
        """Return how many letters of the change id name it alone."""


def _short(of: Id, length: int = 12) -> str:
    _check_length(length)
    return of.text[:length]


def _shortest(of: Id, least: int = 0) -> ShortestPrefix:
    _check_length(least)
    return shortest(of, least)


def _check_length(length: int) -> None:
    if length < 0:
        raise RenderFault("a length cannot be negative")


def _first_line(text: str) -> str:
    return text.partition("\n")[0].removesuffix("\r")


_ID_METHODS = {
    "short": Function(
        "short([length])", (INTEGER,), 1, STRING, _short, "The first 12 digits, or so many"
    ),
    "shortest": Function(
        "shortest([length])",
        (INTEGER,),
        1,
        SHORTEST_PREFIX,
        _shortest,
        "The shortest unique prefix, with more digits beside it up to a length",
    ),
}
_FIRST_LINE = Function(
    "first_line()", (), 0, STRING, _first_line, "The text up to its first newline"
)
METHODS = {
    STRING: {"first_line": _FIRST_LINE},
    CHANGE_ID: _ID_METHODS,
    COMMIT_ID: _ID_METHODS,
}

COMMIT_KEYWORDS: dict[str, Keyword[CommitSubject]] = {
    "change_id": Keyword(
        CHANGE_ID,
        lambda commit: Id(commit.change_id, commit.change_prefix),
        "The id that stays the same while the commit is rewritten",
    ),
    "commit_id": Keyword(
        COMMIT_ID,
        lambda commit: Id(commit.commit_id, commit.commit_prefix),
        "The commit's own id",
    ),
    "description": Keyword(
        STRING, lambda commit: commit.description, "The description, with a newline at its end"
    ),
    "immutable": Keyword(
        BOOLEAN, lambda commit: commit.immutable, "Whether the commit must not be rewritten"
    ),
}
COMMIT_VOCABULARY = Vocabulary(COMMIT_KEYWORDS, {}, METHODS)
