"""Facts about commits and names that revset functions ask for, answered from the index.

Rows are read ahead if they are asked for in order, so that a predicate over all commits costs
one query for some hundred of them. Only whole messages and signatures are read from git's
objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from porcelain.graph.native_ids import conversations, position_by_native_id
from porcelain.index.view_rows import get_row, part_rows, remote_part, remotes_of, title_of
from porcelain.model.view_value import WORKSPACES, Workspace, parse_target
from store.document.agent_facts import NO_CONVERSATION, Conversation
from store.ids import EMPTY_TREE, NULL_ID, CommitId
from store.index.commit_index import Index
from store.objects.commit import Commit, Signature, read_commit

if TYPE_CHECKING:
    from porcelain.language.revset.graph_protocol import Text
    from store.index.commit_row import CommitRow

_MOST_AHEAD = 256


class CommitFacts:
    """The facts of one graph, for one evaluation."""

    def __init__(self, index: Index, email: Callable[[], str], now: Callable[[], int]) -> None:
        """Read nothing yet; `email` is the user's address, `now` the time in milliseconds."""
        self._index = index
        self.email = email
        self.now = now
        self._rows: dict[int, CommitRow] = {}
        self._ahead = 1
        self._last = 0
        self._conversations: dict[int, Conversation] = {}
        self._commit: tuple[int, Commit] | None = None

    def row(self, position: int) -> CommitRow:
        """Return a commit's row in the index; the root has none."""
        if position not in self._rows:
            near = 0 < self._last - position <= 2 * self._ahead
            self._ahead = min(2 * self._ahead, _MOST_AHEAD) if near else 1
            found = self._index.rows("pos <= ? ORDER BY pos DESC LIMIT ?", (position, self._ahead))
            self._rows = {row.pos: row for row in found}
        self._last = position
        return self._rows[position]

    def commit(self, position: int) -> Commit:
        """Return a commit as it is stored; the root is an empty one without an author.

        Raises:
            ObjectNotFound, CorruptObject: it cannot be read.
        """
        if self._commit is None or self._commit[0] != position:
            nobody = Signature("", "", 0)
            found = (
                read_commit(self._index.repository, self.row(position).id)
                if position
                else Commit(EMPTY_TREE, (), nobody, nobody, "")
            )
            self._commit = position, found
        return self._commit[1]

    def signatures(self, position: int) -> tuple[Signature, Signature]:
        """Return author and committer.

        Raises:
            ObjectNotFound, CorruptObject: the commit cannot be read.
        """
        commit = self.commit(position)
        return commit.author, commit.committer

    def time(self, position: int) -> int:
        """Return when a commit was written, in seconds."""
        return self.row(position).time if position else 0

    def description(self, position: int) -> str:
        """Return the description with a newline at its end; "" if there is none but a generated one."""
        if not position or self.row(position).generated or not self.row(position).subject:
            return ""
        return f"{self.commit(position).message.rstrip()}\n"

    def subject(self, position: int) -> str:
        """Return the description's first line, or ""."""
        if not position or self.row(position).generated:
            return ""
        return self.row(position).subject

    def title(self, position: int) -> str:
        """Return the title that listings show for a commit."""
        return title_of(self.row(position)) if position else ""

    def model(self, position: int) -> str:
        """Return the model of a conversation, or ""."""
        return (self.row(position).model or "") if position else ""

    def session(self, position: int) -> str:
        """Return the id in a conversation's document, or ""."""
        return (self.row(position).session or "") if position else ""

    def project(self, position: int) -> str:
        """Return the working folder of a conversation, or ""."""
        return self._conversation(position).facts.project

    def agents(self, position: int) -> list[str]:
        """Return the formats of a conversation, each alone and with the agent's version."""
        formats = ((self.row(position).format or "") if position else "").split("+")
        version = self._conversation(position).facts.version
        return [*formats, *(f"{name} {version}" for name in formats if version)]

    def native(self, native_id: str) -> Callable[[int], bool]:
        """Return a test of commits: whether they are of the conversation, or add the row, of an id."""
        wanted = conversations(self._index, native_id)
        if not wanted:
            found = position_by_native_id(self._index, native_id)
            return lambda position: position == found
        return lambda position: bool(position) and self.row(position).conversation in wanted

    def is_empty(self, position: int) -> bool:
        """Tell whether a commit adds nothing to its parents; the root counts as empty."""
        return not position or bool(self.row(position).empty)

    def is_conflicted(self, position: int) -> bool:
        """Tell whether a commit holds a conflict."""
        return bool(position) and bool(getattr(self.row(position), "conflict", False))

    def messages(self, position: int) -> int:
        """Return how many messages a conversation has; 0 for the root."""
        return (self.row(position).messages or 0) if position else 0

    def has_words(self, words: str) -> Callable[[str], bool]:
        """Return the test of texts that `wj search` makes for words.

        Raises:
            Refused: there is no word in it.
        """
        from porcelain.index.text.question import Words

        return Words(words).fits

    def adds_words(self, words: str) -> Callable[[int], bool]:
        """Return the test whether a commit adds a message that `wj search` finds by words.

        Raises:
            Refused: there is no word in it.
        """
        from porcelain.graph.said_facts import SaidFacts
        from porcelain.index.text.find import Wanted
        from porcelain.index.text.question import Words

        return SaidFacts(self._index, Wanted(Words(words))).adds

    def adds(self, kind: str, test: Callable[[str], bool]) -> Callable[[int], bool]:
        """Return the test whether a commit adds a message whose "text", "role" or "tool" fits."""
        from porcelain.graph.said_facts import SaidFacts
        from porcelain.index.text.find import Wanted
        from porcelain.index.text.question import Passing

        wanted = {
            "text": Wanted(Passing(test)),
            "role": Wanted(role=test),
            "tool": Wanted(tool=test),
        }
        return SaidFacts(self._index, wanted[kind]).adds

    def divergent(self) -> Iterator[int]:
        """Yield the visible commits that share their change id with other visible ones, descending."""
        sql = (
            "SELECT pos FROM changes JOIN commits USING (pos) WHERE visible = 1 AND change IN "
            "(SELECT change FROM changes JOIN commits USING (pos) WHERE visible = 1 AND change "
            "IN (SELECT change FROM changes WHERE again = 1) GROUP BY change HAVING count(*) > 1) "
            "ORDER BY pos DESC"
        )
        return (row[0] for row in self._index.query(sql))

    def names(self, part: str, name: Text) -> list[int]:
        """Return the positions that matching names of a part point to, all sides of conflicted ones."""
        return self._targets(self._values(part, name))

    def remote_names(self, part: str, name: Text, remote: Text, tracked: bool | None) -> list[int]:
        """Return the positions of matching remote names; with `tracked` None of both kinds."""
        found = []
        for one in remotes_of(self._index, part):
            if remote.matches(one):
                for value in self._values(remote_part(one, part), name):
                    state, _, target = value.partition(" ")
                    if tracked is None or (state == "tracked") == tracked:
                        found.append(target)
        return self._targets(found)

    def working_copies(self) -> list[int]:
        """Return the positions of all workspaces."""
        places = [Workspace.of(value).commit for _, value in part_rows(self._index, WORKSPACES)]
        return self.positions_of(commit for commit in places if commit)

    def positions_of(self, ids: Iterable[str]) -> list[int]:
        """Return the positions of those commits that the index has, in any order."""
        wanted = [CommitId(one) for one in ids]
        root = [0] if NULL_ID in wanted else []
        return [*root, *self._index.positions(wanted).values()]

    def _conversation(self, position: int) -> Conversation:
        row = self.row(position) if position else None
        key = row.conversation if row is not None else None
        if row is None or key is None:
            return NO_CONVERSATION
        if key not in self._conversations:
            self._conversations[key] = self._index.conversation(row)
        return self._conversations[key]

    def _values(self, part: str, name: Text) -> list[str]:
        if name.exact is not None:
            value = get_row(self._index, part, name.exact)
            return [] if value is None else [value]
        return [value for key, value in part_rows(self._index, part) if name.matches(key)]

    def _targets(self, values: Iterable[str]) -> list[int]:
        return self.positions_of(
            {side for value in values for side in parse_target(value)[::2] if side}
        )
