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
    session: str | None = None
    model: str | None = None
    title: str | None = None
    format: str | None = None
    rows: int | None = None
    messages: int | None = None
    digest: bytes | None = None
    empty: bool = False
    generated: bool = False
    problem: str | None = None
    live: bool = False
    visible: bool = False
    conflict: bool = False

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> CommitRow:
        """Make a row of what sqlite returned for its columns in order."""
        return cls(row[0], row[1].hex(), row[2].hex(), *row[3:])
