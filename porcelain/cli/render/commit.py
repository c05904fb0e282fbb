"""Commits as they are shown: one line in messages, two in the log, and as data.

summary     xqtlwwzr 3f2a9c11 name | (empty) title
entry       xqtlwwzr model 2026-03-12 09:14:02 name 14 messages 3f2a9c11
            title
"""

from __future__ import annotations

import time

from porcelain.cli.colors import Piece
from porcelain.display import plain
from porcelain.ids import ChangeId
from porcelain.repo_graph import ROOT_CHANGE, ROOT_COMMIT
from porcelain.repo_reader import RepoReader
from porcelain.view_rows import conflicted_names, keys_of, shown_commit, title_of
from porcelain.view_value import SESSIONS, TAGS, parse_target
from porcelain.workspace_list import Listed, list_workspaces
from store.commit_row import CommitRow

SHORT = 8
_PLACEHOLDER = "(no description set)"


class Commits:
    """The commits of a repository in its present state, ready to be shown.

    What is the same for all of them (conflicted names, workspaces) is looked up once.
    """

    def __init__(self, repo: RepoReader) -> None:
        """Look nothing up yet."""
        self.repo = repo
        self.graph = repo.graph
        self._conflicts: dict[str, list[tuple[str, str]]] = {}
        self._workspaces: list[Listed] | None = None
        self.current = repo.workspace.commit
        self._at = 0
        self._seen: tuple[CommitRow, ChangeId, int] | None = None

    def _look(self, position: int) -> tuple[CommitRow, ChangeId, int]:
        """Return a commit, its change id and that one's visible commits; remembers the last."""
        if self._seen is None or self._at != position:
            self._at, self._seen = position, shown_commit(self.repo.index, position)
        return self._seen

    def summary(self, position: int, *, names: bool = True) -> list[Piece]:
        """Return the one line that stands for a commit in messages and in `status`."""
        pieces = [*self._change_id(position), ("", " "), *self._commit_id(position)]
        if not position:
            return [*pieces, ("", " "), ("root", "root()")]
        row, _, alike = self._look(position)
        here = [*self._names(row, SESSIONS), *self._names(row, TAGS)] if names else []
        if here:
            pieces += [*_spaced(here), ("", " "), ("separator", "|")]
        return [*pieces, *_spaced(_labels(row, alike, empty=True)), ("", " "), *_title(row)]

    def line(self, position: int) -> str:
        """Return the summary as plain text."""
        return "".join(text for _, text in self.summary(position))

    def entry(self, position: int) -> list[Piece]:
        """Return a commit's entry in the log, without a newline at its end."""
        pieces = self._change_id(position)
        if not position:
            return [*pieces, ("", " "), ("root", "root()"), ("", " "), *self._commit_id(position)]
        row, _, alike = self._look(position)
        pieces += _spaced(self._facts(row))
        pieces += [("", " "), *self._commit_id(position)]
        pieces += [*_spaced(_labels(row, alike, empty=False)), ("", "\n")]
        if row.empty:
            pieces += [("empty", "(empty)"), ("", " ")]
        pieces += _title(row)
        if row.id == self.current:
            return [(f"current {labels}", text) for labels, text in pieces]
        return pieces

    def glyph(self, position: int) -> Piece:
        """Return the sign of a commit in the graph."""
        if not position:
            return "node immutable", "◆"
        row, _, _ = self._look(position)
        if row.id == self.current:
            return "node working_copy", "@"
        if self.repo.is_immutable(position):
            return "node immutable", "◆"
        return ("node conflict", "×") if row.problem or row.conflict else ("node", "○")

    def data(self, position: int) -> dict[str, object]:
        """Return what `--json` tells of a commit; all of it comes from the index."""
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
        """Return the sessions or tags at a commit, conflicted ones last; in byte order."""
        conflicted = [
            name for name, value in self._conflicted(part) if row.id in parse_target(value)[::2]
        ]
        return [*keys_of(self.repo.index, part, row.id), *conflicted]

    def _conflicted(self, part: str) -> list[tuple[str, str]]:
        if part not in self._conflicts:
            self._conflicts[part] = conflicted_names(self.repo.index, part)
        return self._conflicts[part]

    def _names(self, row: CommitRow, part: str) -> list[list[Piece]]:
        conflicted = {name for name, _ in self._conflicted(part)}
        return [
            [(f"{part} conflict", f"{plain(name)}??")] if name in conflicted
            else [(part, plain(name))]
            for name in self.names(row, part)
        ]  # fmt: skip

    def _facts(self, row: CommitRow) -> list[list[Piece]]:
        facts: list[list[Piece]] = []
        if row.model:
            facts.append([("model", plain(row.model))])
        facts.append([("timestamp", local_time(row.time))])
        facts += [*self._names(row, SESSIONS), *self._names(row, TAGS)]
        if len(self._all_workspaces()) > 1:
            facts += [[("workspaces", _at(name))] for name in self._places(row)]
        if row.messages is not None:
            facts.append([("count", f"{row.messages} messages")])
        return facts

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

    def _places(self, row: CommitRow) -> list[str]:
        return [one.shown for one in self._all_workspaces() if one.place.commit == row.id]


def _at(name: str) -> str:
    return plain(name) if "@" in name else f"{plain(name)}@"


def local_time(seconds: int) -> str:
    """Return a time as the log shows it, in the local zone."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def iso_time(seconds: int) -> str:
    """Return a time as data: ISO 8601, in UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


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


def _title(row: CommitRow) -> list[Piece]:
    title = title_of(row)
    if title:
        return [("description", plain(title, None))]
    return [(f"{'empty ' if row.empty else ''}description placeholder", _PLACEHOLDER)]


def _short(full: str, unique: int, labels: str) -> list[Piece]:
    shown = full[: max(SHORT, unique)]
    return [(f"{labels} prefix", shown[:unique]), (f"{labels} rest", shown[unique:])]


def _spaced(items: list[list[Piece]]) -> list[Piece]:
    """Put items in a row, each with a blank before it."""
    return [piece for item in items for piece in (("", " "), *item)]
