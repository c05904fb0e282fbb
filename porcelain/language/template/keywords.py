"""Vocabularies of templates: tables of keywords, functions and methods.

Each kind of subject has a vocabulary: commits have one, operations another. All share the
methods, which are looked up by the type of the value before the dot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from porcelain.display import ago
from porcelain.language.template.value import (
    Id,
    RenderFault,
    ShortestPrefix,
    Timestamp,
    shortest,
)

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
TIMESTAMP = "Timestamp"
LIST = "List<"
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

    def fact(self, name: str) -> Any:
        """Return a fact by the name of its keyword; the index has all of them."""

    def data(self) -> dict[str, object]:
        """Return the commit as `--json` has it."""

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


def _substr(text: str, start: int, end: int | None = None) -> str:
    return text[start:end]


def _method(
    usage: str,
    apply: Callable[..., object],
    help_text: str,
    *arguments: str,
    gives: str = STRING,
    optional: int = 0,
) -> tuple[str, Function]:
    name = usage.partition("(")[0]
    return name, Function(usage, arguments, optional, gives, apply, help_text)


_STRING_METHODS = dict(
    [
        _method("first_line()", _first_line, "The text up to its first newline"),
        _method("lines()", str.splitlines, "The lines", gives=f"{LIST}{STRING}>"),
        _method("len()", len, "The number of characters", gives=INTEGER),
        _method("upper()", str.upper, "In upper case"),
        _method("lower()", str.lower, "In lower case"),
        _method("trim()", str.strip, "Without the space around it"),
        _method("contains(text)", str.__contains__, "Whether it has a text", STRING, gives=BOOLEAN),
        _method("starts_with(text)", str.startswith, "Whether it begins so", STRING, gives=BOOLEAN),
        _method("ends_with(text)", str.endswith, "Whether it ends so", STRING, gives=BOOLEAN),
        _method("remove_prefix(text)", str.removeprefix, "Without this beginning", STRING),
        _method("remove_suffix(text)", str.removesuffix, "Without this end", STRING),
        _method("replace(old, new)", str.replace, "With another text", STRING, STRING),
        _method("split(text)", str.split, "Its parts", STRING, gives=f"{LIST}{STRING}>"),
        _method("substr(start[, end])", _substr, "From a place on", INTEGER, INTEGER, optional=1),
    ]
)
_LIST_METHODS = dict(
    [
        _method(
            "len()",
            len,
            "The number of items; also `map(|x| …)`, `filter(|x| …)`, `join(separator)`",
            gives=INTEGER,
        ),
    ]
)
_TIMESTAMP_METHODS = dict(
    [
        _method("ago()", lambda one: ago(one.now() - one.milliseconds), "How long ago, in words"),
        _method("format(form)", lambda one, form: one.written(form), "As `strftime` does", STRING),
        _method(
            "utc()",
            lambda one: Timestamp(one.milliseconds, one.now, utc=True),
            "In UTC",
            gives=TIMESTAMP,
        ),
        _method(
            "local()",
            lambda one: Timestamp(one.milliseconds, one.now),
            "In the local zone",
            gives=TIMESTAMP,
        ),
    ]
)
_PREFIX_METHODS = dict(
    [
        _method("prefix()", lambda one: one.prefix, "The unique prefix"),
        _method("rest()", lambda one: one.rest, "What is shown beside it"),
    ]
)
METHODS = {
    STRING: _STRING_METHODS,
    LIST: _LIST_METHODS,
    TIMESTAMP: _TIMESTAMP_METHODS,
    SHORTEST_PREFIX: _PREFIX_METHODS,
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


def _fact(name: str, kind: str, help_text: str) -> tuple[str, Keyword[CommitSubject]]:
    return name, Keyword(kind, lambda commit: commit.fact(name), help_text)


COMMIT_KEYWORDS.update(
    [
        _fact("title", STRING, "The description's first line, or the last prompt's"),
        _fact("model", STRING, "The model"),
        _fact("agent", STRING, "The transcript's format"),
        _fact("project", STRING, "The working folder of the conversation"),
        _fact("session_title", STRING, "The title that the conversation was given"),
        _fact("messages", INTEGER, "The number of messages of the conversation"),
        _fact("timestamp", TIMESTAMP, "The time"),
        _fact("sessions", f"{LIST}{STRING}>", "The sessions that point to it, as they are shown"),
        _fact("bookmarks", f"{LIST}{STRING}>", "The same as `sessions`"),
        _fact("tags", f"{LIST}{STRING}>", "The tags that point to it"),
        _fact("working_copies", f"{LIST}{STRING}>", "The workspaces there, if there are several"),
        _fact("parents", f"{LIST}{COMMIT}>", "The parents"),
        _fact("change_offset", INTEGER, "Which version of its change it is, 0 the newest"),
        _fact("current_working_copy", BOOLEAN, "Whether it is `@`"),
        _fact("root", BOOLEAN, "Whether it is the root commit"),
        _fact("empty", BOOLEAN, "Whether it adds no messages"),
        _fact("hidden", BOOLEAN, "Whether it is hidden"),
        _fact("divergent", BOOLEAN, "Whether its change has several visible commits"),
        _fact("conflict", BOOLEAN, "Whether it has conflicted messages"),
    ]
)
COMMIT_KEYWORDS["self"] = Keyword(COMMIT, lambda commit: commit, "The commit itself, for `json`")
COMMIT_VOCABULARY = Vocabulary(
    COMMIT_KEYWORDS, {}, {**METHODS, COMMIT: methods_of(COMMIT_KEYWORDS)}
)
