"""What a template can say: tables of keywords, functions and methods.

A vocabulary belongs to what is shown: commits have one, operations another. All
share the methods, which are looked up by the type of the value before the dot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

from porcelain.language.template.value import Id, RenderFault, shortest

SubjectT = TypeVar("SubjectT")

STRING = "String"
INTEGER = "Integer"
BOOLEAN = "Boolean"
TEMPLATE = "Template"
CHANGE_ID = "ChangeId"
COMMIT_ID = "CommitId"
SHORTEST_PREFIX = "ShortestIdPrefix"


class Keyword(Generic[SubjectT]):
    """Something that a subject has; `help` is one line for the reference."""

    __slots__ = ("get", "help", "type")

    def __init__(self, type_name: str, get: Callable[[SubjectT], object], help_text: str) -> None:
        """Take the name of the value's type and how to get the value."""
        self.type = type_name
        self.get = get
        self.help = help_text


class Function(NamedTuple):
    """A function or method: the types of its arguments and what it makes of their values.

    The last `optional` arguments may be left out. A method gets its object's value first.
    `help` is one line for the reference.
    """

    usage: str
    arguments: tuple[str, ...]
    optional: int
    type: str
    apply: Callable[[Sequence[object]], object]
    help: str


class Vocabulary(Generic[SubjectT]):
    """All that templates about one kind of subject can say."""

    __slots__ = ("functions", "keywords", "methods")

    def __init__(
        self,
        keywords: Mapping[str, Keyword[SubjectT]],
        functions: Mapping[str, Function],
        methods: Mapping[str, Mapping[str, Function]],
    ) -> None:
        """Take the tables; `methods` is by type, then by name."""
        self.keywords = keywords
        self.functions = functions
        self.methods = methods


class CommitSubject(Protocol):
    """What the templates about commits need to know of one.

    The prefix lengths are methods, for they may have to be looked up.
    """

    @property
    def commit_id(self) -> str:
        """The whole commit id."""
        ...

    @property
    def change_id(self) -> str:
        """The whole change id."""
        ...

    @property
    def description(self) -> str:
        """The description as templates show it: empty, or with a newline at its end."""
        ...

    @property
    def immutable(self) -> bool:
        """Whether the commit is not to be rewritten."""
        ...

    def commit_prefix(self) -> int:
        """Return how many digits of the commit id name it alone."""
        ...

    def change_prefix(self) -> int:
        """Return how many letters of the change id name it alone."""
        ...


def _length(value: object) -> int:
    assert isinstance(value, int)
    if value < 0:
        raise RenderFault("a length cannot be negative")
    return value


def _short(values: Sequence[object]) -> object:
    of, length = values[0], _length(values[1]) if len(values) > 1 else 12
    assert isinstance(of, Id)
    return of.text[:length]


def _shortest(values: Sequence[object]) -> object:
    of, least = values[0], _length(values[1]) if len(values) > 1 else 0
    assert isinstance(of, Id)
    return shortest(of, least)


def _first_line(values: Sequence[object]) -> object:
    (text,) = values
    assert isinstance(text, str)
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

METHODS: dict[str, dict[str, Function]] = {
    STRING: {
        "first_line": Function(
            "first_line()", (), 0, STRING, _first_line, "The text up to its first newline"
        ),
    },
    CHANGE_ID: _ID_METHODS,
    COMMIT_ID: _ID_METHODS,
}

_COMMIT_KEYWORDS: dict[str, Keyword[CommitSubject]] = {
    "change_id": Keyword(
        CHANGE_ID,
        lambda commit: Id(commit.change_id, commit.change_prefix),
        "What stays the same while the commit is rewritten",
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
        BOOLEAN, lambda commit: commit.immutable, "Whether the commit is not to be rewritten"
    ),
}

COMMIT_VOCABULARY: Vocabulary[CommitSubject] = Vocabulary(_COMMIT_KEYWORDS, {}, METHODS)
