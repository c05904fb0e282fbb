"""Shows the changes of operations, as text and as data.

    Changed commits:
    ○  + tpzqzkqm 8d2f01aa q2
       - tpzqzkqm/1 3bc09e71 (hidden) (empty) q2

    Changed working copy default@:
    + tpzqzkqm 8d2f01aa q2
    - qrnzlsvs 0c66ad52 q1

    Changed sessions:
    try-b:
    + tpzqzkqm 8d2f01aa q2
    - (absent)

`+` marks the new value and `-` the old one; a commit's line is the present one, so that its ids
can be used. Each side of a conflicted name has a line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from porcelain.cli.render.graph import GraphRenderer
from porcelain.cli.render.looks.summary import ShownCommits
from porcelain.cli.run.colors import Piece
from porcelain.cli.run.context import Context
from porcelain.display import counted, plain
from porcelain.graph.graph_rows import MISSING, rows
from porcelain.graph.workspace_list import shown_name
from porcelain.language.revset.position_set import explicit
from porcelain.model.source import Source, SourceKey
from porcelain.model.view_value import (
    IMPORTS,
    REMOTES,
    SESSIONS,
    TAGS,
    WORKSPACES,
    Workspace,
    parse_target,
)
from porcelain.repo.operation_diff import CommitChange, NameChange, OperationDiff

_ABSENT: Piece = ("placeholder", "(absent)")
_SIGNS = (("added", "+"), ("removed", "-"))


class DiffText:
    """Writes differences between operations."""

    def __init__(self, context: Context) -> None:
        """Look nothing up yet."""
        self._context = context
        self._commits = ShownCommits(context, context.repo)

    def of(self, diff: OperationDiff) -> str:
        """Return a difference as text, sections separated by blank lines; "" for none."""
        blocks = [self._changed_commits(diff.commits)] if diff.commits else []
        blocks += [self._context.output.paint(pieces) for pieces in self._sections(diff.names)]
        return "\n".join(blocks)

    def _changed_commits(self, changes: Sequence[CommitChange]) -> str:
        index, output = self._context.repo.index, self._context.output
        by_position: dict[int, CommitChange] = {}
        for change in changes:
            position = index.position(change.commit or change.replaced[0])
            if position is not None:
                by_position[position] = change
        drawn = GraphRenderer(self._context.settings.text("ui.graph.style"))
        text = output.paint([("", "Changed commits:\n")])
        shown = explicit(sorted(by_position, reverse=True))
        for row in rows(shown, self._context.repo.graph.parents):
            change = by_position[row.position]
            pieces: list[Piece] = []
            if change.commit is not None:
                pieces += [*_sign(0), *self._commits.named(change.commit), ("", "\n")]
            for old in change.replaced:
                pieces += [*_sign(1), *self._commits.named(old), ("", "\n")]
            edges = [(edge.kind, edge.target) for edge in row.edges if edge.kind != MISSING]
            sign = output.paint([("node", "○")])
            text += drawn.row(row.position, edges, sign, output.paint(pieces[:-1]))
        return text

    def _sections(self, names: Sequence[NameChange]) -> Iterator[list[Piece]]:
        for change in names:
            if change.part == WORKSPACES:
                yield from self._workspace(change, _place_name(self._context, change.key))
        for title in (SESSIONS, TAGS, f"remote {SESSIONS}", f"remote {TAGS}", IMPORTS):
            found = [change for change in names if _title(change) == title]
            if found:
                pieces: list[Piece] = [("", f"Changed {title}:\n")]
                for change in found:
                    pieces += self._import(change) if title == IMPORTS else self._name(change)
                yield pieces

    def _workspace(self, change: NameChange, name: str) -> Iterator[list[Piece]]:
        after, before = (Workspace.of(value) for value in (change.after, change.before))
        if after.commit != before.commit:
            commits = [
                [_ABSENT] if commit is None else self._commits.named(commit)
                for commit in (after.commit, before.commit)
            ]
            yield _sides("working copy", name, commits)
        if after.session != before.session:
            sessions = [
                [_ABSENT] if session is None else [(SESSIONS, plain(session))]
                for session in (after.session, before.session)
            ]
            yield _sides("current session of", name, sessions)

    def _name(self, change: NameChange) -> Iterator[Piece]:
        name = _remote_name(change) if change.part.startswith(REMOTES) else change.key
        yield TAGS if change.part.endswith(TAGS) else SESSIONS, plain(name)
        yield "", ":\n"
        for side, value in enumerate((change.after, change.before)):
            state, target = "", value
            if change.part.startswith(REMOTES) and value is not None:
                state, space, target = value.partition(" ")
                state += space
            for line in self._target(target):
                yield from [*_sign(side), ("", state), *line]
                yield "", "\n"

    def _target(self, value: str | None) -> Iterator[list[Piece]]:
        """Yield a line for each side of a target."""
        target = parse_target(value)
        for number, term in enumerate(target):
            line = [_ABSENT] if term is None else self._commits.named(term)
            if len(target) == 1:
                yield line
            else:
                yield [("", "(removed) " if number % 2 else "(added) "), *line]

    def _import(self, change: NameChange) -> Iterator[Piece]:
        known = Source.of(change.after or change.before or "")
        key = SourceKey.of(change.key, known)
        yield "", f"{plain(f'{key.format}:{key.native_id}')}:\n"
        for side, value in enumerate((change.after, change.before)):
            yield from _sign(side)
            if value is None:
                yield _ABSENT
            else:
                entry = Source.of(value)
                yield "", f"{counted(entry.rows, 'row')}, the last in "
                yield from self._commits.named(entry.commit)
            yield "", "\n"


def diff_data(context: Context, diff: OperationDiff) -> dict[str, object]:
    """Return a difference as data: `before` and `after` of each changed value."""
    found: dict[str, dict[str, object]] = {}
    remotes: dict[str, dict[str, dict[str, object]]] = {}
    for change in diff.names:
        sides = (change.before, change.after)
        if change.part == WORKSPACES:
            values: list[object] = [v and Workspace.of(v)._asdict() for v in sides]
            key, table = _place_name(context, change.key), found.setdefault(WORKSPACES, {})
        elif change.part == IMPORTS:
            values = [v and Source.of(v)._asdict() for v in sides]
            key, table = change.key, found.setdefault(IMPORTS, {})
        elif change.part.startswith(REMOTES):
            values = [_remote_data(value) for value in sides]
            remote, _, part = change.part[len(REMOTES) :].rpartition("/")
            key, table = change.key, remotes.setdefault(remote, {}).setdefault(part, {})
        else:
            values = [_target_data(value) for value in sides]
            key, table = change.key, found.setdefault(change.part, {})
        table[key] = {"before": values[0], "after": values[1]}
    empty: dict[str, object] = {part: {} for part in (SESSIONS, TAGS, WORKSPACES, IMPORTS)}
    commits = [_commit_data(context, change) for change in diff.commits]
    return {"commits": commits, **empty, **found, "remotes": remotes}


def _commit_data(context: Context, change: CommitChange) -> dict[str, object]:
    repo = context.repo
    position = repo.index.position(change.commit or change.replaced[0])
    return {
        "change_id": None if position is None else repo.change_id(position),
        "commit_id": change.commit,
        "replaces": list(change.replaced),
    }


def _remote_data(value: str | None) -> dict[str, object] | None:
    if value is None:
        return None
    state, _, target = value.partition(" ")
    return {"tracked": state == "tracked", "target": _target_data(target)}


def _target_data(value: str | None) -> object:
    """Return a commit id; the sides of a conflict; None for an absent one."""
    target = parse_target(value)
    if len(target) == 1:
        return target[0]
    return {"added": list(target[::2]), "removed": list(target[1::2])}


def _place_name(context: Context, key: str) -> str:
    return shown_name(context.repo.index, context.repo.workspace_key.partition("/")[0], key)


def _title(change: NameChange) -> str:
    """Return the title of the section that shows a change."""
    if change.part.startswith(REMOTES):
        return f"remote {change.part.rpartition('/')[2]}"
    return change.part


def _remote_name(change: NameChange) -> str:
    remote = change.part[len(REMOTES) :].rpartition("/")[0]
    return f"{change.key}@{remote}"


def _sides(title: str, workspace: str, lines: list[list[Piece]]) -> list[Piece]:
    """Return the section of a workspace: the line after and the line before."""
    name = plain(workspace if "@" in workspace else f"{workspace}@")
    pieces: list[Piece] = [("", f"Changed {title} "), ("working_copies", name), ("", ":\n")]
    for side, line in enumerate(lines):
        pieces += [*_sign(side), *line, ("", "\n")]
    return pieces


def _sign(side: int) -> list[Piece]:
    return [_SIGNS[side], ("", " ")]
