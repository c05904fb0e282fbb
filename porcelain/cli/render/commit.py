"""Commits as text and as data: one line in messages, two lines in the log.

summary     xqtlwwzr 3f2a9c11 name | (empty) title
entry       xqtlwwzr model 2026-03-12 09:14:02 name 14 messages 3f2a9c11
            title
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from porcelain.cli.run.colors import Piece
from porcelain.display import ago, counted, iso_time, local_time, plain
from porcelain.graph.workspace_list import Listed, list_workspaces
from porcelain.index.id_sources import ROOT_CHANGE, ROOT_COMMIT
from porcelain.index.view_rows import conflicted_names, keys_of, shown_commit, title_of
from porcelain.model.ids import ChangeId
from porcelain.model.view_value import SESSIONS, TAGS, parse_target
from porcelain.repo.reader import RepoReader
from store.ids import CommitId
from store.index.commit_row import CommitRow

if TYPE_CHECKING:
    from store.document.agent_facts import Conversation

SHORT = 8
NO_DESCRIPTION = "(no description set)"


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
        self.current = repo.workspace.commit
        self._conversations: dict[int, Conversation] = {}
        self._at = 0
        self._seen: tuple[CommitRow, ChangeId, int] | None = None

    def _look(self, position: int) -> tuple[CommitRow, ChangeId, int]:
        """Return a commit, its change id and how many visible commits that has; keeps the last."""
        if self._seen is None or self._at != position:
            self._at, self._seen = position, shown_commit(self.repo.index, position)
        return self._seen

    def summary(
        self, position: int, *, names: bool = True, of_session: bool = False
    ) -> list[Piece]:
        """Return the line that shows a commit in messages and in `status`.

        With `of_session` the session's title takes the place of a title from the last prompt.
        """
        pieces = [*self._change_id(position), ("", " "), *self._commit_id(position)]
        if not position:
            return [*pieces, ("", " "), ("root", "root()")]
        row, _, alike = self._look(position)
        here = [*self.shown(row, SESSIONS), *self.shown(row, TAGS)] if names else []
        if here:
            pieces += [*_spaced(here), ("", " "), ("separator", "|")]
        given = self._session_title(row) if of_session and row.generated else []
        title = given or self._title(row)
        return [*pieces, *_spaced(_labels(row, alike, empty=True)), ("", " "), *title]

    def change(self, position: int) -> list[Piece]:
        """Return a commit's change id, shortened, with the prefix that names it apart."""
        return self._change_id(position)

    def named(self, commit_id: CommitId, *, of_session: bool = False) -> list[Piece]:
        """Return the line that shows a commit, without names; it may be unknown to the index.

        `of_session` is that of `summary`.
        """
        position = self.find(commit_id)
        if position is None:
            return [("commit_id", commit_id[:12]), ("", " "), ("unreadable", "(unreadable)")]
        return self.summary(position, names=False, of_session=of_session)

    def of_session(self, commit_id: CommitId, now: int) -> list[Piece]:
        """Return what a list shows of a session at a commit; `now` is in milliseconds."""
        position = self.find(commit_id)
        if not position:
            return self.named(commit_id)
        row, _, alike = self._look(position)
        project = self.conversation(row).facts.project.rstrip("/").rpartition("/")[2]
        parts: list[list[Piece]] = [
            [*self._change_id(position), ("", " "), *self._commit_id(position)],
            [("timestamp", ago(now - row.time * 1000))],
            [("agent", plain(row.format or ""))],
            [("project", plain(project))],
            [("model", plain(row.model or ""))],
            [("count", counted(row.messages or 0, "message"))],
            *_labels(row, alike, empty=True),
        ]
        pieces = _spaced([part for part in parts if part[0][1]])[1:]
        title = (self._session_title(row) if row.generated else []) or self._title(row)
        return [*pieces, ("", " "), ("separator", "|"), ("", " "), *title]

    def find(self, commit_id: CommitId) -> int | None:
        """Return a commit's position, None where the index does not know it."""
        return self.repo.index.position(commit_id)

    def line(self, position: int) -> str:
        """Return the summary as plain text."""
        return "".join(text for _, text in self.summary(position))

    def entry(self, position: int) -> list[Piece]:
        """Return a commit's entry in the log; ends with a newline."""
        pieces = self._change_id(position)
        if not position:
            pieces += [("", " "), ("root", "root()"), ("", " "), *self._commit_id(position)]
            return [*pieces, ("", "\n")]
        row, _, alike = self._look(position)
        pieces += _spaced(self._facts(row))
        pieces += [("", " "), *self._commit_id(position)]
        pieces += [*_spaced(_labels(row, alike, empty=False)), ("", "\n")]
        if row.empty:
            pieces += [("empty", "(empty)"), ("", " ")]
        pieces += self._title(row)
        if row.id == self.current:
            pieces = [(f"current {labels}", text) for labels, text in pieces]
        return [*pieces, ("", "\n")]

    def turns_between(self, one: int, other: int) -> int:
        """Return how many commits the longest line from a commit to an ancestor leaves out."""
        rows = (self.repo.row(position) if position else None for position in (one, other))
        above, below = (row.generation if row is not None else 0 for row in rows)
        return max(abs(above - below) - 1, 1)

    def glyph(self, position: int) -> Piece:
        """Return the symbol of a commit in the graph."""
        if not position:
            return "node immutable", "◆"
        row, _, _ = self._look(position)
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
        row, change_id, alike = self._look(position)
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

    def _session_title(self, row: CommitRow) -> list[Piece]:
        """Return the title that the user or the agent gave to a commit's conversation, if any."""
        title = self.conversation(row).facts.title
        return [("session_title", plain(title, None))] if title else []

    def shown(self, row: CommitRow, part: str) -> list[list[Piece]]:
        """Return the sessions or tags at a commit as they are shown."""
        conflicted = {name for name, _ in self._conflicted(part)}
        return [
            [(f"{part} conflict", f"{self.short_name(part, name)}??")] if name in conflicted
            else [(part, self.short_name(part, name))]
            for name in self.names(row, part)
        ]  # fmt: skip

    def short_name(self, part: str, name: str) -> str:
        """Return a name as it is shown: of a session's that is a UUID the unique beginning."""
        if part == SESSIONS and len(name) > SHORT and name[SHORT] == "-":
            from porcelain.index.short_names import short_name

            return short_name(self.repo.index, name)
        return plain(name)

    def _facts(self, row: CommitRow) -> list[list[Piece]]:
        facts: list[list[Piece]] = []
        if row.model:
            facts.append([("model", plain(row.model))])
        facts.append([("timestamp", local_time(row.time))])
        sessions = self.shown(row, SESSIONS)
        title = self._session_title(row) if sessions else []
        facts += [*sessions, *([[("", '"'), *title, ("", '"')]] if title else [])]
        facts += self.shown(row, TAGS)
        facts += [[("workspaces", name)] for name in self.places(row)]
        if row.messages is not None:
            facts.append([("count", counted(row.messages, "message"))])
        return facts

    def _title(self, row: CommitRow) -> list[Piece]:
        title = self.title(row)
        if title:
            return [("description", plain(title, None))]
        return [(f"{'empty ' if row.empty else ''}description placeholder", NO_DESCRIPTION)]

    def title(self, row: CommitRow) -> str:
        """Return a commit's title: that of a fresh fork says where it was forked."""
        if row.empty and row.generated and row.session:
            above = self.graph.parents(row.pos)
            parent = self.repo.row(above[0]) if len(above) == 1 and above[0] else None
            if parent is not None and parent.session and parent.session != row.session:
                change = self.repo.change_id(parent.pos)[:SHORT]
                names = [f"{self.short_name(SESSIONS, one)}, " for one in self.names(row, SESSIONS)]
                return f"{(names or [''])[0]}forked from {change} at message {parent.messages}"
        return title_of(row)

    def _change_id(self, position: int) -> list[Piece]:
        if not position:
            return _short(ROOT_CHANGE, self.graph.change_ids.shortest(ROOT_CHANGE), "change_id")
        row, change_id, alike = self._look(position)
        unique = self.graph.change_ids.shortest(change_id)
        if row.visible and alike == 1:
            return _short(change_id, unique, "change_id")
        labels = "divergent change_id" if row.visible else "change_id"
        offset = (f"{labels} offset", f"/{self.graph.offset(position)}")
        return [*_short(change_id, unique, labels), offset]

    def _commit_id(self, position: int) -> list[Piece]:
        commit_id = self._look(position)[0].id if position else ROOT_COMMIT
        return _short(commit_id, self.graph.commit_ids.shortest(commit_id), "commit_id")

    def _all_workspaces(self) -> list[Listed]:
        if self._workspaces is None:
            replica = self.repo.workspace_key.partition("/")[0]
            self._workspaces = list_workspaces(self.repo.index, replica)
        return self._workspaces

    def places(self, row: CommitRow) -> list[str]:
        """Return the workspaces at a commit as the log shows them: none if there is one alone."""
        if len(self._all_workspaces()) < 2:
            return []
        return [_at(name) for name in self._places(row)]

    def _places(self, row: CommitRow) -> list[str]:
        return [one.shown for one in self._all_workspaces() if one.place.commit == row.id]


def _at(name: str) -> str:
    return plain(name) if "@" in name else f"{plain(name)}@"


def _labels(row: CommitRow, alike: int, *, empty: bool) -> list[list[Piece]]:
    labels: list[list[Piece]] = []
    if not row.visible:
        labels.append([("hidden", "(hidden)")])
    elif alike > 1:
        labels.append([("divergent", "(divergent)")])
    if row.conflict:
        labels.append([("conflict", "(conflict)")])
    if row.problem:
        labels.append([("unreadable", "(unreadable)")])
    if empty and row.empty:
        labels.append([("empty", "(empty)")])
    return labels


def _short(full: str, unique: int, labels: str) -> list[Piece]:
    shown = full[: max(SHORT, unique)]
    return [(f"{labels} prefix", shown[:unique]), (f"{labels} rest", shown[unique:])]


def _spaced(items: list[list[Piece]]) -> list[Piece]:
    """Join items, each with a blank before it."""
    return [piece for item in items for piece in (("", " "), *item)]
