"""One row of the commit index, in a module of its own because listings need no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from store.ids import CommitId, TreeId


class CommitRow(NamedTuple):
    """The facts of one commit; `problem` says why its session cannot be read.

    `rows` counts the stored rows, `messages` those with a role. `empty`: the transcript is the
    parent's, or the merge of the parents. `generated`: the message is the default one.
    `conflict`: the transcript has conflicts. `conversation`: the row of the agent's conversation,
    for `Index.conversation`.
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
    conversation: int | None = None

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> CommitRow:
        """Make a row from the values that sqlite returned for the columns in their order."""
        return cls(row[0], row[1].hex(), row[2].hex(), *row[3:])
