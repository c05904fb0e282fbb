"""The facts about commits that all looks share, and commits as data."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from porcelain.display import iso_time, plain
from porcelain.graph.workspace_list import Listed, list_workspaces
from porcelain.index.id_sources import ROOT_CHANGE, ROOT_COMMIT
from porcelain.index.view_rows import (
    conflicted_names,
    keys_of,
    remote_part,
    remotes_of,
    shown_commit,
    title_of,
)
from porcelain.model.ids import ChangeId
from porcelain.model.view_value import SESSIONS, TAGS, parse_target
from porcelain.repo.reader import RepoReader
from store.ids import CommitId
from store.index.commit_row import CommitRow

if TYPE_CHECKING:
    from porcelain.cli.run.colors import Piece
    from porcelain.language.revset.position_set import Selection
    from store.document.agent_facts import Conversation

_UUID_PART = 8


class Commits:
    """The commits of a repository in its present state, ready to be shown.

    Facts that all commits share (conflicted names, workspaces) are looked up once.
    """

    def __init__(self, repo: RepoReader) -> None:
        """Look nothing up yet."""
        self.repo = repo
        self.graph = repo.graph
        self._conflicts: dict[str, list[tuple[str, str]]] = {}
        self._workspaces: list[Listed] | None = None
        self._remotes: dict[str, list[str]] = {}
        self.current = repo.workspace.commit
        self._conversations: dict[int, Conversation] = {}
        self._at = 0
        self._seen: tuple[CommitRow, ChangeId, int] | None = None
        self._selections: dict[str, Selection] = {}

    def look(self, position: int) -> tuple[CommitRow, ChangeId, int]:
        """Return a commit, its change id and how many visible commits that has; keeps the last."""
        if self._seen is None or self._at != position:
            self._at, self._seen = position, shown_commit(self.repo.index, position)
        return self._seen

    def find(self, commit_id: CommitId) -> int | None:
        """Return a commit's position, None where the index does not know it."""
        return self.repo.index.position(commit_id)

    def turns_between(self, one: int, other: int) -> int:
        """Return how many commits the longest line from a commit to an ancestor leaves out."""
        rows = (self.repo.row(position) if position else None for position in (one, other))
        above, below = (row.generation if row is not None else 0 for row in rows)
        return max(abs(above - below) - 1, 1)

    def glyph(self, position: int) -> Piece:
        """Return the symbol of a commit in the graph."""
        if not position:
            return "node immutable", "◆"
        row, _, _ = self.look(position)
        if row.id == self.current:
            return "node working_copy", "@"
        if self.repo.is_immutable(position):
            return "node immutable", "◆"
        return ("node conflict", "×") if row.problem or row.conflict else ("node", "○")

    def data(self, position: int) -> dict[str, object]:
        """Return a commit as data; all of it comes from the index."""
        if not position:
            fixed: dict[str, object] = {"commit_id": ROOT_COMMIT, "change_id": ROOT_CHANGE}
            return fixed | {"parents": [], "root": True, "description": "", "title": ""}
        row, change_id, alike = self.look(position)
        return {
            "commit_id": row.id,
            "change_id": change_id,
            "parents": [self.graph.commit_id(parent) for parent in self.graph.parents(position)],
            "root": False,
            "current": row.id == self.current,
            "sessions": self.names(row, SESSIONS),
            "tags": self.names(row, TAGS),
            "workspaces": self._places(row),
            "session_id": row.session,
            "model": row.model or None,
            "format": row.format,
            **self._conversation(row),
            "timestamp": iso_time(row.time),
            "messages": row.messages,
            "rows": row.rows,
            "empty": bool(row.empty),
            "divergent": bool(row.visible) and alike > 1,
            "conflict": bool(row.conflict),
            "hidden": not row.visible,
            "description": "" if row.generated else row.subject,
            "title": title_of(row),
            "problem": row.problem,
        }

    def names(self, row: CommitRow, part: str) -> list[str]:
        """Return the sessions or tags at a commit in byte order, conflicted ones last."""
        conflicted = [
            name for name, value in self._conflicted(part) if row.id in parse_target(value)[::2]
        ]
        return [*keys_of(self.repo.index, part, row.id), *conflicted]

    def remote_names(self, row: CommitRow, part: str) -> list[tuple[str, str]]:
        """Return the sessions or tags of remotes at a commit, each with its remote; in byte order."""
        index = self.repo.index
        if part not in self._remotes:
            self._remotes[part] = remotes_of(index, part)
        return sorted(
            (name, remote)
            for remote in self._remotes[part]
            for state in ("tracked", "untracked")
            for name in keys_of(index, remote_part(remote, part), f"{state} {row.id}")
        )

    def _conflicted(self, part: str) -> list[tuple[str, str]]:
        if part not in self._conflicts:
            self._conflicts[part] = conflicted_names(self.repo.index, part)
        return self._conflicts[part]

    def conversation(self, row: CommitRow) -> Conversation:
        """Return the agent's conversation that a commit belongs to."""
        number = row.conversation or 0
        if number not in self._conversations:
            self._conversations[number] = self.repo.index.conversation(row)
        return self._conversations[number]

    def _conversation(self, row: CommitRow) -> dict[str, object]:
        """Return what the agent knew about a commit's conversation, as data."""
        native_id, facts = self.conversation(row)
        return {
            "native_id": native_id or None,
            "session_title": facts.title or None,
            "project": facts.project or None,
            "git_branch": facts.branch or None,
            "agent_version": facts.version or None,
            "started_by": facts.started_by or None,
        }

    def project_name(self, row: CommitRow) -> str:
        """Return the last part of the working folder of a commit's conversation."""
        return self.conversation(row).facts.project.rstrip("/").rpartition("/")[2]

    def is_conflicted(self, part: str, name: str) -> bool:
        """Tell whether a session or tag points to several commits."""
        return any(name == one for one, _ in self._conflicted(part))

    def selection(self, revset: str, select: Callable[[str], Selection]) -> Selection:
        """Return the commits of a revset, which is evaluated once."""
        if revset not in self._selections:
            self._selections[revset] = select(revset)
        return self._selections[revset]

    def short_name(self, part: str, name: str) -> str:
        """Return a name as it is shown: of a session's that is a UUID the unique beginning."""
        if part == SESSIONS and len(name) > _UUID_PART and name[_UUID_PART] == "-":
            from porcelain.index.short_names import short_name

            return short_name(self.repo.index, name)
        return plain(name)

    def title(self, row: CommitRow) -> str:
        """Return a commit's title: that of a fresh fork says where it was forked."""
        if row.empty and row.generated and row.session:
            above = self.graph.parents(row.pos)
            parent = self.repo.row(above[0]) if len(above) == 1 and above[0] else None
            if parent is not None and parent.session and parent.session != row.session:
                change = self.repo.change_id(parent.pos)[:8]
                names = [f"{self.short_name(SESSIONS, one)}, " for one in self.names(row, SESSIONS)]
                return f"{(names or [''])[0]}forked from {change} at message {parent.messages}"
        return title_of(row)

    def _all_workspaces(self) -> list[Listed]:
        if self._workspaces is None:
            replica = self.repo.workspace_key.partition("/")[0]
            self._workspaces = list_workspaces(self.repo.index, replica)
        return self._workspaces

    def places(self, row: CommitRow) -> list[str]:
        """Return the workspaces at a commit as the log shows them: none if there is one alone."""
        if len(self._all_workspaces()) < 2:
            return []
        return self._places(row)

    def _places(self, row: CommitRow) -> list[str]:
        return [one.shown for one in self._all_workspaces() if one.place.commit == row.id]


def place_name(name: str) -> str:
    """Return the name of a workspace as it is shown at a commit."""
    return plain(name) if "@" in name else f"{plain(name)}@"
