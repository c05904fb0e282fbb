"""What templates about sessions and tags can say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

from porcelain.language.template.keywords import (
    BOOLEAN,
    CHANGE_ID,
    COMMIT_ID,
    METHODS,
    STRING,
    CommitSubject,
    Function,
    Keyword,
    Vocabulary,
)
from porcelain.language.template.value import Id


class NameSubject(Protocol):
    """What the templates about names need to know of one."""

    @property
    def name(self) -> str:
        """The name without its remote."""
        ...

    @property
    def remote(self) -> str:
        """The remote whose name it is, empty for a local one."""
        ...

    @property
    def is_present(self) -> bool:
        """Whether it points anywhere; a local one that is deleted does not."""
        ...

    @property
    def is_conflicted(self) -> bool:
        """Whether it points to several commits."""
        ...

    @property
    def is_tracked(self) -> bool:
        """Whether it is a remote's that is tracked."""
        ...

    @property
    def is_synced(self) -> bool:
        """Whether it is where all that it is tied to are."""
        ...

    def commit(self) -> CommitSubject:
        """Return the one commit that it points to.

        Raises:
            RenderFault: there is none, or several.
        """
        ...


COMMIT = "Commit"


def _commit(values: Sequence[object]) -> CommitSubject:
    value = values[0]
    return cast("CommitSubject", value)


def _commit_id(values: Sequence[object]) -> object:
    commit = _commit(values)
    return Id(commit.commit_id, commit.commit_prefix)


def _change_id(values: Sequence[object]) -> object:
    commit = _commit(values)
    return Id(commit.change_id, commit.change_prefix)


_COMMIT_METHODS = {
    "commit_id": Function("commit_id()", (), 0, COMMIT_ID, _commit_id, "The commit's own id"),
    "change_id": Function(
        "change_id()", (), 0, CHANGE_ID, _change_id, "What stays while the commit is rewritten"
    ),
    "description": Function(
        "description()",
        (),
        0,
        STRING,
        lambda values: _commit(values).description,
        "The description, with a newline at its end",
    ),
}

NAME_VOCABULARY: Vocabulary[NameSubject] = Vocabulary(
    {
        "name": Keyword(STRING, lambda one: one.name, "The name, without its remote"),
        "remote": Keyword(STRING, lambda one: one.remote, "The remote's name; empty if local"),
        "present": Keyword(BOOLEAN, lambda one: one.is_present, "Whether it points anywhere"),
        "conflict": Keyword(
            BOOLEAN, lambda one: one.is_conflicted, "Whether it points to several commits"
        ),
        "tracked": Keyword(
            BOOLEAN, lambda one: one.is_tracked, "Whether it is a remote's that is tracked"
        ),
        "synced": Keyword(
            BOOLEAN, lambda one: one.is_synced, "Whether those that it is tied to are there too"
        ),
        "normal_target": Keyword(
            COMMIT, lambda one: one.commit(), "The commit that it points to, if it is one"
        ),
    },
    {},
    {**METHODS, COMMIT: _COMMIT_METHODS},
)
