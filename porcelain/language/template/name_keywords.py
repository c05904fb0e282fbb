"""The vocabulary of templates about sessions and tags."""

from __future__ import annotations

from typing import Protocol

from porcelain.language.template.keywords import (
    BOOLEAN,
    COMMIT,
    COMMIT_KEYWORDS,
    METHODS,
    STRING,
    CommitSubject,
    Keyword,
    Vocabulary,
    methods_of,
)


class NameSubject(Protocol):
    """A session or tag as templates see it."""

    @property
    def name(self) -> str:
        """The name without its remote."""

    @property
    def remote(self) -> str:
        """The remote that it belongs to, empty for a local name."""

    @property
    def is_present(self) -> bool:
        """Whether it points anywhere; a deleted local name does not."""

    @property
    def is_conflicted(self) -> bool:
        """Whether it points to several commits."""

    @property
    def is_tracked(self) -> bool:
        """Whether it is a tracked name of a remote."""

    @property
    def is_synced(self) -> bool:
        """Whether all names that are tied to it point to the same commit."""

    def commit(self) -> CommitSubject:
        """Return the one commit that it points to.

        Raises:
            RenderFault: it points to no commit, or to several.
        """


_KEYWORDS: dict[str, Keyword[NameSubject]] = {
    "name": Keyword(STRING, lambda one: one.name, "The name, without its remote"),
    "remote": Keyword(STRING, lambda one: one.remote, "The remote's name; empty if local"),
    "present": Keyword(BOOLEAN, lambda one: one.is_present, "Whether it points anywhere"),
    "conflict": Keyword(
        BOOLEAN, lambda one: one.is_conflicted, "Whether it points to several commits"
    ),
    "tracked": Keyword(
        BOOLEAN, lambda one: one.is_tracked, "Whether it is a tracked name of a remote"
    ),
    "synced": Keyword(
        BOOLEAN, lambda one: one.is_synced, "Whether the names tied to it point to its commit"
    ),
    "normal_target": Keyword(
        COMMIT, lambda one: one.commit(), "The commit that it points to, if it is one"
    ),
}
NAME_VOCABULARY = Vocabulary(_KEYWORDS, {}, {**METHODS, COMMIT: methods_of(COMMIT_KEYWORDS)})
