"""A row of the commit index; in a module of its own, since listings need no more than it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from store.ids import CommitId, TreeId


class CommitRow(NamedTuple):
    """What the index knows of a commit; `problem` says why its session cannot be read.

    `rows` counts stored elements, `messages` those with a role; `empty` says that it adds
    nothing to its parent, or to what its parents are merged, `generated` that its message is
    the default one, `conflict` that there are conflicts in its transcript.
    """

    pos: int
    id: CommitId
    tree: TreeId
    generation: int
    time: int
    header: str | None
    subject: str
    session: str | None
    model: str | None
    title: str | None
    format: str | None
    rows: int | None
    messages: int | None
    digest: bytes | None
    empty: bool
    generated: bool
    problem: str | None
    live: bool
    visible: bool
    conflict: bool

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> CommitRow:
        """Make a row of what sqlite returned for its columns in order."""
        return cls(row[0], row[1].hex(), row[2].hex(), *row[3:])
